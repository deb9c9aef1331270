"""Vietnamese reviews read by RNN, GRU, LSTM and better, and by the slides' faulty program.

The source's own three parts: 30,000 reviews to train, 10,000 by which settings and epochs were
chosen, 10,000 that are looked at once, and again with their letters typed otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier, count_parameters
from lstm_course.text import Encoder, clean, nfc, old_tone_placement
from lstm_course.training import Examples, Settings, evaluate, fit, seed_everything
from lstm_course.vectors import skip_gram
from results import Configuration, Figures, Study
from studies.slide_classifier import RandomStart

STEPS = ["nfc", "lower"]


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train, keep the epoch that is best on the validation part, and test."""
    data = datasets.load_ntc_scv(require_full=True)
    options = configuration["encoder"]
    encoder, rows = Encoder.learn([review.text for review in data.train], STEPS, **options)
    train = Examples(rows, [review.label for review in data.train])

    def examples(part: Any, tokens: Callable[[str], list[int]] = encoder.encode) -> Examples:
        return Examples([tokens(review.text) for review in part], [r.label for r in part])

    model, size = dict(configuration["model"]), len(encoder.vocabulary)
    kind = RandomStart if model.pop("start", "zero") == "random" else RecurrentClassifier
    began = configuration["begin"]
    if encoder.tokenizer == "pieces_and_pairs":
        model |= encoder.pieces
    elif began == "skip-gram":
        vectors = skip_gram(rows, size, model["dimension"], seed=seed, progress=False)
        model["embedding"] = vectors / vectors[vectors.any(axis=1)].std() * 0.1
    elif began is not None:
        random = np.random.default_rng(seed)
        model["embedding"] = random.normal(0, began, (size, model["dimension"]))
    seed_everything(seed)
    network = kind(size, 1, **model)
    history = fit(
        network,
        train,
        examples(data.validation),
        Settings(**configuration["training"], seed=seed),
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )

    def accuracy(tokens: Callable[[str], list[int]] = encoder.encode) -> float:
        return evaluate(network, examples(data.test, tokens), device="cpu").accuracy

    figures = {
        "accuracy": accuracy(),
        "validation_accuracy": history.best.validation_accuracy,
        "validation_by_epoch": history.column("validation_accuracy"),
        "train_by_epoch": history.column("train_accuracy"),
        "best_epoch": history.best_epoch,
        "training_seconds": history.seconds,
        "parameters": count_parameters(network),
    }
    if encoder.tokenizer == "spaces":
        figures |= {
            "accuracy_composed_not": accuracy(lambda text: not_composed(encoder, text)),
            "accuracy_without_marks": accuracy(lambda text: encoder.encode(without_marks(text))),
            "accuracy_other_tones": accuracy(lambda text: encoder.encode(new_tones(text))),
        }
    return figures


def not_composed(encoder: Encoder, text: str) -> list[int]:
    """Return a text as numbers where its letters come in pieces and nobody composes them."""
    tokens = unicodedata.normalize("NFD", text).lower().split()[: encoder.length]
    return encoder.vocabulary.encode(tokens) or [1]


def without_marks(text: str) -> str:
    """Return a text as hurried people type it: ``khong`` for ``không``."""
    letters = unicodedata.normalize("NFD", clean(text, STEPS)).replace("đ", "d")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


_NEWER = {
    old_tone_placement(first + second): first + second
    for first, plain in (("o", "a"), ("o", "e"), ("u", "y"))
    for second in (nfc(plain + tone) for tone in "\u0300\u0301\u0309\u0303\u0323")
}
_OPEN = re.compile(rf"({'|'.join(_NEWER)})(?![^\W\d_])")


def new_tones(text: str) -> str:
    """Return a text whose tone marks stand in the newer place: ``hoà`` for ``hòa``."""
    return _OPEN.sub(lambda found: _NEWER[found[0]], nfc(text))


TRAINING = {
    "batch_size": 64,
    "learning_rate": 2e-3,
    "schedule": "linear",
    "clip": 1.0,
    "monitor": "accuracy",
    "averaging": 0.99,
}
LAST = {"dimension": 32, "units": 64, "dropout": 0.3, "embedding_dropout": 0.3}
PADDED = {**LAST, "packed": False, "pooling": "last_padded", "length": 200}
POOLED = {**LAST, "bidirectional": True, "pooling": "max_mean"}
PAIRS = {**POOLED, "ngrams": [2, 131072, 1], "embedding_dropout": 0.5}


def network(
    model: dict[str, Any], length: int = 200, epochs: int = 3, begin: Any = 0.02
) -> Configuration:
    """Return the configuration of a network; ``begin`` is how large its vectors are at first."""
    return {
        "model": model,
        "begin": begin,
        "encoder": {"tokenizer": "spaces", "min_count": 2, "length": length},
        "training": {**TRAINING, "epochs": epochs},
    }


STUDY = Study(
    name="vietnamese_reviews",
    question="Which recurrent network reads Vietnamese reviews best, and what do mistakes cost?",
    configurations={
        "the slides: random start, after the padding": network(
            {**PADDED, "cell": "rnn", "start": "random"}
        ),
        "rnn, after the padding": network({**PADDED, "cell": "rnn"}),
        "lstm, after the padding": network(PADDED),
        "rnn": network({**LAST, "cell": "rnn"}),
        "gru": network({**LAST, "cell": "gru"}),
        "lstm": network(LAST),
        "bilstm, all states": network(POOLED),
        "bilstm, pairs of words": network(PAIRS, length=300, epochs=2, begin=None),
    },
    seeds=(1, 2, 3),
    data=("ntc_scv",),
    uses=("text", "datasets", "models", "training", "vectors"),
    run=run,
)
