"""A trained language model of characters as a page carries it: packed, read back, run in NumPy.

``language_network.js`` does the same in the page. Here it gives the numbers of stored pictures, and
those that Python reads from a widget, without torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstm_course.cells import sigmoid
from lstm_course.text import Encoder, Vocabulary, nfc
from lstm_course.widgets import packing

if TYPE_CHECKING:
    from lstm_course.models import Model

#: What the cell computes at a step, in the order of ``Step.cell``.
PARTS = "ifgoch"
LINE_END = "\n"  # ends a line, and stands before the first one
MOST_WORDS = 11  # that are counted in a line, as in models.places

_LSTM = tuple(f"recurrent.0.forward.{name}" for name in ("w_x", "w_h", "b"))
_WEIGHTS = {"embedding", *_LSTM, "output.w", "output.b"}


class Step(NamedTuple):
    """The network after one more character: where in the poem it is, its cell, what it expects.

    ``lines`` have begun, and ``words`` have ended in the last of them.
    """

    lines: int
    words: int
    cell: NDArray[np.float64]  # (6, n), see PARTS
    logits: NDArray[np.float64]  # (V,), of the next character


class LanguageNetwork:
    """A language model of characters with one LSTM layer and the weights that the page has.

    Made by :meth:`of` from a torch model, or by :meth:`from_json` from what :meth:`to_json` gave.
    ``weights`` have the names of ``models.export``; ``word_ends`` are the numbers of the characters
    that end a word, or None for a model that is not told its place in a verse.
    """

    def __init__(self, packed: Mapping[str, Any]) -> None:
        names = {"tokens", "word_ends", "weights"}
        if not isinstance(packed, Mapping) or set(packed) != names:
            raise ValueError(f"a packed language model has {', '.join(sorted(names))}")
        self._packed = dict(packed)
        self.weights = packing.unpack(packed["weights"])
        self.word_ends: list[int] | None = packed["word_ends"]
        self.vocabulary = Vocabulary(packing.unpack_tokens(packed["tokens"]))
        wanted = _WEIGHTS if self.word_ends is None else {*_WEIGHTS, "place"}
        if set(self.weights) != wanted or LINE_END not in self.vocabulary:
            raise ValueError("this is no packed language model")
        self.line_end = self.vocabulary.numbers[LINE_END]

    @classmethod
    def of(cls, model: Model, encoder: Encoder) -> LanguageNetwork:
        """The network of a ``models.RecurrentLanguageModel`` and what stands before it.

        Raises ``ValueError`` for anything that the page cannot run.
        """
        from lstm_course import models

        if unfit := _unfit(model, encoder):
            raise ValueError(f"the page cannot run this model: {unfit}")
        made = model.configuration
        return cls(
            {
                "tokens": packing.pack_tokens(encoder.vocabulary.tokens),
                "word_ends": None if made["line_end"] is None else list(made["word_ends"]),
                "weights": packing.pack(models.export(model, np.float32)),
            }
        )

    @classmethod
    def from_json(cls, packed: Mapping[str, Any]) -> LanguageNetwork:
        """The network that :meth:`to_json` described. Raises ``ValueError`` for anything else."""
        return cls(packed)

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold, and :meth:`from_json` reads."""
        return self._packed

    @property
    def units(self) -> int:
        """Hidden units."""
        return int(self.weights[_LSTM[1]].shape[1])

    def read(self, text: str, most: int | None = None) -> str:
        """What is read of a text: composed letters (NFC), and of more than ``most`` the last.

        The cut is made before a couplet, if one begins soon enough: the model counts lines.
        """
        text = nfc(text.replace("\r\n", "\n").replace("\r", "\n"))
        if most is None or len(text) <= most:
            return text
        least, largest = len(text) - most, len(text) - most // 2
        ends = [k + 1 for k in range(largest) if text[k] == LINE_END]
        return text[next((k for k in ends[1::2] if k >= least), least) :]

    def numbers(self, text: str, most: int | None = None) -> list[int]:
        """Numbers of what is read of a text, after the one of the line end before its beginning."""
        return self.vocabulary.encode(LINE_END + self.read(text, most))

    def step(self, number: int, before: Step | None = None) -> Step:
        """What the network makes of one more character."""
        lines, words = (0, 0) if before is None else (before.lines, before.words)
        if number == self.line_end:
            lines, words = lines + 1, 0
        elif number in (self.word_ends or ()):
            words += 1
        w_x, w_h, b = (self.weights[name] for name in _LSTM)
        n = self.units
        c, h = np.zeros((2, n)) if before is None else before.cell[4:]
        i, f, g, o = (w_x @ self._vector(number, lines, words) + w_h @ h + b).reshape(4, n)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c = f * c + i * g
        h = o * np.tanh(c)
        logits = self.weights["output.w"] @ h + self.weights["output.b"]
        return Step(lines, words, np.stack([i, f, g, o, c, h]), logits)

    def steps(self, numbers: Sequence[int]) -> Iterator[Step]:
        """The steps through a text, one after another."""
        step = None
        for number in numbers:
            yield (step := self.step(number, step))

    def logits(self, numbers: Sequence[int]) -> NDArray[np.float64]:
        """What the network expects after each character: ``(T, V)``."""
        return np.array([step.logits for step in self.steps(numbers)])

    def states(self, numbers: Sequence[int]) -> dict[str, NDArray[np.float64]]:
        """Gates and states ``i f g o c h`` at each character, by name: ``(T, n)`` each."""
        cell = np.array([step.cell for step in self.steps(numbers)])  # (T, 6, n)
        return {name: cell[:, k] for k, name in enumerate(PARTS)}

    def gradients(self, numbers: Sequence[int], t: int) -> NDArray[np.float64]:
        """How what was read moves what comes next: ``(t + 1, D)``, by backpropagation through time.

        Gradients of the log-probability of character t + 1 (at the end of the text, of the most
        probable next one) with respect to the vectors that the steps 0, ..., t have read.
        """
        if not 0 <= t < len(numbers):
            raise IndexError(f"a text of {len(numbers)} characters has no character {t}")
        steps = list(self.steps(numbers[: t + 1]))
        w_x, w_h, _ = (self.weights[name] for name in _LSTM)
        logits = steps[t].logits
        target = numbers[t + 1] if t + 1 < len(numbers) else int(logits.argmax())
        p = np.exp(logits - logits.max())
        error = -p / p.sum()  # of the logits: one-hot minus probabilities
        error[target] += 1
        dh, dc = self.weights["output.w"].T @ error, np.zeros(self.units)
        found = np.empty((t + 1, w_x.shape[1]))
        for k in range(t, -1, -1):
            i, f, g, o, c, _ = steps[k].cell
            squashed = np.tanh(c)
            dc = dc + dh * o * (1 - squashed**2)
            kept = steps[k - 1].cell[4] if k else 0.0
            sums = [dc * g * i * (1 - i), dc * kept * f * (1 - f), dc * i * (1 - g**2)]
            gates = np.concatenate([*sums, dh * squashed * o * (1 - o)])  # (4n,)
            found[k] = w_x.T @ gates
            dh, dc = w_h.T @ gates, dc * f
        return found

    def _vector(self, number: int, lines: int, words: int) -> NDArray[np.float64]:
        vector: NDArray[np.float64] = self.weights["embedding"][number]  # (D,)
        if self.word_ends is not None:
            place = (lines - 1) % 2 * (MOST_WORDS + 1) + min(words, MOST_WORDS)
            vector = vector + self.weights["place"][place]
        return vector


def _unfit(model: Model, encoder: Encoder) -> str | None:
    made = getattr(model, "configuration", {})
    if made.get("model") != "RecurrentLanguageModel":
        return "only a RecurrentLanguageModel"
    for name, value in {"cell": "lstm", "layers": 1, "tied": False}.items():
        if made[name] != value:
            return f"{name} is {value!r}, not {made[name]!r}"
    if made["dimension"] is None:
        return "it needs an embedding"
    if encoder.tokenizer != "characters":
        return f"the tokenizer is 'characters', not {encoder.tokenizer!r}"
    if odd := [step for step in encoder.steps if step != "nfc"]:
        return f"cleaning knows nfc, not {', '.join(odd)}"
    if encoder.length is not None:
        return "a length cuts the text"
    if len(encoder.vocabulary) != made["vocabulary_size"]:
        return f"the encoder has {len(encoder.vocabulary)} tokens, not {made['vocabulary_size']}"
    if LINE_END not in encoder.vocabulary:
        return "the vocabulary holds no line end"
    if made["line_end"] not in (None, end := encoder.vocabulary.numbers[LINE_END]):
        return f"line_end is {end}, as in the encoder, not {made['line_end']}"
    return None
