"""Recurrent cells, one step at a time, in NumPy that reads like the equations.

Every function takes scalars (the worked example of chapter 3) or arrays (layers with many units):
``np.dot`` is the ordinary product for the first and the matrix-vector product for the second.
"""

from __future__ import annotations

from collections.abc import Iterable
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


def weighted_sum(w_x: ArrayLike, x: ArrayLike, w_h: ArrayLike, h: ArrayLike, b: ArrayLike) -> Value:
    """W_x x + W_h h + b, the sum under every activation function of a recurrent cell.

    Shapes: ``w_x (n, m)``, ``x (m,)``, ``w_h (n, n)``, ``h (n,)``, ``b (n,)``; returns ``(n,)``.

    >>> weighted_sum(1.63, 1, 2.70, 1, 1.62)
    5.95
    """
    z = np.dot(w_x, x) + np.dot(w_h, h) + b
    return float(z) if np.ndim(z) == 0 else z


def rnn_step(x: ArrayLike, h: ArrayLike, w_x: ArrayLike, w_h: ArrayLike, b: ArrayLike) -> Value:
    """One step of a simple recurrent network: h_t = tanh(W_x x_t + W_h h_(t-1) + b).

    Shapes: ``x (m,)``, ``h (n,)``, ``w_x (n, m)``, ``w_h (n, n)``, ``b (n,)``; returns ``(n,)``.
    Source: Elman, "Finding structure in time" (1990), with the notation of PyTorch.

    >>> round(rnn_step(x=1, h=1, w_x=0.94, w_h=1.41, b=-0.32), 3)
    0.966
    """
    return tanh(weighted_sum(w_x, x, w_h, h, b))


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
