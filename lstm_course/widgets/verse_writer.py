"""``VerseWriter``: a trained model of characters writes verse, live, and shows what it expects.

The network travels in the widget's state, packed, so that the model a notebook has just trained is
the one that writes in the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets
from numpy.typing import NDArray

from lstm_course import verse
from lstm_course.generation import sharpened
from lstm_course.text import Encoder
from lstm_course.widgets.base import Choice, CourseWidget, Number, Whole, numbers_line
from lstm_course.widgets.language_network import LINE_END, LanguageNetwork, Step

if TYPE_CHECKING:
    from lstm_course.models import Model

MOST_READ = 500  # characters of a beginning
MOST_WRITTEN = 2000
CANDIDATES = 10  # for the next character that are listed
_SPECIAL = 2  # padding and unknown are never written


class VerseWriter(CourseWidget):
    """Verses that a model writes after ``text``, character by character, and how it came to them.

    ``model`` is a trained ``models.RecurrentLanguageModel`` of characters with one LSTM layer,
    ``encoder`` what stands before it; ``examples`` are beginnings to pick. ``temperature``,
    ``top_k`` (0: any character may come), ``seed``, ``pace``, ``shown`` (what colours the
    characters: their probability ``p``, a gate or state ``i f o g c h``, or ``none``), ``unit`` (0:
    the mean of all) and ``written`` can be set and read. Whoever sets ``text`` or ``seed`` starts
    again.

    The same text, temperature, top-k and seed give the same verses, in the page and by
    :meth:`write`. Raises ``ValueError`` for a model that the page cannot run,
    ``traitlets.TraitError`` for values that the model does not have.
    """

    NAME: ClassVar[str] = "verse_writer"
    SHARED: ClassVar[tuple[str, ...]] = ("network.js", "language_network.js")
    SHOWN = ("text", "temperature", "top_k", "seed")

    text = traitlets.Unicode().tag(sync=True)
    written = traitlets.Unicode("").tag(sync=True)
    temperature = Number(0.8, 0.1, 2, 0.05)
    top_k = Whole(0, 0, 20)
    pace = Choice("fast", "slow")
    seed = Whole(1, 1, 100)
    shown = Choice("p", "none", "i", "f", "o", "g", "c", "h")
    unit = traitlets.Int(0).tag(sync=True)
    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    network: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        model: Model | None = None,
        encoder: Encoder | None = None,
        text: str = "Trăm năm trong cõi người ta,\n",
        *,
        examples: Sequence[str] = (),
        network: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        if network is not None:
            self._network = LanguageNetwork.from_json(network)
        elif model is not None and encoder is not None:
            self._network = LanguageNetwork.of(model, encoder)
        else:
            raise ValueError("VerseWriter shows a trained model: give it and its encoder")
        super().__init__(
            network=self._network.to_json(), text=text, examples=list(examples), **values
        )
        self.observe(self._start_again, ["text", "seed"])  # not while the state is given

    @classmethod
    def constants(cls) -> dict[str, Any]:
        constants = super().constants()
        constants["ranges"]["unit"] = {"min": 0, "max": 0, "step": 1, "start": 0}
        return {
            **constants,
            "most": {"read": MOST_READ, "written": MOST_WRITTEN, "candidates": CANDIDATES},
        }

    @traitlets.validate("unit")
    def _check_unit(self, proposal: dict[str, Any]) -> int:
        unit: int = proposal["value"]
        if not 0 <= unit <= self._network.units:
            limits = {"low": 0, "high": self._network.units}
            raise self.refusal("common.not_whole", name="unit", value=unit, **limits)
        return unit

    @traitlets.validate("written")
    def _check_written(self, proposal: dict[str, Any]) -> str:
        written: str = proposal["value"]
        if len(written) > MOST_WRITTEN:
            raise self.refusal("verse_writer.full", count=MOST_WRITTEN)
        return written

    def _start_again(self, _: object) -> None:
        self.written = ""

    @property
    def verses(self) -> list[str]:
        """Lines of what is read of the text, and what was written after it."""
        return (self._network.read(self.text, MOST_READ) + self.written).split(LINE_END)

    @property
    def syllables(self) -> list[int]:
        """Number of syllables of each verse; the form asks for 6 and 8 by turns."""
        return [len(verse.syllables(line)) for line in self.verses]

    def write(self, number: int) -> str:
        """Write ``number`` characters more, as the page would, and return them.

        There are fewer where ``written`` has grown to 2,000.
        """
        step, found = self._last_step(), ""
        for place in range(len(self.written), min(len(self.written) + number, MOST_WRITTEN)):
            sums = self._sharpened(step).cumsum()  # (V,)
            chosen = int((sums <= chance(self.seed, place) * sums[-1]).sum())
            found += self._network.vocabulary.tokens[chosen]
            step = self._network.step(chosen, step)
        self.written += found
        return found

    def distribution(self) -> NDArray[np.float64]:
        """Probabilities of the next character, after temperature and top-k: shape ``(V,)``."""
        return self._sharpened(self._last_step())

    def top(self, number: int = CANDIDATES) -> list[tuple[str, float]]:
        """The most probable next characters that can come, with their probabilities."""
        p = self.distribution()
        best = [k for k in np.argsort(-p, kind="stable")[:number] if p[k] > 0]
        return [(self._network.vocabulary.tokens[k], float(p[k])) for k in best]

    def _last_step(self) -> Step:
        numbers = self._network.numbers(self.text, MOST_READ)
        *_, last = self._network.steps([*numbers, *self._network.vocabulary.encode(self.written)])
        return last

    def _sharpened(self, step: Step) -> NDArray[np.float64]:
        logits = np.concatenate([np.full(_SPECIAL, -np.inf), step.logits[_SPECIAL:]])  # (V,)
        return sharpened(logits, self.temperature, self.top_k or None)

    def picture(self) -> str:
        heads = "".join(
            f'<th scope="col">{escape(self.word(key))}</th>' for key in ("character", "probability")
        )
        names = {" ": self.word("space"), LINE_END: self.word("new_line")}
        rows = "".join(
            f'<tr><td lang="vi">{escape(names.get(character, character))}</td><td>{p:.3f}</td></tr>'
            for character, p in self.top()
        )
        table = (
            f"<table><caption>{escape(self.word('picture'))}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
        text = "<br>".join(escape(line) for line in self.verses)
        settings = numbers_line({self.word("temperature_label"): self.temperature})
        return f'<p lang="vi">{text}</p>{table}{settings}'


def chance(seed: int, place: int) -> float:
    """Number ``place`` (0, 1, ...) that the generator mulberry32 draws from a seed: 0 to below 1.

    Its state is a whole number of 32 bits that grows by 0x6D2B79F5 each time; what it returns is
    that state, stirred. Source: Tommy Ettinger, mulberry32 (2017), in the public domain.

    >>> [round(chance(1, place), 4) for place in range(3)]
    [0.6271, 0.0027, 0.5274]
    """
    bits = 0xFFFFFFFF
    state = (seed + (place + 1) * 0x6D2B79F5) & bits
    r = (state ^ state >> 15) * (state | 1) & bits
    r ^= (r + (r ^ r >> 7) * (r | 61)) & bits
    return (r ^ r >> 14) / 2**32
