"""``HeadlineExplorer``: a trained classifier of headlines, live: its answer, and what it rests on.

The network travels in the widget's state, packed, so that the model a notebook has just trained is
the one that answers in the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from lstm_course.cells import sigmoid
from lstm_course.text import Encoder
from lstm_course.widgets.base import Choice, CourseWidget, numbers_line
from lstm_course.widgets.network import Network, Word

if TYPE_CHECKING:
    from lstm_course.models import Model

MOST_WORDS = 100  # of a text that are read
MOST_LETTERS = 10_000  # that are looked at


class HeadlineExplorer(CourseWidget):
    """Probability that a headline is The Onion's, word by word, and which words push it.

    ``model`` is a trained ``models.RecurrentClassifier`` of LSTM layers with one logit, ``encoder``
    what stands before it; ``examples`` are headlines to pick, ``accuracy`` the share of test
    headlines that it gets right: measure it on ``packing.rounded(model)``, whose weights are the
    page's. ``text``, ``direction``, ``gate`` and ``unit`` (0: the mean of all) can be set and read.

    Raises ``ValueError`` for a model that the page cannot run, ``traitlets.TraitError`` for values
    that the model does not have.
    """

    NAME: ClassVar[str] = "headline_explorer"
    SHARED: ClassVar[tuple[str, ...]] = ("reading.js", "network.js")
    SHOWN = ("text", "p_sarcastic")

    text = traitlets.Unicode("").tag(sync=True)
    direction = Choice("forward", "backward")
    gate = Choice("f", "i", "g", "o", "c", "h")
    unit = traitlets.Int(0).tag(sync=True)
    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    accuracy = traitlets.Float(None, allow_none=True, min=0, max=1).tag(sync=True)
    network: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        model: Model | None = None,
        encoder: Encoder | None = None,
        text: str = "",
        *,
        examples: Sequence[str] = (),
        accuracy: float | None = None,
        network: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        if network is not None:
            self._network = Network.from_json(network)
        elif model is not None and encoder is not None:
            self._network = Network.of(model, encoder)
        else:
            raise ValueError("HeadlineExplorer shows a trained model: give it and its encoder")
        if self._network.classes != 1:
            raise ValueError(f"a model with one logit, not {self._network.classes}")
        super().__init__(
            network=self._network.to_json(),
            text=text,
            examples=list(examples),
            accuracy=accuracy,
            **values,
        )

    @classmethod
    def constants(cls) -> dict[str, Any]:
        constants = super().constants()
        constants["ranges"]["unit"] = {"min": 0, "max": 0, "step": 1, "start": 0}
        return {**constants, "most": {"words": MOST_WORDS, "letters": MOST_LETTERS}}

    @traitlets.validate("unit")
    def _check_unit(self, proposal: dict[str, Any]) -> int:
        unit: int = proposal["value"]
        if not 0 <= unit <= self._network.units:
            limits = {"low": 0, "high": self._network.units}
            raise self.refusal("common.not_whole", name="unit", value=unit, **limits)
        return unit

    @property
    def words(self) -> list[Word]:
        """What the model reads of the text, its first words only when there are very many."""
        return self._network.read(self.text, MOST_WORDS, MOST_LETTERS)

    @property
    def p_sarcastic(self) -> float:
        """Probability that the headline is sarcastic, that is, The Onion's."""
        return float(sigmoid(self._network.logits(self.words)[0]))

    @property
    def prefixes(self) -> list[tuple[str, float]]:
        """Each word with the probability after it, when the model has read no further."""
        logits = self._network.prefixes(self.words)[:, 0]
        return [(w.text, float(sigmoid(z))) for w, z in zip(self.words, logits, strict=True)]

    @property
    def pushes(self) -> list[tuple[str, float]]:
        """Each word with the log-odds of the headline minus those without this word."""
        pushes = self._network.pushes(self.words)[:, 0]
        return [(w.text, float(push)) for w, push in zip(self.words, pushes, strict=True)]

    def picture(self) -> str:
        heads = "".join(
            f'<th scope="col">{escape(self.word(key))}</th>' for key in ("word", "p_after", "push")
        )
        rows = "".join(
            f'<tr><td lang="en">{escape(word)}</td><td>{p:.3f}</td>'
            f"<td>{f'{push:+.2f}'.replace('-', '−')}</td></tr>"
            for (word, p), (_, push) in zip(self.prefixes, self.pushes, strict=True)
        )
        table = (
            f"<table><caption>{escape(self.word('picture'))}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
        headline = f'<p lang="en">{escape(self.text[:MOST_LETTERS])}</p>'
        return headline + numbers_line({self.word("p_label"): self.p_sarcastic}) + table
