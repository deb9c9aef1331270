"""Chapter 1: its claims hold in what is stored, and every number in its prose comes from there."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

import prose
import sync
from lstm_course import results
from prose import unprinted

CHAPTER = next(twin for twin in sync.twins() if twin.name == "01_language_models")
PATHS = (CHAPTER.english, CHAPTER.vietnamese)
every_language = pytest.mark.parametrize("path", PATHS, ids=sync.short)
# Numbers that are chosen, or reckoned on the spot: weights, the base of the natural logarithm, a
# half, a rate of dropout, the rounded discount and share.
GIVEN = {"0.5", "0.3", "0.15", "0.05", "0.1", "0.01", "2.718", "1.5"}
SMOOTHINGS = ("modified_kneser_ney", "kneser_ney", "interpolation", "add_k")


shown = partial(prose.shown, CHAPTER.english)


def table(cell_id: str) -> dict[str, list[float]]:
    """Return the numbers of a printed table by the word at the beginning of each line."""
    lines = (line.split() for line in shown(cell_id).splitlines())
    return {line[0]: [float(n) for n in line[1:] if re.fullmatch(r"[\d.]+", n)] for line in lines}


@every_language
def test_every_decimal_number_in_the_prose_is_printed_by_a_cell(path: Path) -> None:
    assert unprinted(path, CHAPTER.english, GIVEN) == set()


def test_kneser_ney_beats_interpolation_and_add_k_on_the_test_verses() -> None:
    tested = table("test-once")
    best = [tested[name][1] for name in SMOOTHINGS]
    trigrams = [tested[name][-1] for name in SMOOTHINGS]
    assert best == sorted(best)
    assert trigrams == sorted(trigrams)
    assert all(
        tested[name][2] == pytest.approx(2 ** tested[name][1], rel=1e-3) for name in SMOOTHINGS
    )


def test_what_the_picture_of_the_orders_is_read_to_say() -> None:
    chosen = table("choose-order-computed")
    first, second, third, *rest = chosen["modified_kneser_ney"]
    assert round(first - second, 1) == 1.0  # "about a bit"
    assert round(second - third, 2) == 0.08
    assert min(rest) > third  # nothing to gain after two syllables
    assert min(chosen["add_k"]) == chosen["add_k"][1]  # add-k cannot use the second syllable


def test_reckonings_in_the_prose() -> None:
    assert round(2338**3 / 1e9) == 13
    (_, hour), (_, just) = (
        (float(a), float(b)) for a, b in re.findall(r"([\d.]+) -> ([\d.]+)", shown("continuation"))
    )
    frequent = float(re.findall(r"([\d.]+) ->", shown("continuation"))[0])
    assert round(just / hour) == 5
    assert round(frequent / hour) == 4
    numbers, pairs = (int(line.split()[-1]) for line in shown("parameters-computed").splitlines())
    assert round(numbers / pairs) == 10
    assert "giờ     41   7" in shown("company") or re.search(r"giờ\s+41\s+7\b", shown("company"))


def test_the_study_says_what_the_chapter_says() -> None:
    study = results.load("neural_ngram")
    names = list(study.configurations)
    best = min(names, key=lambda n: study.values(n, "validation_bits_mixture").mean())
    assert best == "order 3"
    counts, network, mixture = (
        study.values(best, f"test_bits{which}") for which in ("_counts", "", "_mixture")
    )
    assert set(counts) == {counts[0]}
    assert network.min() - counts[0] > 10 * network.std(ddof=1)  # counts win, clearly
    assert mixture.max() < counts[0]  # and both together are best
    gained = counts[0] - mixture.mean()
    tested = table("test-once")
    earlier = tested["interpolation"][1] - tested["modified_kneser_ney"][1]
    assert gained == pytest.approx(earlier, rel=0.2)  # "about as much as"
    assert round(study.values(best, "share").mean(), 1) == 0.3
    assert set(study.values(best, "parameters")) == {224331}
    assert counts[0] == pytest.approx(tested["modified_kneser_ney"][1], abs=5e-4)
    assert f"{round(study.values(best, 'validation_bits')[0], 3)}" in shown("train-live")


@every_language
def test_the_prose_quotes_the_study(path: Path) -> None:
    study, text = results.load("neural_ngram"), str(sync.read_notebook(path)["cells"])
    for figure in ("test_bits", "test_bits_mixture"):
        assert study.told("order 3", figure) in text


def test_every_network_of_the_menu_holds_bun_closer_to_pho_than_the_others() -> None:
    for line in shown("neighbours").splitlines():
        pho, bun, *others = (float(p) for p in line.split())
        assert pho > bun > max(others)


def test_the_live_network_is_the_one_of_the_study() -> None:
    configuration = results.load("neural_ngram").configurations["order 3"]
    code = sync.index(sync.read_notebook(CHAPTER.english))
    for value in configuration["network"].items():
        assert "{}={}".format(*value) in code["network"]["source"]
    for name, value in configuration["settings"].items():
        assert f"{name}={value!r}".replace("'", '"') in code["train-settings"]["source"]
    assert f"patience={configuration['patience']}" in code["train-settings"]["source"]
