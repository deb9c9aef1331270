"""``SingleGate``: one gate of the LSTM cell alone, and what it does to the number it guards."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

import traitlets

from lstm_course import cells
from lstm_course.widgets.base import CellWidget, curve_picture, numbers_line


class SingleGate(CellWidget):
    """One of the gates ``"f"``, ``"i"``, ``"o"`` or the candidate ``"g"`` with its own sliders.

    The other gates keep the weights they are given, which start as those of the worked example.

    >>> round(SingleGate(gate="i").step.i, 3)
    0.986
    """

    NAME: ClassVar[str] = "single_gate"
    SHOWN = ("gate", *CellWidget.SHOWN)

    gate = traitlets.Enum(["f", "i", "g", "o"], default_value="f").tag(sync=True)

    def __init__(self, gate: str = "f", **values: Any) -> None:
        super().__init__(gate=gate, **values)

    def picture(self) -> str:
        step, gate = self.step, self.gate
        squash, low = (cells.tanh, -1) if gate == "g" else (cells.sigmoid, 0)
        name = escape(self.word(_WORDS[gate]))
        curve = curve_picture(squash, low, getattr(step, f"sum_{gate}"), self.word("picture"))
        numbers = {"x": self.x, "h": self.h, gate: getattr(step, gate)}
        return f"<p><strong>{name}</strong></p>{curve}{numbers_line(numbers)}"


_WORDS = {"f": "forget_gate", "i": "input_gate", "g": "candidate", "o": "output_gate"}
