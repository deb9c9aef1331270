"""``ReviewReader``: a trained classifier reads a review, and its memory is drawn along the text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, ClassVar

import numpy as np
import traitlets
from numpy.typing import NDArray

from lstm_course.cells import sigmoid
from lstm_course.widgets.base import Choice, numbers_line
from lstm_course.widgets.network import Word, sentences
from lstm_course.widgets.text_classifier import TextClassifier, named, signed

MOST_WORDS = 500
CHANGES = 3  # of the curve that are named,
APART = 5  # words apart at least


class ReviewReader(TextClassifier):
    """Probability that a review is positive, what each word and sentence adds, and the memory.

    ``text``, ``gate`` (the curve that is drawn: c f i g o h), ``unit`` (0: the mean of all),
    ``direction``, ``colour`` (what the words are marked by: ``"push"``, ``"p"``, ``"state"``) and
    ``at`` (the word that is looked at, from 1; None: where the curve changes most) can be set and
    read. ``text_lang`` is the language of the reviews. What it is made of, and what it refuses, is
    said at :class:`TextClassifier`.
    """

    NAME: ClassVar[str] = "review_reader"
    SHOWN = ("text", "p_positive")
    MOST_WORDS = MOST_WORDS
    MOST_LETTERS = 100_000

    gate = Choice("c", "f", "i", "g", "o", "h")
    colour = Choice("push", "p", "state")
    text_lang = Choice("en", "vi")
    at = traitlets.Int(None, allow_none=True).tag(sync=True)

    @classmethod
    def constants(cls) -> dict[str, Any]:
        return {**super().constants(), "changed": {"most": CHANGES, "apart": APART}}

    @traitlets.validate("at")
    def _check_at(self, proposal: dict[str, Any]) -> int | None:
        at: int | None = proposal["value"]
        if at is not None and not 1 <= at <= MOST_WORDS:
            limits = {"low": 1, "high": MOST_WORDS}
            raise self.refusal("common.not_whole", name="at", value=at, **limits)
        return at

    @property
    def p_positive(self) -> float:
        """Probability that the review is positive."""
        return self._probability

    @property
    def sentences(self) -> list[tuple[str, float]]:
        """Each sentence with the log-odds of the text minus those without this sentence."""
        words = self.words
        spans = sentences(words)
        pushes = self._network.pushes(words, spans)[:, 0]
        return [(_joined(words, s), float(z)) for s, z in zip(spans, pushes, strict=True)]

    @property
    def course(self) -> list[tuple[str, float]]:
        """Each word with the value there of what ``gate``, ``unit`` and ``direction`` choose."""
        words = self.words
        return named(words, map(float, self._course(words)))

    @property
    def position(self) -> int | None:
        """The word that is looked at, from 1: ``at``, where there are so many; None: no words."""
        words = self.words
        if self.at is None or not words:
            return self._changes(self._course(words))[0] + 1 if words else None
        return min(self.at, len(words))

    @property
    def most_telling(self) -> tuple[int, float] | None:
        """The unit whose cell state agrees most with the log-odds after each word, and how.

        That is the correlation along this text, the largest in size among the units of the chosen
        direction; None where there is none, as of a single word.
        """
        words = self.words
        if not words:
            return None
        states = self._network.steps(words, self.direction == "backward")["c"]  # (T, n)
        logits = self._network.prefixes(words)  # (T, 1)
        states, logits = states - states.mean(axis=0), logits - logits.mean()
        sizes = np.sqrt((states**2).sum(axis=0) * (logits**2).sum())  # (n,)
        if not sizes.any():
            return None
        r = (states * logits).sum(axis=0) / np.where(sizes > 0, sizes, np.inf)  # (n,)
        unit = int(np.abs(r).argmax())
        return unit + 1, float(r[unit])

    def _course(self, words: Sequence[Word]) -> NDArray[np.float64]:
        if not words:
            return np.zeros(0)
        states = self._network.steps(words, self.direction == "backward")[self.gate]  # (T, n)
        found: NDArray[np.float64] = (
            states[:, self.unit - 1] if self.unit else states.mean(axis=1)
        )  # (T,)
        return found

    def _before(self, k: int, count: int) -> int:
        """The word that is read before word ``k``: itself, where there is none."""
        return max(0, k - 1) if self.direction == "forward" else min(count - 1, k + 1)

    def _changes(self, course: NDArray[np.float64]) -> list[int]:
        """Words at which the curve changes most, the largest change first, none near another."""
        count = len(course)
        sizes = [abs(course[k] - course[self._before(k, count)]) for k in range(count)]
        found: list[int] = []
        for k in sorted(range(count), key=lambda k: (-sizes[k], k)):
            if len(found) < CHANGES and all(abs(k - other) >= APART for other in found):
                found.append(k)
        return found

    # ---- Where neither kernel nor script runs ----------------------------------------------------

    def picture(self) -> str:
        words = self.words
        text = escape(self.text[: self.MOST_LETTERS])
        parts = [
            f'<p lang="{self.text_lang}">{text}</p>',
            numbers_line({self.word("p_label"): self.p_positive}),
        ]
        if words:
            parts += [f"<p>{escape(note)}</p>" for note in self._unread(len(words))]
            parts += [self._drawing(words), self._table()]
        return "".join(parts)

    def _unread(self, read: int) -> list[str]:
        """What is said of words that the model does not read."""
        count = len(self._network.tokens(self.text, self.MOST_LETTERS))
        kept = self._network.kept(count, MOST_WORDS)
        unread = {"unread_before": kept.start, "unread_after": count - kept.stop}
        return [self.word(key, read=read, count=n) for key, n in unread.items() if n]

    def _drawing(self, words: Sequence[Word]) -> str:
        course, p = self._course(words), np.array(sigmoid(self._network.prefixes(words)[:, 0]))
        told = self._told(words, course, p)
        low, high = min(0.0, float(course.min())), max(0.0, float(course.max()))
        across = 40 + 560 * np.arange(len(words)) / max(1, len(words) - 1)

        def line(
            values: NDArray[np.float64], top: int, low: float, high: float, base: float
        ) -> str:
            down = top + 100 * (high - values) / ((high - low) or 1.0)
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
            middle = top + 100 * (high - base) / ((high - low) or 1.0)
            return (
                f'<path d="M40 {top}V{top + 100}M40 {middle:.1f}H600" stroke-opacity=".4"/>'
                f'<polyline points="{points}" stroke-width="1.5"/>'
                f'<g fill="currentColor" stroke="none" font-size="12" text-anchor="end">'
                f'<text x="36" y="{top + 8}">{_fixed(high, 2)}</text>'
                f'<text x="36" y="{top + 100}">{_fixed(low, 2)}</text></g>'
            )

        titles = (self.word(f"gate_{self.gate}"), self.word("p_label"))
        labels = "".join(
            f'<text x="40" y="{y}" fill="currentColor" stroke="none" font-size="13">'
            f"{escape(title)}</text>"
            for y, title in zip((14, 144), titles, strict=True)
        )
        return (
            f'<svg role="img" aria-label="{escape(told)}" viewBox="0 0 610 256" width="610" '
            f'style="max-width: 100%" fill="none" stroke="currentColor">{labels}'
            f"{line(course, 20, low, high, 0)}{line(p, 150, 0, 1, 0.5)}</svg><p>{escape(told)}</p>"
        )

    def _told(
        self, words: Sequence[Word], course: NDArray[np.float64], p: NDArray[np.float64]
    ) -> str:
        """The two curves in words."""

        def numbered(k: int) -> str:
            return self.word("numbered", word=f"“{words[k].text}”", k=k + 1)

        def ends(values: NDArray[np.float64]) -> dict[str, str]:
            high, low = int(values.argmax()), int(values.argmin())
            return {
                "high": numbered(high),
                "high_value": _fixed(values[high]),
                "low": numbered(low),
                "low_value": _fixed(values[low]),
            }

        change = self._changes(course)[0]
        curve = self.word(
            "course_told",
            what=self.word(f"gate_{self.gate}"),
            change=numbered(change),
            before=_fixed(course[self._before(change, len(course))]),
            after=_fixed(course[change]),
            **ends(course),
        )
        count = self._network.units
        unit = (
            self.word("one_unit", unit=self.unit, count=count)
            if self.unit
            else self.word("mean_of_units", count=count)
        )
        reads = self.word(f"reads_{self.direction}")
        last = self.word("p_told", first=_fixed(p[0]), last=_fixed(p[-1]), **ends(p))
        return " ".join([unit, reads, curve, last])

    def _table(self) -> str:
        heads = "".join(
            f'<th scope="col">{escape(self.word(key))}</th>' for key in ("sentence", "push")
        )
        rows = "".join(
            f'<tr><td lang="{self.text_lang}">{escape(sentence)}</td><td>{signed(push)}</td></tr>'
            for sentence, push in self.sentences
        )
        return (
            f"<table><caption>{escape(self.word('sentences'))}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _joined(words: Sequence[Word], span: range) -> str:
    """Words as they stand in the text, with white space where there was some."""
    return "".join((" " if words[k].before else "") + words[k].text for k in span).strip()


def _fixed(value: float, digits: int = 3) -> str:
    """A number as the page shows it: the typographic minus, and none before 0.000."""
    return f"{round(float(value), digits) + 0:.{digits}f}".replace("-", "−")
