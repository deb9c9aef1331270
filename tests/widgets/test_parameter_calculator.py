"""The parameter calculator in Python, against the modules of PyTorch and the book's own cells."""

import random
import re
from html import unescape
from typing import Any

import numpy as np
import pytest
import traitlets
from torch import nn

from lstm_course import cells
from lstm_course.models import count_parameters
from lstm_course.widgets import ParameterCalculator, sources
from lstm_course.widgets.parameter_calculator import PRESETS, SUMS

MODULES = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


@pytest.mark.parametrize("kind", list(MODULES))
def test_totals_are_those_of_pytorch(kind: str) -> None:
    rng = random.Random(4)
    calculator = ParameterCalculator(kind)
    for _ in range(25):
        m, n, layers = rng.randint(1, 3000), rng.randint(1, 900), rng.randint(1, 4)
        both, biases = rng.random() < 0.5, rng.randint(1, 2)
        # "meta": shapes without numbers, so that nothing large is made.
        module = MODULES[kind](m, n, num_layers=layers, bidirectional=both, device="meta")
        calculator.m, calculator.n, calculator.layers = m, n, layers
        calculator.bidirectional, calculator.biases = both, biases
        assert calculator.total == count_parameters(module, one_bias=biases == 1)
        first = MODULES[kind](m, n, bidirectional=both, device="meta")
        assert calculator.first_layer == count_parameters(first, one_bias=biases == 1)
        assert calculator.first_layer == (1 + both) * SUMS[kind] * calculator.per_gate


def test_embedding_and_dense_are_those_of_pytorch() -> None:
    for m, n in ((1000, 16), (1, 1), (25_000, 200)):
        embedding = nn.Embedding(m, n, device="meta")
        # What such a layer has no use for changes nothing.
        unused = {"layers": 3, "bidirectional": True, "biases": 2}
        found = ParameterCalculator("embedding", m=m, n=n, **unused)
        assert found.total == found.first_layer == found.per_gate == count_parameters(embedding)
        dense = nn.Linear(m, n, device="meta")
        found = ParameterCalculator("dense", m=m, n=n, **unused)
        assert found.total == found.first_layer == found.per_gate == count_parameters(dense)


@pytest.mark.parametrize("both", [False, True])
def test_peepholes_are_those_of_the_cell(both: bool) -> None:
    m, n = 7, 5
    w = cells.LayerWeights(np.ones((4 * n, m)), np.ones((4 * n, n)), np.ones(4 * n), np.ones(4 * n))
    peepholes = np.ones((3, n))
    cells.peephole_cell(np.ones((1, m)), np.ones((1, n)), np.ones((1, n)), w, peepholes)
    size = sum(part.size for part in w) + peepholes.size
    calculator = ParameterCalculator("peephole", m=m, n=n, biases=2, bidirectional=both)
    assert calculator.total == (1 + both) * size


@pytest.mark.parametrize(
    ("preset", "total"),
    [
        ("imdb", 70_200),
        ("characters", 5_360),
        ("both_ways", 12_544),
        ("stacked", 70_200 + 20_200),
        ("gated", 52_650),
        ("slides", 12_600),
        ("words", 16_000),
        ("hidden", 1_560),
    ],
)
def test_presets_have_the_numbers_of_the_chapters(preset: str, total: int) -> None:
    calculator = ParameterCalculator(preset=preset)
    assert calculator.total == total
    assert calculator.kilobytes == total * 4 / 1000


def test_the_presets_are_all_there_is() -> None:
    assert len(PRESETS) == 8
    with pytest.raises(ValueError, match="imdb, characters"):
        ParameterCalculator(preset="best")
    assert ParameterCalculator("gru").total == 52_650
    assert ParameterCalculator("lstm", preset="words").total == 4 * 16 * (1000 + 16 + 1)
    assert repr(ParameterCalculator()) == (
        "ParameterCalculator(kind='lstm', m=300, n=50, layers=1, bidirectional=False, biases=1)"
    )


def test_the_counting_is_written_out_in_the_languages_way() -> None:
    calculator = ParameterCalculator(lang="en")
    assert calculator.sums == {
        "gate": "n·(m + n + 1) = 50·351 = 17,550",
        "layer": "4·n·(m + n + 1) = 4·50·(300 + 50 + 1) = 4·50·351 = 70,200",
    }
    calculator.kind, calculator.layers, calculator.bidirectional = "peephole", 3, True
    calculator.lang = "vi"
    assert calculator.sums == {
        "gate": "n·(m + n + 1) = 50·351 = 17550",
        "layer": "2·(4·n·(m + n + 1) + 3·n) = 2·(4·50·(300 + 50 + 1) + 3·50)"
        " = 2·(4·50·351 + 3·50) = 140700",
        "later": "2·(4·n·(2·n + n + 1) + 3·n) = 2·(4·50·(100 + 50 + 1) + 3·50)"
        " = 2·(4·50·151 + 3·50) = 60700",
        "all": "140700 + 2·60700 = 262100",
    }


def arithmetic(expression: str, m: int, n: int) -> int:
    """Value of an expression made of numbers, m, n, +, · and brackets."""
    assert re.fullmatch(r"[\d mn+·()]+", expression)
    plain = expression.replace("·", "*")
    return int(eval(plain, {"__builtins__": {}}, {"m": m, "n": n}))


def random_states(count: int, seed: int = 7) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    ranges = ParameterCalculator.constants()["ranges"]
    return [
        {
            name: rng.choice(limits["choices"])
            if "choices" in limits
            # Small numbers as often as large ones.
            else round(limits["min"] * (limits["max"] / limits["min"]) ** rng.random())
            for name, limits in ranges.items()
        }
        for _ in range(count)
    ]


def test_every_expression_that_is_written_has_the_value_written_behind_it() -> None:
    calculator = ParameterCalculator(lang="vi")
    for state in random_states(200):
        for name, value in state.items():
            setattr(calculator, name, value)
        for written in calculator.sums.values():
            *expressions, result = written.split(" = ")
            values = {arithmetic(part, calculator.m, calculator.n) for part in expressions}
            assert values == {int(result)}, (state, written)
        assert int(list(calculator.sums.values())[-1].split(" = ")[-1]) == calculator.total


def test_the_largest_layer_is_counted_exactly_in_the_page_too() -> None:
    ranges = ParameterCalculator.constants()["ranges"]
    largest = {name: limits["max"] for name, limits in ranges.items() if "max" in limits}
    calculator = ParameterCalculator("peephole", bidirectional=True, **largest)
    assert 4 * calculator.total < 2**53


BAD: dict[str, list[object]] = {
    "kind": ["LSTM", "", None, 1],
    "m": [0, -3, 100_001, 1.5, float("nan"), "300", None, True],
    "n": [0, 10_001, float("inf"), [50]],
    "layers": [0, 11, 2.5],
    "bidirectional": [1, 0, "yes", None, 2.0],
    "biases": [0, 3, "2"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_wrong_value_is_refused_in_the_readers_language(name: str, value: object) -> None:
    calculator = ParameterCalculator()
    good = getattr(calculator, name)
    for lang, words in (("en", "is not "), ("vi", "không phải là một ")):
        calculator.lang = lang
        with pytest.raises(traitlets.TraitError, match=rf"^{name}: .*{words}"):
            setattr(calculator, name, value)
    assert getattr(calculator, name) == good


@pytest.mark.parametrize("kind", [*SUMS, "embedding", "dense"])
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_stored_picture_counts(kind: str, lang: str) -> None:
    calculator = ParameterCalculator(kind, layers=2, lang=lang)
    html = unescape(calculator.static_html())
    for written in calculator.sums.values():
        assert f"<td>{written}</td>" in html
    assert f"= {calculator.kilobytes:.3f}" in html


def test_every_word_that_depends_on_the_state_exists() -> None:
    words = sources.language.section("parameter_calculator")["en"]
    kinds = ParameterCalculator.constants()["ranges"]["kind"]["choices"]
    asked = {f"{key}_{kind}" for key in ("kind", "note") for kind in kinds}
    asked |= {f"sum_{name}" for name in ("gate", "layer", "first", "later", "all")} | set(PRESETS)
    asked |= {"m_label", "m_label_embedding", "n_label", "n_label_embedding", "n_label_dense"}
    asked |= {"legend", "legend_embedding", "legend_dense", "biases_1", "biases_2"}
    assert asked <= set(words)
