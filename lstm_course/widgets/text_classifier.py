"""What the widgets around a trained classifier of texts share: the network, its numbers, examples.

The network travels in the widget's state, packed, so that the model a notebook has just trained is
the one that answers in the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from lstm_course.cells import sigmoid
from lstm_course.text import Encoder
from lstm_course.widgets.base import Choice, CourseWidget
from lstm_course.widgets.network import Network, Word

if TYPE_CHECKING:
    from lstm_course.models import Model


class TextClassifier(CourseWidget):
    """A text and what a network with one logit makes of it; subclasses say what the answer means.

    ``model`` is a trained ``models.RecurrentClassifier`` of LSTM layers with one logit, ``encoder``
    what stands before it; ``examples`` are texts to pick, ``accuracy`` the share of test texts that
    it gets right: measure it on ``packing.rounded(model)``, whose weights are the page's.

    Raises ``ValueError`` for a model that the page cannot run, ``traitlets.TraitError`` for values
    that the model does not have.
    """

    SHARED: ClassVar[tuple[str, ...]] = ("reading.js", "network.js", "explorer.js")
    MOST_WORDS: ClassVar[int]  # of a text that are read
    MOST_LETTERS: ClassVar[int]  # that are looked at

    text = traitlets.Unicode("").tag(sync=True)
    direction = Choice("forward", "backward")
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
            name = type(self).__name__
            raise ValueError(f"{name} shows a trained model: give it and its encoder")
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
        return {**constants, "most": {"words": cls.MOST_WORDS, "letters": cls.MOST_LETTERS}}

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
        return self._network.read(self.text, self.MOST_WORDS, self.MOST_LETTERS)

    @property
    def prefixes(self) -> list[tuple[str, float]]:
        """Each word with the probability after it, when the model has read no further."""
        words = self.words
        return named(words, (float(sigmoid(z)) for z in self._network.prefixes(words)[:, 0]))

    @property
    def pushes(self) -> list[tuple[str, float]]:
        """Each word with the log-odds of the text minus those without this word."""
        words = self.words
        return named(words, map(float, self._network.pushes(words)[:, 0]))

    @property
    def _probability(self) -> float:
        return float(sigmoid(self._network.logits(self.words)[0]))


def named(words: Iterable[Word], values: Iterable[float]) -> list[tuple[str, float]]:
    """Each word with its value."""
    return [(word.text, value) for word, value in zip(words, values, strict=True)]


def signed(value: float) -> str:
    """A push as it is shown: with its sign, the typographic minus.

    >>> signed(-0.5)
    '−0.50'
    """
    return f"{value:+.2f}".replace("-", "−")
