"""Texts that took long to read or to segment, kept in the cache in a form that loads in seconds.

An entry is a NumPy archive without pickles: all texts in one run of UTF-8, and where each ends.
"""

from __future__ import annotations

import contextlib
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lstm_course.cache import cache_folder, write_atomically
from lstm_course.datasets.records import PARTS, Article, Review, Source, Splits
from lstm_course.language import text as words

Texts = TypeVar("Texts", Review, Article)

_told: set[Path] = set()  # folders of which was said that they cannot be written


def remembered(name: str, source: Source, compute: Callable[[], Splits[Texts]]) -> Splits[Texts]:
    """What ``compute`` gave when it was last called under this name, or gives now.

    A cache that cannot be written costs time, not results: it is said once, on standard error.
    """
    path = cache_folder() / "parsed" / f"{name}.npz"
    if (kept := _load(path, source)) is not None:
        return kept
    splits = replace(compute(), source=source)
    try:
        write_atomically(path, lambda place: np.savez(place, **_columns(splits)))
        _forget_older(path)
    except OSError as error:
        if path.parent not in _told:
            _told.add(path.parent)
            reason = error.strerror or error
            print(words("datasets.no_cache", folder=path.parent, reason=reason), file=sys.stderr)
    return splits


def _forget_older(path: Path) -> None:
    # Entries of other code or other packings; the last of them stays, for whoever has two copies.
    kind = path.stem.rpartition("-")[0]
    others = [one for one in path.parent.glob(f"{kind}-*.npz") if one != path]
    others = [one for one in others if one.stem.rpartition("-")[0] == kind]
    with contextlib.suppress(OSError):  # another process may be doing the same
        for old in sorted(others, key=lambda one: one.stat().st_mtime)[:-1]:
            old.unlink(missing_ok=True)


def _load(path: Path, source: Source) -> Splits[Any] | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as columns:
            return _splits(dict(columns), source)
    # Absent, or not as it was written: it is made again.
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _columns(splits: Splits[Texts]) -> dict[str, Any]:
    parts = [getattr(splits, part) for part in PARTS]
    records: list[Any] = [record for part in parts for record in part]
    columns: dict[str, Any] = {
        "sizes": np.array([len(part) for part in parts]),
        "label": np.array([record.label for record in records], dtype=np.int64),
        **_packed("text", (record.text for record in records)),
        **_packed("name", (record.name for record in records)),
    }
    if isinstance(records[0], Review):
        ratings = [-1 if record.rating is None else record.rating for record in records]
        columns["rating"] = np.array(ratings, dtype=np.int64)
    return columns


def _packed(field: str, strings: Iterable[str]) -> dict[str, NDArray[Any]]:
    encoded = [string.encode() for string in strings]
    ends = np.cumsum([len(piece) for piece in encoded], dtype=np.int64)
    return {field: np.frombuffer(b"".join(encoded), dtype=np.uint8), f"{field}_ends": ends}


def _unpacked(columns: dict[str, NDArray[Any]], field: str) -> list[str]:
    content = memoryview(columns[field].data)
    ends = columns[f"{field}_ends"].tolist()
    starts = [0, *ends[:-1]]
    return [str(content[start:end], "utf-8") for start, end in zip(starts, ends, strict=True)]


def _splits(columns: dict[str, NDArray[Any]], source: Source) -> Splits[Any]:
    texts, names = _unpacked(columns, "text"), _unpacked(columns, "name")
    labels = columns["label"].tolist()
    if "rating" in columns:
        ratings = [None if rating < 0 else rating for rating in columns["rating"].tolist()]
        records: list[Any] = list(map(Review, texts, labels, ratings, names))
    else:
        records = list(map(Article, texts, labels, names))
    sizes = columns["sizes"].tolist()
    if len(records) != sum(sizes):
        raise ValueError("the columns differ in length")
    first, second = sizes[0], sizes[0] + sizes[1]
    train, validation, test = records[:first], records[first:second], records[second:]
    return Splits(tuple(train), tuple(validation), tuple(test), False, source)
