"""Vietnamese news by topic: words found, cleaned, given vectors by skip-gram, read by an LSTM.

Settings and epochs are chosen on 3,000 articles held out of the 33,759; the source's test part is
looked at once, with and without the texts that stand in the training part, too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier, count_parameters
from lstm_course.text import Encoder
from lstm_course.training import (
    Examples,
    Settings,
    class_scores,
    confusion_matrix,
    fit,
    predict,
    seed_everything,
    split_validation,
)
from lstm_course.vectors import skip_gram
from results import Configuration, Figures, Study

STEPS = ["nfc", "punctuation", "space", "lower"]
HELD_OUT = 3000
TOPICS = 10


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train, keep the epoch that is best on the part held out, and test once."""
    data = datasets.load_vntc(segmented=configuration["segmented"], require_full=True)
    if "learned" in configuration:
        data = smaller(data, configuration, seed)
    labels = [article.label for article in data.train]
    targets = np.array([article.label for article in data.test])
    leaked = np.array(
        datasets.seen_before((a.text for a in data.train), (a.text for a in data.test))
    )
    if "together" in configuration:
        both = sum(np.load(answers_of(folder, (seed + k - 1) % 3 + 1)) for k in (0, 1))
        return scores(np.argmax(both, axis=1), targets, leaked)
    prior = np.log(np.bincount(targets, minlength=TOPICS) / np.bincount(labels, minlength=TOPICS))
    encoder, rows = Encoder.learn(
        (article.text for article in data.train), STEPS, "spaces", min_count=5, max_size=30_000
    )
    keep = Kept(encoder, configuration)
    rows = [keep.of(row) for row in rows]
    test = [keep.of(encoder.encode(article.text)) for article in data.test]
    length = configuration["length"]
    whole = Examples([row[:length] for row in rows], labels)
    held_out = configuration.get("held_out", HELD_OUT)
    train, validation = split_validation(whole, held_out, seed=seed)
    if "C" in configuration:
        said = counted(configuration["C"], train, validation, test)
        return {"validation_accuracy": said[0], **scores(said[1], targets, leaked)}
    vectors, vector_seconds = first_vectors(configuration, rows, len(encoder.vocabulary), seed)
    seed_everything(seed)
    network = RecurrentClassifier(
        len(encoder.vocabulary), TOPICS, embedding=vectors, **configuration["model"]
    )
    history = fit(
        network,
        train,
        validation,
        Settings(**configuration["training"], seed=seed),
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )
    answers = np.log(predict(network, [row[:length] for row in test], device="cpu") + 1e-9)
    if "learned" not in configuration:
        np.save(answers_of(folder, seed), answers.astype(np.float16))
    return {
        **scores(answers.argmax(axis=1), targets, leaked),
        "accuracy_prior_known": float(np.mean((answers + prior).argmax(axis=1) == targets)),
        "validation_accuracy": history.best.validation_accuracy,
        "validation_by_epoch": history.column("validation_accuracy"),
        "best_epoch": history.best_epoch,
        "training_seconds": history.seconds,
        "vector_seconds": vector_seconds,
        "parameters": count_parameters(network),
    }


def smaller(data: Any, configuration: Configuration, seed: int) -> Any:
    """Return so many articles of each part as the configuration says, drawn by chance."""
    order = np.random.default_rng(seed).permutation(len(data.train))[: configuration["learned"]]
    asked = np.random.default_rng(0).permutation(len(data.test))[: configuration["asked"]]
    return replace(
        data, train=tuple(data.train[k] for k in order), test=tuple(data.test[k] for k in asked)
    )


class Kept:
    """Which words of an article are left: all, or those that are no stop words."""

    def __init__(self, encoder: Encoder, configuration: Configuration) -> None:
        words: Sequence[str] = ()
        if configuration["stop_words"] == "out":
            words = datasets.load_stop_words(require_full=True)
        numbers = encoder.vocabulary.numbers
        self.out = {numbers.get(word.replace(" ", "_"), 0) for word in words}

    def of(self, row: Sequence[int]) -> list[int]:
        """Return what is left of an article's numbers, at least one."""
        return [number for number in row if number not in self.out] or [1]


def first_vectors(
    configuration: Configuration, rows: Sequence[Sequence[int]], size: int, seed: int
) -> tuple[NDArray[Any], float]:
    """Return the vectors with which the network begins, and the seconds that they took."""
    dimension, start = configuration["model"]["dimension"], time.perf_counter()
    if configuration["vectors"] == "by chance":
        return np.random.default_rng(seed).normal(0, 0.02, (size, dimension)), 0.0
    vectors = skip_gram(rows, size, dimension, epochs=1, seed=seed, progress=False)
    return vectors / vectors[vectors.any(axis=1)].std(), time.perf_counter() - start


def scores(answers: NDArray[Any], targets: NDArray[np.int64], leaked: NDArray[np.bool_]) -> Figures:
    """Return how many answers are right, with and without leaked texts, and which are not."""
    matrix = confusion_matrix(targets, answers, TOPICS)
    return {
        "accuracy": float(np.mean(answers == targets)),
        "accuracy_without_leaked": float(np.mean((answers == targets)[~leaked])),
        "leaked": int(leaked.sum()),
        "macro_f1": float(np.mean([one.f1 for one in class_scores(matrix)])),
        "confusion": matrix.tolist(),
    }


def answers_of(folder: Path, seed: int) -> Path:
    """Return where the answers of the network with this seed wait for the two that are averaged."""
    return folder.parent / f"answers-{seed}.npy"


def counted(
    strength: float, train: Examples, validation: Examples, test: Sequence[Sequence[int]]
) -> tuple[float, NDArray[np.int64]]:
    """Return a linear SVM's accuracy on the part held out, and its answers on the test part."""
    counter = TfidfVectorizer(analyzer=list, sublinear_tf=True)
    fitted = LinearSVC(C=strength).fit(counter.fit_transform(train.sequences), train.targets)
    held_out = fitted.score(counter.transform(validation.sequences), validation.targets)
    answers: NDArray[np.int64] = fitted.predict(counter.transform(test))
    return float(held_out), answers


TRAINING = {
    "epochs": 2,
    "batch_size": 64,
    "learning_rate": 5e-3,
    "schedule": "linear",
    "clip": 1.0,
    "monitor": "accuracy",
    "averaging": 0.99,
}
MODEL = {
    "dimension": 100,
    "units": 64,
    "bidirectional": True,
    "pooling": "max_mean",
    "dropout": 0.2,
    "embedding_dropout": 0.1,
}
WORDS: Configuration = {"segmented": True, "stop_words": "kept"}

STUDY = Study(
    name="vietnamese_news",
    question="How well does an LSTM tell the topic of Vietnamese news?",
    configurations={
        "word2vec and lstm": {
            **WORDS,
            "vectors": "skip-gram",
            "length": 400,
            "model": MODEL,
            "training": TRAINING,
        },
        "linear svm": {**WORDS, "length": None, "C": 0.5},
        "two networks together": {**WORDS, "together": "word2vec and lstm"},
    },
    seeds=(1, 2, 3),
    data=("vntc",),
    uses=("text", "datasets", "models", "training", "vectors"),
    run=run,
)
