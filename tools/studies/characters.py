"""The character classifier mended step by step, and how much of the data each kind of reader needs.

Every epoch is judged by 2,000 reviews held out of the 20,000, as were the settings; the other
5,000 are looked at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier, count_parameters
from lstm_course.text import Encoder, clean
from lstm_course.training import (
    Examples,
    Settings,
    evaluate,
    fit,
    seed_everything,
    split_validation,
)
from results import Configuration, Figures, Study

LENGTH = 1500
STEPS = ["html", "lower"]
HELD_OUT = 2000


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train, keep the epoch that is best on the part held out, and test once."""
    data = datasets.hold_out(datasets.load_imdb(require_full=True), 5000, seed=0)
    texts = {"train": [r.text for r in data.train], "test": [r.text for r in data.test]}
    labels = {"train": [r.label for r in data.train], "test": [r.label for r in data.test]}
    # The parts are the same for every reader: numbers of texts stand in for them here.
    numbered = Examples([[number] for number in range(len(data.train))], labels["train"])
    rest, validation = split_validation(numbered, HELD_OUT, seed=seed)
    chosen = {
        "train": np.concatenate(rest.sequences),
        "validation": np.concatenate(validation.sequences),
    }
    order = np.random.default_rng(seed).permutation(len(rest))[: configuration["texts"]]
    chosen["train"] = chosen["train"][np.sort(order)]
    if "C" in configuration:
        return linear(configuration, texts, labels, chosen)
    encoder = Encoder.build(texts["train"], STEPS, "characters", min_count=20, length=LENGTH)
    whole = Examples(encoder.encode_all(texts["train"]), labels["train"])
    test = Examples(encoder.encode_all(texts["test"]), labels["test"])
    seed_everything(seed)
    model = RecurrentClassifier(len(encoder.vocabulary), classes=1, **configuration["model"])
    history = fit(
        model,
        whole.take(chosen["train"]),
        whole.take(chosen["validation"]),
        Settings(**configuration["training"], seed=seed),
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )
    return {
        "accuracy": evaluate(model, test, device="cpu").accuracy,
        "validation_accuracy": history.best.validation_accuracy,
        "validation_by_epoch": history.column("validation_accuracy"),
        "train_by_epoch": history.column("train_accuracy"),
        "best_epoch": history.best_epoch,
        "training_seconds": history.seconds,
        "parameters": count_parameters(model),
    }


def linear(
    configuration: Configuration,
    texts: dict[str, list[str]],
    labels: dict[str, list[int]],
    chosen: dict[str, Any],
) -> Figures:
    """Return the same of a weight for every n-gram of 2 to 5 characters, from the same texts."""

    def cleaned(part: str, numbers: Any) -> list[str]:
        return [clean(texts[part][number], STEPS)[:LENGTH] for number in numbers]

    counter = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
    x = counter.fit_transform(cleaned("train", chosen["train"]))
    known = np.array(labels["train"])
    held_out = counter.transform(cleaned("train", chosen["validation"]))
    fitted = [
        LogisticRegression(C=strength, max_iter=2000).fit(x, known[chosen["train"]])
        for strength in configuration["C"]
    ]
    scores = [one.score(held_out, known[chosen["validation"]]) for one in fitted]
    best = int(np.argmax(scores))
    test = counter.transform(cleaned("test", range(len(texts["test"]))))
    return {
        "accuracy": float(fitted[best].score(test, labels["test"])),
        "validation_accuracy": float(scores[best]),
        "C": configuration["C"][best],
    }


TRAINING = {
    "epochs": 4,
    "batch_size": 64,
    "learning_rate": 2e-3,
    "schedule": "linear",
    "clip": 1.0,
    "monitor": "accuracy",
    "averaging": 0.99,
}
POOLED = {"dimension": 24, "units": 20, "pooling": "max_mean", "dropout": 0.3}
STRIDE = {**POOLED, "units": 64, "convolution": [128, 9, 5], "embedding_dropout": 0.1}
BOTH = {**STRIDE, "bidirectional": True}
TABLE = {
    **POOLED,
    "dimension": 32,
    "units": 64,
    "bidirectional": True,
    "ngrams": [5, 131072, 5],
    "embedding_dropout": 0.3,
}


def network(model: dict[str, Any], texts: int | None = None, **training: Any) -> Configuration:
    """Return the configuration of a network, trained on so many reviews."""
    return {"model": model, "training": {**TRAINING, **training}, "texts": texts}


STUDY = Study(
    name="characters",
    question="What mends a network that reads reviews by characters, and how much must it read?",
    configurations={
        "pooled over time": network(POOLED),
        "a stride of five": network(STRIDE),
        "both directions": network(BOTH),
        "a table of n-grams": network(TABLE, epochs=3),
        "both directions, 1000 reviews": network(BOTH, 1000, epochs=12, batch_size=32),
        "a table of n-grams, 1000 reviews": network(TABLE, 1000, epochs=12, batch_size=32),
        "linear, 1000 reviews": {"C": [3.0, 10.0, 30.0], "texts": 1000},
        "a table of n-grams, 4000 reviews": network(TABLE, 4000, epochs=6, batch_size=32),
        "linear, 4000 reviews": {"C": [3.0, 10.0, 30.0], "texts": 4000},
    },
    seeds=(1, 2, 3),
    data=("imdb",),
    uses=("text", "datasets", "models", "training"),
    run=run,
)
