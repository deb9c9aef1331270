"""Where a data set is looked for, how it is fetched and checked, what is said when it fails.

A file that is there but bad is always an error. What cannot be fetched (no network, a page of a
hotel's network in place of the file, no room) is told once, and the bundled sample stands in.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic
from urllib.parse import unquote, urlsplit

from lstm_course.cache import cache_folder
from lstm_course.datasets.archives import check_extractor
from lstm_course.datasets.progress import progress
from lstm_course.datasets.records import PARTS, DataError, Record, Source, Splits
from lstm_course.language import text as words

TIMEOUT = (10, 30)  # seconds: to be connected, and without a single byte


@dataclass(frozen=True)
class DataSet(Generic[Record]):
    """One data set: the files that it may be in, how they are read, what must be in them.

    ``alternatives`` are groups of file or folder names; any complete group will do. ``hashes``
    holds, by file name, what pooch checks of a download, where it is known. ``counts`` and
    ``checksums`` are of the records; a part without a checksum is one that a source may lack.
    """

    source: Source
    reader: str
    alternatives: tuple[tuple[str, ...], ...]
    hashes: dict[str, str]
    read: Callable[[Sequence[Path], Source], Splits[Record]]
    sample: Callable[[Source], Splits[Record]]
    counts: dict[str, dict[int | None, int]]
    checksums: dict[str, str]


class _CannotBeHad(Exception):
    """Why a data set could not be fetched, told in the reader's language."""


_told: set[str] = set()  # data sets of which was said that only the sample is there


def load(data_set: DataSet[Record], require_full: bool) -> Splits[Record]:
    """The data set, or its sample with a notice. See the package's docstring."""
    missed: list[str] = []
    if paths := _find(data_set, missed):
        return _read(data_set, paths)
    try:
        return _fetch(data_set)
    except _CannotBeHad as reason:
        missed.append(str(reason))
    explanation = words(
        "datasets.cannot_be_had",
        name=data_set.source.name,
        reasons="; ".join(missed),
        addresses="\n  ".join(data_set.source.addresses),
        folder=_folder(),
    )
    if require_full:
        raise DataError(explanation)
    own = replace(data_set.source, name=words("datasets.sample"), citation="", addresses=())
    sample = replace(data_set.sample(own), is_sample=True)
    if data_set.source.key not in _told:
        _told.add(data_set.source.key)
        # Printed, not warned: a filter that makes warnings errors would turn a missing network
        # into a crash, one that hides them would pass the sample off as the data, and Python
        # would put a line of our code under words that are for the reader.
        count = sum(len(getattr(sample, part)) for part in PARTS)
        rule = "=" * 78
        notice = words("datasets.sample_notice", count=count)
        print(rule, explanation, notice, rule, sep="\n", file=sys.stderr)
    return sample


# ---- Looking ---------------------------------------------------------------------------------


def _folder() -> Path:
    return cache_folder() / "data"


def _find(data_set: DataSet[Record], missed: list[str]) -> list[Path] | None:
    folders = [_folder()]
    if named := os.environ.get("LSTM_COURSE_DATA"):
        folders.insert(0, Path(named).expanduser())
        if not folders[0].is_dir():
            missed.append(words("datasets.no_folder", folder=folders[0]))
    for folder in folders:
        for group in data_set.alternatives:
            paths = [folder / name for name in group]
            there = [path for path in paths if os.path.exists(path)]
            if len(there) == len(group):
                return paths
            if there:
                lacking = ", ".join(path.name for path in paths if path not in there)
                missed.append(words("datasets.half_there", there=there[0], lacking=lacking))
        if folder != _folder() and folder.is_dir():
            names = ", ".join(" + ".join(group) for group in data_set.alternatives)
            missed.append(words("datasets.not_in_folder", folder=folder, names=names))
    return None


# ---- Fetching --------------------------------------------------------------------------------


def _fetch(data_set: DataSet[Record]) -> Splits[Record]:
    if os.environ.get("LSTM_COURSE_OFFLINE"):
        raise _CannotBeHad(words("datasets.offline"))
    # Everything comes into a folder of its own, is read and checked there, and only then takes
    # its place: what is in the cache is good, and two processes at once do no harm.
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary:
            return _fetch_into(data_set, Path(temporary), folder)
    except OSError as error:  # requests' errors are among them
        raise _CannotBeHad(_reason(error, folder)) from error


def _fetch_into(data_set: DataSet[Record], temporary: Path, folder: Path) -> Splits[Record]:
    paths = []
    try:
        for address in data_set.source.addresses:
            paths.append(temporary / unquote(urlsplit(address).path).rsplit("/", 1)[1])
            _download(address, paths[-1], data_set.hashes.get(paths[-1].name))
        splits = _read(data_set, paths)
    except DataError as error:
        raise _CannotBeHad(str(error).replace(f"{temporary}{os.sep}", "")) from error
    for path in paths:
        path.replace(folder / path.name)
    return splits


def _download(address: str, path: Path, known_hash: str | None) -> None:
    import pooch
    from tqdm.utils import CallbackIOWrapper

    if path.suffix == ".rar":
        check_extractor(address)  # before a hundred megabytes come for nothing
    label = words("datasets.downloading", file=path.name)
    with path.open("wb") as file, progress(label, unit="B", unit_scale=True) as bar:
        fetch = pooch.HTTPDownloader(timeout=TIMEOUT, chunk_size=1 << 16)
        fetch(address, CallbackIOWrapper(bar.update, file, "write"), None)
    if known_hash is not None:
        algorithm, _, expected = known_hash.partition(":")
        if (found := pooch.file_hash(str(path), alg=algorithm)) != expected:
            raise DataError(
                words("datasets.bad_download", address=address, found=found, expected=expected)
            )


def _reason(error: OSError, folder: Path) -> str:
    import requests

    request = getattr(error, "request", None)
    host = urlsplit(request.url).hostname if request is not None and request.url else "?"
    response = getattr(error, "response", None)
    if response is not None:
        return words("datasets.refused", host=host, status=response.status_code)
    if isinstance(error, requests.Timeout):
        return words("datasets.timeout", host=host)
    if isinstance(error, requests.RequestException):
        return words("datasets.no_connection", host=host)
    if error.errno == errno.ENOSPC:
        return words("datasets.disk_full", folder=folder)
    return words("datasets.no_cache_folder", folder=folder, reason=error.strerror or error)


# ---- Reading and checking --------------------------------------------------------------------


def _read(data_set: DataSet[Record], paths: Sequence[Path]) -> Splits[Record]:
    splits = data_set.read(paths, data_set.source)
    files = " + ".join(map(str, paths))
    for part in PARTS:
        _check(data_set, files, part, splits)
    return splits


def _check(data_set: DataSet[Record], files: str, part: str, splits: Splits[Record]) -> None:
    records = getattr(splits, part)
    known = data_set.checksums.get(part)
    if known is None and not records:
        return  # a part that this packing may lack
    counts = Counter(getattr(record, "label", None) for record in records)
    expected = data_set.counts.get(part, {})
    if counts != expected:
        raise DataError(
            words(
                "datasets.wrong_count",
                files=files,
                part=part,
                found=_told_counts(counts),
                expected=_told_counts(expected),
                reader=data_set.reader,
            )
        )
    found = splits.part_checksums[part]
    if known is not None and found != known:
        raise DataError(
            words(
                "datasets.wrong_content",
                files=files,
                part=part,
                found=found[:16],
                expected=known[:16],
                reader=data_set.reader,
            )
        )


def _told_counts(counts: dict[int | None, int]) -> str:
    return " + ".join(str(counts[label]) for label in sorted(counts, key=lambda key: key or 0))
