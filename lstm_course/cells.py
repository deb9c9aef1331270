"""Recurrent cells, one step at a time, in NumPy that reads like the equations.

A ``..._step`` takes scalars (the worked example of chapter 3) or arrays (layers with many units):
``np.dot`` is the ordinary product for the first and the matrix-vector product for the second. A
``..._cell`` is the same step for a batch, with all gates in one matrix as PyTorch stores them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

# A float in the scalar case, an array otherwise. NumPy's own types cannot say "either, alike".
Value = Any

BUILD_STAGES = 7


class LSTMStep(NamedTuple):
    """What one LSTM step computes; every field has shape ``(n,)``, or is a float for one unit.

    ``f i g o`` are the gates and the candidate after their activation function, ``c h`` the new
    cell state and hidden state, ``sum_*`` the sums before the activation function.
    """

    f: Value
    i: Value
    g: Value
    o: Value
    c: Value
    h: Value
    sum_f: Value
    sum_i: Value
    sum_g: Value
    sum_o: Value


class RNNGradients(NamedTuple):
    """How the last hidden state of a simple recurrent network moves with what came before it.

    ``by_h[t - 1]`` is d h_T / d h_t and ``by_x[t - 1]`` is d h_T / d x_t, for t = 1 ... T: floats
    for one unit, else Jacobian matrices ``(n, n)`` and ``(n, m)``.
    """

    by_h: list[Value]
    by_x: list[Value]


class LSTMGradients(NamedTuple):
    """How the last state of an LSTM moves with what came before it, each a list for t = 1 ... T.

    ``by_c``, ``by_h`` and ``by_x`` are the derivatives of the last state with respect to c_t, h_t
    and x_t through every road: floats for one unit, else Jacobian matrices ``(n, n)``, ``(n, n)``
    and ``(n, m)``. ``road`` is d c_T / d c_t along the cell state alone, the product of the forget
    gates f_(t+1) ... f_T: a float or ``(n,)``, one number a unit.
    """

    road: list[Value]
    by_c: list[Value]
    by_h: list[Value]
    by_x: list[Value]


@dataclass(frozen=True)
class LSTMWeights:
    """Weights of an LSTM cell with ``m`` inputs and ``n`` units.

    ``w_?x`` has shape ``(n, m)``, ``w_?h`` shape ``(n, n)`` and ``b_?`` shape ``(n,)`` for each of
    the forget gate ``f``, the input gate ``i``, the candidate ``g`` and the output gate ``o``; with
    one input and one unit all twelve may be plain numbers.
    """

    w_fx: Value
    w_fh: Value
    b_f: Value
    w_ix: Value
    w_ih: Value
    b_i: Value
    w_gx: Value
    w_gh: Value
    b_g: Value
    w_ox: Value
    w_oh: Value
    b_o: Value


#: The worked example of chapter 3, after J. Starmer's StatQuest lesson on LSTMs.
WORKED_EXAMPLE = LSTMWeights(
    w_fx=1.63, w_fh=2.70, b_f=1.62,
    w_ix=1.65, w_ih=2.00, b_i=0.62,
    w_gx=0.94, w_gh=1.41, b_g=-0.32,
    w_ox=-0.19, w_oh=4.38, b_o=0.59,
)  # fmt: skip


@dataclass(frozen=True)
class RNNExample:
    """Inputs ``xs (T, m)`` and weights of a small recurrent layer with its ``activation``.

    ``w_x (n, m)``, ``w_h (n, n)`` and ``b (n,)`` are tuples of numbers; ``b`` is the sum of the two
    bias vectors that PyTorch keeps.
    """

    xs: tuple[tuple[float, ...], ...]
    w_x: tuple[tuple[float, ...], ...]
    w_h: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]
    activation: str


#: The worked layer of chapter 2: three inputs and two units, so that one can follow it by hand.
#: Its inputs and outputs are those of N. Q. Thai's slides "Introduction to LSTM"; these weights
#: are one choice that gives them.
RNN_EXAMPLE = RNNExample(
    xs=((0, 1, 0), (0, 0, 1), (0, 0, 0)),
    w_x=((0, 1, 1), (0, 1, 1)),
    w_h=((1, 0), (0, 1)),
    b=(1, 2),
    activation="relu",
)


def sigmoid(z: ArrayLike) -> Value:
    """Logistic function e^z / (e^z + 1): any number in, a number between 0 and 1 out.

    Shape: that of ``z``. Written with ``logaddexp`` so that large ``|z|`` does not overflow.

    >>> sigmoid(0.0)
    0.5
    >>> [round(sigmoid(z), 3) for z in (-1000.0, -2.0, 2.0, 1000.0)]
    [0.0, 0.119, 0.881, 1.0]
    """
    y = np.exp(-np.logaddexp(0.0, -np.asarray(z, dtype=float)))
    return float(y) if np.ndim(y) == 0 else y


def tanh(z: ArrayLike) -> Value:
    """Hyperbolic tangent: any number in, a number between -1 and 1 out. Shape: that of ``z``.

    >>> tanh(0.0)
    0.0
    """
    y = np.tanh(np.asarray(z, dtype=float))
    return float(y) if np.ndim(y) == 0 else y


def relu(z: ArrayLike) -> Value:
    """Rectifier: a positive number as it is, 0 for any other. Shape: that of ``z``.

    >>> relu(2.5), relu(-2.5)
    (2.5, 0.0)
    """
    y = np.maximum(np.asarray(z, dtype=float), 0.0)
    return float(y) if np.ndim(y) == 0 else y


def identity(z: ArrayLike) -> Value:
    """Any number as it is: what is left when there is no activation function.

    >>> identity(-2.5)
    -2.5
    """
    y = np.asarray(z, dtype=float)
    return float(y) if np.ndim(y) == 0 else y


#: Activation functions of a simple recurrent network by their names.
ACTIVATIONS: dict[str, Callable[[ArrayLike], Value]] = {
    "tanh": tanh,
    "relu": relu,
    "identity": identity,
}


def slope(activation: str, z: ArrayLike) -> Value:
    """Derivative of an activation function (a name in ``ACTIVATIONS``) at ``z``, of that shape.

    At 0 the rectifier has none; as in PyTorch it counts as 0. Raises ``ValueError`` for an
    unknown name.

    >>> slope("tanh", 0), slope("relu", 3), slope("relu", -3), slope("identity", -3)
    (1.0, 1.0, 0.0, 1.0)
    """
    _activation(activation)
    z = np.asarray(z, dtype=float)
    if activation == "tanh":
        # 1 - tanh(z)^2, without the digits that the subtraction loses where tanh is close to 1.
        y = 4 * sigmoid(2 * z) * sigmoid(-2 * z)
    else:
        y = np.ones_like(z) if activation == "identity" else np.where(z > 0, 1.0, 0.0)
    return float(y) if np.ndim(y) == 0 else y


def weighted_sum(w_x: ArrayLike, x: ArrayLike, w_h: ArrayLike, h: ArrayLike, b: ArrayLike) -> Value:
    """W_x x + W_h h + b, the sum under every activation function of a recurrent cell.

    Shapes: ``w_x (n, m)``, ``x (m,)``, ``w_h (n, n)``, ``h (n,)``, ``b (n,)``; returns ``(n,)``.

    >>> weighted_sum(1.63, 1, 2.70, 1, 1.62)
    5.95
    """
    z = np.dot(w_x, x) + np.dot(w_h, h) + b
    return float(z) if np.ndim(z) == 0 else z


def rnn_step(
    x: ArrayLike,
    h: ArrayLike,
    w_x: ArrayLike,
    w_h: ArrayLike,
    b: ArrayLike,
    activation: str = "tanh",
) -> Value:
    """One step of a simple recurrent network: h_t = act(W_x x_t + W_h h_(t-1) + b).

    Shapes: ``x (m,)``, ``h (n,)``, ``w_x (n, m)``, ``w_h (n, n)``, ``b (n,)``; returns ``(n,)``.
    ``activation`` is ``"tanh"``, ``"relu"`` or ``"identity"``; anything else is a ``ValueError``.
    Source: Elman, "Finding structure in time" (1990), with the notation of PyTorch.

    >>> round(rnn_step(x=1, h=1, w_x=0.94, w_h=1.41, b=-0.32), 3)
    0.966
    >>> rnn_step(x=1, h=2, w_x=1, w_h=-1, b=0.5, activation="relu")
    0.0
    """
    return _activation(activation)(weighted_sum(w_x, x, w_h, h, b))


def rnn_sequence(
    xs: Iterable[ArrayLike],
    w_x: ArrayLike,
    w_h: ArrayLike,
    b: ArrayLike,
    activation: str = "tanh",
    h: Value = 0.0,
) -> list[Value]:
    """Run a simple recurrent network over a sequence: the hidden state after every step.

    Shapes as in :func:`rnn_step`; ``xs`` yields inputs ``(m,)``, and ``h``, the state before the
    first step, is ``(n,)`` or 0 for a state of zeros.

    >>> e = RNN_EXAMPLE
    >>> for h_t in rnn_sequence(e.xs, e.w_x, e.w_h, e.b, e.activation):
    ...     print(h_t)
    [2. 3.]
    [4. 6.]
    [5. 8.]
    """
    h = _state(h, b)
    states = []
    for x in xs:
        h = rnn_step(x, h, w_x, w_h, b, activation)
        states.append(h)
    return states


def rnn_gradients(
    xs: Iterable[ArrayLike],
    w_x: ArrayLike,
    w_h: ArrayLike,
    b: ArrayLike,
    activation: str = "tanh",
    h: Value = 0.0,
) -> RNNGradients:
    """Derivatives of the last hidden state, exactly, by going back through time.

    Each step back multiplies by the slope of the activation function and by ``w_h``: the product
    shrinks or grows with the distance T - t. Shapes as in :func:`rnn_sequence`; the result's are
    told at :class:`RNNGradients`.
    Source: Bengio, Simard & Frasconi, "Learning long-term dependencies with gradient descent is
    difficult" (1994); Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural
    networks" (2013), equation 5.

    >>> rnn_gradients([1, 1, 1], w_x=2, w_h=0.5, b=0, activation="identity").by_h
    [0.25, 0.5, 1.0]
    """
    h = _state(h, b)
    sums = []
    for x in xs:
        sums.append(weighted_sum(w_x, x, w_h, h, b))
        h = _activation(activation)(sums[-1])
    by_h, by_x = [], []
    back = _one(b)  # d h_T / d h_t, from t = T down
    for z in reversed(sums):
        by_h.append(back)
        at_sum = back * slope(activation, z)
        by_x.append(_times(at_sum, w_x))
        back = _times(at_sum, w_h)
    return RNNGradients(by_h[::-1], by_x[::-1])


def lstm_step(x: ArrayLike, h: ArrayLike, c: ArrayLike, weights: LSTMWeights) -> LSTMStep:
    """One step of an LSTM cell.

    Shapes: ``x (m,)`` input, ``h (n,)`` and ``c (n,)`` the states before the step.
    Raises ``ValueError`` (from NumPy) when the shapes do not fit the weights.
    Source: Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000).

    >>> step = lstm_step(x=1, h=1, c=2, weights=WORKED_EXAMPLE)
    >>> [round(value, 3) for value in (step.f, step.i, step.g, step.o, step.c, step.h)]
    [0.997, 0.986, 0.966, 0.992, 2.948, 0.986]
    """
    w = weights
    sum_f = weighted_sum(w.w_fx, x, w.w_fh, h, w.b_f)
    sum_i = weighted_sum(w.w_ix, x, w.w_ih, h, w.b_i)
    sum_g = weighted_sum(w.w_gx, x, w.w_gh, h, w.b_g)
    sum_o = weighted_sum(w.w_ox, x, w.w_oh, h, w.b_o)
    f, i, g, o = sigmoid(sum_f), sigmoid(sum_i), tanh(sum_g), sigmoid(sum_o)
    c_t = f * c + i * g
    h_t = o * tanh(c_t)
    return LSTMStep(f, i, g, o, c_t, h_t, sum_f, sum_i, sum_g, sum_o)


def lstm_sequence(
    xs: Iterable[ArrayLike], weights: LSTMWeights, h: Value = 0.0, c: Value = 0.0
) -> list[LSTMStep]:
    """Run the cell over a sequence; each step starts from the ``h`` and ``c`` of the one before.

    Shapes: ``xs`` yields inputs ``(m,)``; ``h`` and ``c`` are ``(n,)`` and start at zero.

    >>> steps = lstm_sequence([1, 0.5, 0.25, 1], WORKED_EXAMPLE)
    >>> round(steps[-1].h, 4)
    0.9694
    """
    steps = []
    for x in xs:
        step = lstm_step(x, h, c, weights)
        h, c = step.h, step.c
        steps.append(step)
    return steps


def lstm_gradients(
    xs: Iterable[ArrayLike],
    weights: LSTMWeights,
    h: Value = 0.0,
    c: Value = 0.0,
    of: str = "h",
) -> LSTMGradients:
    """Derivatives of the last state, exactly, by going back through time on both roads.

    ``of`` names that state: ``"h"`` for h_T, ``"c"`` for c_T. Along the cell state each step back
    multiplies by the forget gate and by nothing else; the road through the hidden state passes the
    four sums and their weights. Shapes as in :func:`lstm_sequence`; the result's are told at
    :class:`LSTMGradients`. Raises ``ValueError`` for any other ``of``.
    Source: Hochreiter & Schmidhuber, "Long short-term memory" (1997), whose truncated gradient
    keeps the cell state's road only, with the forget gate of Gers et al. (2000).

    >>> gradients = lstm_gradients([1, 0.5, 0.25, 1], WORKED_EXAMPLE)
    >>> [round(product, 3) for product in gradients.road]
    [0.933, 0.972, 0.996, 1.0]
    >>> [round(derivative, 3) for derivative in gradients.by_x]
    [0.066, 0.046, 0.026, 0.001]
    """
    if of not in ("h", "c"):
        raise ValueError(f'lstm_gradients: of is "h" or "c", not {of!r}')
    w = weights
    h, c = _state(h, w.b_f), _state(c, w.b_f)
    steps = []
    for x in xs:
        steps.append((lstm_step(x, h, c, w), c))
        h, c = steps[-1][0].h, steps[-1][0].c
    gradients = LSTMGradients([], [], [], [])
    one = _one(w.b_f)
    back_h, back_c = (one, 0 * one) if of == "h" else (0 * one, one)
    road = 1.0 + 0.0 * np.asarray(w.b_f)
    for step, c_before in reversed(steps):
        # h_t = o * tanh(c_t): what arrives at h_t reaches c_t and the output gate.
        back_c = back_c + back_h * step.o * slope("tanh", step.c)
        at_o = back_h * tanh(step.c) * _sigmoid_slope(step.sum_o)
        # c_t = f * c_(t-1) + i * g
        at_f = back_c * c_before * _sigmoid_slope(step.sum_f)
        at_i = back_c * step.g * _sigmoid_slope(step.sum_i)
        at_g = back_c * step.i * slope("tanh", step.sum_g)
        by_x = sum(map(_times, (at_f, at_i, at_g, at_o), (w.w_fx, w.w_ix, w.w_gx, w.w_ox)))
        for found, value in zip(gradients, (road, back_c, back_h, by_x), strict=True):
            found.append(float(value) if np.ndim(value) == 0 else value)
        back_h = sum(map(_times, (at_f, at_i, at_g, at_o), (w.w_fh, w.w_ih, w.w_gh, w.w_oh)))
        back_c = back_c * step.f
        road = road * step.f
    return LSTMGradients(*(found[::-1] for found in gradients))


def build_stage(
    stage: int, x: ArrayLike, h: ArrayLike, c: ArrayLike, weights: LSTMWeights
) -> LSTMStep:
    """One step of a cell that is still being built, from a plain RNN (1) to the LSTM (7).

    ========  =================================  =======================  =================
    stage     what is new                        c_t                      h_t
    ========  =================================  =======================  =================
    1         a recurrent network                none (stays as it is)    g
    2         a sigmoid filters its output       none (stays as it is)    i * g
    3         a long-term memory stands beside   c                        i * g
    4         add to the memory                  c + i * g                c_t
    5         filter the memory                  f * c + i * g            c_t
    6         normalise the memory               f * c + i * g            tanh(c_t)
    7         filter what comes out              f * c + i * g            o * tanh(c_t)
    ========  =================================  =======================  =================

    Shapes as in :func:`lstm_step`. Raises ``ValueError`` for any other stage.
    Source: the order of N. Q. Thai's slides "Introduction to LSTM".

    >>> [round(build_stage(s, 1, 1, 2, WORKED_EXAMPLE).h, 3) for s in range(1, 8)]
    [0.966, 0.953, 0.953, 2.953, 2.948, 0.995, 0.986]
    """
    if stage not in range(1, BUILD_STAGES + 1):
        raise ValueError(f"stage is one of 1 to {BUILD_STAGES}, not {stage!r}")
    step = lstm_step(x, h, c, weights)
    new = step.i * step.g
    c_t = c if stage <= 3 else c + new if stage == 4 else step.c
    h_t = (step.g, new, new, c_t, c_t, tanh(c_t), step.h)[stage - 1]
    return step._replace(c=c_t, h=h_t)


# ---- Batches: all gates in one matrix, as PyTorch has them ----------------------------------


class LayerWeights(NamedTuple):
    """Weights of one direction of a layer, its k gates below one another in PyTorch's order.

    ``w_x (k n, m)``, ``w_h (k n, n)``, ``b_x (k n,)`` and ``b_h (k n,)``, with the gates i f g o
    of an LSTM (k = 4) or r z n of a GRU (k = 3).
    """

    w_x: Value
    w_h: Value
    b_x: Value
    b_h: Value


#: One layer of a network: forward, or forward and backward.
Layer = tuple[LayerWeights, ...]


def lstm_cell(
    x: ArrayLike, h: ArrayLike, c: ArrayLike, weights: LayerWeights
) -> tuple[Value, Value]:
    """One step of an LSTM layer for a batch: the new ``h`` and ``c``.

    Shapes: ``x (B, m)``, ``h`` and ``c`` ``(B, n)``; returns two of ``(B, n)``. Raises
    ``ValueError`` (from NumPy) when the shapes do not fit the weights.
    Source: as :func:`lstm_step`.

    >>> zeros = LayerWeights(np.zeros((8, 3)), np.zeros((8, 2)), np.zeros(8), np.zeros(8))
    >>> lstm_cell(np.ones((1, 3)), np.zeros((1, 2)), np.ones((1, 2)), zeros)[1]
    array([[0.5, 0.5]])
    """
    w = weights
    z = x @ w.w_x.T + h @ w.w_h.T + w.b_x + w.b_h  # (B, 4n)
    i, f, g, o = np.split(z, 4, axis=1)  # four of (B, n)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)  # (B, n)
    h = sigmoid(o) * tanh(c)  # (B, n)
    return h, c


def gru_cell(x: ArrayLike, h: ArrayLike, weights: LayerWeights) -> Value:
    """One step of a GRU layer for a batch: the new ``h``.

    Reset gate r, update gate z, candidate n; h_t = (1 - z) n + z h_(t-1). As in PyTorch, r
    multiplies what the matrix has made of h, bias included; in the paper it multiplies h before.
    Shapes: ``x (B, m)``, ``h (B, n)``; returns ``(B, n)``. Raises ``ValueError`` (from NumPy) when
    the shapes do not fit the weights.
    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical
    machine translation" (2014).

    >>> zeros = LayerWeights(np.zeros((6, 3)), np.zeros((6, 2)), np.zeros(6), np.zeros(6))
    >>> gru_cell(np.ones((1, 3)), np.ones((1, 2)), zeros)
    array([[0.5, 0.5]])
    """
    w = weights
    from_x = x @ w.w_x.T + w.b_x  # (B, 3n)
    from_h = h @ w.w_h.T + w.b_h  # (B, 3n)
    r_x, z_x, n_x = np.split(from_x, 3, axis=1)  # three of (B, n)
    r_h, z_h, n_h = np.split(from_h, 3, axis=1)  # three of (B, n)
    r, z = sigmoid(r_x + r_h), sigmoid(z_x + z_h)  # (B, n)
    n = tanh(n_x + r * n_h)  # (B, n)
    return (1 - z) * n + z * h  # (B, n)


def peephole_cell(
    x: ArrayLike, h: ArrayLike, c: ArrayLike, weights: LayerWeights, peepholes: ArrayLike
) -> tuple[Value, Value]:
    """One step of an LSTM whose gates look at the memory, for a batch: the new ``h`` and ``c``.

    ``peepholes (3, n)`` are the weights through which i, f and o see their own unit's memory: i
    and f the old c_(t-1), o the new c_t. Other shapes as in :func:`lstm_cell`. Raises
    ``ValueError`` (from NumPy) when the shapes do not fit.
    Source: Gers & Schmidhuber, "Recurrent nets that time and count" (2000).

    >>> zeros = LayerWeights(np.zeros((8, 3)), np.zeros((8, 2)), np.zeros(8), np.zeros(8))
    >>> state = np.zeros((1, 2)), np.ones((1, 2))
    >>> peephole_cell(np.ones((1, 3)), *state, zeros, [[0, 0], [0, 50], [0, 0]])[1]
    array([[0.5, 1. ]])
    """
    w = weights
    p_i, p_f, p_o = np.asarray(peepholes)  # three of (n,)
    z = x @ w.w_x.T + h @ w.w_h.T + w.b_x + w.b_h  # (B, 4n)
    i, f, g, o = np.split(z, 4, axis=1)  # four of (B, n)
    c_t = sigmoid(f + p_f * c) * c + sigmoid(i + p_i * c) * tanh(g)  # (B, n)
    h_t = sigmoid(o + p_o * c_t) * tanh(c_t)  # (B, n)
    return h_t, c_t


def lstm_layer(xs: ArrayLike, weights: LayerWeights, backward: bool = False) -> Value:
    """Hidden states ``(B, T, n)`` of an LSTM layer over a batch of sequences ``xs (B, T, m)``.

    The states before the first step are zeros. ``backward`` reads each sequence from its end; the
    state at place t is then the one after x_T ... x_t.
    """
    xs = np.asarray(xs)
    h = c = np.zeros((len(xs), weights.w_h.shape[1]))  # (B, n)
    states = np.zeros((*xs.shape[:2], h.shape[1]))  # (B, T, n)
    for t in _order(xs, backward):
        h, c = lstm_cell(xs[:, t], h, c, weights)
        states[:, t] = h
    return states


def gru_layer(xs: ArrayLike, weights: LayerWeights, backward: bool = False) -> Value:
    """Hidden states of a GRU layer, in all as :func:`lstm_layer`."""
    xs = np.asarray(xs)
    h = np.zeros((len(xs), weights.w_h.shape[1]))  # (B, n)
    states = np.zeros((*xs.shape[:2], h.shape[1]))  # (B, T, n)
    for t in _order(xs, backward):
        h = gru_cell(xs[:, t], h, weights)
        states[:, t] = h
    return states


def recurrent_network(
    xs: ArrayLike, layers: Sequence[Layer], layer: Callable[..., Value] = lstm_layer
) -> Value:
    """Hidden states of the last of several stacked layers, each of one or two directions.

    ``xs (B, T, m)``; a layer of n units gives ``(B, T, n)``, or ``(B, T, 2n)`` with the backward
    states beside the forward ones, and that is what the layer above it reads. ``layer`` is
    :func:`lstm_layer` or :func:`gru_layer`.
    Source of the two directions: Schuster & Paliwal, "Bidirectional recurrent neural networks"
    (1997).
    """
    for directions in layers:
        ways = zip(directions, (False, True), strict=False)
        states = [layer(xs, weights, backward) for weights, backward in ways]
        xs = np.concatenate(states, axis=2)  # (B, T, directions * n)
    return xs


def from_torch(module: Any) -> list[Layer]:
    """Weights of an ``nn.LSTM`` or ``nn.GRU`` as :func:`recurrent_network` takes them."""
    parameters = {name: p.detach().cpu().numpy() for name, p in module.named_parameters()}
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ends = ("", "_reverse") if module.bidirectional else ("",)
    return [
        tuple(LayerWeights(*(parameters[f"{kind}_l{k}{end}"] for kind in kinds)) for end in ends)
        for k in range(module.num_layers)
    ]


def _order(xs: Value, backward: bool) -> Iterable[int]:
    steps = range(xs.shape[1])
    return reversed(steps) if backward else steps


def _activation(name: str) -> Callable[[ArrayLike], Value]:
    if name not in ACTIVATIONS:
        raise ValueError(f"activation is one of {', '.join(ACTIVATIONS)}, not {name!r}")
    return ACTIVATIONS[name]


def _sigmoid_slope(z: ArrayLike) -> Value:
    return sigmoid(z) * sigmoid(-np.asarray(z))


def _state(start: Value, b: ArrayLike) -> Value:
    """``start`` with one number a unit: 0 stands for a state of zeros."""
    return start + 0.0 * np.asarray(b, dtype=float) if np.ndim(start) < np.ndim(b) else start


def _one(b: ArrayLike) -> Value:
    """What a state is to itself: 1 for one unit, the identity matrix for many."""
    return np.eye(np.size(b)) if np.ndim(b) else 1.0


def _times(jacobian: Value, w: ArrayLike) -> Value:
    z = np.dot(jacobian, w)
    return float(z) if np.ndim(z) == 0 else z
