"""``SequenceExplorer``: the LSTM cell over a sequence, every gate and state of every step."""

from __future__ import annotations

import math
from html import escape
from typing import Any, ClassVar

import traitlets

from lstm_course import cells
from lstm_course.widgets.base import WEIGHT_NAMES, WeightsWidget, numbers_line
from lstm_course.widgets.gate_explorer import GateExplorer

MAX_STEPS = 200
LIMIT = 5
#: The two sequences of chapter 3: they differ in their first value only.
PRESETS = ([0.0, 0.5, 0.25, 1.0], [1.0, 0.5, 0.25, 1.0])


class SequenceExplorer(WeightsWidget):
    """The cell of the worked example over ``sequence``, with step ``t`` (from 1) in focus.

    The states start at zero. ``sequence`` holds 1 to 200 numbers from -5 to 5.
    Raises ``traitlets.TraitError`` for anything else.

    >>> round(SequenceExplorer([0, 0.5, 0.25, 1]).steps[-1].h, 4)
    0.0064
    """

    NAME: ClassVar[str] = "sequence_explorer"
    SHOWN = ("sequence", "t")

    sequence = traitlets.List(default_value=PRESETS[1]).tag(sync=True)
    t = traitlets.Int(1, min=1, max=MAX_STEPS).tag(sync=True)

    def __init__(self, sequence: list[float] | None = None, t: int = 1, **values: Any) -> None:
        super().__init__(sequence=list(sequence or PRESETS[1]), t=t, **values)

    @classmethod
    def constants(cls) -> dict[str, Any]:
        constants = super().constants()
        constants["ranges"]["t"] = {"min": 1, "max": MAX_STEPS, "step": 1, "start": 1}
        state = GateExplorer.constants()["ranges"]["c"]["max"]
        limits = {"steps": MAX_STEPS, "value": LIMIT, "state": state}
        return {**constants, "presets": PRESETS, "limits": limits}

    @traitlets.validate("sequence")
    def _check_sequence(self, proposal: dict[str, Any]) -> list[float]:
        values = proposal["value"]
        if not 1 <= len(values) <= MAX_STEPS:
            key = "sequence_explorer.wrong_length"
            raise self.refusal(key, count=len(values), most=MAX_STEPS)
        for value in values:
            good = isinstance(value, (int, float)) and math.isfinite(value) and abs(value) <= LIMIT
            if not good:
                key = "common.not_a_number"
                limits = {"low": -LIMIT, "high": LIMIT}
                raise self.refusal(key, name="x", value=value, **limits)
        return [float(value) for value in values]

    @property
    def steps(self) -> list[cells.LSTMStep]:
        """What the cell computes at every step, from h = c = 0."""
        return cells.lstm_sequence(self.sequence, self.weights)

    def gate_explorer(self) -> GateExplorer:
        """The step in focus as a ``GateExplorer``: the same x, h, c and weights."""
        before = self.steps[self.t - 2] if self.t > 1 else None
        h, c = (before.h, before.c) if before else (0.0, 0.0)
        weights = {name: getattr(self, name) for name in WEIGHT_NAMES}
        return GateExplorer(x=self.sequence[self.t - 1], h=h, c=c, lang=self.lang, **weights)

    def picture(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in ("t", "x", *"figoch"))
        rows = "".join(
            "<tr>"
            + "".join(f"<td>{cell}</td>" for cell in (t, f"{x:g}"))
            + "".join(f"<td>{getattr(step, name):.3f}</td>" for name in "figoch")
            + "</tr>"
            for t, (x, step) in enumerate(zip(self.sequence, self.steps, strict=True), 1)
        )
        last = self.steps[-1]
        caption = f"<caption>{escape(self.word('title'))}</caption>"
        table = f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return table + numbers_line({"c": last.c, "h": last.h})
