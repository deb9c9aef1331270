"""``NGramExplorer``: what an n-gram model expects next, and which counts it says so from.

The model travels in the widget's state as its counts, packed; the page's script computes every
smoothing from them, so that the counts learned in a notebook answer in the page too.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Any, ClassVar

import numpy as np
import traitlets
from numpy.typing import NDArray

from lstm_course.ngram import END, SMOOTHINGS, START, UNK, History, NGramModel, UnseenHistoryError
from lstm_course.text import nfc
from lstm_course.widgets.base import CourseWidget, Number, numbers_line

#: What the widget shows when it is given no text: sentences around the example of the chapter.
SENTENCES = (
    "i go to school",
    "i go to school",
    "i go to work",
    "i go home",
    "you go to school",
    "you work at school",
)
UNITS = ("words", "characters")
MOST = 100  # seeds of the slider, and tokens of a line that is written
#: A token that a text box cannot hold, and how it is typed and shown.
NEW_LINE = {"\n": "⏎"}

_PIECE = re.compile(rf"{UNK}|[^\W_]+(?:[_'’-][^\W_]+)*|[^\w\s]")
_PARTS = re.compile(r"[^\W_]+")


class NGramExplorer(CourseWidget):
    """The most probable next tokens after ``history``, by an n-gram model.

    ``source`` is an :class:`~lstm_course.ngram.NGramModel`, or sequences of tokens to count up to
    ``order`` (3 if not given). ``history`` is text as a reader types it; ``order`` (up to the one
    that was counted), ``smoothing``, ``k`` and ``line_start`` (the history is the beginning of a
    line, so ``<s>`` stands before it) can be set and read. ``examples`` are histories to pick.
    ``unit`` says how text becomes tokens, "words" (or syllables) or "characters"; if it is not
    given, tokens of one letter each are taken for characters.

    The page writes lines with a random generator of its own: the same ``seed`` writes the same
    line, but not the line of :meth:`NGramModel.sample`.

    Raises ``traitlets.TraitError`` for values that the model does not have, ``ValueError`` for
    tokens that make no model.

    >>> explorer = NGramExplorer([["i", "go", "to", "school"], ["i", "go", "home"]], "I go")
    >>> explorer.tokens
    ['i', 'go']
    >>> [token for token, _ in explorer.top(2)]
    ['home', 'to']
    """

    NAME: ClassVar[str] = "ngram_explorer"
    SHOWN = ("history", "order", "smoothing", "k")

    history = traitlets.Unicode("").tag(sync=True)
    order = traitlets.Int(3).tag(sync=True)
    smoothing = traitlets.Enum(SMOOTHINGS, default_value="modified_kneser_ney").tag(sync=True)
    k = Number(1, 0.01, 1, 0.01)
    seed = traitlets.Int(1, min=1, max=MOST).tag(sync=True)
    line_start = traitlets.Bool(True).tag(sync=True)
    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    unit = traitlets.Enum(UNITS, default_value="words").tag(sync=True)
    data = traitlets.Unicode().tag(sync=True)
    weights: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        source: NGramModel | Iterable[Sequence[str]] | None = None,
        history: str | None = None,
        order: int | None = None,
        smoothing: str | None = None,
        *,
        examples: Sequence[str] | None = None,
        unit: str | None = None,
        data: str | None = None,
        weights: list[list[float]] | None = None,
        **values: Any,
    ) -> None:
        if data is not None:
            counted = unpack(data)
        elif isinstance(source, NGramModel):
            counted = source
        elif source is None:
            counted = NGramModel.fit([line.split() for line in SENTENCES], 3)
            history = "i go to" if history is None else history
        else:
            counted = NGramModel.fit(source, 3 if order is None else order)
        self._counted = counted
        self._current: tuple[object, NGramModel] = ((), counted)
        if unit is None:
            unit = "words" if any(len(token) > 1 for token in _plain(counted.tokens)) else UNITS[1]
        if isinstance(source, NGramModel):
            smoothing = smoothing or source.smoothing
            values = {"k": min(1.0, max(0.01, source.k)), **values}
        super().__init__(
            data=data or pack(counted),
            weights=weights or _weights(counted),
            unit=unit,
            examples=_frequent(counted, unit) if examples is None else list(examples),
            history=history or "",
            order=counted.order if order is None else order,
            smoothing=smoothing or "modified_kneser_ney",
            **values,
        )

    @classmethod
    def constants(cls) -> dict[str, Any]:
        constants = super().constants()
        ranges = {
            "order": {"min": 1, "max": 1, "step": 1, "start": 1},
            "smoothing": {"choices": SMOOTHINGS, "start": SMOOTHINGS[-1]},
            "seed": {"min": 1, "max": MOST, "step": 1, "start": 1},
        }
        constants["ranges"].update(ranges)
        special = {"start": START, "end": END, "unknown": UNK, "most": MOST}
        return {**constants, "special": special, "newLine": NEW_LINE}

    @traitlets.validate("order")
    def _check_order(self, proposal: dict[str, Any]) -> int:
        order: int = proposal["value"]
        if not 1 <= order <= self._counted.order:
            limits = {"low": 1, "high": self._counted.order}
            raise self.refusal("common.not_whole", name="order", value=order, **limits)
        return order

    @property
    def model(self) -> NGramModel:
        """The model with the order and the smoothing as they stand."""
        state = (self.order, self.smoothing, self.k)
        if self._current[0] != state:
            weights = self.weights[self.order - 1] if self.smoothing == "interpolation" else None
            model = self._counted.changed(self.order, self.smoothing, k=self.k, weights=weights)
            self._current = (state, model)
        return self._current[1]

    @property
    def tokens(self) -> list[str]:
        """What the model reads in the history: tokens it knows, and ``<unk>`` for the others."""
        return read_tokens(self.history, set(self._counted.tokens), self.unit)

    @property
    def context(self) -> list[str]:
        """The tokens of the history that the model looks at, ``<s>`` among them."""
        at_start = self.line_start and self._counted.boundaries
        padded = [START] * (self.order - 1) * at_start + self.tokens
        return padded[len(padded) - self.order + 1 :] if len(padded) >= self.order else padded

    def distribution(self) -> NDArray[np.float64]:
        """P(token | history), aligned with ``model.tokens``: shape ``(V,)``.

        Raises :class:`~lstm_course.ngram.UnseenHistoryError` where there is none.
        """
        return self.model.distribution(self.context)

    def top(self, number: int = 10) -> list[tuple[str, float]]:
        """The most probable next tokens with their probabilities; ties as in ``model.tokens``."""
        p = self.distribution()
        best = np.argsort(-p, kind="stable")[:number]
        return [(self.model.tokens[i], float(p[i])) for i in best]

    def picture(self) -> str:
        caption = escape(self.word("picture", history=self.history))
        try:
            p, top = self.distribution(), self.top(5)
        except UnseenHistoryError:
            return f"<p>{caption}: {escape(self.word('no_distribution'))}</p>"
        heads = "".join(
            f'<th scope="col">{escape(self.word(key))}</th>'
            for key in ("next_token", "probability", "count")
        )
        seen = self.model.counts(self.context)
        rows = "".join(
            f"<tr><td>{escape(self._shown(token))}</td><td>{p:.3f}</td><td>{seen[token]}</td></tr>"
            for token, p in top
        )
        table = (
            f"<table><caption>{caption}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
        bits = 0.0 - math.fsum(x * math.log2(x) for x in p.tolist() if x > 0)
        return table + numbers_line({self.word("entropy"): bits})

    def _shown(self, token: str) -> str:
        if token in (END, UNK):
            return self.word("end" if token == END else "unknown")
        return {**NEW_LINE, " ": "␣"}.get(token, token)


def read_tokens(typed: str, known: set[str], unit: str) -> list[str]:
    """Tokens of what a reader typed: as typed, or in small letters, or ``<unk>``.

    Words: punctuation that is no token is skipped, and "bể-dâu" comes apart if it is no token.

    >>> read_tokens("Bể-dâu, ABC!", {"bể", "dâu", "!"}, "words")
    ['bể', 'dâu', '<unk>', '!']
    >>> read_tokens("Ab#", {"a", "b"}, "characters")
    ['a', 'b', '<unk>']
    """

    def read(piece: str) -> Iterator[str]:
        for spelling in (piece, piece.lower()):
            if spelling in known:
                yield spelling
                return
        parts = _PARTS.findall(piece)
        if unit == "characters" or parts == [piece]:
            yield UNK
        else:
            for part in parts:
                yield from read(part)

    typed = nfc(typed)
    if unit == "characters":
        pieces = re.findall(rf"{UNK}|(?s:.)", typed)
        pieces = [{"⏎": "\n"}.get(piece, piece) for piece in pieces]
    else:
        pieces = _PIECE.findall(typed)
    return [token for piece in pieces for token in read(piece)]


# ---- The counts, packed ---------------------------------------------------------------------
#
# Whole numbers of seven bits a byte, the eighth set on all but the last. First the order and
# whether there are boundaries, then the tokens, then the longest n-grams: of each length how
# many begin with which token, which tokens follow, ... and how often. Tokens are numbers, sorted,
# and written as the distance from the one before.


def pack(model: NGramModel) -> str:
    """The counts of a model as text (base64).

    Raises ``ValueError`` for a model of too high an order: the page numbers its histories, and
    JavaScript's numbers are whole up to 2 to the power of 53.

    >>> model = NGramModel.fit([["i", "go", "home"]], order=2)
    >>> unpack(pack(model)).longest_ngrams() == model.longest_ngrams()
    True
    """
    if (model.order - 1) * math.log2(len(model.tokens) + 1) > 53:
        raise ValueError(f"order {model.order} is too high for {len(model.tokens)} tokens")
    plain = _plain(model.tokens)
    numbers = {**model.numbers, START: len(model.tokens)}
    ngrams = sorted(
        ([numbers[token] for token in ngram], count)
        for ngram, count in model.longest_ngrams().items()
    )
    out = bytearray()
    _write(out, model.order, int(model.boundaries), len(plain))
    for token in plain:
        encoded = token.encode()
        _write(out, len(encoded))
        out += encoded
    for length in range(1, model.order + 1):
        _write_tree(out, [gram for gram in ngrams if len(gram[0]) == length], 0)
    return b64encode(bytes(out)).decode()


def unpack(data: str) -> NGramModel:
    """The model of packed counts. Raises ``ValueError`` for anything else."""
    try:
        packed = iter(b64decode(data, validate=True))
        order, boundaries, size = (_read(packed) for _ in range(3))
        special = [UNK, END] if boundaries else [UNK]
        tokens = special + [
            bytes(next(packed) for _ in range(_read(packed))).decode() for _ in range(size)
        ]
        names = [*tokens, START]
        ngrams: dict[History, int] = {}
        for length in range(1, order + 1):
            ngrams.update(_read_tree(packed, names, (), length))
        return NGramModel.from_ngrams(ngrams, tokens, order)
    except (StopIteration, RuntimeError, IndexError, ValueError) as error:
        raise ValueError("these are no packed counts") from error


def _write(out: bytearray, *numbers: int) -> None:
    for number in numbers:
        while number > 127:
            out.append(number & 127 | 128)
            number >>= 7
        out.append(number)


def _read(packed: Iterator[int]) -> int:
    number = shift = 0
    while (byte := next(packed)) > 127:
        number |= (byte & 127) << shift
        shift += 7
    return number | byte << shift


def _write_tree(out: bytearray, ngrams: list[tuple[list[int], int]], depth: int) -> None:
    branches = [(first, list(rest)) for first, rest in groupby(ngrams, lambda g: g[0][depth])]
    _write(out, len(branches))
    before = 0
    for first, rest in branches:
        _write(out, first - before)
        before = first
        if depth + 1 == len(rest[0][0]):
            _write(out, rest[0][1])
        else:
            _write_tree(out, rest, depth + 1)


def _read_tree(
    packed: Iterator[int], names: list[str], start: History, length: int
) -> Iterator[tuple[History, int]]:
    number = 0
    for _ in range(_read(packed)):
        number += _read(packed)
        ngram = (*start, names[number])
        if len(ngram) == length:
            yield ngram, _read(packed)
        else:
            yield from _read_tree(packed, names, ngram, length)


def _plain(tokens: Sequence[str]) -> list[str]:
    return [token for token in tokens if token not in (UNK, END)]


def _weights(model: NGramModel) -> list[list[float]]:
    # Of interpolation at every order: those the model was given, or the most likely ones.
    own = {model.order: model.weights} if model.weights else {}
    return [
        list(own.get(order) or model.changed(order, "interpolation").weights)
        for order in range(1, model.order + 1)
    ]


def _frequent(model: NGramModel, unit: str) -> list[str]:
    # Three histories that the highest order has often seen, to begin with.
    totals: dict[History, int] = {}
    for ngram, count in model.longest_ngrams().items():
        history = ngram[:-1]
        if len(ngram) == model.order > 1 and not {START, UNK, "\n"} & set(history):
            totals[history] = totals.get(history, 0) + count
    best = sorted(totals, key=lambda history: (-totals[history], history))[:3]
    return [(" " if unit == "words" else "").join(history) for history in best]
