"""Word segmentation: the best ways against all ways tried one by one, learning, agreement."""

import math
import os
import random
import time
import unicodedata
from collections.abc import Iterator

import pytest

from lstm_course.segmentation import Agreement, WordSegmenter, agreement

COUNTS = {"học_sinh": 6, "sinh_học": 3, "học": 4, "sinh": 1, "vi_phạm": 2, "vi_phạm_quy_chế": 2}


@pytest.fixture
def segmenter() -> WordSegmenter:
    return WordSegmenter(COUNTS)


def all_ways(syllables: list[str], longest: int) -> Iterator[list[str]]:
    """Every way to put neighbours together."""
    if not syllables:
        yield []
    for length in range(1, min(longest, len(syllables)) + 1):
        for rest in all_ways(syllables[length:], longest):
            yield ["_".join(syllables[:length]), *rest]


def probability(segmenter: WordSegmenter, words: list[str]) -> float:
    total = sum(segmenter.counts.values())
    found = 1.0
    for word in words:
        found *= segmenter.counts.get(word, 0 if "_" in word else 1) / total
    return found


# ---- The best ways ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_ways_and_shares_are_those_of_all_ways_tried_one_by_one(seed: int) -> None:
    generator = random.Random(seed)
    known = {
        "_".join(generator.choices("abcd", k=generator.choice([1, 1, 2, 2, 3, 4]))): (
            generator.randint(1, 9)
        )
        for _ in range(12)
    }
    segmenter = WordSegmenter(known)
    text = generator.choices("abcde", k=8)
    every = {tuple(ways): probability(segmenter, ways) for ways in all_ways(text, 4)}
    possible = sorted((p for p in every.values() if p), reverse=True)
    found = segmenter.ways(" ".join(text), 1000)
    assert len(found) == len(possible)
    assert len({tuple(words) for words, _ in found}) == len(found)
    for (words, share), p in zip(found, possible, strict=True):
        assert share == pytest.approx(p / sum(possible), abs=1e-9)
        assert every[tuple(words)] == pytest.approx(p)
    assert segmenter.ways(" ".join(text), 3) == found[:3]
    assert segmenter.segment(" ".join(text)) == found[0][0]


def test_shares_of_all_ways_make_one(segmenter: WordSegmenter) -> None:
    assert math.fsum(p for _, p in segmenter.ways("học sinh học sinh học", 99)) == pytest.approx(1)


def test_of_two_equals_the_longer_last_word_comes_first() -> None:
    segmenter = WordSegmenter({"a_b": 2, "b_c": 2, "c": 5, "a": 5})
    (first, p), (second, q) = segmenter.ways("a b c", 2)
    assert (first, second) == (["a", "b_c"], ["a_b", "c"])
    assert p == q
    assert segmenter.segment("a b c") == first
    # However long: sums of the same numbers in another order are the same numbers.
    long = " ".join("abc" for _ in range(300)) + " a b c"
    (_, p), (_, q) = segmenter.ways(long, 2)
    assert p == q


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n\t ", []),
        ("Học Sinh", ["Học_Sinh"]),
        ("HỌC SINH HỌC!", ["HỌC_SINH", "HỌC", "!"]),
        ("học, sinh", ["học", ",", "sinh"]),
        ("học sinh... 😀", ["học_sinh", ".", ".", ".", "😀"]),
        ("học_sinh_học", ["học_sinh", "học"]),
        ("quy chế", ["quy", "chế"]),
        ("vi phạm quy", ["vi_phạm", "quy"]),
        ("vi phạm quy chế", ["vi_phạm_quy_chế"]),
        (unicodedata.normalize("NFD", "học sinh"), ["học_sinh"]),
        ("3.5 ½", ["3", ".", "5", "½"]),
        ("\ufeffhọc", ["học"]),
        ("<b>học</b>", ["<", "b", ">", "học", "<", "/", "b", ">"]),
    ],
)
def test_what_is_typed_is_cut(segmenter: WordSegmenter, text: str, words: list[str]) -> None:
    assert segmenter.segment(text) == words
    assert segmenter.ways(text)[0][0] == words


def test_nothing_is_cut_in_one_way(segmenter: WordSegmenter) -> None:
    assert segmenter.ways("") == [([], 1.0)]
    with pytest.raises(ValueError, match="1 or more"):
        segmenter.ways("học", 0)


def test_log_probabilities(segmenter: WordSegmenter) -> None:
    total = sum(COUNTS.values())
    assert segmenter.log_probability("Học_sinh") == pytest.approx(math.log(6 / total), abs=1e-9)
    assert segmenter.log_probability("quy") == pytest.approx(math.log(1 / total), abs=1e-9)
    assert segmenter.log_probability("sinh") == segmenter.log_probability("xyz")
    assert segmenter.log_probability("quy_chế") == -math.inf
    assert segmenter.log_probability("!") == 0
    assert "VI_PHẠM" in segmenter
    assert "quy" not in segmenter


def test_time_is_in_proportion_to_the_text(segmenter: WordSegmenter) -> None:
    text = "Học sinh học sinh học, " * 4_000
    before = time.perf_counter()
    ways = segmenter.ways(text)
    assert time.perf_counter() - before < 4  # a second, alone on a machine
    assert len(ways) == 5
    assert segmenter.segment(text) == ways[0][0]
    assert len(ways[0][0]) == 16_000


# ---- What it is made of -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "needs words"),
        ({"Học": 1}, "small composed letters"),
        ({unicodedata.normalize("NFD", "học"): 1}, "small composed letters"),
        ({"học sinh": 1}, "small composed letters"),
        ({"_học": 1}, "small composed letters"),
        ({"học__sinh": 1}, "small composed letters"),
        ({"!": 1}, "small composed letters"),
        ({"": 1}, "small composed letters"),
        ({"a_b_c_d_e": 1}, "more than 4 syllables"),
        ({"học": 0}, "a whole number from 1"),
        ({"học": 1.5}, "a whole number from 1"),
        ({"học": True}, "a whole number from 1"),
    ],
)
def test_wrong_counts_are_refused(counts: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WordSegmenter(counts)


def test_it_learns_from_texts_whose_words_are_marked() -> None:
    texts = ["Sinh_viên thi, sinh_viên nghỉ.", "sinh_viên thi AIDS. a_b_c_d_e", "_x_ nghỉ x -- thi"]
    learned = WordSegmenter.learn(texts)
    assert learned.counts == {"sinh_viên": 3, "thi": 3, "nghỉ": 2, "x": 2}
    assert list(WordSegmenter.learn(texts, most=2).counts) == ["sinh_viên", "thi"]
    assert WordSegmenter.learn(texts, min_count=1).counts["aids"] == 1
    assert "a_b_c_d_e" not in WordSegmenter.learn(texts, min_count=1)
    five = WordSegmenter.learn(texts, min_count=1, longest=5)
    assert five.segment("A b c d e") == ["A_b_c_d_e"]
    assert WordSegmenter.learn(iter([unicodedata.normalize("NFD", "học Học")])).counts == {"học": 2}


def test_wrong_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="needs words"):
        WordSegmenter.learn(["một lần"])
    with pytest.raises(ValueError, match="several texts"):
        WordSegmenter.learn("học học")
    with pytest.raises(ValueError, match="longest"):
        WordSegmenter.learn(["học học"], longest=0)


# ---- Agreement --------------------------------------------------------------------------------


def test_agreement_counts_words_at_their_places() -> None:
    wanted = ["học_sinh", "học", "sinh_học"]
    assert agreement(wanted, wanted) == Agreement(1, 1, 1)
    found = ["học", "sinh_học", "sinh_học"]  # sinh_học is right only where it stands
    assert agreement(found, wanted) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    found = ["học", "sinh", "học", "sinh", "học"]
    assert agreement(found, wanted) == pytest.approx((1 / 5, 1 / 3, 0.25))


def test_agreement_of_many_texts_is_that_of_their_sums() -> None:
    found = [["a_b"], ["c", "d", "e"]]
    wanted = [["a", "b"], ["c", "d", "e"]]
    assert agreement(found, wanted) == pytest.approx((3 / 4, 3 / 5, 6 / 9))
    assert agreement([["a"], []], [["a"], []]).f1 == 1


def test_punctuation_capitals_and_pieces_do_not_count() -> None:
    assert agreement(["Học", ".", ".", "."], ["học", "..."]).f1 == 1
    assert agreement([unicodedata.normalize("NFD", "Học")], ["học"]).f1 == 1
    assert agreement(["3", ".", "5", "điểm"], ["3.5", "điểm"]) == pytest.approx((1 / 3, 1 / 2, 0.4))


def test_texts_that_make_no_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="text 1: "):
        agreement(["học"], ["sinh"])
    with pytest.raises(ValueError, match="text 2: "):
        agreement([["a"], ["b"]], [["a"], ["b", "c"]])
    with pytest.raises(ValueError, match="2 texts and 1"):
        agreement([["a"], ["b"]], [["a"]])
    with pytest.raises(ValueError, match="no words"):
        agreement(["!"], ["!"])


def test_it_agrees_with_the_words_of_real_reviews() -> None:
    if not os.environ.get("LSTM_COURSE_DATA"):
        pytest.skip("NTC-SCV: LSTM_COURSE_DATA is not set")
    from lstm_course.datasets import load_ntc_scv

    reviews = load_ntc_scv(require_full=True)
    learned = WordSegmenter.learn(review.text for review in reviews.train[:6000])
    wanted = [review.text.split() for review in reviews.test[:300]]
    found = [learned.segment(review.text) for review in reviews.test[:300]]
    alone = [" ".join(words).replace("_", " ").split() for words in wanted]
    assert agreement(found, wanted).f1 > 0.93 > agreement(alone, wanted).f1 + 0.1
