"""The NumPy cells: the worked example to the digit, shapes, and the stages of construction."""

import math

import numpy as np
import pytest

from lstm_course import cells
from lstm_course.cells import WORKED_EXAMPLE, LSTMWeights, build_stage, lstm_sequence, lstm_step


def test_worked_example_has_the_published_sums_and_values() -> None:
    step = lstm_step(x=1, h=1, c=2, weights=WORKED_EXAMPLE)
    sums = [round(z, 10) for z in (step.sum_f, step.sum_i, step.sum_g, step.sum_o)]
    assert sums == [5.95, 4.27, 2.03, 4.78]
    rounded = [round(value, 3) for value in (step.f, step.i, step.g, step.o)]
    assert rounded == [0.997, 0.986, 0.966, 0.992]
    assert (round(step.c, 6), round(step.h, 6)) == (2.947567, 0.986229)


@pytest.mark.parametrize(("first", "last"), [(0, 0.0064), (1, 0.9694)])
def test_the_first_value_of_a_sequence_is_still_there_at_the_end(first: float, last: float) -> None:
    steps = lstm_sequence([first, 0.5, 0.25, 1], WORKED_EXAMPLE)
    assert round(steps[-1].h, 4) == last


def test_a_sequence_is_the_step_applied_again_and_again() -> None:
    steps = lstm_sequence([0.3, -2.0], WORKED_EXAMPLE, h=0.1, c=-0.4)
    first = lstm_step(0.3, 0.1, -0.4, WORKED_EXAMPLE)
    assert steps == [first, lstm_step(-2.0, first.h, first.c, WORKED_EXAMPLE)]
    assert lstm_sequence([], WORKED_EXAMPLE) == []


def test_many_units_equal_the_equations_written_out() -> None:
    rng = np.random.default_rng(3)
    m, n = 3, 2
    shapes = {"x": (n, m), "h": (n, n)}
    values = {f"w_{g}{k}": rng.normal(size=shapes[k]) for g in "figo" for k in "xh"}
    values |= {f"b_{g}": rng.normal(size=n) for g in "figo"}
    x, h, c = rng.normal(size=m), rng.normal(size=n), rng.normal(size=n)
    step = lstm_step(x, h, c, LSTMWeights(**values))
    for unit in range(n):
        gate = {}
        for g in "figo":
            z = values[f"b_{g}"][unit]
            z += sum(values[f"w_{g}x"][unit, k] * x[k] for k in range(m))
            z += sum(values[f"w_{g}h"][unit, k] * h[k] for k in range(n))
            gate[g] = math.tanh(z) if g == "g" else 1 / (1 + math.exp(-z))
        c_t = gate["f"] * c[unit] + gate["i"] * gate["g"]
        assert step.c[unit] == pytest.approx(c_t, abs=1e-12)
        assert step.h[unit] == pytest.approx(gate["o"] * math.tanh(c_t), abs=1e-12)


def test_shapes_that_do_not_fit_are_refused() -> None:
    weights = LSTMWeights(**dict.fromkeys(WORKED_EXAMPLE.__dataclass_fields__, np.ones((2, 3))))
    with pytest.raises(ValueError, match="not aligned"):
        lstm_step(np.ones(4), np.ones(2), np.ones(2), weights)


def test_sigmoid_is_the_formula_and_does_not_overflow() -> None:
    z = np.linspace(-30, 30, 601)
    expected = np.exp(z) / (np.exp(z) + 1)
    np.testing.assert_allclose(cells.sigmoid(z), expected, rtol=1e-13, atol=0)
    assert cells.sigmoid(-1e6) == 0.0
    assert cells.sigmoid(1e6) == 1.0


def test_the_first_stage_is_a_recurrent_network_and_the_last_the_lstm() -> None:
    x, h, c = 0.7, -0.3, 1.5
    rnn = cells.rnn_step(x, h, WORKED_EXAMPLE.w_gx, WORKED_EXAMPLE.w_gh, WORKED_EXAMPLE.b_g)
    assert build_stage(1, x, h, c, WORKED_EXAMPLE).h == rnn
    assert build_stage(7, x, h, c, WORKED_EXAMPLE) == lstm_step(x, h, c, WORKED_EXAMPLE)


def test_each_stage_adds_what_its_name_says() -> None:
    x, h, c = 0.7, -0.3, 1.5
    full = lstm_step(x, h, c, WORKED_EXAMPLE)
    new = full.i * full.g
    expected = {
        1: (c, full.g),
        2: (c, new),
        3: (c, new),
        4: (c + new, c + new),
        5: (full.f * c + new, full.f * c + new),
        6: (full.c, math.tanh(full.c)),
        7: (full.c, full.o * math.tanh(full.c)),
    }
    for stage, (c_t, h_t) in expected.items():
        step = build_stage(stage, x, h, c, WORKED_EXAMPLE)
        assert (step.c, step.h) == pytest.approx((c_t, h_t), abs=1e-15), stage


@pytest.mark.parametrize("stage", [0, 8, -1, 2.5])
def test_an_unknown_stage_is_refused(stage: int) -> None:
    with pytest.raises(ValueError, match="1 to 7"):
        build_stage(stage, 1, 1, 2, WORKED_EXAMPLE)
