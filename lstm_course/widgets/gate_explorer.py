"""``GateExplorer``: one step of an LSTM cell, with every number of it on a slider."""

from __future__ import annotations

from typing import Any, ClassVar

from lstm_course import cells
from lstm_course.widgets import sources
from lstm_course.widgets.base import WEIGHT_NAMES, CellWidget, cell_picture, numbers_line

_WORKED = {name: getattr(cells.WORKED_EXAMPLE, name) for name in WEIGHT_NAMES}

#: Settings by name: all fifteen numbers. Each but the last changes one gate of the worked example.
PRESETS: dict[str, dict[str, float]] = {
    name: {"x": 1.0, "h": 1.0, "c": 2.0, **_WORKED, **changes}
    for name, changes in {
        "worked": {},
        "keep": {"w_fx": 0.0, "w_fh": 0.0, "b_f": 10.0},
        "forget": {"w_fx": 0.0, "w_fh": 0.0, "b_f": -10.0},
        "ignore": {"w_ix": 0.0, "w_ih": 0.0, "b_i": -10.0},
        "closed": {"w_ox": 0.0, "w_oh": 0.0, "b_o": -10.0},
        "latch": {
            "x": 0.0, "h": 0.0, "c": 1.0,
            "w_fx": -10.0, "w_fh": 0.0, "b_f": 5.0,
            "w_ix": 10.0, "w_ih": 0.0, "b_i": -5.0,
            "w_gx": 0.0, "w_gh": 0.0, "b_g": 10.0,
            "w_ox": 0.0, "w_oh": 0.0, "b_o": 10.0,
        },
    }.items()
}  # fmt: skip


class GateExplorer(CellWidget):
    """Sliders for the input, both states and the twelve weights; the cell answers at once.

    ``preset`` names a starting point out of ``PRESETS``; single numbers go on top of it. Raises
    ``traitlets.TraitError`` for a number out of range and ``ValueError`` for an unknown preset.

    >>> GateExplorer(preset="forget", c=5).step.f < 0.001
    True
    """

    NAME: ClassVar[str] = "gate_explorer"

    def __init__(self, preset: str = "worked", **values: Any) -> None:
        if preset not in PRESETS:
            raise ValueError(f"preset: {', '.join(PRESETS)}; not {preset!r}")
        super().__init__(**{**PRESETS[preset], **values})

    @classmethod
    def constants(cls) -> dict[str, Any]:
        return {**super().constants(), "presets": PRESETS, "cellDrawing": sources.read("cell.svg")}

    def picture(self) -> str:
        step = self.step
        numbers = {name: getattr(step, name) for name in "figoch"}
        values = {
            **numbers,
            **{"x": self.x, "h_in": self.h, "c_in": self.c},
            **{"kept": step.f * self.c, "new": step.i * step.g, "squashed": cells.tanh(step.c)},
        }
        words = {f"{gate}_short": self.word(f"{gate}_short") for gate in _GATE_WORDS}
        svg = cell_picture(cells.BUILD_STAGES, values, words, self.word("picture"))
        return svg + numbers_line(numbers)


_GATE_WORDS = ("forget", "input", "candidate", "output")
