"""``CurveExplorer``: the sigmoid and tanh curves under one slider."""

from __future__ import annotations

from typing import ClassVar

from lstm_course import cells
from lstm_course.widgets.base import CourseWidget, Number, curve_picture, numbers_line


class CurveExplorer(CourseWidget):
    """A number ``z`` from -8 to 8 and what sigmoid and tanh make of it.

    >>> round(CurveExplorer(z=2).sigmoid, 3)
    0.881
    """

    NAME: ClassVar[str] = "curve_explorer"
    SHOWN = ("z",)

    z = Number(0, -8, 8)

    @property
    def sigmoid(self) -> float:
        """Sigmoid of ``z``, between 0 and 1."""
        return float(cells.sigmoid(self.z))

    @property
    def tanh(self) -> float:
        """Hyperbolic tangent of ``z``, between -1 and 1."""
        return float(cells.tanh(self.z))

    def picture(self) -> str:
        curves = curve_picture(cells.sigmoid, 0, self.z, self.word("sigmoid"))
        curves += curve_picture(cells.tanh, -1, self.z, self.word("tanh"))
        return curves + numbers_line({"z": self.z, "σ(z)": self.sigmoid, "tanh(z)": self.tanh})
