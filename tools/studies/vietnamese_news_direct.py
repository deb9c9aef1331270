"""News again: a network that also counts, with a score of its own for every word and topic.

The networks of ``vietnamese_news`` read on to 800 words, with and without direct connections from
the words to the answer; the rest is the same, and so are the parts of the data.
"""

from __future__ import annotations

from results import Study
from studies.vietnamese_news import MODEL, TRAINING, WORDS, run

LONGER = {**WORDS, "vectors": "skip-gram", "length": 800, "training": TRAINING}

STUDY = Study(
    name="vietnamese_news_direct",
    question="Does an LSTM that also counts words reach what a linear classifier reaches?",
    configurations={
        "with scores of words": {**LONGER, "model": {**MODEL, "direct": True}},
        "without": {**LONGER, "model": MODEL},
    },
    seeds=(1, 2, 3),
    data=("vntc",),
    uses=("text", "datasets", "models", "training", "vectors"),
    run=run,
)
