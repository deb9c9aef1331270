"""``MemoryDecay``: what a forget gate leaves of a memory, step after step."""

from __future__ import annotations

import math
from html import escape
from typing import Any, ClassVar

from lstm_course.widgets.base import CourseWidget, Number, numbers_line

STEPS = 20


class MemoryDecay(CourseWidget):
    """A memory of 1 that every step multiplies by the forget gate ``f``: f, f², f³, ...

    >>> MemoryDecay(f=0.9).half_life
    7
    """

    NAME: ClassVar[str] = "memory_decay"
    SHOWN = ("f",)

    f = Number(0.9, 0, 1)

    @classmethod
    def constants(cls) -> dict[str, Any]:
        return {**super().constants(), "steps": STEPS}

    def left(self, steps: int) -> float:
        """Share of the memory that is left after so many steps."""
        return self.f**steps

    @property
    def half_life(self) -> float:
        """Number of steps until less than half is left; infinite for f = 1."""
        if self.f == 1:
            return math.inf
        if self.f < 0.5:
            return 1
        # Logarithms come close; counting the last steps is exact where they round (f = 0.5).
        steps = max(1, math.floor(math.log(0.5) / math.log(self.f)) - 1)
        while self.left(steps) >= 0.5:
            steps += 1
        return steps

    def picture(self) -> str:
        bars = "".join(
            f'<rect x="{6 + 15 * k}" y="{100 - 90 * self.left(k):.1f}" width="11" '
            f'height="{90 * self.left(k):.1f}"/>'
            for k in range(STEPS + 1)
        )
        alt = escape(self.word("picture"))
        svg = f'<svg role="img" aria-label="{alt}" viewBox="0 0 326 104" width="420">'
        line = numbers_line({"f": self.f, "f¹⁰": self.left(10)})
        return f'{svg}<g fill="currentColor" fill-opacity=".6">{bars}</g></svg>{line}'
