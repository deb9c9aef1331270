"""``GradientExplorer``: how much of a gradient is left at a distance, in an RNN and in an LSTM."""

from __future__ import annotations

import math
from html import escape
from typing import Any, ClassVar, NamedTuple

from lstm_course import cells
from lstm_course.widgets.base import Choice, CourseWidget, Number, Whole

#: A gradient that is smaller than the first has vanished, one larger than the second exploded.
VANISHED, EXPLODED = 0.01, 100.0

#: How each curve is dashed where nothing runs.
DASHES = {"rnn": "none", "lstm": "7 4", "road": "2 3"}

#: Settings by name. The last shows what a forget gate does not mend.
PRESETS: dict[str, dict[str, Any]] = {
    "vanishing": {"length": 30, "x": 0.5, "w": 0.9, "activation": "tanh", "b_f": 3.0},
    "exploding": {"length": 30, "x": 0.5, "w": 1.5, "activation": "relu", "b_f": 3.0},
    "just_right": {"length": 100, "x": 0.5, "w": 1.0, "activation": "identity", "b_f": 5.0},
    "both_explode": {"length": 30, "x": 0.0, "w": 1.5, "activation": "tanh", "b_f": 3.0},
}


class Curves(NamedTuple):
    """Sizes of three gradients by distance T - t, from 0 to T - 1; each begins with 1.

    ``rnn`` is |d h_T / d h_t|; ``lstm`` is |d c_T / d c_t| through every road and ``road`` the same
    along the cell state alone, the product of the forget gates.
    """

    rnn: list[float]
    lstm: list[float]
    road: list[float]


class GradientExplorer(CourseWidget):
    """A simple recurrent network and an LSTM of one unit each, over the same ``length`` steps.

    Both read the constant input ``x`` with weight 1 and their own hidden state with weight ``w``,
    without biases; but the forget gate of the LSTM has nothing except its bias ``b_f``, so that
    f = sigmoid(b_f) at every step. ``activation`` (``"tanh"``, ``"relu"``, ``"identity"``) is the
    RNN's. ``preset`` names a starting point out of ``PRESETS``; single values go on top of it.
    Raises ``traitlets.TraitError`` for a wrong value and ``ValueError`` for an unknown preset.

    >>> explorer = GradientExplorer(w=0.5, x=0, length=11)
    >>> explorer.curves.rnn[10] == 0.5**10
    True
    >>> explorer.verdicts["rnn"]
    'vanishes'
    """

    NAME: ClassVar[str] = "gradient_explorer"
    SHOWN = ("length", "x", "w", "activation", "b_f")

    length = Whole(30, 2, 100)
    x = Number(0.5, -1, 1)
    w = Number(0.9, 0, 2)
    b_f = Number(3, -2, 6)
    activation = Choice("tanh", "relu", "identity")

    def __init__(self, preset: str = "vanishing", **values: Any) -> None:
        if preset not in PRESETS:
            raise ValueError(f"preset: {', '.join(PRESETS)}; not {preset!r}")
        super().__init__(**{**PRESETS[preset], **values})

    @classmethod
    def constants(cls) -> dict[str, Any]:
        bounds = {"vanished": VANISHED, "exploded": EXPLODED}
        return {**super().constants(), "presets": PRESETS, "bounds": bounds}

    @property
    def weights(self) -> cells.LSTMWeights:
        """The weights of the LSTM."""
        return cells.LSTMWeights(
            w_fx=0, w_fh=0, b_f=self.b_f,
            w_ix=1, w_ih=self.w, b_i=0,
            w_gx=1, w_gh=self.w, b_g=0,
            w_ox=1, w_oh=self.w, b_o=0,
        )  # fmt: skip

    @property
    def curves(self) -> Curves:
        """What the chart shows: the size of each gradient by distance."""
        xs = [self.x] * self.length
        rnn = cells.rnn_gradients(xs, 1, self.w, 0, self.activation).by_h
        lstm = cells.lstm_gradients(xs, self.weights, of="c")
        return Curves(*([abs(g) for g in reversed(of)] for of in (rnn, lstm.by_c, lstm.road)))

    @property
    def verdicts(self) -> dict[str, str]:
        """``"vanishes"``, ``"explodes"`` or ``"lasts"`` for each curve, by its last value."""
        return {name: verdict(curve[-1]) for name, curve in self.curves._asdict().items()}

    def per_step(self, curve: str) -> float:
        """By what factor a curve changes in one step of distance, on average."""
        return float(getattr(self.curves, curve)[-1] ** (1 / (self.length - 1)))

    def picture(self) -> str:
        curves = self.curves._asdict()
        caption = escape(self.word("stored_caption", distance=self.length - 1))
        rows = "".join(
            f'<tr><td><svg aria-hidden="true" viewBox="0 0 44 6" width="44" stroke="currentColor">'
            f'<path d="M0 3H44" stroke-width="2" stroke-dasharray="{DASHES[name]}"/></svg></td>'
            f'<th scope="row">{escape(self.word(name))}</th>'
            f"<td>{escape(scientific(curve[-1]))}</td>"
            f"<td>{escape(self.word(verdict(curve[-1])))}</td></tr>"
            for name, curve in curves.items()
        )
        line = f"<p>w = {self.w:.3f} · f = {cells.sigmoid(self.b_f):.3f}</p>"
        table = f"<table><caption>{caption}</caption>{rows}</table>"
        return _chart(curves, self.word("picture")) + table + line


def verdict(gradient: float) -> str:
    """What a gradient of this size at the greatest distance says.

    >>> verdict(1e-9), verdict(0.5), verdict(1e9)
    ('vanishes', 'lasts', 'explodes')
    """
    return "vanishes" if gradient < VANISHED else "explodes" if gradient > EXPLODED else "lasts"


def scientific(value: float) -> str:
    """A size, as text that is short for any size.

    >>> scientific(0), scientific(0.25), scientific(2**99), scientific(9.999e-5)
    ('0', '0.25', '6.3×10²⁹', '1×10⁻⁴')
    """
    if value == 0 or 0.01 <= value < 1000:
        return f"{value:.3g}"
    digits, power = f"{value:.1e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits.removesuffix('.0')}×10{raised}"


def _chart(curves: dict[str, list[float]], alt: str) -> str:
    """The three curves over the distance, on a logarithmic scale that ends at 10^-20."""
    logs = {name: [_decades(value) for value in curve] for name, curve in curves.items()}
    flat = [power for curve in logs.values() for power in curve]
    low, high = min(-1.0, *flat), max(0.0, *flat)
    lines = "".join(
        f'<polyline stroke-dasharray="{DASHES[name]}" points="'
        + " ".join(
            f"{300 * k / (len(curve) - 1):.1f},{100 * (high - power) / (high - low):.1f}"
            for k, power in enumerate(curve)
        )
        + '"/>'
        for name, curve in logs.items()
    )
    zero = 100 * high / (high - low)
    return (
        f'<svg role="img" aria-label="{escape(alt)}" viewBox="-5 -5 310 110" width="420" '
        f'fill="none" stroke="currentColor"><path d="M0 0V100M0 {zero:.1f}H300" '
        f'stroke-opacity=".4"/><g stroke-width="2">{lines}</g></svg>'
    )


def _decades(value: float) -> float:
    return max(-20.0, math.log10(value)) if value > 0 else -20.0
