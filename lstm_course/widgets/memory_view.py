"""``MemoryView``: how far back a trained character model looks when it predicts what comes next.

The networks travel in the widget's state, packed, so that those a notebook has just trained are the
ones that answer in the page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets

from lstm_course.text import Encoder
from lstm_course.widgets.base import Choice, CourseWidget
from lstm_course.widgets.gradient_explorer import scientific
from lstm_course.widgets.language_network import LINE_END, LanguageNetwork

if TYPE_CHECKING:
    from lstm_course.models import Model

MOST = 200  # characters of a text that are read
LOOKED_AT = 10 * MOST  # before letters that come in parts are put together
DECADES = 6  # below the largest gradient, where logarithmic shading ends
SIGNS = {" ": "␣", "\n": "↵"}
NAMES = {" ": "space", "\n": "line_break", "<unk>": "unknown", "<pad>": "padding"}


class MemoryView(CourseWidget):
    """Every character read, shaded by the gradient that the prediction of the next one sends back.

    ``models`` is a trained ``models.RecurrentLanguageModel`` of characters, or a few by name, all
    with the vocabulary of ``encoder``; ``examples`` are texts to pick. ``text``, ``at`` (how many
    of its characters the network has read; None: all of them), ``chosen`` (a name) and ``scale``
    (``"linear"``, ``"log"``) can be set and read. At most 200 characters are read.
    A network of 128 units takes 150 KB of a page, one of 256 units 380 KB (gzip).

    A distance counts from the predicted character: 1 is the last one read.

    Raises ``ValueError`` for a model that the page cannot run, ``traitlets.TraitError`` for values
    that there are none of.
    """

    NAME: ClassVar[str] = "memory_view"
    SHARED: ClassVar[tuple[str, ...]] = ("network.js", "language_network.js")
    SHOWN = ("text", "position", "half_distance", "ninety_distance")

    text = traitlets.Unicode("").tag(sync=True)
    at = traitlets.Int(None, allow_none=True).tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)
    scale = Choice("linear", "log")
    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    network: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        models: Model | Mapping[str, Model] | None = None,
        encoder: Encoder | None = None,
        text: str = "",
        *,
        examples: Sequence[str] = (),
        at: int | None = None,
        network: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        if network is not None:
            found = {name: LanguageNetwork.from_json(packed) for name, packed in network.items()}
        elif models is not None and encoder is not None:
            named = models if isinstance(models, Mapping) else {"": models}
            found = {name: LanguageNetwork.of(model, encoder) for name, model in named.items()}
        else:
            raise ValueError("MemoryView shows trained models: give them and their encoder")
        if not found:
            raise ValueError("at least one model is needed")
        self._networks = found
        super().__init__(
            network={name: net.to_json() for name, net in found.items()},
            text=text,
            examples=list(examples),
            at=at,
            **{"chosen": next(iter(found)), **values},
        )

    @classmethod
    def constants(cls) -> dict[str, Any]:
        limits = {"most": MOST, "looked": LOOKED_AT, "decades": DECADES}
        return {**super().constants(), **limits, "signs": SIGNS, "names": NAMES}

    @traitlets.validate("at")
    def _check_at(self, proposal: dict[str, Any]) -> int | None:
        at: int | None = proposal["value"]
        if at is not None and not 0 <= at <= MOST:
            limits = {"low": 0, "high": MOST}
            raise self.refusal("common.not_whole", name="at", value=at, **limits)
        return at

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: dict[str, Any]) -> str:
        chosen: str = proposal["value"]
        if chosen not in self._networks:
            choices = {"choices": ", ".join(self._networks)}
            raise self.refusal("common.not_a_choice", name="chosen", value=chosen, **choices)
        return chosen

    @property
    def _network(self) -> LanguageNetwork:
        return self._networks[self.chosen]

    @property
    def _numbers(self) -> list[int]:
        return self._network.numbers(self.text[:LOOKED_AT])[: MOST + 1]

    @property
    def characters(self) -> list[str]:
        """What the network reads: the line break that stands before every text, and the text."""
        return [LINE_END, *self._network.read(self.text[:LOOKED_AT])[:MOST]]

    @property
    def position(self) -> int:
        """How many characters of the text have been read: ``at``, where there are so many."""
        last = len(self._numbers) - 1
        return last if self.at is None else min(self.at, last)

    @property
    def next(self) -> tuple[str, float]:
        """The predicted character and its probability.

        It is the one with which the text goes on; where that ends, the most probable one.
        """
        logits = self._network.logits(self._numbers[: self.position + 1])[-1]  # (V,)
        p = np.exp(logits - logits.max())
        p /= p.sum()
        following = self.characters[self.position + 1 :]
        number = self._numbers[self.position + 1] if following else int(p.argmax())
        return (following or [self._network.vocabulary.tokens[number]])[0], float(p[number])

    @property
    def sizes(self) -> list[float]:
        """Norm of the gradient by distance: of the last character read first, then further back."""
        return self._sizes(self.chosen)

    def _sizes(self, name: str) -> list[float]:
        gradients = self._networks[name].gradients(self._numbers, self.position)  # (t + 1, D)
        return [float(size) for size in np.linalg.norm(gradients[::-1], axis=1)]

    @property
    def half_distance(self) -> int:
        """Distance within which half of the sum of ``sizes`` lies."""
        return distance_within(self.sizes, 0.5)

    @property
    def ninety_distance(self) -> int:
        """Distance within which 90 % of the sum of ``sizes`` lies."""
        return distance_within(self.sizes, 0.9)

    def picture(self) -> str:
        character, p = self.next
        sizes = self.sizes
        sentence = self.word(
            "predicts" if len(self._numbers) > self.position + 1 else "predicts_end",
            next=self._name(character),
        )
        return "".join(
            [
                f"<p>{escape(self.chosen)}</p>" if self.chosen else "",
                self._shaded(sizes),
                f"<p>{escape(sentence)} {p:.3f}</p>",
                *(f"<p>{escape(self._reach(name))}</p>" for name in self._networks),
                self._table(sizes),
            ]
        )

    def _reach(self, name: str) -> str:
        sizes = self._sizes(name)
        half, ninety = distance_within(sizes, 0.5), distance_within(sizes, 0.9)
        told = self.word("reach", half=half, ninety=ninety)
        return f"{name}: {told}" if len(self._networks) > 1 else told

    def _shaded(self, sizes: Sequence[float]) -> str:
        """The characters read, shaded over a line as thick; in brackets what is not read yet."""
        largest = max(sizes)
        parts = []
        for k, size in enumerate(reversed(sizes)):
            character = self.characters[k]
            share = 0.0 if largest == 0 else shade(size / largest, self.scale)
            sign = escape(SIGNS.get(character, character))
            end = {" ": "<wbr>", "\n": "<br>" if k else ""}.get(character, "")
            parts.append(
                f'<span style="background: rgba(10, 99, 176, {0.6 * share:.3f}); '
                f'border-bottom: {4 * share:.1f}px solid currentColor">{sign}</span>{end}'
            )
        rest = "".join(SIGNS.get(c, c) for c in self.characters[self.position + 1 :])
        after = f" <small>[{escape(rest)}]</small>" if rest else ""
        return f'<p style="line-height: 2; overflow-wrap: anywhere">{"".join(parts)}{after}</p>'

    def _table(self, sizes: Sequence[float]) -> str:
        total = sum(sizes)
        distances = [d for d in (1, 2, 3, 5, 10, 20, 50, 100, MOST) if d <= len(sizes)]
        read = self.characters[self.position :: -1]
        rows = "".join(
            f"<tr><td>{d}</td><td>{escape(self._name(read[d - 1]))}</td>"
            f"<td>{scientific(sizes[d - 1])}</td>"
            f"<td>{percent(sum(sizes[:d]), total)}</td></tr>"
            for d in distances
        )
        heads = "".join(
            f'<th scope="col">{escape(self.word(key))}</th>'
            for key in ("distance", "character", "size", "sum_so_far")
        )
        return (
            f"<table><caption>{escape(self.word('picture'))}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _name(self, character: str) -> str:
        return self.word(NAMES[character]) if character in NAMES else f"“{character}”"


def distance_within(sizes: Sequence[float], share: float) -> int:
    """Distance within which ``share`` of the sum of ``sizes`` lies; the first is at distance 1.

    >>> distance_within([4, 2, 1, 1], 0.5), distance_within([4, 2, 1, 1], 0.75)
    (1, 2)
    """
    reached, total = 0.0, math.fsum(sizes)
    for distance, size in enumerate(sizes, 1):
        reached += size
        if reached >= share * total:
            return distance
    return len(sizes)


def shade(relative: float, scale: str) -> float:
    """How full a bar is, 0 to 1, for a size relative to the largest.

    >>> shade(0.25, "linear"), shade(1e-3, "log"), shade(1e-9, "log")
    (0.25, 0.5, 0.0)
    """
    if scale == "linear":
        return relative
    return max(0.0, 1 + math.log10(relative) / DECADES) if relative > 0 else 0.0


def percent(part: float, whole: float) -> str:
    """A part of the whole, as text.

    >>> percent(1, 8), percent(1, 100_000), percent(0, 0)
    ('12.5 %', '0.0 %', '0.0 %')
    """
    return f"{100 * part / whole if whole else 0:.1f} %"
