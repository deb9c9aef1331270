"""A trained LSTM classifier as a page carries it: packed, read back, and run in NumPy.

``network.js`` and ``reading.js`` do the same in the page. Here it gives the numbers of the stored
picture, and those that Python reads from a widget, without torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstm_course import cells
from lstm_course.text import IN_PIECES, WORD_END, Encoder, Vocabulary, clean, subwords, word_tokens
from lstm_course.widgets import packing

if TYPE_CHECKING:
    from lstm_course.models import Model

POOLINGS = ("last", "max", "mean", "max_mean")
STEPS = ("nfc", "lower")
UNKNOWN = 1


class Word(NamedTuple):
    """One step of the network: a word as it is read, and by what it is looked up.

    ``pieces`` are those of ``text.word_pieces``, the word itself between marks first, or only the
    word where the tokens are words; ``numbers`` are those of the known pieces.
    """

    text: str
    pieces: tuple[str, ...]
    numbers: tuple[int, ...]
    known: bool


class Network:
    """An LSTM classifier with the weights that the page has, in NumPy.

    Made by :meth:`of` from a torch model, or by :meth:`from_json` from what :meth:`to_json` gave.
    ``weights`` have the names of ``models.export``.
    """

    def __init__(self, packed: Mapping[str, Any]) -> None:
        names = {"pooling", "steps", "tokenizer", "first_piece", "length", "keep"}
        names |= {"tokens", "weights"}
        if not isinstance(packed, Mapping) or set(packed) != names:
            raise ValueError(f"a packed network has {', '.join(sorted(names))}")
        self._packed = dict(packed)
        self.pooling: str = packed["pooling"]
        self.first_piece: int = packed["first_piece"]
        self.weights = packing.unpack(packed["weights"])
        self.encoder = Encoder(
            packed["steps"],
            packed["tokenizer"],
            vocabulary=Vocabulary(packing.unpack_tokens(packed["tokens"])),
            length=packed["length"],
            keep=packed["keep"],
        )
        if self.pooling not in POOLINGS or "output.b" not in self.weights:
            raise ValueError("this is no packed network")

    @classmethod
    def of(cls, model: Model, encoder: Encoder) -> Network:
        """The network of a ``models.RecurrentClassifier`` and what stands before it.

        Raises ``ValueError`` for anything that the page cannot run.
        """
        from lstm_course import models

        if unfit := _unfit(model, encoder):
            raise ValueError(f"the page cannot run this model: {unfit}")
        weights = packing.pack(models.export(model, np.float32))
        return cls(
            {
                "pooling": model.configuration["pooling"],
                "steps": list(encoder.steps),
                "tokenizer": encoder.tokenizer,
                "first_piece": model.configuration["first_piece"] or 0,
                "length": encoder.length,
                "keep": encoder.keep,
                "tokens": packing.pack_tokens(encoder.vocabulary.tokens),
                "weights": weights,
            }
        )

    @classmethod
    def from_json(cls, packed: Mapping[str, Any]) -> Network:
        """The network that :meth:`to_json` described. Raises ``ValueError`` for anything else."""
        return cls(packed)

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold, and :meth:`from_json` reads."""
        return self._packed

    @property
    def classes(self) -> int:
        """How many logits there are."""
        return len(self.weights["output.b"])

    @cached_property
    def layers(self) -> list[cells.Layer]:
        """Weights of the recurrent layers, as ``cells.recurrent_network`` takes them."""
        found: list[cells.Layer] = []
        while f"recurrent.{len(found)}.forward.w_x" in self.weights:
            ways = [f"recurrent.{len(found)}.{way}" for way in ("forward", "backward")]
            found.append(
                tuple(
                    cells.LayerWeights(
                        self.weights[f"{way}.w_x"],
                        self.weights[f"{way}.w_h"],
                        self.weights[f"{way}.b"],
                        np.zeros_like(self.weights[f"{way}.b"]),
                    )
                    for way in ways
                    if f"{way}.w_x" in self.weights
                )
            )
        return found

    @property
    def units(self) -> int:
        """Hidden units of each direction of the last layer."""
        return int(self.layers[-1][0].w_h.shape[1])

    def read(self, text: str, most: int | None = None, letters: int | None = None) -> list[Word]:
        """The words that the network reads in a text: none where there are none.

        Only the first ``letters`` characters and ``most`` words are looked at, if given.
        """
        encoder = self.encoder
        tokens = word_tokens(clean(text[:letters], encoder.steps))
        if encoder.length is not None:
            first = encoder.keep == "first"
            tokens = tokens[: encoder.length] if first else tokens[-encoder.length :]
        return [self._word(token) for token in tokens[:most]]

    def _word(self, token: str) -> Word:
        by_pieces = self.encoder.tokenizer in IN_PIECES
        pieces = (f"<{token}>", *subwords(token, 2, 5)) if by_pieces else (token,)
        # "<pad>" and "<unk>", pieces of the words "pad" and "unk", are none that it has learned.
        numbers = tuple(n for n in self.encoder.vocabulary.encode(pieces) if n > UNKNOWN)
        return Word(token, pieces, numbers, self.encoder.vocabulary.encode(pieces[:1])[0] > UNKNOWN)

    def vectors(self, words: Sequence[Word]) -> NDArray[np.float64]:
        """What the first layer reads of the words: ``(T, D)``; of none, one unknown word."""
        table = self.weights["embedding"]  # (V, D)
        rows = [list(word.numbers) for word in words] or [[]]
        if self.encoder.tokenizer not in IN_PIECES:
            return np.stack([table[row[0] if row else UNKNOWN] for row in rows])
        if self.encoder.tokenizer == "pieces_and_pairs":
            for row, before, word in zip(rows, ["", *(w.text for w in words)], words, strict=False):
                (pair,) = self.encoder.vocabulary.encode([f"{before} {word.text}"])
                row += [pair] if pair > UNKNOWN else []
        return np.stack([self._sum(table, row) for row in rows])

    def _sum(self, table: NDArray[np.float64], row: Sequence[int]) -> NDArray[np.float64]:
        """What stands whole, and the mean of the pieces: ``(D,)``; without any, zeros."""
        whole = [number for number in row if number < self.first_piece]
        pieces = [number for number in row if number >= self.first_piece]
        mean = table[pieces].sum(axis=0) / max(1, len(pieces))
        found: NDArray[np.float64] = table[whole].sum(axis=0) + mean
        return found

    def logits(self, words: Sequence[Word]) -> NDArray[np.float64]:
        """What the network answers to the words: ``(C,)``."""
        states = cells.recurrent_network(self.vectors(words)[None], self.layers)[0]  # (T, H)
        pooled: dict[str, Callable[[], NDArray[np.float64]]] = {
            "last": lambda: np.concatenate([states[-1, : self.units], states[0, self.units :]]),
            "max": lambda: states.max(axis=0),
            "mean": lambda: states.mean(axis=0),
        }
        x = np.concatenate([pooled[name]() for name in self.pooling.split("_")])  # (F,)
        number = 0
        while f"dense.{number}.w" in self.weights:
            x = cells.relu(
                self.weights[f"dense.{number}.w"] @ x + self.weights[f"dense.{number}.b"]
            )
            number += 1
        answer: NDArray[np.float64] = self.weights["output.w"] @ x + self.weights["output.b"]
        return answer

    def prefixes(self, words: Sequence[Word]) -> NDArray[np.float64]:
        """Logits after one word, after two, ... after all: ``(T, C)``."""
        found = [self.logits(words[:end]) for end in range(1, len(words) + 1)]
        return np.array(found).reshape(len(words), self.classes)

    def pushes(self, words: Sequence[Word]) -> NDArray[np.float64]:
        """Logits of all words minus those without one of them, for each in turn: ``(T, C)``."""
        whole = self.logits(words)
        found = [whole - self.logits([*words[:t], *words[t + 1 :]]) for t in range(len(words))]
        return np.array(found).reshape(len(words), self.classes)


def _unfit(model: Model, encoder: Encoder) -> str | None:
    made = getattr(model, "configuration", {})
    if made.get("model") != "RecurrentClassifier":
        return "only a RecurrentClassifier"
    wanted: dict[str, tuple[Any, ...]] = {
        "cell": ("lstm",),
        "layers": (1, 2),
        "packed": (True,),
        "length": (None,),
        "convolution": (None,),
        "pooling": POOLINGS,
    }
    for name, values in wanted.items():
        if made[name] not in values:
            return f"{name} is {' or '.join(map(repr, values))}, not {made[name]!r}"
    if made["dimension"] is None:
        return "it needs an embedding"
    if encoder.tokenizer not in (known := ("words", *IN_PIECES)):
        return f"the tokenizer is {' or '.join(map(repr, known))}, not {encoder.tokenizer!r}"
    if odd := [step for step in encoder.steps if step not in STEPS]:
        return f"cleaning knows {' and '.join(STEPS)}, not {', '.join(odd)}"
    if len(encoder.vocabulary) != made["vocabulary_size"]:
        return f"the encoder has {len(encoder.vocabulary)} tokens, not {made['vocabulary_size']}"
    by_pieces = encoder.tokenizer in IN_PIECES
    end = encoder.vocabulary.numbers.get(WORD_END, math.nan) if by_pieces else None
    if made["word_end"] != end:
        return f"word_end is {end}, as in the encoder, not {made['word_end']!r}"
    if made["first_piece"] is not None and made["first_piece"] != encoder.pieces["first_piece"]:
        return f"first_piece is {encoder.pieces['first_piece']}, not {made['first_piece']!r}"
    if by_pieces and encoder.length is not None:
        return "a length counts words, not their pieces"
    return None
