"""The weights of the evidence for a speaker (evidence.py) and of taking turns (speakers.py).

Fitted by `python -m bench.fit` (make fit) as one conditional random field over eight annotated novels (Project
Dialogism Novel Corpus), with the cast given and with the cast found. What they are worth on novels that they have not
seen is in docs/accuracy.md. The narrator has no weights of his own: where the narration says "I", that is his name.
What is not listed weighs nothing.
"""

# fmt: off
WEIGHTS: dict[str, float] = {
    "I after mention": -0.06, "I focus 0": -0.97, "I focus 1": -1.72, "I focus 2": -0.82, "acts after mention": -0.12,
    "acts after subject": -0.14, "acts agrees": 0.4, "acts disagrees": -0.39, "acts focus 0": 0.63,
    "acts focus 1": 0.09, "acts focus 2": -0.4, "acts gender unknown": -0.23, "addressed": -2.82,
    "addressed before": 1.59, "addressed next": 0.71, "back 0 0": 1.79, "back 0 1": 0.87, "back 0 2": 0.3,
    "back 1 0": 0.38, "back 1 2": -0.42, "back 2 0": 0.33, "back 2 1": -0.42, "back 2 2": -0.08, "back p 0": 0.21,
    "back p 1": 0.12, "back p 2": 0.09, "bare after mention": 0.88, "bare after subject": 1.39, "bare focus 0": 0.62,
    "bare focus 1": 0.4, "bare focus 2": 0.24, "before mention": 0.3, "before subject": 1.12, "cue action other": -0.16,
    "cue late": 0.76, "cue late other": -0.59, "cued 1 ago": -0.89, "cued 2 ago": -0.88, "cued 3 ago": 0.07,
    "cued 5-8 ago": -0.06, "cued in 1": -0.99, "cued in 2": -1.01, "cued in 3": 0.63, "cued in 4": 0.52,
    "cued in 5-6": 0.62, "described after mention": 0.75, "described after subject": 0.59, "described agrees": 0.37,
    "described as 1": 0.64, "described as 2": 1.32, "described as 3": 0.48, "described by alias": 1.96,
    "described by alias of another": 0.2, "described disagrees": -3.15, "described focus 0": -0.44,
    "described focus 1": -0.14, "described focus 2": -0.07, "described gender unknown": -0.4,
    "described unlike 1": -1.13, "described unlike 2": -1.11, "described unlike 3": -2.12, "follow mention": -0.26,
    "follow subject": -1.04, "foreign after mention": -0.11, "foreign after subject": 0.28, "foreign focus 0": -0.22,
    "foreign focus 1": 0.17, "foreign focus 2": -0.15, "kin": 2.17, "lead agrees": 0.14, "lead disagrees": 0.06,
    "lead mention": 0.73, "lead subject": 0.79, "led mention": 0.92, "led subject": 0.46, "named": -1.42,
    "named after mention": -0.24, "named after subject": 0.79, "named before": -0.12, "named focus 0": 0.05,
    "named focus 1": -0.18, "named focus 2": 0.96, "named next": -0.16, "narrator": -0.15, "no kin": 1.11,
    "nobody I": -0.44, "nobody a": 0.61, "nobody acts": 0.65, "nobody agrees": 0.47, "nobody an": 0.43,
    "nobody bare": 0.26, "nobody described": 0.93, "nobody foreign": 0.35, "nobody her": -0.19, "nobody his": -0.71,
    "nobody my": -0.26, "nobody named": -0.05, "nobody one": 0.44, "nobody our": -0.31, "nobody said": 0.66,
    "nobody that": -0.17, "nobody the": 0.79, "nobody this": 0.34, "said after mention": -0.06,
    "said after subject": 0.85, "said agrees": 1.47, "said disagrees": -2.45, "said focus 0": 0.81,
    "said focus 1": 0.38, "said focus 2": 0.06, "said gender unknown": -0.35, "same 0": -0.14, "same 0 question": -1.45,
    "same 1": 1.34, "same 2": 0.9, "same p": 0.19, "seen 0": 0.98, "seen 12": -0.69, "seen 2": -0.37, "seen 5": -0.68,
    "seen far": -0.94, "sir before disagrees": -0.96, "sir before gender unknown": -0.42, "sir next agrees": -0.09,
    "sir next disagrees": -1.28, "sir next gender unknown": 0.21, "standing 0": -0.16, "standing 1": -0.12,
    "standing 2": -0.26, "standing 3-5": -0.44, "standing 6-": -0.67, "standing none": -0.71, "third 0": -1.36,
    "third 1": -1.33, "third 2": -0.73, "third p": -0.62, "told": -0.8, "told before": 0.41, "unseen": -0.63,
}
# fmt: on

# How often a speaker of probability 1 is the right one, by method, measured on the same novels with the cast given and
# found: what the weights cannot know is, say, that a name was joined to the wrong person.
RELIABILITY = {"cue": 0.965, "description": 0.93, "narrator": 0.9}
USUAL_RELIABILITY = 1.0
