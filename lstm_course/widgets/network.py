"""A trained LSTM classifier as a page carries it: packed, read back, and run in NumPy.

``network.js`` and ``reading.js`` do the same in the page. Here it gives the numbers of the stored
picture, and those that Python reads from a widget, without torch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstm_course import cells
from lstm_course.text import (
    CLEANING,
    IN_PIECES,
    WORD_END,
    Encoder,
    Vocabulary,
    subwords,
    word_tokens,
)
from lstm_course.text import nfc as composed
from lstm_course.widgets import packing

if TYPE_CHECKING:
    from lstm_course.models import Model

POOLINGS = ("last", "max", "mean", "max_mean")
STEPS = ("nfc", "html", "lower")
UNKNOWN = 1

# All three in the same words in reading.js.
_BREAK = re.compile(r"</?(?:br|p)(?=[ \t\r\n/>])[^<>]*>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n")
_ENDS, _CLOSERS, _TITLES = ".!?…", "\"'”’)]", ("mr", "mrs", "ms", "dr")


class Word(NamedTuple):
    r"""One step of the network: a word as it is read, and by what it is looked up.

    ``pieces`` are those of ``text.word_pieces``, the word itself between marks first, or only the
    word where the tokens are words; ``numbers`` are those of the known pieces. ``before`` is what
    stands before it in the text: nothing, white space (``" "``), or a new paragraph (``"\n"``).
    """

    text: str
    pieces: tuple[str, ...]
    numbers: tuple[int, ...]
    known: bool
    before: str


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
        tokens = self.tokens(text, letters)
        kept = self.kept(len(tokens), most)
        return [self._word(*token) for token in tokens[kept.start : kept.stop]]

    def tokens(self, text: str, letters: int | None = None) -> list[tuple[str, str]]:
        """All words of a text, read or not, each with what stands before it, as in ``Word``."""
        return _tokens(text[:letters], self.encoder.steps)

    def kept(self, count: int, most: int | None = None) -> range:
        """Which of ``count`` words are read: by the encoder, and of those the first ``most``."""
        length = min(count, self.encoder.length or count)
        start = 0 if self.encoder.keep == "first" else count - length
        return range(start, start + min(length, length if most is None else most))

    def _word(self, token: str, before: str) -> Word:
        by_pieces = self.encoder.tokenizer in IN_PIECES
        pieces = (f"<{token}>", *subwords(token, 2, 5)) if by_pieces else (token,)
        # "<pad>" and "<unk>", pieces of the words "pad" and "unk", are none that it has learned.
        numbers = tuple(n for n in self.encoder.vocabulary.encode(pieces) if n > UNKNOWN)
        known = self.encoder.vocabulary.encode(pieces[:1])[0] > UNKNOWN
        return Word(token, pieces, numbers, known, before)

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
        answer: NDArray[np.float64] = self._answers([words])[0]
        return answer

    def _answers(self, readings: Sequence[Sequence[Word]]) -> NDArray[np.float64]:
        """Logits of many readings, of neighbours at once: ``(N, C)``."""
        parts = [readings[start : start + 64] for start in range(0, len(readings), 64)]
        answers = [self._answer(part) for part in parts]
        return np.concatenate(answers) if answers else np.zeros((0, self.classes))

    def _answer(self, readings: Sequence[Sequence[Word]]) -> NDArray[np.float64]:
        vectors = [self.vectors(words) for words in readings]
        lengths = np.array([len(rows) for rows in vectors])[:, None]  # (B, 1)
        xs = np.zeros((len(vectors), lengths.max(), vectors[0].shape[1]))  # (B, T, D)
        for x, rows in zip(xs, vectors, strict=True):
            x[: len(rows)] = rows
        places = np.arange(xs.shape[1])[None]  # (1, T)
        inside = (places < lengths)[..., None]  # (B, T, 1)
        # Read from its end, a reading starts with its last word, and what pads it comes after.
        turned = np.where(places < lengths, lengths - 1 - places, places)[..., None]  # (B, T, 1)
        for ways in self.layers:
            states = [cells.lstm_layer(xs, ways[0])]
            for way in ways[1:]:
                back = cells.lstm_layer(np.take_along_axis(xs, turned, axis=1), way)
                states.append(np.take_along_axis(back, turned, axis=1))
            xs = np.concatenate(states, axis=2)  # (B, T, H)

        def last() -> NDArray[np.float64]:
            ends = np.take_along_axis(xs, lengths[..., None] - 1, axis=1)[:, 0]
            return np.concatenate([ends[:, : self.units], xs[:, 0, self.units :]], axis=1)

        pooled: dict[str, Callable[[], NDArray[np.float64]]] = {
            "last": last,
            "max": lambda: np.where(inside, xs, -np.inf).max(axis=1),
            "mean": lambda: np.where(inside, xs, 0).sum(axis=1) / lengths,
        }
        x = np.concatenate([pooled[name]() for name in self.pooling.split("_")], axis=1)  # (B, F)
        number = 0
        while f"dense.{number}.w" in self.weights:
            w, b = (self.weights[f"dense.{number}.{kind}"] for kind in "wb")
            x = cells.relu(x @ w.T + b)
            number += 1
        answer: NDArray[np.float64] = x @ self.weights["output.w"].T + self.weights["output.b"]
        return answer

    def prefixes(self, words: Sequence[Word]) -> NDArray[np.float64]:
        """Logits after one word, after two, ... after all: ``(T, C)``."""
        return self._answers([words[:end] for end in range(1, len(words) + 1)])

    def pushes(
        self, words: Sequence[Word], spans: Sequence[range] | None = None
    ) -> NDArray[np.float64]:
        """Logits of all words minus those without a span of them, for each: ``(spans, C)``.

        The spans are every word by itself, unless others are given.
        """
        if spans is None:
            spans = [range(t, t + 1) for t in range(len(words))]
        without = [[*words[: span.start], *words[span.stop :]] for span in spans]
        return self.logits(words) - self._answers(without)

    def steps(
        self, words: Sequence[Word], backward: bool = False
    ) -> dict[str, NDArray[np.float64]]:
        """Gates and states of one direction of the last layer at each word: i f g o c h, (T, n)."""
        weights = self.layers[-1][int(backward)]
        order = slice(None, None, -1 if backward else 1)
        below = cells.recurrent_network(self.vectors(words)[None], self.layers[:-1])[0][order]
        h = cells.lstm_layer(below[None], weights)[0]  # (T, n)
        before = np.concatenate([np.zeros_like(h[:1]), h[:-1]])  # (T, n)
        z = below @ weights.w_x.T + before @ weights.w_h.T + weights.b_x  # (T, 4n)
        i, f, g, o = np.split(z, 4, axis=1)
        i, f, g, o = cells.sigmoid(i), cells.sigmoid(f), cells.tanh(g), cells.sigmoid(o)
        c = i * g
        for t in range(1, len(c)):
            c[t] += f[t] * c[t - 1]
        found = {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}
        return {name: values[order] for name, values in found.items()}


def sentences(words: Sequence[Word]) -> list[range]:
    """Where each sentence stands: it ends at . ! ? before white space, and at a new paragraph."""
    if not words:
        return []
    starts = [0, *(k for k in range(1, len(words)) if _begins(words, k)), len(words)]
    return [range(start, stop) for start, stop in pairwise(starts)]


def _begins(words: Sequence[Word], k: int) -> bool:
    if words[k].before != " ":
        return words[k].before == "\n"
    last = k - 1
    while last and words[last].text in _CLOSERS and not words[last].before:
        last -= 1
    title = words[last].text == "." and last and words[last - 1].text.lower() in _TITLES
    return words[last].text in _ENDS and not title


def _tokens(text: str, steps: Sequence[str]) -> list[tuple[str, str]]:
    """Words of a text, each with what stands before it, as in :class:`Word`."""
    for step in steps:
        if step == "html":  # which takes tags out, and leaves no trace of a paragraph
            text = _BREAK.sub(r"\n\n\g<0>", text)
        text = CLEANING[step](text)
    text = composed(text)
    found, end = [], 0
    for token in word_tokens(text):
        start = text.index(token, end)
        gap = text[end:start].strip("_")
        found.append((token, "\n" if _PARAGRAPH.search(gap) else " " if gap else ""))
        end = start + len(token)
    return found


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
        "direct": (False,),
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
        return f"cleaning knows {', '.join(STEPS)}, not {', '.join(odd)}"
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
