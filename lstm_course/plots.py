"""Every figure of the book: drawn by matplotlib, shown as SVG in the page's own text colour.

A figure carries its alternative text in the reader's language and reads in a light and in a dark
theme, on a phone, and without colour (line style and marker tell the lines apart).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING, Any

from lstm_course.cells import LSTMStep
from lstm_course.language import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Stands for "the colour of the text around"; replaced in the SVG by CSS's currentColor.
_INK = "#010203"
_COLORS = ("#c2660a", "#2f81d6", "#2a9d63", "#9a63cf")
_MARKERS = ("o", "s", "^", "D")
_DASHES = ("-", "--", ":", "-.")


class AccessibleFigure:
    """A matplotlib figure as inline SVG with alternative text; its ``repr`` is that text."""

    def __init__(self, figure: Figure, alt: str) -> None:
        self.alt = alt
        self.svg = _svg(figure, alt)

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        return f'<figure class="lstm-figure">{self.svg}</figure>'


def sequence(runs: Mapping[str, Sequence[LSTMStep]]) -> AccessibleFigure:
    """Cell state and hidden state of a one-unit cell, step by step, one line a run.

    ``runs`` maps a label to the steps of :func:`lstm_course.cells.lstm_sequence`, all of one
    length. Raises ``ValueError`` when there is no run or no step.
    """
    if not runs or not all(runs.values()):
        raise ValueError("sequence: at least one run with at least one step")
    figure, (top, bottom) = _axes(2)
    length = max(len(steps) for steps in runs.values())
    for (label, steps), style in zip(runs.items(), _styles(), strict=False):
        positions = range(1, len(steps) + 1)
        top.plot(positions, [step.c for step in steps], label=label, **style)
        bottom.plot(positions, [step.h for step in steps], **style)
    top.set_ylabel(f"{text('plots.cell_state')} $c_t$")
    bottom.set_ylabel(f"{text('plots.hidden_state')} $h_t$")
    bottom.set_xlabel(text("plots.step"))
    bottom.set_xticks(range(1, length + 1))
    top.legend(title=f"{text('plots.input')} $x_t$", frameon=False, loc="upper left")
    last = ", ".join(f"{steps[-1].h:.4f}" for steps in runs.values())
    alt = text("plots.sequence_alt", steps=length, runs=" / ".join(runs), last=last)
    return AccessibleFigure(figure, alt)


def _styles() -> cycle[dict[str, str]]:
    styles = zip(_COLORS, _MARKERS, _DASHES, strict=True)
    return cycle({"color": c, "marker": m, "linestyle": d} for c, m, d in styles)


def _axes(rows: int) -> tuple[Figure, Any]:
    # Not pyplot: it would register the figure and show it a second time.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 2.5 * rows), layout="constrained")
    axes = figure.subplots(rows, 1, sharex=True)
    for ax in axes if rows > 1 else [axes]:
        ax.set_facecolor("none")
        ax.grid(color="#888888", alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Figure, alt: str) -> str:
    import matplotlib

    for artist in figure.findobj():
        if isinstance(artist, matplotlib.text.Text | matplotlib.spines.Spine):
            artist.set_color(_INK)
    for ax in figure.axes:
        ax.tick_params(colors=_INK)
    figure.patch.set_alpha(0)
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "lstm-course",
        "font.family": "sans-serif",
    }
    buffer = io.StringIO()
    with matplotlib.rc_context(settings):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    size = 'style="max-width: 100%; height: auto"'
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}" {size}', 1).strip()
