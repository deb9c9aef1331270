"""What every widget is in Python: checked numbers, a stored picture, a stable ``repr``.

The same object serves two doors. In a live kernel it is an ``anywidget``; in a stored notebook and
in the built book it is the ``text/html`` of its output, a ``<div>`` with the state and a static
picture, which the page's script brings to life.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from html import escape
from typing import Any, ClassVar
from xml.etree import ElementTree

import anywidget
import traitlets

from lstm_course import cells
from lstm_course.language import LANGUAGES, current_language, text
from lstm_course.widgets import sources


class Number(traitlets.Float[float, Any]):
    """A finite number from ``low`` to ``high``, moved by a slider in steps of ``step``."""

    def __init__(self, start: float, low: float, high: float, step: float = 0.01) -> None:
        self.range = {"min": low, "max": high, "step": step, "start": start}
        super().__init__(float(start))
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> float:
        """Return the number as a float, or refuse it in the language of the widget `obj`."""
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        if (
            not good
            or not math.isfinite(value)
            or not self.range["min"] <= value <= self.range["max"]
        ):
            low, high = f"{self.range['min']:g}", f"{self.range['max']:g}"
            raise obj.refusal(
                "common.not_a_number", name=self.name, value=value, low=low, high=high
            )
        return float(value)


class Whole(traitlets.Int[int, Any]):
    """A whole number from ``low`` to ``high``."""

    def __init__(self, start: int, low: int, high: int) -> None:
        self.range = {"min": low, "max": high, "step": 1, "start": start}
        super().__init__(start)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> int:
        """Return the number as an int, or refuse it in the language of the widget `obj`."""
        limits = {"low": self.range["min"], "high": self.range["max"]}
        whole = isinstance(value, (int, float)) and math.isfinite(value) and value == int(value)
        if not whole or isinstance(value, bool) or not limits["low"] <= value <= limits["high"]:
            raise obj.refusal("common.not_whole", name=self.name, value=value, **limits)
        return int(value)


class Choice(traitlets.Unicode[str, Any]):
    """One of several words, the first of which is where it starts."""

    def __init__(self, *choices: str) -> None:
        self.range = {"choices": choices, "start": choices[0]}
        super().__init__(choices[0])
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> str:
        """Return the word, or refuse it in the language of the widget `obj`."""
        if not isinstance(value, str) or value not in self.range["choices"]:
            choices = ", ".join(self.range["choices"])
            raise obj.refusal("common.not_a_choice", name=self.name, value=value, choices=choices)
        return value


class CourseWidget(anywidget.AnyWidget):
    """Base class: a subclass names its script, its numbers (traits) and its static picture.

    ``NAME`` is the file name of the script and the value of ``data-widget`` in the page.
    """

    NAME: ClassVar[str]
    SHOWN: ClassVar[tuple[str, ...]]  # traits that stand in the repr
    SHARED: ClassVar[tuple[str, ...]] = ()  # scripts beside core.js that its own needs

    lang = traitlets.Unicode().tag(sync=True)

    # ipywidgets 7 would bypass _repr_mimebundle_, and with it the stored picture.
    _ipython_display_ = None

    def __init__(self, **values: Any) -> None:
        if not hasattr(self, "_esm"):  # composed once a class, when its traits are complete
            type(self)._esm = sources.esm(self.NAME, self.constants())
            type(self)._css = sources.css(self.NAME)
        # The language first: the other values' error messages are in it.
        super().__init__(**{"lang": current_language(), **values})

    @classmethod
    def constants(cls) -> dict[str, Any]:
        """What the script needs to know from Python, by the name of its constant there."""
        traits = cls.class_traits().items()
        kinds = (Number, Whole, Choice)
        return {"ranges": {name: trait.range for name, trait in traits if isinstance(trait, kinds)}}

    @classmethod
    def page_constants(cls) -> dict[str, Any]:
        """The same for the script of the built book, which many pages load."""
        return cls.constants()

    def state(self) -> dict[str, Any]:
        """Values that the page needs to start from: numbers and names, ready for JSON."""
        shared = set(anywidget.AnyWidget.class_trait_names())
        own = [name for name in self.trait_names(sync=True) if not name.startswith("_")]
        return {name: getattr(self, name) for name in sorted(own) if name not in shared}

    def picture(self) -> str:
        """Static HTML that stands in for the widget where nothing runs. Subclasses draw it."""
        raise NotImplementedError

    def static_html(self) -> str:
        """The widget's ``text/html``: state and picture, alive once the page's script has run."""
        content = json.dumps(self.state(), ensure_ascii=False, allow_nan=False)
        # Marks that stand apart from their letters stay apart, whatever composes the page's text.
        content = re.sub("[\u0300-\u036f]", lambda mark: f"\\u{ord(mark[0]):04x}", content)
        state = escape(content, quote=True)
        note = f"<p><small>{escape(self.word('stored_picture'))}</small></p>"
        return (
            f'<div class="lstm-widget" data-widget="{self.NAME}" data-state="{state}">'
            f'<div class="lw-stored">{self.picture()}{note}</div></div>'
        )

    def word(self, key: str, **values: object) -> str:
        """A word of this widget, or else of the ones common to all, in the widget's language.

        A widget with ``lang="both"`` greets readers of both languages and shows both.
        """
        section = self.NAME if _has(self.NAME, key) else "common"
        found = [
            text(f"{section}.{key}", lang, **values)
            for lang in ([self.lang] if self.lang in LANGUAGES else LANGUAGES)
        ]
        return " · ".join(dict.fromkeys(found))

    def refusal(self, key: str, **values: object) -> traitlets.TraitError:
        """The error for a value that is refused, in the widget's language, to be raised."""
        lang = self.lang if self.lang in LANGUAGES else None
        return traitlets.TraitError(text(key, lang, **values))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self.static_html()}, metadata

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_plain(getattr(self, name))}" for name in self.SHOWN)
        return f"{type(self).__name__}({shown})"


class WeightsWidget(CourseWidget):
    """A widget with the twelve weights of an LSTM cell with one input and one unit.

    They start as those of the worked example.
    """

    w_fx = Number(cells.WORKED_EXAMPLE.w_fx, -10, 10)
    w_fh = Number(cells.WORKED_EXAMPLE.w_fh, -10, 10)
    b_f = Number(cells.WORKED_EXAMPLE.b_f, -10, 10)
    w_ix = Number(cells.WORKED_EXAMPLE.w_ix, -10, 10)
    w_ih = Number(cells.WORKED_EXAMPLE.w_ih, -10, 10)
    b_i = Number(cells.WORKED_EXAMPLE.b_i, -10, 10)
    w_gx = Number(cells.WORKED_EXAMPLE.w_gx, -10, 10)
    w_gh = Number(cells.WORKED_EXAMPLE.w_gh, -10, 10)
    b_g = Number(cells.WORKED_EXAMPLE.b_g, -10, 10)
    w_ox = Number(cells.WORKED_EXAMPLE.w_ox, -10, 10)
    w_oh = Number(cells.WORKED_EXAMPLE.w_oh, -10, 10)
    b_o = Number(cells.WORKED_EXAMPLE.b_o, -10, 10)

    @property
    def weights(self) -> cells.LSTMWeights:
        """The twelve weights as they stand."""
        return cells.LSTMWeights(**{name: getattr(self, name) for name in WEIGHT_NAMES})


class CellWidget(WeightsWidget):
    """A widget around one step of the cell: three values on top of the twelve weights.

    ``x`` is the input, ``h`` and ``c`` are the states before the step. All fifteen are traits:
    read them, set them, observe them.
    """

    x = Number(1, -5, 5)
    h = Number(1, -1, 1)
    c = Number(2, -5, 5)

    SHOWN: ClassVar[tuple[str, ...]] = ("x", "h", "c")

    @property
    def step(self) -> cells.LSTMStep:
        """What the cell computes from the values as they stand."""
        return cells.lstm_step(self.x, self.h, self.c, self.weights)


WEIGHT_NAMES = tuple(cells.LSTMWeights.__dataclass_fields__)


def cell_picture(stage: int, values: dict[str, float], words: dict[str, str], alt: str) -> str:
    """``cell.svg`` at one stage of its construction, with numbers and words put in, as HTML.

    ``values`` are numbers by the name of their place (``data-v``); those without one are dropped.
    """
    svg = ElementTree.fromstring(sources.read("cell.svg"))
    for parent in list(svg.iter()):
        for child in list(parent):
            low, _, high = child.get("data-stages", f"1-{cells.BUILD_STAGES}").partition("-")
            if not int(low) <= stage <= int(high or low):
                parent.remove(child)
    for node in svg.iter():
        if (name := node.get("data-v")) is not None:
            node.text = f"{values[name]:.3f}" if name in values else ""
        elif node.text:
            node.text = node.text.format_map(words)
    svg.set("aria-label", alt)
    return ElementTree.tostring(svg, encoding="unicode", short_empty_elements=False)


def curve_picture(squash: Callable[[float], float], low: float, z: float, alt: str) -> str:
    """The curve of ``squash`` from -8 to 8, which runs from ``low`` to 1, with a dot at ``z``."""

    def at(z: float) -> tuple[float, float]:
        z = max(-8.0, min(8.0, z))
        return (z + 8) * 10, 74 - 68 * (squash(z) - low) / (1 - low)

    points = " ".join(f"{x:.0f},{y:.1f}" for x, y in (at(k / 2) for k in range(-16, 17)))
    x, y = at(z)
    return (
        f'<svg role="img" aria-label="{escape(alt)}" viewBox="0 0 160 80" width="240" fill="none" '
        f'stroke="currentColor"><path d="M0 {at(-8)[1]:.0f}H160M80 0V80" stroke-opacity=".4"/>'
        f'<polyline points="{points}" stroke-width="2"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="currentColor"/></svg>'
    )


def numbers_line(values: dict[str, float]) -> str:
    """A line of HTML such as ``f = 0.997 · i = 0.986``, for readers without any picture."""
    return (
        "<p>"
        + " · ".join(f"{escape(name)} = {value:.3f}" for name, value in values.items())
        + "</p>"
    )


def _has(section: str, key: str) -> bool:
    try:
        text(f"{section}.{key}", "en")
    except KeyError:
        return False
    return True


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)
