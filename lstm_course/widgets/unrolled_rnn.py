"""``UnrolledRNN``: the worked layer of chapter 2, unrolled over its three steps."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lstm_course import cells
from lstm_course.widgets.base import Choice, CourseWidget, Number, Whole, numbers_line

STEPS, INPUTS, UNITS = 3, 3, 2
LIMIT = 10
_WORKED = cells.RNN_EXAMPLE


def _matrix(name: str, values: Any) -> dict[str, float]:
    """``{"w_1_2": ...}`` for the numbers of a vector or matrix, counted from 1."""
    array = np.asarray(values, dtype=float)
    return {
        "_".join([name, *(str(k + 1) for k in place)]): float(number)
        for place, number in np.ndenumerate(array)
    }


def _preset(w_hh: Any) -> dict[str, Any]:
    return {
        **_matrix("x", _WORKED.xs),
        **_matrix("w_ih", _WORKED.w_x),
        **_matrix("w_hh", w_hh),
        **_matrix("b", _WORKED.b),
        **_matrix("h_0", np.zeros(UNITS)),
        "activation": _WORKED.activation,
    }


#: Settings by name: the worked layer, and the same with other weights between the steps.
PRESETS: dict[str, dict[str, Any]] = {
    "worked": _preset(_WORKED.w_h),
    "no_recurrence": _preset(np.zeros((UNITS, UNITS))),
    "forgetting": _preset(0.5 * np.eye(UNITS)),
}


def _number(name: str) -> Number:
    return Number(PRESETS["worked"][name], -LIMIT, LIMIT)


class UnrolledRNN(CourseWidget):
    """A recurrent layer of two units over three inputs, with step ``t`` (from 1) in focus.

    Every number is a trait: ``x_1_2`` is the second number of step 1, ``w_ih_1_2`` leads from the
    second input to unit 1, ``w_hh_1_2`` from unit 2 at the step before to unit 1, ``b_1`` is the
    bias of unit 1 and ``h_0_1`` its state before the first step. ``activation`` is ``"relu"``,
    ``"tanh"`` or ``"identity"``. ``preset`` names a starting point out of ``PRESETS``; single
    values go on top of it. Raises ``traitlets.TraitError`` for a wrong value and ``ValueError``
    for an unknown preset.

    >>> UnrolledRNN().outputs.tolist()
    [[2.0, 3.0], [4.0, 6.0], [5.0, 8.0]]
    """

    NAME: ClassVar[str] = "unrolled_rnn"
    SHOWN = ("activation", "t")

    x_1_1 = _number("x_1_1")
    x_1_2 = _number("x_1_2")
    x_1_3 = _number("x_1_3")
    x_2_1 = _number("x_2_1")
    x_2_2 = _number("x_2_2")
    x_2_3 = _number("x_2_3")
    x_3_1 = _number("x_3_1")
    x_3_2 = _number("x_3_2")
    x_3_3 = _number("x_3_3")
    w_ih_1_1 = _number("w_ih_1_1")
    w_ih_1_2 = _number("w_ih_1_2")
    w_ih_1_3 = _number("w_ih_1_3")
    w_ih_2_1 = _number("w_ih_2_1")
    w_ih_2_2 = _number("w_ih_2_2")
    w_ih_2_3 = _number("w_ih_2_3")
    w_hh_1_1 = _number("w_hh_1_1")
    w_hh_1_2 = _number("w_hh_1_2")
    w_hh_2_1 = _number("w_hh_2_1")
    w_hh_2_2 = _number("w_hh_2_2")
    b_1 = _number("b_1")
    b_2 = _number("b_2")
    h_0_1 = _number("h_0_1")
    h_0_2 = _number("h_0_2")
    activation = Choice("relu", "tanh", "identity")
    t = Whole(1, 1, STEPS)

    def __init__(self, preset: str = "worked", **values: Any) -> None:
        if preset not in PRESETS:
            raise ValueError(f"preset: {', '.join(PRESETS)}; not {preset!r}")
        super().__init__(**{**PRESETS[preset], **values})

    @classmethod
    def constants(cls) -> dict[str, Any]:
        sizes = {"steps": STEPS, "inputs": INPUTS, "units": UNITS}
        return {**super().constants(), "presets": PRESETS, "sizes": sizes, "unrolled": drawing()}

    @property
    def xs(self) -> NDArray[np.float64]:
        """The inputs, one row a step: shape ``(3, 3)``."""
        return self._array("x", STEPS, INPUTS)

    @property
    def w_ih(self) -> NDArray[np.float64]:
        """Weights of the input, one row a unit: shape ``(2, 3)``."""
        return self._array("w_ih", UNITS, INPUTS)

    @property
    def w_hh(self) -> NDArray[np.float64]:
        """Weights of the hidden state before, one row a unit: shape ``(2, 2)``."""
        return self._array("w_hh", UNITS, UNITS)

    @property
    def b(self) -> NDArray[np.float64]:
        """Biases: shape ``(2,)``."""
        return self._array("b", UNITS)

    @property
    def h_0(self) -> NDArray[np.float64]:
        """Hidden state before the first step: shape ``(2,)``."""
        return self._array("h_0", UNITS)

    @property
    def outputs(self) -> NDArray[np.float64]:
        """Hidden states h_1, h_2, h_3, one row a step: shape ``(3, 2)``."""
        states = cells.rnn_sequence(
            self.xs, self.w_ih, self.w_hh, self.b, self.activation, h=self.h_0
        )
        return np.array(states)

    def picture(self) -> str:
        numbers = {
            **_matrix("x", self.xs),
            **_matrix("h", self.outputs),
            "h_0_1": self.h_0_1,
            "h_0_2": self.h_0_2,
        }
        svg = drawing({name: f"{number:.4g}" for name, number in numbers.items()})
        label = f'<svg width="400" aria-label="{escape(self.word("picture"))}"'
        last = {f"h_{STEPS} ({unit})": value for unit, value in enumerate(self.outputs[-1], 1)}
        return svg.replace("<svg", label, 1) + numbers_line(last)

    def _array(self, name: str, *shape: int) -> NDArray[np.float64]:
        places = _matrix(name, np.zeros(shape))
        return np.array([getattr(self, place) for place in places]).reshape(shape)


def drawing(numbers: dict[str, str] | None = None) -> str:
    """The unrolled layer as SVG; the place of each number carries its name as ``data-v``."""
    numbers = numbers or {}
    lines, words = [], []

    def write(x: float, y: float, text: str, anchor: str = "middle", place: str = "") -> None:
        named = f' data-v="{place}"' if place else ""
        words.append(f'<text{named} x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>')

    def vector(name: str, t: int, count: int, x: int, y: int) -> None:
        """Draw a box with one number a line, and the vector's name: h above it, x below."""
        height = 19 * count + 8
        box = f'x="{x - 33}" y="{y}" width="66" height="{height}" rx="6" stroke-width="1.5"'
        lines.append(f'<rect class="lw-box-{name}" {box}/>')
        for k in range(count):
            place = f"{name}_{t}_{k + 1}"
            write(x, y + 18 + 19 * k, numbers.get(place, ""), place=place)
        label = f'<tspan font-style="italic">{name}</tspan>{_low(str(t))}'
        write(x, y - 6 if name == "h" else y + height + 15, label)

    for t in range(STEPS + 1):
        x = 36 + 110 * t
        vector("h", t, UNITS, x, 22)
        if t > 0:
            vector("x", t, INPUTS, x, 134)
            frame = f'class="lw-now" data-step="{t}" visibility="hidden"'
            lines.append(f'<rect {frame} x="{x - 37}" y="1" width="74" height="220" rx="8"/>')
            arrows = f"M{x - 77} 45H{x - 35}m-7 -5l7 5l-7 5M{x} 134V70m-5 7l5 -7l5 7"
            lines.append(f'<path data-step="{t}" stroke-width="1.5" d="{arrows}"/>')
            write(x - 56, 34, f"W{_low('hh')}")
            write(x - 8, 106, f"W{_low('ih')}", "end")
            write(x + 8, 106, "+ b", "start")
    return (
        '<svg class="lw-unrolled" role="img" viewBox="0 0 406 222" font-size="14">'
        f'<g fill="none" stroke="currentColor">{"".join(lines)}</g>'
        f'<g fill="currentColor" stroke="none">{"".join(words)}</g></svg>'
    )


def _low(index: str) -> str:
    return f'<tspan dy="3" font-size="11">{index}</tspan>'
