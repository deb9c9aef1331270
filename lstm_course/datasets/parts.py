"""Questions about the parts of a data set: how to cut one off, and what stands in two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from lstm_course.datasets.records import Record, Splits


def hold_out(data: Splits[Record], count: int, seed: int = 0) -> Splits[Record]:
    """The training part alone, shuffled, its last ``count`` records made the test part.

    For a data set whose own test part is not at hand. Raises ``ValueError`` unless both parts
    have something.
    """
    if not 0 < count < len(data.train):
        raise ValueError(f"{count} of {len(data.train)} records cannot be held out")
    order = np.random.default_rng(seed).permutation(len(data.train))
    shuffled = [data.train[number] for number in order]
    return replace(
        data, train=tuple(shuffled[:-count]), validation=(), test=tuple(shuffled[-count:])
    )


def seen_before(train: Iterable[str], test: Iterable[str]) -> list[bool]:
    """For each text of ``test``, whether it stands in ``train``: a leak that flatters any model.

    Case and white space do not count.

    >>> seen_before(["Rain all day", "sun"], ["rain  all day", "snow"])
    [True, False]
    """
    known = {_plain(text) for text in train}
    return [_plain(text) in known for text in test]


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
