"""What dirty data costs: reviews cut short, filled up with zeros, read with unknown words.

The same small LSTM learns from 8,000 reviews each time. Of its epochs the one is kept that is best
on 2,000 others; the 5,000 of the test part are looked at once, and once more with their apostrophes
taken out and with typing errors put in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier
from lstm_course.text import Encoder, clean, word_tokens
from lstm_course.training import (
    Examples,
    Settings,
    evaluate,
    fit,
    predict,
    seed_everything,
    split_validation,
)
from results import Configuration, Figures, Study

LEARNED, HELD_OUT, TEST = 8000, 2000, 5000
STEPS = ["html", "lower"]
ASKED = {
    "like": "I like this movie.",
    "dont_like": "I don't like this movie.",
    "dont_like_plain": "I dont like this movie.",
}


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Prepare the reviews as the configuration says, train, and test."""
    data = datasets.hold_out(datasets.load_imdb(require_full=True), TEST, seed=0)
    numbered = Examples([[n] for n in range(len(data.train))], [r.label for r in data.train])
    rest, validation = split_validation(numbered, HELD_OUT, seed=seed)
    order = np.random.default_rng(seed).permutation(len(rest))[:LEARNED]
    reader = Reader(configuration, [data.train[int(rest.sequences[n][0])].text for n in order])

    def examples(records: Sequence[Any]) -> Examples:
        return Examples(reader.read([r.text for r in records]), [r.label for r in records])

    train = examples([data.train[int(rest.sequences[n][0])] for n in order])
    held_out = examples([data.train[int(n[0])] for n in validation.sequences])
    test = examples(data.test)
    seed_everything(seed)
    size = len(reader.encoder.vocabulary)
    model = RecurrentClassifier(size, 1, **reader.shape(configuration["model"], seed))
    history = fit(
        model,
        train,
        held_out,
        Settings(**configuration["training"], seed=seed),
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )
    whole = sum(len(word_tokens(clean(review.text, STEPS))) for review in data.test)
    figures = {
        "accuracy": evaluate(model, test, device="cpu").accuracy,
        "training_seconds": history.seconds,
        "best_epoch": history.best_epoch,
        "read_share": reader.words_read([r.text for r in data.test]) / whole,
    }
    if "unknown" in configuration:
        labels = [review.label for review in data.test]
        for name, spoil in SPOILED.items():
            texts = [spoil(review.text) for review in data.test]
            figures[f"unknown_share{name}"] = reader.unknown_share(texts)
            if name:
                spoiled = Examples(reader.read(texts), labels)
                figures[f"accuracy{name}"] = evaluate(model, spoiled, device="cpu").accuracy
        answers = predict(model, reader.read(list(ASKED.values())), device="cpu")[:, 1]
        figures |= dict(zip(ASKED, answers.tolist(), strict=True))
    return figures


# ---- How a text becomes numbers -------------------------------------------------------------


class Reader:
    """What stands before the network: which words are read, and what becomes of unknown ones."""

    def __init__(self, configuration: Configuration, texts: Sequence[str]) -> None:
        self.keep, self.length = configuration["keep"], configuration["length"]
        self.unknown = configuration.get("unknown", "UNK")
        self.zeros, self.begin = configuration.get("zeros"), configuration.get("begin", 0.02)
        cut = [self.cut(text) for text in texts]
        self.words = Encoder.build(cut, max_size=configuration["words"])
        self.encoder = self.words
        if self.unknown == "pieces":
            self.encoder = Encoder.build(cut, (), "word_pieces", max_size=configuration["pieces"])

    def cut(self, text: str) -> str:
        """Return the words that are read, cleaned, with a blank between any two."""
        found = word_tokens(clean(text, STEPS))
        if self.length is not None:
            found = found[: self.length] if self.keep == "first" else found[-self.length :]
        return " ".join(found)

    def read(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text as numbers."""
        random = np.random.default_rng(0)
        rows = []
        for text in texts:
            row = self.encoder.encode(self.cut(text))
            if self.unknown == "drop":
                row = [number for number in row if number > 1]
            if self.unknown == "random word":
                size = len(self.encoder.vocabulary)
                row = [n if n > 1 else int(random.integers(2, size)) for n in row]
            if self.zeros == "before":
                row = [0] * (self.length - len(row)) + row
            rows.append(row)
        return rows

    def shape(self, model: dict[str, Any], seed: int) -> dict[str, Any]:
        """Return the model's configuration for these tokens, with the vectors it begins with."""
        if self.encoder is not self.words:
            return {**model, **self.encoder.pieces}
        size = (len(self.encoder.vocabulary), model["dimension"])
        vectors = np.random.default_rng(seed).normal(0, self.begin, size)
        vectors[0] = 0
        return {**model, "embedding": vectors}

    def words_read(self, texts: Sequence[str]) -> int:
        """Return how many words of the texts are read."""
        return sum(len(self.cut(text).split()) for text in texts)

    def unknown_share(self, texts: Sequence[str]) -> float:
        """Return how large a part of the words that are read is not in the vocabulary."""
        numbers = np.concatenate([self.words.encode(self.cut(text)) for text in texts])
        return float(np.mean(numbers == 1))


def without_apostrophes(text: str) -> str:
    """Return the text as hurried people type it: ``dont`` for ``don't``."""
    return re.sub("['’]", "", text)


def with_typos(text: str) -> str:
    """Return the text with two neighbouring letters inside every fifth long word swapped."""
    count = 0

    def swapped(found: re.Match[str]) -> str:
        nonlocal count
        word, count = found[0], count + 1
        place = 1 + count % (len(word) - 2)
        if count % 5:
            return word
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    return re.sub(r"[a-zA-Z]{4,}", swapped, text)


SPOILED: dict[str, Callable[[str], str]] = {
    "": str,
    "_without_apostrophes": without_apostrophes,
    "_with_typos": with_typos,
}

# ---- What is compared -----------------------------------------------------------------------

TRAINING = {
    "epochs": 3,
    "batch_size": 64,
    "learning_rate": 2e-3,
    "schedule": "linear",
    "clip": 1.0,
    "monitor": "accuracy",
    "averaging": 0.99,
}
SMALL = {"dimension": 32, "units": 32, "dropout": 0.3, "embedding_dropout": 0.3}
POOLED = {**SMALL, "bidirectional": True, "pooling": "max_mean"}


def reading(
    keep: str, length: int | None, model: dict[str, Any] = POOLED, words: int = 20_000, **more: Any
) -> Configuration:
    """Return a configuration: ``length`` words are read, the first or the last of a review."""
    told = {"keep": keep, "length": length, "words": words, "model": model, "training": TRAINING}
    return {**told, **more}


PADDED = {**SMALL, "pooling": "last_padded", "packed": False, "length": 400}

STUDY = Study(
    name="sentiment_dirty",
    question="What do truncation, padding and unknown words cost?",
    configurations={
        **{f"first {n}": reading("first", n) for n in (50, 100, 200, 400)},
        **{f"last {n}": reading("last", n) for n in (100, 200)},
        **{
            f"unknown: {unknown}": reading("first", 200, words=2000, unknown=unknown)
            for unknown in ("drop", "random word", "UNK")
        },
        "unknown: pieces": reading("first", 200, words=2000, unknown="pieces", pieces=10_000),
        "first 200, large vectors at first": reading("first", 200, begin=1.0),
        "packed": reading("first", 400, SMALL),
        "zeros after": reading("first", 400, PADDED),
        "zeros before": reading("first", 400, SMALL, zeros="before"),
    },
    seeds=(1, 2, 3),
    data=("imdb",),
    uses=("text", "datasets", "models", "training"),
    run=run,
)
