"""The samples: small, balanced, in the original's form, and the verse is lục bát."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Any

import pytest

from lstm_course import datasets, use_language
from lstm_course.datasets import load_kieu, load_stop_words
from lstm_course.datasets.records import PARTS

from .small import SAMPLES


@pytest.mark.parametrize(
    ("key", "sizes"),
    [
        ("headlines", (44, 0, 16)),
        ("imdb", (32, 0, 8)),
        ("ntc_scv", (36, 12, 12)),
        ("vntc", (40, 0, 20)),
    ],
)
def test_samples_are_balanced_and_repeat_nothing(key: str, sizes: tuple[int, ...]) -> None:
    sample: Any = getattr(datasets, f"load_{key}")()
    parts = [getattr(sample, part) for part in PARTS]
    assert tuple(map(len, parts)) == sizes
    for part in parts:
        assert len(set(Counter(record.label for record in part).values())) <= 1
    texts = [record.text for part in parts for record in part]
    assert len(set(texts)) == len(texts)
    assert all(text.strip() and unicodedata.is_normalized("NFC", text) for text in texts)


def test_some_have_what_the_chapters_need() -> None:
    reviews = datasets.load_imdb().train
    assert sum("<br />" in review.text for review in reviews) >= 3
    assert all(
        (review.rating or 0) >= 7 if review.label else (review.rating or 9) <= 4
        for review in reviews
    )
    assert sum("_" in review.text for review in datasets.load_ntc_scv().train) > 20
    assert {article.label for article in datasets.load_vntc().train} == set(range(10))
    assert all(
        headline.text == headline.text.lower() for headline in datasets.load_headlines().train
    )
    words = load_stop_words()
    assert len(words) == len(set(words)) == 41
    assert any(" " in word for word in words)


def test_a_sample_says_whose_it_is() -> None:
    source = load_kieu().source
    assert (source.name, source.licence) == (
        "sample written for this course",
        "MIT, like this package",
    )
    use_language("vi")
    assert "MIT" in source.licence


# ---- Lục bát ----------------------------------------------------------------------------------

MARKS = {"\u0300": "huyền", "\u0301": "sắc", "\u0309": "hỏi", "\u0303": "ngã", "\u0323": "nặng"}
ONSET = re.compile(r"^(ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])")
NEAR = [{"iên", "uyên"}, {"uya", "ia"}, {"ong", "ông"}, {"iêu", "yêu"}, {"ui", "uôi"}, {"ê", "e"}]
NEAR += [{"au", "âu"}]  # rhymes that poets take for good (vần thông)


def tone(syllable: str) -> str:
    apart = unicodedata.normalize("NFD", syllable)
    return next((name for mark, name in MARKS.items() if mark in apart), "ngang")


def rhyme(syllable: str) -> str:
    apart = unicodedata.normalize("NFD", syllable.lower())
    level = unicodedata.normalize("NFC", "".join(c for c in apart if c not in MARKS))
    return ONSET.sub("", level)


def test_the_verse_is_in_the_public_s_ear_right() -> None:
    poems = (SAMPLES / "luc_bat.txt").read_text(encoding="utf-8").strip().split("\n\n")
    assert len(poems) == 8
    for poem in poems:
        expected = None
        for row, verse in enumerate(poem.split("\n")):
            syllables = re.findall(r"[^\W\d_]+", verse)
            assert len(syllables) == (8 if row % 2 else 6), verse
            level = [tone(syllable) in {"ngang", "huyền"} for syllable in syllables]
            assert level[1::2] == ([True, False, True, True] if row % 2 else [True, False, True])
            if row % 2:
                assert tone(syllables[5]) != tone(syllables[7]), verse
            found = rhyme(syllables[5])
            assert expected in (None, found) or {expected, found} in NEAR, verse
            expected = rhyme(syllables[-1])


def test_the_sample_is_no_known_poem() -> None:
    assert not {verse.text for verse in load_kieu().train} & {
        "Trăm năm trong cõi người ta,",
        "Chữ tài chữ mệnh khéo là ghét nhau.",
    }
