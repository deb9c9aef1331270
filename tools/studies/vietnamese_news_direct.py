"""News again: a network that also counts, with a score of its own for every word and topic.

The network of ``vietnamese_news`` reads on to 800 words, and has direct connections from the words
to the answer; the rest is the same, and so are the parts of the data.
"""

from __future__ import annotations

from results import Study
from studies.vietnamese_news import MODEL, TRAINING, WORDS, run

STUDY = Study(
    name="vietnamese_news_direct",
    question="Does an LSTM that also counts words reach what a linear classifier reaches?",
    configurations={
        "with scores of words": {
            **WORDS,
            "vectors": "skip-gram",
            "length": 800,
            "model": {**MODEL, "direct": True},
            "training": TRAINING,
        },
        "two networks together": {**WORDS, "together": "with scores of words"},
    },
    seeds=(1, 2, 3),
    data=("vntc",),
    uses=("text", "datasets", "models", "training", "vectors"),
    run=run,
)
