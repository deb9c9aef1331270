"""Chapter 7: what it claims and promises holds in the records and in what is stored."""

from __future__ import annotations

import json
import math
import re
from functools import partial
from pathlib import Path

import pytest

import prose
import sync
from lstm_course import results
from lstm_course.widgets import WordMap
from prose import stored_state, unprinted

CHAPTER = next(twin for twin in sync.twins() if twin.name == "07_vietnamese_lab")
PATHS = (CHAPTER.english, CHAPTER.vietnamese)
every_language = pytest.mark.parametrize("path", PATHS, ids=sync.short)
# Chosen (a power, probabilities of an exercise), a source's own (†), or a version.
GIVEN = {"0.012", "0.015", "93.4", "97.1", "0.1"}
REVIEWS = results.load("vietnamese_reviews")
UNITS = results.load("vietnamese_units")
NEWS = results.load("vietnamese_news")
COUNTING = results.load("vietnamese_news_direct")
STEPS = results.load("vietnamese_news_steps")
LINEAR = results.load("linear_baselines")
BEST, WHOLE = "bilstm, pairs of words", "word2vec and lstm"


shown = partial(prose.shown, CHAPTER.english)


def mean(study: results.Results, name: str, figure: str = "accuracy") -> float:
    """Return the mean of a figure over the seeds."""
    return float(study.values(name, figure).mean())


@every_language
def test_every_decimal_number_in_the_prose_is_printed_by_a_cell(path: Path) -> None:
    assert unprinted(path, CHAPTER.english, GIVEN) == set()


# ---- Words ---------------------------------------------------------------------------------------


def test_the_sentence_of_the_source_has_four_words_three_or_six() -> None:
    best = shown("ways").splitlines()[1]
    assert best.split()[1:] == ["Sinh_viên", "vi_phạm", "quy_chế", "thi_cử"]
    by_reviews, by_press = (line.split()[1:] for line in shown("teachers").splitlines())
    assert len(by_press) == 3
    assert "vi_phạm_quy_chế" in by_press
    assert len(by_reviews) == 7
    assert "747" in shown("swallowed")


def test_viterbi_by_hand_finds_what_the_segmenter_finds() -> None:
    lines = shown("viterbi").splitlines()
    assert lines[2].endswith(" 2")  # the last word begins at gap 2
    shares = [float(line.split()[0]) for line in lines[3:]]
    assert shares == sorted(shares, reverse=True)
    assert math.isclose(sum(shares), 1, abs_tol=2e-3)
    assert lines[3].endswith("truyền_thông tin")


def test_few_lines_of_counting_agree_with_pyvi_on_nine_words_in_ten() -> None:
    ours, alone = (float(line.split()[-1]) for line in shown("agreement").splitlines())
    assert ours > 0.9 > alone


def test_one_review_in_twenty_five_is_torn_and_can_be_mended() -> None:
    torn, train, _, torn_test, test = map(int, shown("torn").splitlines()[0].split())
    assert (torn, train, torn_test, test) == (1321, 30_000, 427, 10_000)
    whole, before, after = map(float, shown("answer-9").splitlines()[:3])
    assert before < whole - 0.02
    assert after > before + 0.03


# ---- Reviews -------------------------------------------------------------------------------------


def test_the_best_network_on_reviews_is_above_counting() -> None:
    accuracies = REVIEWS.values(BEST, "accuracy")
    assert len(accuracies) == 3
    assert accuracies.mean() >= 0.9
    counted = mean(LINEAR, "reviews, words 1-2")
    assert accuracies.mean() > counted + 2 * math.sqrt(counted * (1 - counted) / 10_000)


def test_the_mistakes_of_the_slides_cost_what_the_chapter_says() -> None:
    rnn, lstm = mean(REVIEWS, "rnn"), mean(REVIEWS, "lstm")
    for name in ("the slides: random start, after the padding", "rnn, after the padding"):
        assert mean(REVIEWS, name) < 0.55, name
    assert 0.7 < mean(REVIEWS, "lstm, after the padding") < rnn - 0.1
    assert rnn < lstm < mean(REVIEWS, "gru")
    assert abs(mean(REVIEWS, "bilstm, all states") - mean(REVIEWS, "gru")) < 0.003


def test_letters_in_pieces_cost_more_than_any_architecture() -> None:
    lost = mean(REVIEWS, BEST) - mean(REVIEWS, BEST, "accuracy_composed_not")
    assert 0.25 < lost < 0.3
    assert lost > 5 * (mean(REVIEWS, BEST) - mean(REVIEWS, "rnn"))
    assert abs(mean(REVIEWS, BEST) - mean(REVIEWS, BEST, "accuracy_other_tones")) < 0.001


def test_units_and_cleaning_compare_as_told() -> None:
    alike = ("words as given", "words by pyvi", "syllables", "word pieces")
    means = [mean(UNITS, name) for name in alike]
    assert max(means) - min(means) < 0.003
    assert mean(UNITS, "characters") < min(means) - 0.1
    assert mean(UNITS, "words, stop words out") < means[0] - 0.015
    assert abs(mean(UNITS, "words, punctuation and digits out") - means[0]) < 0.003
    assert mean(UNITS, "syllables without marks") < mean(UNITS, "syllables") - 0.015
    assert re.search(r"^không +-9\.\d True$", shown("stop-words"), re.MULTILINE)


# ---- News ----------------------------------------------------------------------------------------


def test_topics_are_found_with_and_without_leaked_articles_and_the_count_wins() -> None:
    assert len(NEWS.values(WHOLE, "accuracy")) == 3
    assert 0.91 < mean(NEWS, WHOLE) < mean(NEWS, "two networks together") < mean(NEWS, "linear svm")
    for name in NEWS.configurations:
        lost = mean(NEWS, name) - mean(NEWS, name, "accuracy_without_leaked")
        assert 0 < lost < 0.002, name
        assert abs(mean(NEWS, name, "leaked") - 2531) <= 1  # pyvi sets blanks
    assert shown("news-leaks").split()[:3] == ["2514", "2531", "117"]


def test_a_network_that_also_counts_comes_near_the_count() -> None:
    single, both = COUNTING.configurations
    assert mean(NEWS, WHOLE) + 0.01 < mean(COUNTING, single) < mean(COUNTING, both)
    assert 0 < mean(NEWS, "linear svm") - mean(COUNTING, both) < 0.003
    more = mean(COUNTING, single, "parameters") - mean(NEWS, WHOLE, "parameters")
    assert more == 30_000 * 10
    held_out = [mean(COUNTING, single, "validation_accuracy")]
    held_out.append(mean(NEWS, "linear svm", "validation_accuracy"))
    assert abs(held_out[0] - held_out[1]) < 0.001
    for name in (single, both):
        lost = mean(COUNTING, name) - mean(COUNTING, name, "accuracy_without_leaked")
        assert 0 < lost < 0.002, name


def test_the_steps_of_the_pipeline_are_worth_what_the_chapter_says() -> None:
    whole = mean(STEPS, "words, skip-gram")
    assert mean(STEPS, "stop words out") > whole
    assert mean(STEPS, "syllables") < whole


def test_the_mixture_of_topics_made_the_test_easier_and_knowing_it_does_not_help() -> None:
    assert mean(NEWS, WHOLE, "accuracy_prior_known") < mean(NEWS, WHOLE)
    as_it_is, as_in_training = map(float, shown("prior-shift").splitlines()[-1].split())
    assert as_it_is == pytest.approx(mean(NEWS, WHOLE), abs=6e-4)
    assert as_in_training < as_it_is - 0.01
    assert as_in_training < mean(NEWS, WHOLE, "validation_accuracy") - 0.01


def test_the_confusion_matrix_has_all_test_articles() -> None:
    sizes = [7567, 2036, 2096, 5276, 3788, 5417, 6716, 6667, 6250, 4560]
    for matrix in NEWS.values(WHOLE, "confusion"):
        assert matrix.sum(axis=1).tolist() == sizes
    right = [float(rate) for rate in shown("confusion-numbers").splitlines()[0].split()]
    assert len(right) == 10
    assert right[7] == max(right)  # sport
    assert right[1] == min(right)  # everyday life


# ---- Widgets -------------------------------------------------------------------------------------


@every_language
@pytest.mark.parametrize("cell_id", ["segmentation-widget", "reader-widget", "word-map"])
def test_widgets_fit_into_a_page(cell_id: str, path: Path) -> None:
    assert stored_state(path, cell_id)


@every_language
def test_the_reader_tells_the_accuracy_of_the_network_that_it_holds(path: Path) -> None:
    told = re.search(r'"accuracy": (0\.\d+)', stored_state(path, "reader-widget"))
    assert told
    assert float(told[1]) == pytest.approx(float(shown("probes").split()[0]), abs=5e-4)
    assert '"text_lang": "vi"' in stored_state(path, "reader-widget")


def test_two_of_the_three_sums_on_the_map_come_out() -> None:
    atlas = WordMap(**json.loads(stored_state(CHAPTER.english, "word-map")))
    assert not {"tăng", "giảm", "bán", "cao", "thấp"} & set(atlas.words)
    sums = zip(atlas.examples, ("giáo_viên", "bác_sĩ"), strict=False)
    for (atlas.start, atlas.minus, atlas.plus), wanted in sums:
        assert atlas.analogy[0][0] == wanted
