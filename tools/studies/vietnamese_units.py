"""Words, syllables or characters, and what cleaning takes away: one LSTM reads Vietnamese reviews.

The same small network learns from 10,000 of the 30,000 reviews each time. Of its epochs the one is
kept that is best on the validation part; the test part is looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstm_course import datasets
from lstm_course.datasets.segmenting import segment
from lstm_course.models import RecurrentClassifier
from lstm_course.text import Encoder, clean
from lstm_course.training import Examples, Settings, evaluate, fit, seed_everything
from results import Configuration, Figures, Study
from studies.vietnamese_reviews import without_marks

LEARNED = 10_000


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Prepare the reviews as the configuration says, train, and test."""
    data = datasets.load_ntc_scv(require_full=True)
    order = np.random.default_rng(seed).permutation(len(data.train))[:LEARNED]
    parts: dict[str, Sequence[Any]] = {
        "train": [data.train[k] for k in order],
        "validation": data.validation,
        "test": data.test,
    }
    texts = {part: prepared(configuration, parts[part]) for part in parts}
    labels = {part: [review.label for review in parts[part]] for part in parts}
    encoder, rows = Encoder.learn(
        texts["train"],
        [],
        configuration["tokenizer"],
        min_count=2,
        max_size=configuration.get("size"),
        length=configuration["length"],
    )
    numbers = {part: encoder.encode_all(texts[part]) for part in ("validation", "test")}
    size, model = len(encoder.vocabulary), dict(configuration["model"])
    if encoder.tokenizer == "word_pieces":
        model |= encoder.pieces
    else:
        random = np.random.default_rng(seed)
        model["embedding"] = random.normal(0, 0.02, (size, model["dimension"]))
    seed_everything(seed)
    network = RecurrentClassifier(size, 1, **model)
    history = fit(
        network,
        Examples(rows, labels["train"]),
        Examples(numbers["validation"], labels["validation"]),
        Settings(**configuration["training"], seed=seed),
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )
    test = Examples(numbers["test"], labels["test"])
    return {
        "accuracy": evaluate(network, test, device="cpu").accuracy,
        "validation_accuracy": history.best.validation_accuracy,
        "best_epoch": history.best_epoch,
        "training_seconds": history.seconds,
        "tokens_per_text": float(test.lengths.mean()),
        "unknown_share": float(np.mean(np.concatenate(numbers["test"]) == 1)),
        "vocabulary": size,
    }


def prepared(configuration: Configuration, reviews: Sequence[Any]) -> list[str]:
    """Return each review cleaned and cut into the units that are compared, blanks between them."""
    texts = [clean(review.text, configuration["steps"]) for review in reviews]
    units = configuration["units"]
    if units != "as given":
        texts = [text.replace("_", " ") for text in texts]
    if units == "pyvi":
        texts = segment(texts, processes=1)
    if units == "without marks":
        texts = [without_marks(text) for text in texts]
    if configuration.get("stop_words") == "out":
        out = {word.replace(" ", "_") for word in datasets.load_stop_words(require_full=True)}
        texts = [" ".join(word for word in text.split() if word not in out) for text in texts]
    return texts


TRAINING = {
    "epochs": 3,
    "batch_size": 64,
    "learning_rate": 2e-3,
    "schedule": "linear",
    "clip": 1.0,
    "monitor": "accuracy",
    "averaging": 0.99,
}
SMALL = {
    "dimension": 32,
    "units": 32,
    "bidirectional": True,
    "pooling": "max_mean",
    "dropout": 0.3,
    "embedding_dropout": 0.3,
}


def reading(
    units: str, tokenizer: str = "spaces", length: int | None = 300, **more: Any
) -> Configuration:
    """Return a configuration: what the network reads of a review."""
    told = {"units": units, "tokenizer": tokenizer, "length": length, "steps": ["nfc", "lower"]}
    return {**told, "model": SMALL, "training": TRAINING, **more}


PLAIN = ["nfc", "emoticons", "punctuation", "digits", "space", "lower"]

STUDY = Study(
    name="vietnamese_units",
    question="What do segmentation, stop words and cleaning change for an LSTM?",
    configurations={
        "words as given": reading("as given"),
        "words by pyvi": reading("pyvi"),
        "syllables": reading("syllables", length=400),
        "characters": reading("characters", "characters", 800),
        "word pieces": reading("pieces", "word_pieces", None, size=40_000),
        "words, stop words out": reading("as given", stop_words="out"),
        "words, punctuation and digits out": reading("as given", steps=PLAIN),
        "syllables without marks": reading("without marks", length=400),
    },
    seeds=(1, 2, 3),
    data=("ntc_scv",),
    uses=("text", "datasets", "models", "training"),
    run=run,
)
