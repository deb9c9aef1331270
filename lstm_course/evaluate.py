"""``python -m lstm_course.evaluate LAB --data DIR``: scores of a saved model on data of the reader.

Prints accuracy, precision, recall and F1 of every class, and the confusion matrix. ``--data`` is a
folder with a data set's files under their own names, or one file, or the folder that it was
extracted into. What cannot be used is told in one line, with exit status 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from lstm_course.cache import cache_folder
from lstm_course.datasets.loaders import HEADLINES, IMDB, NTC_SCV, VNTC
from lstm_course.datasets.lookup import DataSet
from lstm_course.datasets.records import PARTS, DataError
from lstm_course.language import LANGUAGES, use_language
from lstm_course.language import text as words

if TYPE_CHECKING:  # torch takes seconds to import: not before the arguments and the data are good
    from lstm_course.models import Saved
    from lstm_course.training import ClassScores


@dataclass(frozen=True)
class Lab:
    """A lab's data, and the keys of its class names in ``words.toml``, in the order of labels."""

    data_set: DataSet[Any]
    classes: tuple[str, ...]


_OPINIONS = ("negative", "positive")
LABS = {
    "sarcasm": Lab(HEADLINES, ("not_sarcastic", "sarcastic")),
    "sentiment": Lab(IMDB, _OPINIONS),
    "reviews": Lab(NTC_SCV, _OPINIONS),
    "news": Lab(VNTC, tuple(f"topic_{number}" for number in range(10))),
}


class _Unusable(ValueError):
    """What is wrong with the arguments or the model, told in the reader's language."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Unusable(words("evaluate.usage", labs=", ".join(LABS)))


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m lstm_course.evaluate", description=words("evaluate.what"))
    parser.add_argument("lab", metavar="LAB", help=", ".join(LABS))
    parser.add_argument("--data", required=True, type=Path, help=words("evaluate.help_data"))
    parser.add_argument("--model", type=Path, help=words("evaluate.help_model"))
    parser.add_argument("--part", default="test", help=", ".join(PARTS))
    parser.add_argument("--language", default="en", help=", ".join(LANGUAGES))
    arguments = parser.parse_args(argv)
    for name, known in {"lab": LABS, "part": PARTS}.items():
        _one_of(name, getattr(arguments, name), known)
    return arguments


def _one_of(name: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        told = ", ".join(known)
        raise _Unusable(words("evaluate.unknown", name=name, value=value, known=told))


def _read(lab: Lab, place: Path, part: str) -> tuple[list[str], list[int]]:
    """Texts and labels of one part. Raises ``DataError``."""
    data_set = lab.data_set
    records = getattr(data_set.read(_files(data_set, place), data_set.source), part)
    if not records:
        raise DataError(words("evaluate.no_part", place=place, part=part))
    return [record.text for record in records], [record.label for record in records]


def _files(data_set: DataSet[Any], place: Path) -> list[Path]:
    if not place.exists():
        raise DataError(words("evaluate.no_place", place=place))
    if place.is_file() or (place.name,) in data_set.alternatives:
        return [place]
    for group in data_set.alternatives:
        paths = [place / name for name in group]
        if all(path.exists() for path in paths):
            return paths
    names = ", ".join(" + ".join(group) for group in data_set.alternatives)
    raise DataError(words("evaluate.not_there", place=place, names=names))


def _load(lab: Lab, folder: Path) -> Saved:
    from lstm_course.models import load

    saved = load(folder)
    if saved.encoder is None or saved.model.language_model:
        raise _Unusable(words("evaluate.no_classifier", folder=folder))
    if (found := max(2, saved.model.classes)) != len(lab.classes):
        raise _Unusable(
            words("evaluate.other_classes", folder=folder, found=found, expected=len(lab.classes))
        )
    return saved


def report(
    names: Sequence[str], scores: Sequence[ClassScores], matrix: np.ndarray[Any, Any]
) -> str:
    """Both tables for ``names`` of classes, in the reader's language."""
    heads = [words(f"evaluate.{name}") for name in ("class", "precision", "recall", "f1", "texts")]
    rows = [
        [name, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", str(one.count)]
        for name, one in zip(names, scores, strict=True)
    ]
    # A newspaper's topics are too long to stand side by side: columns have numbers.
    numbered = [f"{number} {name}" for number, name in enumerate(names)]
    counts = [[name, *map(str, row)] for name, row in zip(numbered, matrix.tolist(), strict=True)]
    columns = [words("evaluate.true_class"), *map(str, range(len(names)))]
    return "\n".join(
        [
            _table([heads, *rows]),
            "",
            words("evaluate.confusion"),
            _table([columns, *counts]),
        ]
    )


def _table(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _run(arguments: argparse.Namespace) -> None:
    lab = LABS[arguments.lab]
    folder = arguments.model or cache_folder() / "models" / arguments.lab
    if not folder.exists():
        raise _Unusable(words("evaluate.no_model", folder=folder, lab=arguments.lab))
    texts, labels = _read(lab, arguments.data, arguments.part)
    saved = _load(lab, folder)
    from lstm_course.training import class_scores, confusion_matrix, predict

    assert saved.encoder is not None
    sequences = saved.encoder.encode_all(texts, progress=True)
    predicted = predict(saved.model, sequences).argmax(axis=1)
    matrix = confusion_matrix(labels, predicted, len(lab.classes))
    told = {"lab": arguments.lab, "part": arguments.part, "count": len(texts), "folder": folder}
    print(words("evaluate.title", **told))
    print(words("evaluate.accuracy", value=f"{np.mean(predicted == np.array(labels)):.3f}"))
    print()
    print(report([words(f"evaluate.{name}") for name in lab.classes], class_scores(matrix), matrix))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    asked = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    asked.add_argument("--language", nargs="?", default="en")
    language = asked.parse_known_args(argv)[0].language
    try:
        # First of all, so that every other complaint is in it.
        _one_of("language", language, LANGUAGES)
        use_language(language)
        _run(_arguments(argv))
    except (ValueError, OSError, ImportError) as error:  # ours, DataError, ModelFileError, no torch
        message = " ".join(str(error).split())
        print(words("evaluate.error", message=message), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
