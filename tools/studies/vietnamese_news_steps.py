"""What each step before the LSTM is worth: finding words, stop words, vectors learned before.

Smaller than the study ``vietnamese_news``, so that every step can be taken out by itself.
"""

from __future__ import annotations

from typing import Any

from results import Configuration, Study
from studies.vietnamese_news import MODEL, TRAINING, WORDS, run

SMALL = {"learned": 6000, "held_out": 600, "asked": 5000, "length": 150}
LONGER = {**TRAINING, "epochs": 4, "batch_size": 32}


def pipeline(**other: Any) -> Configuration:
    """Return the configuration of the whole pipeline, or of another."""
    told = {**WORDS, "vectors": "skip-gram", "model": MODEL, "training": LONGER}
    return {**told, **SMALL, **other}


STUDY = Study(
    name="vietnamese_news_steps",
    question="What do words, stop words and vectors learned before change for an LSTM?",
    configurations={
        "words, skip-gram": pipeline(),
        "stop words out": pipeline(stop_words="out"),
        "syllables": pipeline(segmented=False),
        "vectors by chance": pipeline(vectors="by chance"),
        "skip-gram vectors frozen": pipeline(model={**MODEL, "frozen": True}),
    },
    seeds=(1, 2, 3),
    data=("vntc",),
    uses=("text", "datasets", "models", "training", "vectors"),
    run=run,
)
