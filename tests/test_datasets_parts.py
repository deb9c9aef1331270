"""Cutting a part off, and texts that stand in two parts."""

from __future__ import annotations

import pytest

from lstm_course.datasets import Source, Splits, Verse, hold_out, seen_before

VERSES = tuple(Verse(number, f"verse {number}") for number in range(1, 11))
DATA = Splits(VERSES, (), (), False, Source("small", "Small", "", ()))


def test_a_part_is_cut_off_by_chance_and_nothing_is_lost() -> None:
    cut = hold_out(DATA, 3)
    assert (len(cut.train), len(cut.validation), len(cut.test)) == (7, 0, 3)
    assert sorted(verse.number for verse in cut.train + cut.test) == list(range(1, 11))
    assert cut == hold_out(DATA, 3)
    assert cut.test != VERSES[-3:]
    assert cut.test != hold_out(DATA, 3, seed=1).test


def test_both_parts_have_something() -> None:
    for count in (0, 10, -1):
        with pytest.raises(ValueError, match="of 10 records"):
            hold_out(DATA, count)


def test_case_and_space_do_not_hide_a_leak() -> None:
    assert seen_before(["Mưa  rơi\n", "nắng"], ["mưa rơi", "NẮNG ", "mưa", ""]) == [
        True,
        True,
        False,
        False,
    ]
