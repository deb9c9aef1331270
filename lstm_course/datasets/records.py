"""What the loaders give: records, their three parts, and where they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from lstm_course.cache import fingerprint
from lstm_course.language import text as words


class DataError(ValueError):
    """Data that cannot be used: the file, its row or member, and what was expected."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A newspaper headline; label 1 = sarcastic, 0 = not."""

    text: str
    label: int
    link: str


@dataclass(frozen=True, slots=True)
class Verse:
    """A verse as printed, with its number in the poem, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """A review; label 1 = positive, 0 = negative; rating from 0 to 10 where the source tells it."""

    text: str
    label: int
    rating: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Article:
    """A newspaper article; its label counts from 0 in ``VNTC_TOPICS``."""

    text: str
    label: int
    name: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a data set comes from; ``addresses`` is empty for a sample, which is our own."""

    key: str
    name: str
    citation: str
    addresses: tuple[str, ...]

    @property
    def licence(self) -> str:
        """The licence as its source states it, told in the reader's language."""
        return words(f"datasets.licence_{self.key if self.addresses else 'sample'}")


Record = TypeVar("Record", covariant=True)
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Splits(Generic[Record]):
    """The three parts of a data set; a part that its source has not is ``()``."""

    train: tuple[Record, ...]
    validation: tuple[Record, ...]
    test: tuple[Record, ...]
    is_sample: bool
    source: Source

    def __repr__(self) -> str:  # sizes, not a hundred thousand records
        sizes = ", ".join(f"{part}={len(getattr(self, part))}" for part in PARTS)
        return f"Splits({sizes}, is_sample={self.is_sample}, source={self.source.name!r})"

    @cached_property
    def part_checksums(self) -> dict[str, str]:
        """Content checksum of each part; see ``checksum``."""
        return {part: content_checksum(getattr(self, part)) for part in PARTS}

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of all that was read, whatever the packing, names and order of the files."""
        return fingerprint(self.part_checksums)


def content_checksum(records: Iterable[object]) -> str:
    """SHA-256 over the sorted SHA-256 of every record, all its fields but a file's name.

    White space around a text does not count: an editor may add a last line end.

    >>> one, two = Verse(1, "Mưa rơi"), Verse(2, "ngoài hiên")
    >>> content_checksum([one, two]) == content_checksum([two, one])
    True
    >>> content_checksum([one, two]) == content_checksum([one, Verse(2, "ngoài sân")])
    False
    """
    digests = sorted(hashlib.sha256(_content(record)).digest() for record in records)
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _content(record: object) -> bytes:
    # The text comes last, so that no other text can look the same; a file's name does not count.
    if isinstance(record, Headline):
        rest, text = f"{record.label} {record.link.strip()}", record.text
    elif isinstance(record, Verse):
        rest, text = f"{record.number}", record.text
    elif isinstance(record, Review):
        rest, text = f"{record.label} {record.rating}", record.text
    elif isinstance(record, Article):
        rest, text = f"{record.label}", record.text
    else:
        rest, text = "", str(record)
    return f"{rest}\n{text.strip()}".encode()
