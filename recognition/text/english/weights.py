"""The weights of the evidence for a speaker (evidence.py) and of taking turns (speakers.py).

Fitted by maximum likelihood with a Gaussian prior (variance 1/3) as one conditional random field over eight annotated
novels (Project Dialogism Novel Corpus), with the cast given and with the cast found; a speaker out of reach is nobody.
With weights fitted on the other seven novels, 0.81 of the quotations of the one left out get the right speaker when the
cast is given, 0.78 when it is found (means of the eight); with these weights, fitted on all, 0.84 and 0.81.
What is not listed weighs nothing.
"""

# fmt: off
WEIGHTS: dict[str, float] = {
    "I after mention": -0.06, "I focus 0": -1.15, "I focus 1": -1.78, "I focus 2": -0.87, "I narrator": 1.31,
    "acts after mention": -0.08, "acts agrees": 0.29, "acts disagrees": -0.35, "acts focus 0": 1.04,
    "acts focus 1": 0.23, "acts focus 2": -0.24, "acts narrator": -0.53, "addressed": -2.97,
    "addressed before": 1.58, "addressed next": 0.71, "back 0 0": 1.71, "back 0 1": 0.84, "back 0 2": 0.39,
    "back 1 0": 0.3, "back 1 1": 0.09, "back 1 2": -0.43, "back 2 0": 0.33, "back 2 1": -0.55, "back 2 2": -0.08,
    "back p 0": -0.51, "back p 1": 0.24, "back p 2": -0.23, "bare after mention": 1.44, "bare after subject": 1.48,
    "bare focus 0": 0.65, "bare focus 1": 0.43, "bare focus 2": 0.21, "bare narrator": -0.45,
    "before mention": 0.07, "before subject": 0.86, "cue I": 1.31, "cue I other": -0.5, "cue action": 0.33,
    "cue action other": -0.37, "cue late": 0.3, "cue late other": -0.25, "cued 1 ago": -0.88, "cued 2 ago": -0.79,
    "cued in 1": -1.02, "cued in 2": -0.99, "cued in 3": 0.5, "cued in 4": 0.51, "cued in 5-6": 0.57,
    "cued long ago": 0.12, "described after mention": 0.51, "described after subject": 0.58,
    "described agrees": 0.43, "described as 1": 0.7, "described as 2": 1.25, "described as 3": 0.85,
    "described by alias": 1.81, "described by alias of another": 0.16, "described disagrees": -3.04,
    "described focus 0": -0.46, "described focus 1": -0.18, "described focus 2": -0.06,
    "described gender unknown": -0.75, "described narrator": -0.61, "described unlike 1": -1.51,
    "described unlike 2": -1.05, "described unlike 3": -1.83, "follow mention": -0.17, "follow subject": -1.02,
    "foreign after mention": -0.15, "foreign after subject": 0.12, "foreign focus 0": -0.51,
    "foreign focus 2": 0.31, "kin": 2.47, "lead disagrees": -0.09, "lead mention": 0.8, "lead subject": 0.82,
    "led mention": 0.95, "led subject": 0.44, "named": -1.33, "named after mention": -0.05,
    "named after subject": 0.96, "named focus 1": -0.78, "named focus 2": 0.69, "named next": -0.23,
    "no kin": 1.44, "nobody I": -0.81, "nobody acts": 0.58, "nobody agrees": 0.46, "nobody bare": 0.43,
    "nobody described": 1.86, "nobody foreign": 0.68, "nobody said": 1.01, "said after subject": 1.18,
    "said agrees": 1.24, "said disagrees": -2.17, "said focus 0": 0.92, "said focus 1": 0.5, "said focus 2": 0.21,
    "said gender unknown": -0.65, "said narrator": -1.63, "same 0": -0.25, "same 0 question": -1.4, "same 1": 1.3,
    "same 2": 0.95, "same p": 1.38, "seen 0": 1.18, "seen 12": -0.6, "seen 2": -0.31, "seen 5": -0.6,
    "seen far": -0.91, "sir before agrees": -0.05, "sir before disagrees": -0.97,
    "sir before gender unknown": -0.8, "sir next agrees": -0.19, "sir next disagrees": -1.16, "standing 2": -0.13,
    "standing 3-5": -0.39, "standing 6-": -0.6, "standing none": -0.64, "third 0": -1.29, "third 1": -1.26,
    "third 2": -0.65, "third p": -0.89, "told": -0.78, "told before": 0.46, "unseen": -0.56,
}
# fmt: on

# How often a speaker of probability 1 is the right one, by method, measured on the same novels with the cast given and
# found: what the weights cannot know is, say, that a name was joined to the wrong person.
RELIABILITY = {"cue": 0.965, "description": 0.93, "narrator": 0.65}
USUAL_RELIABILITY = 1.0
