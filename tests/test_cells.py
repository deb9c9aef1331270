"""The NumPy cells: the worked example to the digit, shapes, and the stages of construction."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lstm_course import cells
from lstm_course.cells import (
    RNN_EXAMPLE,
    WORKED_EXAMPLE,
    LSTMWeights,
    build_stage,
    lstm_gradients,
    lstm_sequence,
    lstm_step,
    rnn_gradients,
    rnn_sequence,
    rnn_step,
)

Array = NDArray[np.float64]


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


# ---- Recurrent networks ------------------------------------------------------------------------


def random_rnn(seed: int, m: int = 3, n: int = 2) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, m)), rng.normal(size=(n, n)), rng.normal(size=n)


def random_lstm(seed: int, m: int = 3, n: int = 2) -> LSTMWeights:
    parts = {gate: random_rnn(10 * seed + k, m, n) for k, gate in enumerate("figo")}
    names = ("w_{}x", "w_{}h", "b_{}")
    return LSTMWeights(
        **{
            name.format(gate): part
            for gate, found in parts.items()
            for name, part in zip(names, found, strict=True)
        }
    )


def torch_rnn(w_x: Array, w_h: Array, b: Array, activation: str) -> torch.nn.RNN:
    n, m = np.shape(w_x)
    rnn = torch.nn.RNN(m, n, nonlinearity=activation, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(torch.tensor(w_x))
        rnn.weight_hh_l0.copy_(torch.tensor(w_h))
        rnn.bias_ih_l0.copy_(torch.tensor(b))
        rnn.bias_hh_l0.zero_()
    return rnn


def test_the_worked_layer_gives_the_published_outputs() -> None:
    e = RNN_EXAMPLE
    states = rnn_sequence(e.xs, e.w_x, e.w_h, e.b, e.activation)
    np.testing.assert_array_equal(states, [[2, 3], [4, 6], [5, 8]])


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_the_worked_layer_in_torch(dtype: torch.dtype, atol: float) -> None:
    e = RNN_EXAMPLE
    rnn = torch_rnn(np.array(e.w_x), np.array(e.w_h), np.array(e.b), e.activation).to(dtype)
    output, last = rnn(torch.tensor([e.xs], dtype=dtype))
    states = rnn_sequence(e.xs, e.w_x, e.w_h, e.b, e.activation)
    np.testing.assert_allclose(output[0].detach(), states, rtol=0, atol=atol)
    np.testing.assert_allclose(last[0, 0].detach(), states[-1], rtol=0, atol=atol)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_random_layer_equals_torch(activation: str) -> None:
    weights = random_rnn(5)
    xs, h = np.random.default_rng(6).normal(size=(7, 3)), np.array([0.5, -1.5])
    with torch.no_grad():
        start = torch.tensor(h)[None, None]
        output, _ = torch_rnn(*weights, activation)(torch.tensor(xs)[None], start)
    states = rnn_sequence(xs, *weights, activation, h=h)
    np.testing.assert_allclose(states, output[0], rtol=0, atol=1e-12)


def test_a_recurrent_sequence_is_the_step_applied_again_and_again() -> None:
    first = rnn_step(0.3, 0.1, 2, -1, 0.5)
    assert rnn_sequence([0.3, -2], 2, -1, 0.5, h=0.1) == [first, rnn_step(-2, first, 2, -1, 0.5)]
    assert rnn_sequence([], 2, -1, 0.5) == []


def test_activations_and_their_slopes() -> None:
    assert rnn_step(1, 1, 2, -5, 1, "relu") == 0
    assert rnn_step(1, 1, 2, -5, 1, "identity") == -2
    assert rnn_step(1, 1, 2, -5, 1) == math.tanh(-2)
    z = np.array([-20.0, -1.0, 0.0, 0.3, 20.0])
    for name, fn in {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda z: 1 * z}.items():
        at = torch.tensor(z, requires_grad=True)
        value = fn(at)
        value.sum().backward()
        np.testing.assert_allclose(cells.ACTIVATIONS[name](z), value.detach(), rtol=0, atol=1e-15)
        np.testing.assert_allclose(cells.slope(name, z), at.grad, rtol=0, atol=1e-15)
    # Where tanh rounds to 1 its slope is still known: 4 e^(-2z), not 0.
    assert cells.slope("tanh", 30) == pytest.approx(4 * math.exp(-60), rel=1e-12)


@pytest.mark.parametrize("call", [rnn_sequence, rnn_gradients])
def test_an_unknown_activation_is_refused(call: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="tanh, relu, identity, not 'sigmoid'"):
        call([1.0], 1, 1, 0, "sigmoid")
    with pytest.raises(ValueError, match="not 'sigmoid'"):
        cells.slope("sigmoid", 0)


# ---- Gradients through time, against torch's own -----------------------------------------------


def by_autograd(
    last: torch.Tensor, earlier: list[torch.Tensor]
) -> list[NDArray[np.float64] | float]:
    """Return d last / d each of the earlier tensors, as matrices or floats."""
    rows = [
        torch.autograd.grad(part, earlier, retain_graph=True, allow_unused=True)
        for part in last.reshape(-1)
    ]
    zeros = [torch.zeros_like(tensor) for tensor in earlier]
    filled = [
        [part if part is not None else zero for part, zero in zip(row, zeros, strict=True)]
        for row in rows
    ]
    jacobians = [torch.stack(parts).numpy() for parts in zip(*filled, strict=True)]
    return [float(found[0]) if found.ndim == 1 else found for found in jacobians]


def agree(found: list[cells.Value], expected: list[NDArray[np.float64] | float]) -> None:
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


ACT = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda z: 1 * z}


@pytest.mark.parametrize("activation", list(cells.ACTIVATIONS))
@pytest.mark.parametrize("units", [None, 1, 3])
def test_rnn_gradients_equal_autograd(activation: str, units: int | None) -> None:
    n = units or 1
    w_x, w_h, b = random_rnn(8, m=2, n=n)
    xs = np.random.default_rng(9).normal(size=(6, 2))
    if units is None:  # plain numbers
        w_x, w_h, b, xs = w_x[0, 0], w_h[0, 0], b[0], xs[:, 0]
    inputs = [torch.tensor(x, requires_grad=True) for x in xs]
    h = torch.zeros_like(torch.tensor(b))
    states = []
    for x in inputs:
        if units is None:
            h = ACT[activation](w_x * x + w_h * h + b)
        else:
            h = ACT[activation](torch.tensor(w_x) @ x + torch.tensor(w_h) @ h + torch.tensor(b))
        states.append(h)
    gradients = rnn_gradients(xs, w_x, w_h, b, activation)
    agree(gradients.by_h, by_autograd(h, states))
    agree(gradients.by_x, by_autograd(h, inputs))


@pytest.mark.parametrize("of", ["h", "c"])
@pytest.mark.parametrize("units", [None, 1, 3])
def test_lstm_gradients_equal_autograd(of: str, units: int | None) -> None:
    weights = random_lstm(4, m=2, n=units or 1)
    xs = np.random.default_rng(3).normal(size=(6, 2))
    if units is None:
        weights, xs = WORKED_EXAMPLE, xs[:, 0]
    inputs = [torch.tensor(x, requires_grad=True) for x in xs]
    w = {name: torch.tensor(value, dtype=torch.float64) for name, value in vars(weights).items()}
    times = torch.mul if units is None else torch.matmul
    h = c = torch.zeros_like(w["b_f"])
    hs, cs, forget = [], [], []
    for x in inputs:
        sums = [times(w[f"w_{k}x"], x) + times(w[f"w_{k}h"], h) + w[f"b_{k}"] for k in "figo"]
        f, i, g, o = (torch.tanh(z) if k == 2 else torch.sigmoid(z) for k, z in enumerate(sums))
        c = f * c + i * g
        h = o * torch.tanh(c)
        for kept, value in zip((hs, cs, forget), (h, c, f), strict=True):
            kept.append(value)
    last = h if of == "h" else c
    gradients = lstm_gradients(xs, weights, of=of)
    agree(gradients.by_c, by_autograd(last, cs))
    agree(gradients.by_h, by_autograd(last, hs))
    agree(gradients.by_x, by_autograd(last, inputs))
    for t, product in enumerate(gradients.road, 1):
        expected = np.prod([value.detach().numpy() for value in forget[t:]], axis=0)
        np.testing.assert_allclose(product, expected, rtol=1e-12)


def test_with_no_weights_on_h_the_cell_state_is_the_only_road() -> None:
    weights = replace(WORKED_EXAMPLE, w_fh=0, w_ih=0, w_gh=0, w_oh=0)
    gradients = lstm_gradients([0.5, -1, 2, 0.25], weights, of="c")
    assert gradients.by_c == pytest.approx(gradients.road, rel=1e-14)
    assert gradients.by_h == [0] * 4


def test_gradients_over_no_step_or_of_no_state() -> None:
    assert rnn_gradients([], 1, 1, 0) == ([], [])
    assert lstm_gradients([], WORKED_EXAMPLE) == ([], [], [], [])
    with pytest.raises(ValueError, match='"h" or "c"'):
        lstm_gradients([1], WORKED_EXAMPLE, of="x")


def test_the_gradient_is_how_far_the_last_state_moves() -> None:
    # A check that knows no chain rule: move one input a little.
    xs, small = [0.3, -1.0, 0.8, 0.1], 1e-6
    for k in range(4):
        moved = [[x + (j == k) * sign * small for j, x in enumerate(xs)] for sign in (1, -1)]
        high, low = (lstm_sequence(some, WORKED_EXAMPLE)[-1].h for some in moved)
        exact = lstm_gradients(xs, WORKED_EXAMPLE).by_x[k]
        assert (high - low) / (2 * small) == pytest.approx(exact, rel=1e-6, abs=1e-8)
        high, low = (rnn_sequence(some, 0.9, -1.2, 0.1)[-1] for some in moved)
        exact = rnn_gradients(xs, 0.9, -1.2, 0.1).by_x[k]
        assert (high - low) / (2 * small) == pytest.approx(exact, rel=1e-6, abs=1e-8)


# ---- Batches, against torch's own layers -------------------------------------------------------

SHAPES = [  # B, T, m, n
    (1, 1, 1, 1),
    (2, 7, 3, 5),
    (5, 4, 8, 2),
    *(tuple(np.random.default_rng(seed).integers(1, 12, 4).tolist()) for seed in range(6)),
]
PRECISION = [(torch.float32, 1e-6), (torch.float64, 1e-12)]
RECURRENT = {"lstm": (torch.nn.LSTM, cells.lstm_layer), "gru": (torch.nn.GRU, cells.gru_layer)}


def random_inputs(*shape: int, dtype: torch.dtype) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("dtype", "atol"), PRECISION, ids=["float32", "float64"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", RECURRENT)
def test_a_network_of_cells_equals_torch(
    kind: str,
    shape: tuple[int, int, int, int],
    dtype: torch.dtype,
    atol: float,
    layers: int,
    bidirectional: bool,
) -> None:
    batch, steps, m, n = shape
    module, layer = RECURRENT[kind]
    torch.manual_seed(sum(shape))
    made = module(m, n, layers, batch_first=True, bidirectional=bidirectional, dtype=dtype)
    xs = random_inputs(batch, steps, m, dtype=dtype)
    with torch.no_grad():
        expected, _ = made(xs)
    found = cells.recurrent_network(xs.numpy(), cells.from_torch(made), layer)
    assert found.shape == (batch, steps, n * (1 + bidirectional))
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


@pytest.mark.parametrize(("dtype", "atol"), PRECISION, ids=["float32", "float64"])
def test_single_cells_equal_torch_from_any_state(dtype: torch.dtype, atol: float) -> None:
    x, h, c = (random_inputs(4, k, dtype=dtype) for k in (3, 6, 6))
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    for kind in (torch.nn.LSTMCell, torch.nn.GRUCell):
        torch.manual_seed(7)
        made = kind(3, 6, dtype=dtype)
        weights = cells.LayerWeights(*(getattr(made, name).detach().numpy() for name in names))
        with torch.no_grad():
            if isinstance(made, torch.nn.LSTMCell):
                expected = made(x, (h, c))
                found = cells.lstm_cell(x.numpy(), h.numpy(), c.numpy(), weights)
            else:
                expected = (made(x, h),)
                found = (cells.gru_cell(x.numpy(), h.numpy(), weights),)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=atol)


def layer_weights(weights: LSTMWeights, order: str = "ifgo") -> cells.LayerWeights:
    """Put the gates of twelve weights below one another."""
    parts = vars(weights)
    w_x, w_h, b = (
        np.concatenate([np.atleast_1d(parts[name.format(gate)]) for gate in order])
        for name in ("w_{}x", "w_{}h", "b_{}")
    )
    if np.ndim(weights.b_f) == 0:
        w_x, w_h = w_x[:, None], w_h[:, None]
    return cells.LayerWeights(w_x, w_h, b, np.zeros_like(b))


def test_the_batched_cell_is_the_step_of_chapter_3() -> None:
    h, c = cells.lstm_cell(
        np.array([[1.0]]), np.array([[1.0]]), np.array([[2.0]]), layer_weights(WORKED_EXAMPLE)
    )
    assert (round(c.item(), 6), round(h.item(), 6)) == (2.947567, 0.986229)
    weights = random_lstm(11)
    rng = np.random.default_rng(12)
    xs, hs, cs = (rng.normal(size=(4, k)) for k in (3, 2, 2))
    h, c = cells.lstm_cell(xs, hs, cs, layer_weights(weights))
    for row, (x, h_0, c_0) in enumerate(zip(xs, hs, cs, strict=True)):
        step = lstm_step(x, h_0, c_0, weights)
        np.testing.assert_allclose([h[row], c[row]], [step.h, step.c], rtol=0, atol=1e-15)


def test_peepholes_equal_the_equations_written_out() -> None:
    rng = np.random.default_rng(5)
    batch, m, n = 3, 2, 4
    weights = cells.LayerWeights(
        rng.normal(size=(4 * n, m)),
        rng.normal(size=(4 * n, n)),
        rng.normal(size=4 * n),
        rng.normal(size=4 * n),
    )
    peepholes = rng.normal(size=(3, n))
    x, h, c = rng.normal(size=(batch, m)), rng.normal(size=(batch, n)), rng.normal(size=(batch, n))
    found_h, found_c = cells.peephole_cell(x, h, c, weights, peepholes)
    for row in range(batch):
        for unit in range(n):
            z = {}
            for number, gate in enumerate("ifgo"):
                at = number * n + unit
                z[gate] = weights.b_x[at] + weights.b_h[at]
                z[gate] += sum(weights.w_x[at, k] * x[row, k] for k in range(m))
                z[gate] += sum(weights.w_h[at, k] * h[row, k] for k in range(n))
            old = c[row, unit]
            i = 1 / (1 + math.exp(-(z["i"] + peepholes[0, unit] * old)))
            f = 1 / (1 + math.exp(-(z["f"] + peepholes[1, unit] * old)))
            new = f * old + i * math.tanh(z["g"])
            o = 1 / (1 + math.exp(-(z["o"] + peepholes[2, unit] * new)))
            assert found_c[row, unit] == pytest.approx(new, abs=1e-12)
            assert found_h[row, unit] == pytest.approx(o * math.tanh(new), abs=1e-12)


def test_shut_peepholes_change_nothing() -> None:
    weights = layer_weights(random_lstm(2))
    rng = np.random.default_rng(3)
    x, h, c = (rng.normal(size=(4, k)) for k in (3, 2, 2))
    plain = cells.lstm_cell(x, h, c, weights)
    np.testing.assert_array_equal(cells.peephole_cell(x, h, c, weights, np.zeros((3, 2))), plain)


def test_a_backward_layer_reads_from_the_end() -> None:
    made = torch.nn.LSTM(3, 2, batch_first=True, dtype=torch.float64)
    [[weights]] = cells.from_torch(made)
    xs = random_inputs(2, 5, 3, dtype=torch.float64).numpy()
    turned = cells.lstm_layer(xs[:, ::-1], weights)[:, ::-1]
    np.testing.assert_array_equal(cells.lstm_layer(xs, weights, backward=True), turned)


@pytest.mark.parametrize("cell", [cells.lstm_layer, cells.gru_layer])
def test_a_batch_that_does_not_fit_the_weights_is_refused(cell: Callable[..., object]) -> None:
    weights = cells.LayerWeights(np.ones((12, 3)), np.ones((12, 3)), np.ones(12), np.ones(12))
    with pytest.raises(ValueError, match="mismatch"):
        cell(np.ones((2, 5, 4)), weights)
