"""Bytes to text, with one kind of line end, and errors that name the place."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from lstm_course.datasets.records import DataError
from lstm_course.language import text as words
from lstm_course.text import nfc

_LINE_END = re.compile(r"\r\n?|\n")  # not str.splitlines, which also splits at U+2028 and U+0085


def at(place: str | Path, problem: str) -> DataError:
    """The error that ``problem`` is found at ``place``."""
    return DataError(f"{place}: {problem}")


def row_of(file: Path, row: int) -> str:
    """The name of a row of a file, counted from 1, in the reader's language."""
    return words("datasets.row", file=file, row=row)


def member_of(file: Path, member: str) -> str:
    """The name of a file in an archive or folder, in the reader's language."""
    return words("datasets.member", file=file, member=member)


def text_of(content: bytes, place: str) -> str:
    """Text in NFC with one kind of line end, from UTF-8 or, with a byte-order mark, UTF-16.

    Raises ``DataError`` naming ``place`` for anything else.
    """
    try:
        return _LINE_END.sub("\n", nfc(_decode(content)))
    except UnicodeDecodeError as error:
        raise at(place, words("datasets.encoding")) from error


def lines_of(file: Path) -> list[str]:
    """The lines of a text file, decoded as in ``text_of``; line ends CR, LF and CRLF are alike.

    Raises ``DataError`` naming the file, and the row that has another encoding.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise at(file, words("datasets.unreadable", reason=error.strerror or error)) from error
    try:
        lines = _LINE_END.split(nfc(_decode(content)))
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(error.encoding, errors="replace")
        row = len(_LINE_END.split(before))
        raise at(row_of(file, row), words("datasets.encoding")) from error
    return lines[:-1] if not lines[-1] else lines


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        order = "utf-16-le" if content.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
        body, encoding, width = content[2:], order, 2
    else:
        body, encoding, width = content.removeprefix(codecs.BOM_UTF8), "utf-8", 1
    text = body.decode(encoding)
    # UTF-16 without its mark, UTF-32 and binary files are full of zeros; no text has one.
    if (zero := text.find("\0")) >= 0:
        start = len(text[:zero].encode(encoding))
        raise UnicodeDecodeError(encoding, body, start, start + width, "a zero character")
    return text
