"""Film reviews read by better and better LSTMs, and how much counting depends on the split.

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
    predict,
    seed_everything,
    split_validation,
)
from lstm_course.vectors import skip_gram
from results import Configuration, Figures, Study
from studies.sentiment_source import MISLEADING

HELD_OUT = 2000
TEST = 5000


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train, keep the epoch that is best on the part held out, and test once."""
    if "C" in configuration:
        return counted(configuration, seed)
    data = datasets.hold_out(datasets.load_imdb(require_full=True), TEST, seed=0)
    texts = [review.text for review in data.train]
    encoder = Encoder.build(texts, ["html", "lower"], **configuration["encoder"])
    whole = Examples(encoder.encode_all(texts), [review.label for review in data.train])
    test = Examples(encoder.encode_all([r.text for r in data.test]), [r.label for r in data.test])
    train, validation = split_validation(whole, HELD_OUT, seed=seed)
    model = dict(configuration["model"])
    size = len(encoder.vocabulary)
    begin = configuration["begin"]
    if begin == "skip-gram":
        read = encoder.encode_all(texts)
        vectors = skip_gram(read, size, model["dimension"], seed=seed, progress=False)
        model["embedding"] = vectors / vectors[vectors.any(axis=1)].std() * 0.1
    elif begin is not None:
        random = np.random.default_rng(seed)
        model["embedding"] = random.normal(0, begin, (size, model["dimension"]))
    seed_everything(seed)
    network = RecurrentClassifier(size, 1, **model)
    history = fit(
        network,
        train,
        validation,
        Settings(**configuration["training"], seed=seed),
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )
    return {
        "accuracy": evaluate(network, test, device="cpu").accuracy,
        "validation_accuracy": history.best.validation_accuracy,
        "validation_by_epoch": history.column("validation_accuracy"),
        "train_by_epoch": history.column("train_accuracy"),
        "best_epoch": history.best_epoch,
        "training_seconds": history.seconds,
        "parameters": count_parameters(network),
        "misleading": float(predict(network, [encoder.encode(MISLEADING)], device="cpu")[0, 1]),
    }


def counted(configuration: Configuration, seed: int) -> Figures:
    """Return the accuracy of a weight for every word and pair, the reviews cut by this seed."""
    data = datasets.hold_out(datasets.load_imdb(require_full=True), TEST, seed=seed)
    counter = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    x = counter.fit_transform(clean(review.text, ["html"]) for review in data.train)
    labels = [review.label for review in data.train]
    fitted = LogisticRegression(C=configuration["C"], max_iter=2000).fit(x, labels)
    test = counter.transform(clean(review.text, ["html"]) for review in data.test)
    return {"accuracy": float(fitted.score(test, [review.label for review in data.test]))}


TRAINING = {
    "batch_size": 64,
    "learning_rate": 2e-3,
    "schedule": "linear",
    "clip": 1.0,
    "monitor": "accuracy",
    "averaging": 0.99,
}
LAST = {"dimension": 32, "units": 64, "dropout": 0.3, "embedding_dropout": 0.3}
POOLED = {**LAST, "bidirectional": True, "pooling": "max_mean"}
PAIRS = {**POOLED, "ngrams": [2, 262144, 1], "embedding_dropout": 0.5}


def network(
    model: dict[str, Any], begin: Any = 0.02, length: int = 400, epochs: int = 3
) -> Configuration:
    """Return the configuration of a network; ``begin`` is how large its vectors are at first."""
    return {
        "model": model,
        "begin": begin,
        "encoder": {"min_count": 3, "length": length},
        "training": {**TRAINING, "epochs": epochs},
    }


STUDY = Study(
    name="sentiment",
    question="What makes an LSTM better at film reviews, and what is the least to be beaten?",
    configurations={
        "last state": network(LAST),
        "both ways, all states": network(POOLED),
        "the same, skip-gram at first": network(POOLED, begin="skip-gram"),
        "with pairs of words": network(PAIRS, begin=None, length=800, epochs=2),
        "linear, by split": {"C": 10.0},
    },
    seeds=(1, 2, 3),
    data=("imdb",),
    uses=("text", "datasets", "models", "training", "vectors"),
    run=run,
)
