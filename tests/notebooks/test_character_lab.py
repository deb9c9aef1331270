"""Chapter 8: what it claims and promises holds in the records and in what is stored."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

import prose
import sync
from lstm_course import results
from prose import stored_state, unprinted

CHAPTER = next(twin for twin in sync.twins() if twin.name == "08_character_lab")
PATHS = (CHAPTER.english, CHAPTER.vietnamese)
every_language = pytest.mark.parametrize("path", PATHS, ids=sync.short)
# Chosen, asked in an exercise, or a source's own (†): temperatures, dropout, guessing, its report.
GIVEN = {"0.74", "0.90", "0.58", "0.6", "0.36", "0.09"}
SOURCE_NAME = "flattened over 1,500 steps"


shown = partial(prose.shown, CHAPTER.english)


@every_language
def test_every_decimal_number_in_the_prose_is_printed_by_a_cell(path: Path) -> None:
    assert unprinted(path, CHAPTER.english, GIVEN) == set()


def test_the_source_fails_as_it_says_and_is_bound_to_places() -> None:
    source = results.load("characters_source")
    assert set(source.values(SOURCE_NAME, "parameters")) == {35_361}
    learned, tested = (source.values(SOURCE_NAME, f"{p}_accuracy") for p in ("train", "test"))
    assert learned.shape == tested.shape == (3, 5)
    assert learned[:, -1].mean() > max(0.65, learned[:, 0].mean())
    assert tested.max() < 0.65
    moved = source.values(SOURCE_NAME, "accuracy_when_shifted").mean(axis=0)
    assert moved[0] - moved[1] > 0.05  # by a single blank
    assert moved[-1] < 0.6
    sizes = source.values(SOURCE_NAME, "gradient_by_steps_back").mean(axis=0)
    assert (sizes[1:8] < sizes[:7]).all()
    assert sizes[-1] == 0


def test_the_ladder_rises_and_its_largest_step_is_the_table() -> None:
    study = results.load("characters")
    ladder = [label for label in study.configurations if "reviews" not in label]
    assert ladder[3:] == ["a table of n-grams"]
    means = [study.values(label, "accuracy").mean() for label in ladder]
    assert means == sorted(means)
    source = results.load("characters_source").values(SOURCE_NAME, "last_accuracy").mean()
    steps = [after - before for before, after in zip([source, *means], means, strict=False)]
    assert source < min(means)
    linear = results.load("linear_baselines")
    counted = linear.values("films, characters 2-5 of the first 1500", "accuracy").mean()
    assert 0.85 < max(means) < counted  # counting stays ahead, as the chapter says
    assert steps[3] >= max(steps[1:])
    for label in ladder:
        assert len(study.values(label, "accuracy")) == 3
    # What has to discover its letters needs far more to read than what looks them up.
    few = {
        reader: study.values(f"{reader}, 1000 reviews", "accuracy").mean()
        for reader in ("both directions", "a table of n-grams", "linear")
    }
    assert few["both directions"] < min(few["a table of n-grams"], few["linear"]) - 0.05


def test_networks_beat_every_order_of_counting_and_keep_the_form() -> None:
    study = results.load("verse")
    orders = {n: study.values(f"{n}-gram", "bits").min() for n in range(2, 11)}
    assert min(orders, key=lambda n: orders[n]) == 8
    for label in ("LSTM", "LSTM, told its place"):
        assert study.values(label, "bits").max() < min(orders.values()) - 0.1
        assert study.values(label, "valid_syllables").min() > 0.98
        assert study.values(label, "training_seconds").max() <= 400
    in_form = {
        label: study.values(label, "verses_in_form")
        for label in study.configurations
        if label.startswith("LSTM")
    }
    assert in_form["LSTM, told its place"].min() > max(0.98, in_form["LSTM"].max())
    assert study.values("8-gram", "verses_in_form").max() < 0.1
    rhymes = [
        study.values(label, "exact_rhymes") + study.values(label, "near_rhymes")
        for label in ("LSTM", "LSTM, told its place")
    ]
    chance = float(shown("rhyme-chance").splitlines()[0].split()[1])
    assert max(values.mean() for values in rhymes) < chance + 0.05


def test_the_judge_accepts_the_poem() -> None:
    counts, form, sound, rhymes = shown("check").splitlines()
    assert counts.split() == ["3254", "1627", "22778", "3253", "11389"]
    in_form, valid = map(float, form.split())
    assert in_form == 1
    assert min(valid, float(sound.split()[2])) >= 0.995
    assert float(rhymes) >= 0.99


@every_language
@pytest.mark.parametrize("widget", ["writer-widget", "memory-widget"])
def test_the_networks_fit_into_a_page(path: Path, widget: str) -> None:
    assert stored_state(path, widget)
