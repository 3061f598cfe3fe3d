"""The engine that asks a language model, over any OpenAI-compatible endpoint.

The rules read first (see recognition/engines/offline.py); then three stages ask: `discover` reads the whole book for
characters, `merge` finds out who is the same person, `attribute` names the speaker of every line. What is asked and
how answers are read is pure (prompts, windows, answers, merge); calls.py alone keeps threads, client.py the network.

What others measured about attribution by language models, and where it is a rule here:

 1. the model never re-emits text, it answers with number and speaker only             answers.LinesAnswer
 2. the cast of the whole book first, then labels with the roster shown                engine, windows.Roster
 3. running text with marks in it, 25 to 50 lines a call, 1,500 characters around      windows.line_windows
 4. names, not numbers of candidates; no worked example, no voting                     prompts
 5. cue decides, listener in the line, turns, no leads by default, unknown is allowed  prompts
 6. a name neither in the roster nor in the text is refused                            answers.resolve
 7. each label is checked against the line's own cue; who errs there is not followed   answers.Trust, decide
 8. confidence from the agreement of rules and model, never from the model             answers.AGREEMENT
 9. a second try is never the same question: halves, or the missing lines alone        calls.Asking
10. the strictest answer format the endpoint takes, found out once                     client.Client
11. the constant part of the prompt first                                              windows.Roster, prompts
12. the book's text is data, and can neither forge a mark nor leave its place          prompts.as_data
"""
