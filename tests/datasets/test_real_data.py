"""Facts of the real data, where LSTM_COURSE_DATA holds them; told as skipped where it does not."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lstm_course.datasets import (
    VNTC_TOPICS,
    load_headlines,
    load_imdb,
    load_kieu,
    load_ntc_scv,
    load_stop_words,
    load_vntc,
    loaders,
)

from .conftest import REAL_CACHE, REAL_DATA


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Uses the real data of a key, or skips; what they were unpacked to is kept for next time."""

    def use(key: str) -> None:
        groups = getattr(loaders, key.upper()).alternatives
        folder = Path(REAL_DATA) if REAL_DATA else None
        if folder is None or not any(all((folder / n).exists() for n in g) for g in groups):
            names = ", ".join(" + ".join(group) for group in groups)
            pytest.skip(f"real data of {key} are not here: LSTM_COURSE_DATA with {names}")
        monkeypatch.setenv("LSTM_COURSE_DATA", str(folder))
        if REAL_CACHE is None:
            monkeypatch.delenv("LSTM_COURSE_CACHE")
        else:
            monkeypatch.setenv("LSTM_COURSE_CACHE", REAL_CACHE)

    return use


def labels(records: tuple[Any, ...]) -> list[int]:
    counts = Counter(record.label for record in records)
    return [counts[label] for label in sorted(counts)]


def test_headlines(real: Callable[[str], None]) -> None:
    real("headlines")
    headlines = load_headlines(require_full=True)
    assert (len(headlines.train), len(headlines.test)) == (20_000, 6_709)
    assert headlines.train[0].text == (
        "former versace store clerk sues over secret 'black code' for minority shoppers"
    )
    assert labels(headlines.train + headlines.test) == [14_985, 11_724]
    assert labels(headlines.test) == [3_779, 2_930]
    train = {headline.text for headline in headlines.train}
    assert sum(headline.text in train for headline in headlines.test) == 34
    assert not headlines.is_sample
    assert headlines.source.addresses


def test_kieu(real: Callable[[str], None]) -> None:
    real("kieu")
    kieu = load_kieu(require_full=True)
    verses = kieu.train + kieu.test
    assert (len(verses), len(kieu.train)) == (3_254, 2_928)
    assert [verse.number for verse in verses] == list(range(1, 3_255))
    text = "\n".join(verse.text for verse in verses)
    assert unicodedata.is_normalized("NFC", text)
    assert not re.search(r"\d|Chương IV", text)
    assert verses[0].text == "Trăm năm trong cõi người ta,"
    assert verses[1053].text.endswith("quanh ghế ngồi.")
    for verse in verses:
        syllables = re.findall(r"[^\W\d_]+", verse.text)
        assert len(syllables) == (6 if verse.number % 2 else 8), verse


def test_stop_words(real: Callable[[str], None]) -> None:
    real("stop_words")
    words = load_stop_words(require_full=True)
    assert len(words) == len(set(words)) == 1_942
    assert words[:3] == ("a lô", "a ha", "ai")


def test_imdb(real: Callable[[str], None]) -> None:
    real("imdb")
    reviews = load_imdb(require_full=True)
    assert labels(reviews.train) == [12_500, 12_500]
    assert labels(reviews.test) in ([], [12_500, 12_500])
    for review in reviews.train:
        assert review.rating is not None
        assert review.rating >= 7 if review.label else review.rating <= 4
    assert sum("<br />" in review.text for review in reviews.train) > 10_000
    assert round(sum(len(review.text) for review in reviews.train) / 25_000) == 1_325


def test_ntc_scv(real: Callable[[str], None]) -> None:
    real("ntc_scv")
    reviews = load_ntc_scv(require_full=True)
    assert labels(reviews.train) == [15_000, 15_000]
    assert labels(reviews.validation) == labels(reviews.test) == [5_000, 5_000]
    everything = reviews.train + reviews.validation + reviews.test
    assert all(unicodedata.is_normalized("NFC", review.text) for review in everything)
    assert any("nhân_viên" in review.text for review in reviews.train)


def test_vntc(real: Callable[[str], None]) -> None:
    real("vntc")
    articles = load_vntc(require_full=True)
    assert labels(articles.train) == [5219, 3159, 1820, 2552, 3868, 3384, 2898, 5298, 3080, 2481]
    assert labels(articles.test) == [7567, 2036, 2096, 5276, 3788, 5417, 6716, 6667, 6250, 4560]
    assert len(VNTC_TOPICS) == 10
    train = {article.text for article in articles.train}
    assert sum(article.text in train for article in articles.test) == 2_514
