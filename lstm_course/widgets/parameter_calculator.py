"""``ParameterCalculator``: how many numbers a layer has to learn, counted step by step."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

import traitlets

from lstm_course.widgets.base import Choice, CourseWidget, Whole, numbers_line

#: Weighted sums in a cell: its gates and its candidate. The other kinds have no cell.
SUMS = {"rnn": 1, "gru": 3, "lstm": 4, "peephole": 4}
#: Gates that look at the cell state through a peephole, with one weight for each unit.
PEEPHOLES = 3
BYTES = 4  # of a number as float32

_START = {"kind": "lstm", "m": 300, "n": 50, "layers": 1, "bidirectional": False, "biases": 1}
#: Layers of chapters 2 and 4 to 6 by name.
PRESETS: dict[str, dict[str, Any]] = {
    "imdb": _START,
    "characters": {**_START, "m": 46, "n": 20},
    "both_ways": {**_START, "m": 16, "n": 32, "bidirectional": True},
    "stacked": {**_START, "layers": 2},
    "gated": {**_START, "kind": "gru"},
    "slides": {**_START, "kind": "rnn", "m": 200, "biases": 2},
    "words": {**_START, "kind": "embedding", "m": 1000, "n": 16},
    "hidden": {**_START, "kind": "dense", "m": 64, "n": 24},
}


class YesNo(traitlets.Bool[bool, Any]):
    """True or False, and nothing that is only nearly so."""

    def validate(self, obj: Any, value: Any) -> bool:
        """Return the value, or refuse it in the language of the widget `obj`."""
        if not isinstance(value, bool):
            choices = "False, True"
            raise obj.refusal("common.not_a_choice", name=self.name, value=value, choices=choices)
        return value


class ParameterCalculator(CourseWidget):
    """The parameters of a layer: ``m`` inputs, ``n`` units, ``layers`` of them stacked.

    ``kind`` is ``"rnn"``, ``"gru"``, ``"lstm"``, ``"peephole"`` (an LSTM with peepholes),
    ``"embedding"`` (m tokens, n numbers each) or ``"dense"``; the last two have no use for
    ``layers``, ``bidirectional`` and ``biases``, the number of bias vectors in each sum (PyTorch
    keeps two). ``preset`` names a starting point out of ``PRESETS``; single values go on top of it.
    Raises ``traitlets.TraitError`` for a wrong value and ``ValueError`` for an unknown preset.

    >>> calculator = ParameterCalculator("lstm", m=300, n=50)
    >>> calculator.per_gate, calculator.total
    (17550, 70200)
    >>> ParameterCalculator("gru", m=300, n=50).total
    52650
    """

    NAME: ClassVar[str] = "parameter_calculator"
    SHOWN = ("kind", "m", "n", "layers", "bidirectional", "biases")

    kind = Choice("lstm", "peephole", "gru", "rnn", "embedding", "dense")
    m = Whole(300, 1, 100_000)
    n = Whole(50, 1, 10_000)
    layers = Whole(1, 1, 10)
    bidirectional = YesNo(False).tag(sync=True)
    biases = Whole(1, 1, 2)

    def __init__(self, kind: str | None = None, preset: str = "imdb", **values: Any) -> None:
        if preset not in PRESETS:
            raise ValueError(f"preset: {', '.join(PRESETS)}; not {preset!r}")
        named = {} if kind is None else {"kind": kind}
        super().__init__(**{**PRESETS[preset], **named, **values})

    @classmethod
    def constants(cls) -> dict[str, Any]:
        constants = super().constants()
        constants["ranges"]["bidirectional"] = {"choices": [False, True], "start": False}
        return {**constants, "presets": PRESETS, "sums": SUMS, "bytes": BYTES}

    @property
    def directions(self) -> int:
        """2 for a bidirectional layer, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def per_gate(self) -> int:
        """Parameters of one weighted sum (a gate, the candidate) in the first layer."""
        if self.kind in SUMS:
            return self.n * (self.m + self.n + self.biases)
        return self.n * (self.m + 1) if self.kind == "dense" else self.m * self.n

    @property
    def first_layer(self) -> int:
        """Parameters of the first layer, both directions."""
        return self._layer(self.m) if self.kind in SUMS else self.per_gate

    @property
    def later_layer(self) -> int:
        """Parameters of each further layer, which reads the states of the one below it."""
        return self._layer(self.directions * self.n) if self.kind in SUMS else 0

    @property
    def total(self) -> int:
        """All parameters."""
        stacked = self.layers - 1 if self.kind in SUMS else 0
        return self.first_layer + stacked * self.later_layer

    @property
    def kilobytes(self) -> float:
        """Memory for them as float32, in units of 1000 bytes."""
        return self.total * BYTES / 1000

    @property
    def sums(self) -> dict[str, str]:
        """The counting written out: one gate, a layer, those above it, the total.

        >>> ParameterCalculator("rnn", m=3, n=2, lang="vi").sums
        {'layer': 'n·(m + n + 1) = 2·(3 + 2 + 1) = 2·6 = 12'}
        """
        m, n = self._number(self.m), self._number(self.n)
        if self.kind == "embedding":
            return {"layer": f"m·n = {m}·{n} = {self._number(self.total)}"}
        if self.kind == "dense":
            inside = self._number(self.m + 1)
            return {
                "layer": f"n·(m + 1) = {n}·({m} + 1) = {n}·{inside} = {self._number(self.total)}"
            }
        sums = {}
        if SUMS[self.kind] > 1:
            inside = self._number(self.m + self.n + self.biases)
            gate = f"n·(m + n + {self.biases}) = {n}·{inside} = {self._number(self.per_gate)}"
            sums["gate"] = gate
        sums["layer"] = self._written("m", self.m, self.first_layer)
        if self.layers > 1:
            below = "2·n" if self.bidirectional else "n"
            sums["later"] = self._written(below, self.directions * self.n, self.later_layer)
            first, later = self._number(self.first_layer), self._number(self.later_layer)
            sums["all"] = f"{first} + {self.layers - 1}·{later} = {self._number(self.total)}"
        return sums

    def picture(self) -> str:
        sums = self.sums
        if "later" in sums:
            sums = {"first" if name == "layer" else name: sums[name] for name in sums}
        rows = "".join(
            f'<tr><th scope="row">{escape(self.word(f"sum_{name}"))}</th>'
            f"<td>{escape(written)}</td></tr>"
            for name, written in sums.items()
        )
        caption = f"{escape(self.word('title'))}: {escape(self.word(f'kind_{self.kind}'))}"
        table = f"<table><caption>{caption}</caption>{rows}</table>"
        return table + numbers_line({self.word("memory"): self.kilobytes})

    def _layer(self, inputs: int) -> int:
        """Parameters of a layer that reads so many numbers at each step."""
        peepholes = PEEPHOLES * self.n if self.kind == "peephole" else 0
        cell = SUMS[self.kind] * self.n * (inputs + self.n + self.biases) + peepholes
        return self.directions * cell

    def _written(self, letter: str, inputs: int, result: int) -> str:
        """A layer's formula: with letters, with numbers, with the inner sum added up."""
        n = self._number(self.n)
        inside = self._number(inputs + self.n + self.biases)
        stages = (
            ("n", f"({letter} + n + {self.biases})"),
            (n, f"({self._number(inputs)} + {n} + {self.biases})"),
            (n, inside),
        )
        return " = ".join([*(self._cell(*stage) for stage in stages), self._number(result)])

    def _cell(self, n: str, inside: str) -> str:
        count = SUMS[self.kind]
        cell = f"{count}·{n}·{inside}" if count > 1 else f"{n}·{inside}"
        if self.kind == "peephole":
            cell += f" + {PEEPHOLES}·{n}"
            return f"2·({cell})" if self.bidirectional else cell
        return f"2·{cell}" if self.bidirectional else cell

    def _number(self, number: int) -> str:
        # The book's way: commas in English, nothing in Vietnamese.
        return f"{number:,}" if self.lang == "en" else str(number)
