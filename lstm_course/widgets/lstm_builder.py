"""``LSTMBuilder``: the way from a recurrent network to the LSTM, stage by stage."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

import traitlets

from lstm_course import cells
from lstm_course.widgets import sources
from lstm_course.widgets.base import CellWidget, cell_picture, numbers_line


class LSTMBuilder(CellWidget):
    """The cell of the worked example at one ``stage`` of its construction, 1 (RNN) to 7 (LSTM).

    The stages are those of :func:`lstm_course.cells.build_stage`.

    >>> round(LSTMBuilder(stage=6).step.h, 3)
    0.995
    """

    NAME: ClassVar[str] = "lstm_builder"
    SHOWN = ("stage", *CellWidget.SHOWN)

    stage = traitlets.Int(1, min=1, max=cells.BUILD_STAGES).tag(sync=True)

    def __init__(self, stage: int = 1, **values: Any) -> None:
        super().__init__(stage=stage, **values)

    @classmethod
    def constants(cls) -> dict[str, Any]:
        constants = super().constants()
        constants["ranges"]["stage"] = {"min": 1, "max": cells.BUILD_STAGES, "step": 1, "start": 1}
        return {**constants, "cellDrawing": sources.read("cell.svg")}

    @property
    def step(self) -> cells.LSTMStep:
        """What the unfinished cell computes from the values as they stand."""
        return cells.build_stage(self.stage, self.x, self.h, self.c, self.weights)

    def picture(self) -> str:
        step = self.step
        numbers = {"c": step.c, "h": step.h} if self.stage >= 3 else {"h": step.h}
        words = {
            key: self.word(key)
            for key in ("forget_short", "input_short", "candidate_short", "output_short")
        }
        values = {**numbers, "x": self.x, "h_in": self.h, "c_in": self.c, "g": step.g}
        svg = cell_picture(self.stage, values, words, self.word("picture"))
        return f"{svg}<p>{escape(self.word(f'stage_{self.stage}'))}</p>{numbers_line(numbers)}"
