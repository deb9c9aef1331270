"""Readers of each form of file: a reader's own file is read by the same rules as the data set's.

What is checked here is form, row by row; whether it is the very data set, ``lookup`` checks.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from lstm_course.datasets.archives import members
from lstm_course.datasets.decoding import at, lines_of, member_of, row_of, text_of
from lstm_course.datasets.progress import progress
from lstm_course.datasets.records import Article, Headline, Review, Source, Splits, Verse
from lstm_course.language import text as words
from lstm_course.text import nfc

PathLike = str | os.PathLike[str]

#: The ten topics of VNTC as its folders are called; an article's label counts in them from 0.
VNTC_TOPICS = (
    "Chinh tri Xa hoi",
    "Doi song",
    "Khoa hoc",
    "Kinh doanh",
    "Phap luat",
    "Suc khoe",
    "The gioi",
    "The thao",
    "Van hoa",
    "Vi tinh",
)

# ---- Files with one record a line ------------------------------------------------------------


def read_headlines(path: PathLike) -> tuple[Headline, ...]:
    """Headlines from JSON Lines, fields ``headline``, ``is_sarcastic`` (0, 1), ``article_link``.

    UTF-8, or UTF-16 with a byte-order mark; empty lines do not count. Raises ``DataError`` naming
    the row, and the field, that has another form.
    """
    file = Path(path)
    lines = enumerate(lines_of(file), start=1)
    headlines = tuple(_headline(file, row, line) for row, line in lines if line.strip())
    if not headlines:
        raise at(file, words("datasets.empty_file"))
    return headlines


def _headline(file: Path, row: int, line: str) -> Headline:
    fields = json_row(file, row, line)
    label = fields.get("is_sarcastic")
    if type(label) is not int or label not in (0, 1):  # True is an int, too
        raise _bad_field(file, row, "is_sarcastic", "0, 1", label)
    text = nfc(string_field(file, row, fields, "headline"))
    return Headline(text, label, string_field(file, row, fields, "article_link"))


def json_row(file: Path, row: int, line: str) -> dict[str, Any]:
    """The object in a line of JSON Lines. Raises ``DataError`` naming the row."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise at(row_of(file, row), words("datasets.broken_json")) from error
    if not isinstance(fields, dict):
        raise at(row_of(file, row), words("datasets.broken_json"))
    return fields


def string_field(file: Path, row: int, fields: dict[str, Any], name: str) -> str:
    """A field that must be a text with something in it. Raises ``DataError`` naming the row."""
    value = fields.get(name)
    # JSON can write half of a surrogate pair, which is no character and cannot be saved again.
    if not isinstance(value, str) or not value.strip() or re.search("[\ud800-\udfff]", value):
        raise _bad_field(file, row, name, words("datasets.a_text"), value)
    return value


def _bad_field(file: Path, row: int, name: str, expected: str, value: object) -> Exception:
    shown = json.dumps(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return at(
        row_of(file, row), words("datasets.bad_field", field=name, expected=expected, value=shown)
    )


_NUMBER = re.compile(r"^\d+\s*\.\s*")
_HEADING = re.compile(r"^(?:Chương|Hồi|Phần|Quyển)\s+(?:[IVXLC]+|\d+)\b")
_SYLLABLE = re.compile(r"[^\W\d_]+")
# A full stop of the printed line became a dot below: verse 1054, and no other syllable has one so.
_MISPRINTS = {"Ầm ầm tiếng sóng kêu quanh ghế ngồị": "Ầm ầm tiếng sóng kêu quanh ghế ngồi."}


def read_kieu(path: PathLike, *, strict: bool = True) -> tuple[Verse, ...]:
    """Verses of a poem, one a line, without verse numbers ("5. "), empty lines and headings.

    ``strict`` asks for lục bát: six and eight syllables by turns, and no digits. Poems in other
    forms are read with ``strict=False``. Raises ``DataError`` naming the line.
    """
    file = Path(path)
    verses: list[Verse] = []
    for row, line in enumerate(lines_of(file), start=1):
        text = _NUMBER.sub("", line.strip())
        if not text or _HEADING.match(text):
            continue
        text = _MISPRINTS.get(text, text)
        if strict:
            _check_verse(row_of(file, row), text, 8 if len(verses) % 2 else 6)
        verses.append(Verse(len(verses) + 1, text))
    if not verses:
        raise at(file, words("datasets.empty_file"))
    if strict and len(verses) % 2:
        raise at(file, words("datasets.half_couplet", count=len(verses)))
    return tuple(verses)


def _check_verse(place: str, text: str, expected: int) -> None:
    found = len(_SYLLABLE.findall(text))
    if found != expected or any(letter.isdigit() for letter in text):
        raise at(place, words("datasets.bad_verse", expected=expected, found=found, verse=text))


def read_stop_words(path: PathLike) -> tuple[str, ...]:
    """Stop words, one a line, with spaces inside where a word has several syllables.

    Raises ``DataError`` naming the row that has a tab in it, as a table would.
    """
    file = Path(path)
    found = []
    for row, line in enumerate(lines_of(file), start=1):
        if "\t" in line.strip():
            raise at(row_of(file, row), words("datasets.bad_stop_word"))
        if line.strip():
            found.append(line.strip())
    if not found:
        raise at(file, words("datasets.empty_file"))
    return tuple(found)


# ---- Archives and folders with one record a file ---------------------------------------------

Texts = TypeVar("Texts", Review, Article)
Place = tuple[str, int]  # the part, and the label


def read_imdb(*paths: PathLike) -> Splits[Review]:
    """English reviews from an archive or folder: ``(train|test)/(pos|neg)/ID_RATING.txt``.

    Unlabelled reviews (``unsup``) and the list files of the original are left out; ``<br />``
    stays. Raises ``DataError`` naming the member that is out of place, empty or no UTF-8.
    """

    def review(text: str, label: int, name: str) -> Review:
        return Review(text, label, int(re.findall(r"\d+", name)[-1]), name)

    expected = "train/pos/0_9.txt"
    return _read_texts(paths, _imdb_place, review, expected, "imdb")


_IMDB_LISTS = re.compile(r"README|imdb\.vocab|imdbEr\.txt|labeledBow\.feat|unsupBow\.feat|urls_.*")


def _imdb_place(parts: tuple[str, ...], archive: str) -> Place | None:
    if "unsup" in parts[:-1] or _IMDB_LISTS.fullmatch(parts[-1]):
        return None
    part, sentiment = parts[-3:-1]
    if part not in {"train", "test"} or not re.fullmatch(r"\d+_(10|\d)\.txt", parts[-1]):
        raise LookupError
    return part, {"neg": 0, "pos": 1}[sentiment]


def read_ntc_scv(*paths: PathLike) -> Splits[Review]:
    """Vietnamese reviews, their words joined by ``_``: archives or folders as NTC-SCV has them.

    ``data_train/train`` is the training part, ``data_train/test`` the validation part,
    ``data_test/test`` the test part; each holds ``neg`` and ``pos``. Raises ``DataError`` naming
    the member that is out of place, empty or no UTF-8.
    """

    def review(text: str, label: int, name: str) -> Review:
        return Review(text, label, None, name)

    expected = "data_train/train/pos/1.txt"
    return _read_texts(paths, _ntc_place, review, expected, "ntc_scv")


_NTC_PARTS = {
    ("data_train", "train"): "train",
    ("data_train", "test"): "validation",
    ("data_test", "test"): "test",
}


def _ntc_place(parts: tuple[str, ...], archive: str) -> Place:
    pack = next((part for part in parts[:-1] if part in {"data_train", "data_test"}), archive)
    part, sentiment, name = parts[-3:]
    if not name.endswith(".txt"):
        raise LookupError
    return _NTC_PARTS[pack, part], {"neg": 0, "pos": 1}[sentiment]


def read_vntc(*paths: PathLike) -> Splits[Article]:
    """Vietnamese articles: ``Train_Full/TOPIC/*.txt`` and ``Test_Full/TOPIC/*.txt``.

    One archive or folder may hold both parts, or there is one for each (as ``Train_Full.rar``
    and ``Test_Full.rar``); the topics are ``VNTC_TOPICS``. Raises ``DataError`` naming the member
    that is out of place, empty, or neither UTF-8 nor UTF-16 with a byte-order mark.
    """
    expected = f"Train_Full/{VNTC_TOPICS[0]}/1.txt"
    return _read_texts(paths, _vntc_place, Article, expected, "vntc")


_VNTC_PARTS = {"Train_Full": "train", "Test_Full": "test"}


def _vntc_place(parts: tuple[str, ...], archive: str) -> Place:
    topic, name = parts[-2:]
    pack = parts[-3] if len(parts) > 2 else archive
    if not name.endswith(".txt") or topic not in VNTC_TOPICS:
        raise LookupError
    return _VNTC_PARTS[pack], VNTC_TOPICS.index(topic)


def _read_texts(
    paths: Iterable[PathLike],
    place: Callable[[tuple[str, ...], str], Place | None],
    record: Callable[[str, int, str], Texts],
    expected: str,
    key: str,
) -> Splits[Texts]:
    found: dict[tuple[str, int, str], Texts] = {}
    files = [Path(path) for path in paths]
    for file in files:
        with progress(words("datasets.reading", file=file.name), unit="") as bar:
            for parts, content in members(file):
                bar.update()
                name = member_of(file, "/".join(parts))
                try:
                    # An archive that begins inside data_train may be called data_train.zip.
                    where: Place | None = place(parts, file.name.split(".")[0])
                except (LookupError, ValueError) as error:  # ValueError: too few parts
                    raise at(name, words("datasets.out_of_place", expected=expected)) from error
                if where is None:
                    continue
                text = text_of(content, name)
                if not text.strip():
                    raise at(name, words("datasets.empty_text"))
                part, label = where
                if (part, label, parts[-1]) in found:
                    raise at(name, words("datasets.twice"))
                found[part, label, parts[-1]] = record(text, label, parts[-1])
    if not found:
        raise at(" + ".join(map(str, files)), words("datasets.no_member", expected=expected))
    # Sorted by label and name, so that the packing does not decide the order.
    parts_of: dict[str, list[Texts]] = {"train": [], "validation": [], "test": []}
    for (part, _, _), text_record in sorted(found.items(), key=lambda item: item[0]):
        parts_of[part].append(text_record)
    train, validation, test = map(tuple, parts_of.values())
    return Splits(train, validation, test, False, Source(key, ", ".join(map(str, files)), "", ()))
