"""Linear classifiers on counted words and characters: what each network of the labs has to beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from lstm_course import datasets
from lstm_course.text import clean, syllable_tokens
from results import Configuration, Figures, Study

WORDS = {"analyzer": "word", "ngram_range": [1, 2], "sublinear_tf": True}
CHARACTERS = {"analyzer": "char", "ngram_range": [2, 5], "sublinear_tf": True, "min_df": 2}
HELD_OUT = 0.1  # of the training part, to choose how strongly weights are held back


class Task(NamedTuple):
    """Texts and labels of one data set."""

    train: Sequence[str]
    train_labels: Sequence[int]
    test: Sequence[str]
    test_labels: Sequence[int]


def headlines() -> Task:
    """The source's split: the first 20,000 rows against the last 6,709."""
    return task_of(datasets.load_headlines(require_full=True))


def reviews() -> Task:
    """Vietnamese reviews, already segmented; the validation part is left alone."""
    return task_of(datasets.load_ntc_scv(require_full=True))


def news() -> Task:
    """Vietnamese news as syllables, without punctuation and case."""
    return task_of(datasets.load_vntc(require_full=True), syllables)


def films(longest: int | None = None) -> Task:
    """Film reviews: 20,000 and 5,000 of the labelled 25,000, cut by chance."""
    data = datasets.hold_out(datasets.load_imdb(require_full=True), 5000, seed=0)
    return task_of(data, lambda text: clean(text, ["html"])[:longest])


def film_beginnings() -> Task:
    """The first 1,500 characters of each film review."""
    return films(longest=1500)


TASKS: Mapping[str, Callable[[], Task]] = {
    "headlines": headlines,
    "films": films,
    "film_beginnings": film_beginnings,
    "reviews": reviews,
    "news": news,
}


def task_of(data: Any, prepare: Callable[[str], str] = str) -> Task:
    """Return prepared texts and labels of a data set's training and test parts."""
    train, test = data.train, data.test
    return Task(
        [prepare(record.text) for record in train],
        [record.label for record in train],
        [prepare(record.text) for record in test],
        [record.label for record in test],
    )


def syllables(text: str) -> str:
    """Return the syllables of a text, without punctuation and case."""
    return " ".join(syllable_tokens(clean(text, ["punctuation", "space", "lower"])))


def model(counted: Sequence[Mapping[str, Any]], classifier: str, strength: float) -> Pipeline:
    """Return counting and classifier, unfitted."""
    counters = [
        TfidfVectorizer(**{**part, "ngram_range": tuple(part["ngram_range"])}) for part in counted
    ]
    linear = {
        "logistic regression": lambda: LogisticRegression(C=strength, max_iter=2000),
        "linear SVM": lambda: LinearSVC(C=strength, random_state=0),
    }
    return make_pipeline(make_union(*counters), linear[classifier]())


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Choose C on a part held out of the training texts, fit on all of them, and test once."""
    task = TASKS[configuration["task"]]()
    texts = np.array(task.train, dtype=object)
    labels = np.array(task.train_labels)
    order = np.random.default_rng(seed).permutation(len(texts))
    held_out, rest = np.split(order, [int(HELD_OUT * len(order))])

    def fitted(strength: float, part: Any) -> Pipeline:
        made = model(configuration["counted"], configuration["classifier"], strength)
        return made.fit(texts[part], labels[part])

    validation = {
        strength: fitted(strength, rest).score(texts[held_out], labels[held_out])
        for strength in configuration["C"]
    }
    best = max(validation, key=lambda strength: validation[strength])
    final = fitted(best, order)
    right = final.predict(task.test) == np.array(task.test_labels)
    new = ~np.array(datasets.seen_before(task.train, task.test))
    return {
        "accuracy": float(right.mean()),
        "accuracy_without_leaked": float(right[new].mean()),
        "leaked": int((~new).sum()),
        "validation_accuracy": float(validation[best]),
        "C": best,
        "features": len(final[0].get_feature_names_out()),
    }


def configuration(
    task: str, *counted: Mapping[str, Any], classifier: str = "logistic regression"
) -> Configuration:
    """Return one configuration; C is chosen from a grid."""
    grid = [0.1, 1.0] if classifier == "linear SVM" else [1.0, 3.0, 10.0, 30.0]
    return {"task": task, "counted": list(counted), "classifier": classifier, "C": grid}


STUDY = Study(
    name="linear_baselines",
    question="How far do counted words and characters go, with one weight each?",
    configurations={
        "headlines, words 1-2": configuration("headlines", WORDS),
        "headlines, words 1-2 and characters 2-5": configuration("headlines", WORDS, CHARACTERS),
        "films, words 1-2": configuration("films", WORDS),
        "films, characters 2-5 of the first 1500": configuration("film_beginnings", CHARACTERS),
        "reviews, words 1-2": configuration("reviews", WORDS),
        "news, syllables 1-2": configuration("news", WORDS, classifier="linear SVM"),
    },
    seeds=(0,),
    data=("headlines", "imdb", "ntc_scv", "vntc"),
    uses=("text", "datasets"),
    run=run,
)
