"""Every network of the book as a torch module, all with one interface, and their files.

``model(tokens, lengths) -> logits``: ``tokens`` are int64 ``(B, T)``, padded at the end with 0;
``lengths`` int64 ``(B,)`` say how many of each row are real. A classifier answers ``(B, C)``, a
language model ``(B, T, C)``. An empty text is read as one unknown token.

Letters in the comments on shapes: B texts, T steps, D numbers a token, H hidden units of both
directions together, C classes. ``configuration`` says how a model was made; ``build`` makes
another like it.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_course.cache import fingerprint, write_atomically
from lstm_course.language import text as words
from lstm_course.text import Encoder

ModelT = TypeVar("ModelT", bound=nn.Module)

CELLS: dict[str, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
_RUNS: dict[str, Any] = {"RNN_TANH": torch.rnn_tanh, "GRU": torch.gru, "LSTM": torch.lstm}
POOLINGS = ("last", "last_padded", "max", "mean", "max_mean", "flatten")

# No model of the book comes near; a file that asks for more is damaged, and building a million
# layers would take for ever even where nothing is allocated.
_MOST, _MOST_LAYERS = 2**31 - 1, 64
_LONGEST, _HASH = 16, 1_000_003  # of n-grams, and what tells their rows
_DIRECT = 4.0  # Scores of tokens learn so many times as fast as the network's other weights.


def _whole(most: int = _MOST, least: int = 1, **values: object) -> None:
    for name, value in values.items():
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"{name} is a whole number from {least} to {most}, not {value!r}")


def _share(**values: object) -> None:
    for name, value in values.items():
        if type(value) not in (int, float) or not 0 <= value < 1:  # type: ignore[operator]
            raise ValueError(f"{name} is a number from 0 to below 1, not {value!r}")


def _either(**values: object) -> None:
    for name, value in values.items():
        if type(value) is not bool:
            raise ValueError(f"{name} is True or False, not {value!r}")


def _sizes(name: str, values: Sequence[int]) -> list[int]:
    if not isinstance(values, list | tuple) or len(values) > _MOST_LAYERS:
        raise ValueError(f"{name} is a list of at most {_MOST_LAYERS} sizes, not {values!r:.80}")
    for value in values:
        _whole(**{name: value})
    return list(values)


# ---- What is shared -------------------------------------------------------------------------


class Model(nn.Module):
    """What all models have: ``vocabulary_size``, ``classes``, ``configuration``.

    ``language_model`` tells whether there is an answer for every step.
    """

    language_model = False

    def __init__(self, vocabulary_size: int, classes: int, **configuration: object) -> None:
        super().__init__()
        _whole(least=2, vocabulary_size=vocabulary_size)
        _whole(classes=classes)
        self.vocabulary_size = vocabulary_size
        self.classes = classes
        self.configuration: dict[str, Any] = {
            "model": type(self).__name__,
            "vocabulary_size": vocabulary_size,
            **({} if self.language_model else {"classes": classes}),
            **configuration,
        }

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Logits ``(B, C)``, or ``(B, T, C)`` of a language model."""
        raise NotImplementedError


class LanguageModel(Model):
    """A model whose classes are the tokens: at each step it answers which comes next."""

    language_model = True

    def __init__(self, vocabulary_size: int, **configuration: object) -> None:
        super().__init__(vocabulary_size, vocabulary_size, **configuration)

    def step(self, token: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Logits ``(B, C)`` of what follows ``token`` ``(B,)``, and the state to go on with.

        ``state`` is None at the beginning. Steps give what ``forward`` gives for the whole.
        """
        raise NotImplementedError


def _real(tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens ``(B, T)`` with 0 after each end, lengths of at least 1, and which are real."""
    if tokens.shape[1] == 0:
        tokens = tokens.new_zeros(len(tokens), 1)  # (B, 1)
    empty = lengths.to(tokens.device) < 1  # (B,)
    lengths = lengths.clamp(min=1, max=tokens.shape[1])  # (B,)
    steps = torch.arange(tokens.shape[1], device=tokens.device)  # (T,)
    real = steps < lengths.to(tokens.device)[:, None]  # (B, T)
    tokens = torch.where(empty[:, None], 1, tokens).masked_fill(~real, 0)  # (B, T)
    return tokens, lengths, real


def _rows(x: Tensor, places: Tensor) -> Tensor:
    """The steps of ``x`` ``(B, T, D)`` in another order: ``places`` ``(B * T,)`` counts them all.

    Whole rows are copied, which takes a fraction of what ``gather`` takes.
    """
    return x.flatten(0, 1).index_select(0, places).view_as(x)


def _fixed(tokens: Tensor, length: int) -> Tensor:
    """Tokens ``(B, length)``: the end cut off, or padded."""
    return functional.pad(tokens, (0, length - tokens.shape[1]))  # a negative pad cuts


class _OneHot(nn.Module):
    """Tokens ``(B, T)`` as ``(B, T, V)`` with a single 1, in the place of an embedding."""

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size

    def forward(self, tokens: Tensor) -> Tensor:
        return functional.one_hot(tokens, self.vocabulary_size).float()


def _embedding(
    vocabulary_size: int,
    dimension: int | None,
    vectors: NDArray[Any] | None,
    frozen: bool,
    learn_padding: bool = False,
    hashed: int = 0,
    small: bool = False,
) -> tuple[nn.Module, int]:
    """Layer from tokens ``(B, T)`` to vectors ``(B, T, D)``, and D.

    ``hashed`` more rows follow those of the tokens. What begins ``small`` says little while it was
    seen once or twice: pieces of words, n-grams.
    """
    _either(frozen=frozen)
    if dimension is None:
        if vectors is not None or frozen:
            raise ValueError("one-hot vectors (dimension=None) are neither given nor frozen")
        return _OneHot(vocabulary_size), vocabulary_size
    _whole(dimension=dimension)
    rows = vocabulary_size + hashed
    layer = nn.Embedding(rows, dimension, padding_idx=None if learn_padding else 0)
    if small:
        nn.init.normal_(layer.weight, std=0.02)
    if vectors is not None:
        expected = (vocabulary_size, dimension)
        if vectors.shape != expected:
            raise ValueError(f"embedding has shape {expected}, not {vectors.shape}")
        with torch.no_grad():
            given = torch.from_numpy(np.array(vectors, dtype=np.float32))
            layer.weight[:vocabulary_size].copy_(given)
    layer.weight.requires_grad_(not frozen)
    return layer, dimension


def _recurrent(
    cell: str, inputs: int, units: int, layers: int, dropout: float, bidirectional: bool = False
) -> nn.RNNBase:
    if cell not in CELLS:
        raise ValueError(f"cell is one of {', '.join(CELLS)}, not {cell!r:.80}")
    _whole(units=units)
    _whole(most=_MOST_LAYERS, layers=layers)
    return CELLS[cell](
        inputs,
        units,
        layers,
        batch_first=True,
        dropout=dropout if layers > 1 else 0.0,
        bidirectional=bidirectional,
    )


class _Head(nn.Module):
    """Dense layers with ReLU, then one to the classes; dropout before each."""

    def __init__(self, features: int, dense: Sequence[int], classes: int, dropout: float) -> None:
        super().__init__()
        widths = [features, *dense]
        self.dense = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))
        self.output = nn.Linear(widths[-1], classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.dense:
            x = functional.relu(layer(self.dropout(x)))  # (B, width)
        logits: Tensor = self.output(self.dropout(x))  # (B, C)
        return logits


# ---- Classifiers ----------------------------------------------------------------------------


class FeedForwardClassifier(Model):
    """Embedding, flattened over the first ``length`` tokens, then dense layers.

    Each position has weights of its own; what stands after ``length`` is not read.
    ``classes=1`` is one logit for a yes-or-no question.

    >>> model = FeedForwardClassifier(100, length=8, dimension=4, dense=[16])
    >>> model(torch.tensor([[2, 3, 0]]), torch.tensor([2])).shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        vocabulary_size: int,
        length: int,
        classes: int = 2,
        dimension: int | None = 32,
        dense: Sequence[int] = (),
        dropout: float = 0.0,
        embedding: NDArray[Any] | None = None,
        frozen: bool = False,
    ) -> None:
        dense = _sizes("dense", dense)
        super().__init__(
            vocabulary_size,
            classes,
            length=length,
            dimension=dimension,
            dense=dense,
            dropout=dropout,
            frozen=frozen,
        )
        _whole(length=length)
        _share(dropout=dropout)
        self.length = length
        self.embedding, inputs = _embedding(vocabulary_size, dimension, embedding, frozen)
        self.head = _Head(length * inputs, dense, classes, dropout)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        tokens, _, _ = _real(tokens, lengths)  # (B, T)
        x = self.embedding(_fixed(tokens, self.length))  # (B, length, D)
        logits: Tensor = self.head(x.flatten(1))  # (B, length * D) -> (B, C)
        return logits


class RecurrentClassifier(Model):
    """Embedding, recurrent layers, pooling over the steps, dense layers.

    Parameters
    ----------
    vocabulary_size, classes
        Sizes; ``classes=1`` is one logit for a yes-or-no question.
    dimension, embedding, frozen
        Numbers a token, or None for one-hot vectors; an array ``(vocabulary_size, dimension)`` to
        begin with; whether training leaves it as it is.
    cell, units, layers, bidirectional
        ``"rnn"``, ``"gru"`` or ``"lstm"``, hidden units of each direction, stacked layers.
    pooling
        What the dense layers see: ``"last"`` state after the last real token (of the backward
        direction: after the first), ``"max"``, ``"mean"`` or both (``"max_mean"``) over the real
        steps, ``"flatten"`` all steps side by side. ``"last_padded"`` is the mistake of many
        programs: the state after the padding has been read, too, the padding's vector learned.
    packed
        Whether the recurrent layers stop at each text's end. Without it they run on over the
        padding, as they do in the sources; ``"last_padded"`` needs ``packed=False``.
    length
        Every text is cut or padded to so many tokens first. ``"flatten"`` needs it, and so does a
        bidirectional model that is not packed: its way back begins in the padding.
    convolution
        None, or channels, width (odd) and stride of a convolution with ReLU before the recurrent
        layers: for characters, it shortens the sequence.
    ngrams
        None, or longest, rows and stride, in the place of a convolution: a step reads all n-grams
        of tokens, from 1 to the longest, that end within so many tokens. Each has a vector, those
        of 2 and more in a table of so many rows, where a hash tells the row; two that meet in one
        share it.
    word_end
        None, or the number of the token that ends a word: the tokens are pieces of words
        (``text.word_pieces``), and a step reads the mean of the vectors of a word's known pieces.
    first_piece
        With ``word_end``: tokens below this number are words and pairs (``Encoder.pieces``), whose
        vectors are added to that mean. By default all are pieces.
    dense, dropout, embedding_dropout
        Sizes of dense layers with ReLU before the last; share set to zero before dense layers and
        between recurrent ones; the same for the vectors that the recurrent layers read.
    piece_dropout
        Share of the pieces of words that training leaves out.
    direct
        Whether each token has a score for every class, too, wherever it stands. A text's scores,
        added and divided by the root of its length, join the logits: a linear classifier of counts
        beside the network, learned together with it. Source: the direct connections of Mikolov et
        al., "Strategies for training large scale neural network language models" (2011).

    Raises ``ValueError`` for what does not fit together.

    >>> model = RecurrentClassifier(1000, classes=1, dimension=16, bidirectional=True, dense=[24])
    >>> count_parameters(model), count_parameters(model, one_bias=True)
    (30385, 30129)
    """

    def __init__(
        self,
        vocabulary_size: int,
        classes: int = 2,
        dimension: int | None = 32,
        units: int = 32,
        layers: int = 1,
        cell: str = "lstm",
        bidirectional: bool = False,
        pooling: str = "last",
        packed: bool = True,
        length: int | None = None,
        convolution: Sequence[int] | None = None,
        ngrams: Sequence[int] | None = None,
        word_end: int | None = None,
        first_piece: int | None = None,
        dense: Sequence[int] = (),
        dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        piece_dropout: float = 0.0,
        direct: bool = False,
        embedding: NDArray[Any] | None = None,
        frozen: bool = False,
    ) -> None:
        dense = _sizes("dense", dense)
        convolution = None if convolution is None else _sizes("convolution", convolution)
        ngrams = None if ngrams is None else _sizes("ngrams", ngrams)
        super().__init__(
            vocabulary_size,
            classes,
            dimension=dimension,
            units=units,
            layers=layers,
            cell=cell,
            bidirectional=bidirectional,
            pooling=pooling,
            packed=packed,
            length=length,
            convolution=convolution,
            ngrams=ngrams,
            word_end=word_end,
            first_piece=first_piece,
            dense=dense,
            dropout=dropout,
            embedding_dropout=embedding_dropout,
            piece_dropout=piece_dropout,
            direct=direct,
            frozen=frozen,
        )
        shares = {"dropout": dropout, "embedding_dropout": embedding_dropout}
        _share(**shares, piece_dropout=piece_dropout)
        _either(bidirectional=bidirectional, packed=packed, direct=direct)
        if length is not None:
            _whole(length=length)
        if pooling not in POOLINGS:
            raise ValueError(f"pooling is one of {', '.join(POOLINGS)}, not {pooling!r:.80}")
        if pooling == "last_padded" and packed:
            raise ValueError('pooling="last_padded" reads the padding: it needs packed=False')
        if length is None and pooling == "flatten":
            raise ValueError('pooling="flatten" needs a length')
        if length is None and bidirectional and not packed and pooling != "last_padded":
            raise ValueError("bidirectional with packed=False needs a length")
        if word_end is not None:
            _whole(most=vocabulary_size - 1, least=2, word_end=word_end)
            others = (length, convolution, ngrams)
            if not packed or dimension is None or any(other is not None for other in others):
                raise ValueError("word_end goes with packed, an embedding, and nothing else")
        if ngrams is not None:
            if len(ngrams) != 3 or ngrams[0] > _LONGEST or dimension is None or convolution:
                raise ValueError(
                    f"ngrams is (longest, up to {_LONGEST}, rows, stride), with an embedding"
                )
            if frozen:
                raise ValueError("frozen vectors: the n-grams would never learn theirs")
        if first_piece is not None:
            _whole(most=vocabulary_size, first_piece=first_piece)
            if word_end is None:
                raise ValueError("first_piece goes with word_end")
        self.word_end, self.first_piece = word_end, first_piece or 0
        self.piece_dropout = piece_dropout
        self.pooling, self.packed, self.length = pooling, packed, length
        self.embedding, inputs = _embedding(
            vocabulary_size,
            dimension,
            embedding,
            frozen,
            learn_padding=pooling == "last_padded",
            hashed=ngrams[1] if ngrams else 0,
            small=word_end is not None or ngrams is not None,
        )
        self.embedding_dropout = nn.Dropout(embedding_dropout)
        self.convolution: nn.Conv1d | None = None
        self.ngrams, self.stride = ngrams, ngrams[2] if ngrams else 1
        if convolution is not None:
            if len(convolution) != 3 or convolution[1] % 2 == 0:
                raise ValueError("convolution is (channels, odd width, stride)")
            channels, width, self.stride = convolution
            self.convolution = nn.Conv1d(inputs, channels, width, self.stride, padding=width // 2)
            inputs = channels
        self.recurrent = _recurrent(
            cell, inputs, units, layers, dropout=dropout, bidirectional=bidirectional
        )
        steps = -(-length // self.stride) if pooling == "flatten" and length else 1
        features = units * (1 + bidirectional) * steps * (1 + (pooling == "max_mean"))
        self.head = _Head(features, dense, classes, dropout)
        self.direct: nn.Embedding | None = None
        if direct:
            self.direct = nn.Embedding(vocabulary_size, classes, padding_idx=0)
            nn.init.zeros_(self.direct.weight)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(tokens, lengths))  # (B, F) -> (B, C)
        return logits if self.direct is None else logits + self._scores(tokens, lengths)

    def _scores(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """What the tokens of each text say by themselves, ``(B, C)``."""
        assert self.direct is not None
        tokens, lengths, _ = _real(tokens, lengths)  # (B, T), (B,)
        if self.length is not None:
            tokens, lengths = _fixed(tokens, self.length), lengths.clamp(max=self.length)
        scores = functional.embedding_bag(
            tokens, self.direct.weight, mode="sum", padding_idx=0
        )  # (B, C)
        return scores * (_DIRECT / lengths.to(scores).sqrt())[:, None]

    def features(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """What the dense layers see, ``(B, F)``."""
        tokens, lengths, real = _real(tokens, lengths)  # (B, T), (B,), (B, T)
        if self.length is not None:
            tokens, real = _fixed(tokens, self.length), _fixed(real, self.length)
            lengths = lengths.clamp(max=self.length)
        if self.word_end is not None:
            x, lengths, real = self._words(tokens, real)  # T now counts words
        elif self.ngrams is not None:
            x = self._ngrams(tokens, real)  # (B, T / stride, D)
            lengths, real = -(-lengths // self.stride), real[:, :: self.stride]
        else:
            x = self.embedding(tokens)  # (B, T, D)
        x = self.embedding_dropout(x)  # (B, T, D)
        if self.convolution is not None:
            x = x.masked_fill(~real[:, :, None], 0)  # beyond a text's end is nothing
            x = functional.relu(self.convolution(x.mT)).mT  # (B, T / stride, channels)
            lengths = -(-lengths // self.stride)  # (B,)
            real = real[:, :: self.stride]  # (B, T / stride)
        states, last = self._states(x, lengths)  # (B, T, H), (B, H)
        return self._pool(states, last, real, lengths)

    def _words(self, tokens: Tensor, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors of the words ``(B, W, D)``, their number ``(B,)``, which are real ``(B, W)``."""
        assert isinstance(self.embedding, nn.Embedding)
        assert self.word_end is not None
        ends = tokens.eq(self.word_end)  # (B, T)
        first = functional.pad(ends[:, :-1], (1, 0), value=True) & real  # (B, T): a word begins
        pieces = tokens.masked_fill(ends | (tokens == 1), 0)  # (B, T)
        if self.training and self.piece_dropout:
            pieces = pieces * (torch.rand(pieces.shape, device=pieces.device) > self.piece_dropout)
        flat, begins = pieces[real], first[real]  # (N,), (N,): all texts after one another
        word = begins.cumsum(dim=0) - 1  # (N,): the word that each belongs to
        averaged = (flat >= max(1, self.first_piece)).to(self.embedding.weight)  # (N,)
        shares = averaged.new_zeros(int(first.sum())).index_add(0, word, averaged).clamp(min=1)
        vectors = functional.embedding_bag(  # (words of all texts, D); what is 0 does not count
            flat,
            self.embedding.weight,
            begins.nonzero()[:, 0],
            mode="sum",
            padding_idx=0,
            per_sample_weights=torch.where(averaged > 0, 1 / shares[word], 1.0),
        )
        counts = first.sum(dim=1)  # (B,)
        real = torch.arange(int(counts.max()), device=counts.device) < counts[:, None]  # (B, W)
        x = vectors.new_zeros(*real.shape, vectors.shape[1])  # (B, W, D)
        x[real] = vectors
        return x, counts, real

    def _ngrams(self, tokens: Tensor, real: Tensor) -> Tensor:
        """Sums of the vectors of all n-grams that end in each stride, ``(B, T / stride, D)``."""
        assert self.ngrams is not None
        assert isinstance(self.embedding, nn.Embedding)
        longest, rows, stride = self.ngrams
        beyond = -tokens.shape[1] % stride
        code, found = tokens, [tokens]
        for _ in range(longest - 1):
            # Of the n-gram that ends here, from that of n - 1 which ended before: 64 bits, wrapped.
            code = functional.pad(code, (1, 0))[:, :-1] * _HASH + tokens  # (B, T)
            found.append(self.vocabulary_size + code % rows)
        numbers = torch.stack(found, dim=2).masked_fill(~real[:, :, None], 0)  # (B, T, longest)
        numbers = functional.pad(numbers, (0, 0, 0, beyond))
        bags = numbers.reshape(-1, stride * longest)  # (B * T / stride, n-grams)
        vectors = functional.embedding_bag(
            bags, self.embedding.weight, mode="sum", padding_idx=0
        )  # what is 0 does not count
        x: Tensor = vectors.view(len(tokens), -1, vectors.shape[1]) / math.sqrt(longest)
        return x

    def _states(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Output of the last layer at every step ``(B, T, H)``, and where it ended ``(B, H)``."""
        if self.packed and x.device.type == "cpu":
            return self._each_way(x, lengths)
        if self.packed:
            run = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
            packed, h = self.recurrent(run)
            states, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
        else:
            states, h = self.recurrent(x)  # (B, T, H)
        h = h[0] if isinstance(h, tuple) else h  # (layers * directions, B, units)
        directions = 2 if self.recurrent.bidirectional else 1
        last = h[-directions:].transpose(0, 1).flatten(1)  # (B, H)
        return states, last

    def _each_way(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The same without packing, which on a processor takes up to ten times as long.

        Padding comes after all that is real; each text is turned round by itself for the way back.
        """
        layer = self.recurrent
        run = _RUNS[layer.mode]
        steps, ends = torch.arange(x.shape[1]), lengths[:, None]  # (T,), (B, 1)
        turned = torch.where(steps < ends, ends - 1 - steps, steps)  # (B, T)
        places = (turned + len(steps) * torch.arange(len(x))[:, None]).flatten()  # (B * T,)
        weights = list(layer.parameters())
        count = len(weights) // layer.num_layers // (1 + layer.bidirectional)  # of one direction
        states = x
        for number in range(layer.num_layers):
            below, ways = states, []
            for backward in range(1 + layer.bidirectional):
                read = _rows(below, places) if backward else below
                start = x.new_zeros(1, len(x), layer.hidden_size)
                state = (start, start) if layer.mode == "LSTM" else start
                own, weights = weights[:count], weights[count:]
                way = run(read, state, own, True, 1, 0.0, self.training, False, True)[0]
                ways.append(_rows(way, places) if backward else way)
            states = torch.cat(ways, dim=2)  # (B, T, H)
            if number < layer.num_layers - 1:
                states = functional.dropout(states, layer.dropout, self.training)
        n = layer.hidden_size
        rows = torch.arange(len(x))  # (B,)
        last = torch.cat([states[rows, lengths - 1, :n], states[:, 0, n:]], dim=1)  # (B, H)
        return states, last

    def _pool(self, states: Tensor, last: Tensor, real: Tensor, lengths: Tensor) -> Tensor:
        if self.pooling == "flatten":
            return (states * real[:, :, None] if self.packed else states).flatten(1)  # (B, T * H)
        if self.pooling == "last" and not self.packed:
            ends = lengths.to(states.device) - 1  # (B,)
            units = self.recurrent.hidden_size
            rows = torch.arange(len(states), device=states.device)  # (B,)
            return torch.cat([states[rows, ends, :units], last[:, units:]], dim=1)  # (B, H)
        if self.pooling.startswith("last"):
            return last  # (B, H)
        outside = ~real[:, :, None]  # (B, T, 1)
        counts = lengths.to(states.device)[:, None]  # (B, 1)
        pooled = {
            "max": lambda: states.masked_fill(outside, -math.inf).amax(dim=1),  # (B, H)
            "mean": lambda: states.masked_fill(outside, 0).sum(dim=1) / counts,  # (B, H)
        }
        return torch.cat([pooled[name]() for name in self.pooling.split("_")], dim=1)


# ---- Language models ------------------------------------------------------------------------


class NeuralNGram(LanguageModel):
    """The last ``order - 1`` tokens predict the next: embedding, tanh layer, logits.

    Before the beginning stands padding. ``direct`` adds the connections from the vectors straight
    to the output. Source: Bengio et al., "A neural probabilistic language model" (2003).

    >>> model = NeuralNGram(50, order=3)
    >>> model(torch.tensor([[2, 3, 4, 5]]), torch.tensor([4])).shape
    torch.Size([1, 4, 50])
    """

    def __init__(
        self,
        vocabulary_size: int,
        order: int = 3,
        dimension: int | None = 30,
        units: int = 50,
        dropout: float = 0.0,
        direct: bool = False,
    ) -> None:
        super().__init__(
            vocabulary_size,
            order=order,
            dimension=dimension,
            units=units,
            dropout=dropout,
            direct=direct,
        )
        _whole(least=2, order=order)
        _whole(units=units)
        _share(dropout=dropout)
        _either(direct=direct)
        self.order = order
        self.embedding, inputs = _embedding(vocabulary_size, dimension, None, False)
        self.hidden = nn.Linear((order - 1) * inputs, units)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(units, vocabulary_size)
        self.direct: nn.Linear | None = None
        if direct:
            self.direct = nn.Linear((order - 1) * inputs, vocabulary_size, bias=False)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        tokens, _, _ = _real(tokens, lengths)  # (B, T)
        before = functional.pad(tokens, (self.order - 2, 0))  # (B, order - 2 + T)
        return self._after(before.unfold(1, self.order - 1, 1))  # (B, T, C)

    def _after(self, window: Tensor) -> Tensor:
        x = self.embedding(window).flatten(-2)  # (..., order - 1) -> (..., (order - 1) * D)
        h = torch.tanh(self.hidden(x))  # (..., units)
        logits: Tensor = self.output(self.dropout(h))  # (..., C)
        return logits if self.direct is None else logits + self.direct(x)

    def step(self, token: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits ``(B, C)`` after ``token`` ``(B,)``; the state is ``order - 2`` tokens."""
        if state is None:
            state = token.new_zeros(len(token), self.order - 2)  # (B, order - 2)
        window = torch.cat([state, token[:, None]], dim=1)  # (B, order - 1)
        return self._after(window), window[:, 1:]


class RecurrentLanguageModel(LanguageModel):
    """Embedding (or one-hot), recurrent layers, logits of the next token at every step.

    ``tied`` uses the embedding again as the weights of the output, and needs
    ``dimension == units``. Source of that: Press and Wolf, "Using the output embedding to improve
    language models" (2017).

    ``line_end`` is for verse: the number of the token that ends a line, and also stands before the
    first one. Every step is then told where in a couplet it is, by a vector added to that of its
    token: in which of the two lines, and after how many of ``word_ends``, the tokens that end a
    word (see :func:`places`).

    >>> model = RecurrentLanguageModel(50, dimension=8, units=16)
    >>> logits, state = model.step(torch.tensor([2]))
    >>> logits, state = model.step(torch.tensor([3]), state)
    >>> logits.shape
    torch.Size([1, 50])
    """

    def __init__(
        self,
        vocabulary_size: int,
        dimension: int | None = 64,
        units: int = 128,
        layers: int = 1,
        cell: str = "lstm",
        dropout: float = 0.0,
        tied: bool = False,
        line_end: int | None = None,
        word_ends: Sequence[int] = (),
    ) -> None:
        word_ends = _sizes("word_ends", word_ends)
        super().__init__(
            vocabulary_size,
            dimension=dimension,
            units=units,
            layers=layers,
            cell=cell,
            dropout=dropout,
            tied=tied,
            line_end=line_end,
            word_ends=word_ends,
        )
        _share(dropout=dropout)
        _either(tied=tied)
        self.embedding, inputs = _embedding(vocabulary_size, dimension, None, False)
        self.line_end = line_end
        self.place: nn.Embedding | None = None
        if line_end is not None:
            if dimension is None:
                raise ValueError("line_end goes with an embedding")
            for number in (line_end, *word_ends):
                _whole(most=vocabulary_size - 1, least=2, number=number)
            self.place = nn.Embedding(PLACES, dimension)
        elif word_ends:
            raise ValueError("word_ends goes with line_end")
        ends = torch.tensor(word_ends, dtype=torch.int64)
        self.register_buffer("word_ends", ends, persistent=False)
        self.recurrent = _recurrent(cell, inputs, units, layers, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(units, vocabulary_size)
        if tied:
            if dimension != units:
                raise ValueError("tied weights need dimension == units")
            # Vectors as large as an embedding's would make the first logits huge.
            shared = cast(nn.Embedding, self.embedding).weight
            nn.init.uniform_(shared, -1 / math.sqrt(units), 1 / math.sqrt(units))
            self.output.weight = shared

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        tokens, _, _ = _real(tokens, lengths)  # (B, T)
        logits, _ = self._run(tokens, None)  # no need to pack: padding comes after what is real
        return logits  # (B, T, C)

    def _run(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        before, counted = (None, None) if state is None else state
        x = self.embedding(tokens)  # (B, T, D)
        if self.place is not None:
            assert self.line_end is not None
            word_ends = cast(Tensor, self.word_ends)
            where, counted = places(tokens, self.line_end, word_ends, counted)  # (B, T)
            x = x + self.place(where)  # (B, T, D)
        states, after = self.recurrent(self.dropout(x), before)  # (B, T, units)
        return self.output(self.dropout(states)), (after, counted)  # (B, T, C)

    def step(self, token: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Logits ``(B, C)`` after ``token`` ``(B,)``.

        The state is that of the recurrent layers, and what :func:`places` has counted.
        """
        logits, state = self._run(token[:, None], state)  # (B, 1, C)
        return logits[:, 0], state


#: A place in a couplet is a line, 0 or 1, and how many words have ended in it, at most 11.
PLACES = 2 * 12


def places(
    tokens: Tensor, line_end: int, word_ends: Tensor, before: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Where in a couplet each token ``(B, T)`` leaves off, ``(B, T)``, and what was counted.

    A place is 12 times the line, 0 or 1, plus the number of words that have ended in it, 11 for
    more. The first line begins after the first ``line_end``. ``before`` ``(B, 2)`` is what was
    counted, of lines and words, where the tokens go on.

    >>> tokens = torch.tensor([[3, 7, 4, 8, 4, 3, 9]])  # 3 ends a line, 4 a word
    >>> places(tokens, 3, torch.tensor([4]))[0].tolist()
    [[0, 0, 1, 1, 2, 12, 12]]
    """
    if before is None:
        before = tokens.new_zeros(len(tokens), 2)
    ends = tokens == line_end  # (B, T)
    lines = before[:, :1] + ends.cumsum(dim=1)  # (B, T)
    ended = before[:, 1:] + torch.isin(tokens, word_ends).cumsum(dim=1)  # (B, T)
    # How many had ended when the line began: words are only ever added.
    at_start = torch.where(ends, ended, 0).cummax(dim=1).values  # (B, T)
    words_of_line = ended - at_start
    counted = torch.stack([lines[:, -1], words_of_line[:, -1]], dim=1)  # (B, 2)
    return (lines - 1) % 2 * 12 + words_of_line.clamp(max=11), counted


MODELS: dict[str, Callable[..., Model]] = {
    model.__name__: model
    for model in (FeedForwardClassifier, RecurrentClassifier, NeuralNGram, RecurrentLanguageModel)
}


def build(configuration: Mapping[str, Any]) -> Model:
    """A model like the one that has this ``configuration``, with weights of its own.

    Raises ``ValueError`` for a configuration that no model has.

    >>> build(NeuralNGram(50, order=4).configuration).order
    4
    """
    arguments = dict(configuration)
    name = arguments.pop("model", None)
    if name not in MODELS:
        raise ValueError(f"model is one of {', '.join(MODELS)}, not {name!r:.80}")
    try:
        return MODELS[name](**arguments)
    except (TypeError, RuntimeError) as error:  # an unknown name; a size that cannot be had
        raise ValueError(f"{name}: {error}") from error


# ---- Counting -------------------------------------------------------------------------------


def parameters_by_layer(model: nn.Module, one_bias: bool = False) -> dict[str, int]:
    """How many numbers each layer holds, frozen ones too.

    PyTorch gives a recurrent layer two bias vectors where the equations (and Keras) have one; one
    would do, as they are only ever added. ``one_bias=True`` counts one.

    >>> parameters_by_layer(nn.LSTM(300, 50)), parameters_by_layer(nn.LSTM(300, 50), one_bias=True)
    ({'all': 70400}, {'all': 70200})
    """
    counts: dict[str, int] = {}
    for name, parameter in model.named_parameters():  # names shared weights once
        layer, _, kind = name.rpartition(".")
        if not (one_bias and kind.startswith("bias_hh")):
            layer = layer.removeprefix("head.") or "all"
            counts[layer] = counts.get(layer, 0) + parameter.numel()
    return counts


def count_parameters(model: nn.Module, one_bias: bool = False) -> int:
    """Sum of :func:`parameters_by_layer`."""
    return sum(parameters_by_layer(model, one_bias).values())


# ---- For the page ---------------------------------------------------------------------------


def export(model: nn.Module, dtype: DTypeLike = np.float16) -> dict[str, NDArray[Any]]:
    """Weights as arrays under plain names, compact enough to travel in a page.

    ====================================  ==================  ====================================
    name                                  shape               what
    ====================================  ==================  ====================================
    ``embedding``                         (V, D)              absent for one-hot vectors
    ``convolution.w``, ``.b``             (C, D, width), (C)
    ``recurrent.0.forward.w_x``           (gates n, inputs)   layer 0, 1, ...; ``backward``, too
    ``recurrent.0.forward.w_h``           (gates n, n)
    ``recurrent.0.forward.b``             (gates n)           PyTorch's two vectors, added
    ``recurrent.0.forward.b_n``           (n)                 GRU only: b_hn, inside r * (...)
    ``dense.0.w``, ``.b``                 (out, in), (out)    then ``dense.1``, ...
    ``hidden.w``, ``direct.w``                                of NeuralNGram
    ``direct``                            (V, C)              of RecurrentClassifier
    ``output.w``, ``.b``                  (C, in), (C)        no ``w`` where it is the embedding
    ====================================  ==================  ====================================

    Gates stand below one another in PyTorch's order: i f g o (LSTM), r z n (GRU).
    Raises ``ValueError`` for a weight too large for ``dtype``.

    >>> [name for name in export(RecurrentClassifier(10, units=3)) if "recurrent" in name]
    ['recurrent.0.forward.w_x', 'recurrent.0.forward.w_h', 'recurrent.0.forward.b']
    """
    exported = {}
    for name, weights in _places(_folded(model)).items():
        with np.errstate(over="ignore"):
            exported[name] = weights.cpu().numpy().astype(dtype)
        if not np.isfinite(exported[name]).all():
            raise ValueError(f"{name}: a weight is not finite in {np.dtype(dtype)}")
    return exported


def rounded(model: ModelT, dtype: DTypeLike = np.float16) -> ModelT:
    """A copy with exactly the weights that :func:`export` gives: what the page runs, in torch.

    Measure a figure that stands beside a widget on this one.
    """
    exported = export(model, dtype)
    return changed(model, lambda name, _: exported[name])


def changed(model: ModelT, change: Callable[[str, NDArray[np.float32]], NDArray[Any]]) -> ModelT:
    """A copy whose weights, as :func:`export` names them, are what ``change(name, weights)`` gives.

    >>> silent = changed(NeuralNGram(5), lambda name, weights: 0 * weights)
    >>> silent(torch.tensor([[2]]), torch.tensor([1])).any().item()
    False
    """
    copied = _folded(model)
    for name, weights in _places(copied).items():
        given = change(name, weights.cpu().numpy().copy())
        weights.copy_(torch.from_numpy(given.astype(np.float32)))
    return copied


def _folded(model: ModelT) -> ModelT:
    """A copy whose recurrent layers have all of the bias in the first of the two vectors."""
    copied = copy.deepcopy(model)
    for layer in copied.modules():
        if isinstance(layer, nn.RNNBase):
            # The candidate of a GRU multiplies its second bias by the gate r: it stays apart.
            added = 2 * layer.hidden_size if isinstance(layer, nn.GRU) else None
            for suffix in _suffixes(layer):
                b_x = getattr(layer, f"bias_ih_{suffix}").data[:added]
                b_h = getattr(layer, f"bias_hh_{suffix}").data[:added]
                b_x += b_h
                b_h.zero_()
    return copied


def _suffixes(layer: nn.RNNBase) -> Iterator[str]:
    for number in range(layer.num_layers):
        yield f"l{number}"
        if layer.bidirectional:
            yield f"l{number}_reverse"


def _places(folded: nn.Module) -> dict[str, Tensor]:
    """The tensors of a folded model that :func:`export` names; writing to one changes the model."""
    places: dict[str, Tensor] = {}
    shared: set[int] = set()
    for path, layer in folded.named_modules():
        name = path.removeprefix("head.")
        if isinstance(layer, nn.Embedding):
            places[name] = layer.weight.data
            shared.add(id(layer.weight))
        elif isinstance(layer, nn.Linear | nn.Conv1d):
            if id(layer.weight) not in shared:  # tied
                places[f"{name}.w"] = layer.weight.data
            if layer.bias is not None:
                places[f"{name}.b"] = layer.bias.data
        elif isinstance(layer, nn.RNNBase):
            for suffix in _suffixes(layer):
                number, _, backward = suffix[1:].partition("_")
                place = f"{name}.{number}.{'backward' if backward else 'forward'}"
                places[f"{place}.w_x"] = getattr(layer, f"weight_ih_{suffix}").data
                places[f"{place}.w_h"] = getattr(layer, f"weight_hh_{suffix}").data
                places[f"{place}.b"] = getattr(layer, f"bias_ih_{suffix}").data
                if isinstance(layer, nn.GRU):
                    b_n = getattr(layer, f"bias_hh_{suffix}").data[2 * layer.hidden_size :]
                    places[f"{place}.b_n"] = b_n
    return places


# ---- Files ----------------------------------------------------------------------------------

FORMAT, FORMAT_VERSION = "lstm_course", 1
WEIGHTS_FILE, DESCRIPTION_FILE = "model.safetensors", "model.json"
_PICKLES = (b"PK\x03\x04", b"\x80")  # torch.save (a zip), pickle
_PICKLE_NAMES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt")


class ModelFileError(ValueError):
    """A saved model that cannot be used; the message says which file and why, in one sentence."""


@dataclass(frozen=True)
class Saved:
    """What a folder with a saved model holds."""

    model: Model
    encoder: Encoder | None
    labels: tuple[str, ...] | None
    notes: Any


def save(
    folder: str | Path,
    model: Model,
    encoder: Encoder | None = None,
    labels: Sequence[str] | None = None,
    notes: Any = None,
) -> None:
    """Write ``model.safetensors`` (weights) and ``model.json`` (the rest) into ``folder``.

    ``labels`` names the classes, ``notes`` is anything that JSON holds. Raises ``ValueError`` when
    encoder or labels are not this model's, or a weight is not a finite number.
    """
    folder = Path(folder)
    description = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "configuration": model.configuration,
        "encoder": None if encoder is None else encoder.to_json(),
        "labels": None if labels is None else list(labels),
        "notes": notes,
    }
    if unfit := _unfit(model, encoder, labels):
        raise ValueError(unfit)
    weights = {name: p.detach().cpu().contiguous() for name, p in model.named_parameters()}
    for name, tensor in weights.items():
        if tensor.dtype != torch.float32 or not torch.isfinite(tensor).all():
            raise ValueError(f"{name}: only finite 32-bit weights are saved")
    content = json.dumps(description, ensure_ascii=False, indent=1, allow_nan=False)
    metadata = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "description": _tie(description),
    }
    write_atomically(folder / WEIGHTS_FILE, lambda path: save_file(weights, path, metadata))
    write_atomically(
        folder / DESCRIPTION_FILE, lambda path: path.write_text(content, encoding="utf-8")
    )


def _tie(description: Mapping[str, Any]) -> str:
    # The notes may be corrected by hand; the rest decides what the weights mean.
    return fingerprint(
        {key: description.get(key) for key in ("configuration", "encoder", "labels")}
    )


def _unfit(model: Model, encoder: Encoder | None, labels: Sequence[str] | None) -> str | None:
    if encoder is not None and len(encoder.vocabulary) != model.vocabulary_size:
        return f"the encoder has {len(encoder.vocabulary)} tokens, not {model.vocabulary_size}"
    if labels is not None and len(labels) != max(2, model.classes):
        return f"there are {len(labels)} labels for {max(2, model.classes)} classes"
    return None


def load(folder: str | Path, device: str | torch.device | None = None) -> Saved:
    """The model in ``folder`` as :func:`save` wrote it, ready to answer (``eval``).

    Nothing in the files is executed, and nothing is allocated before the shapes are known to
    agree. Raises ``ModelFileError`` for anything but a whole model of this book.
    """
    folder = Path(folder)
    weights_path, description_path = folder / WEIGHTS_FILE, folder / DESCRIPTION_FILE
    _refuse_pickles(folder)
    for path in (weights_path, description_path):
        if not path.is_file():
            raise ModelFileError(words("models.missing", path=path))
    description = _read_description(description_path)
    configuration = description["configuration"]
    try:
        with torch.device("meta"):  # shapes only
            outline = build(configuration)
        encoder = (
            None if description["encoder"] is None else Encoder.from_json(description["encoder"])
        )
        labels = None if description["labels"] is None else tuple(description["labels"])
        if unfit := _unfit(outline, encoder, labels):
            raise ValueError(unfit)
    except (ValueError, TypeError, KeyError) as error:
        raise ModelFileError(
            words("models.bad_description", path=description_path, reason=error)
        ) from error
    weights = _read_weights(weights_path, outline, _tie(description))
    with torch.random.fork_rng(devices=[]):  # loading a model changes no later random number
        model = build(configuration)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
    model.to(device).eval()
    return Saved(model, encoder, labels, description["notes"])


def _refuse_pickles(folder: Path) -> None:
    suspects = [folder] if folder.is_file() else [folder / WEIGHTS_FILE]
    if folder.is_dir() and not suspects[0].exists():
        suspects = [path for path in sorted(folder.iterdir()) if path.suffix in _PICKLE_NAMES]
    for path in suspects:
        if path.is_file():
            with path.open("rb") as file:
                begins = file.read(4).startswith(_PICKLES)
            if begins or path.suffix in _PICKLE_NAMES:
                raise ModelFileError(words("models.pickle", path=path))
            if path == folder:
                raise ModelFileError(words("models.not_a_folder", path=path))


def _read_description(path: Path) -> dict[str, Any]:
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelFileError(words("models.not_ours", path=path)) from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise ModelFileError(words("models.not_ours", path=path))
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise ModelFileError(
            words("models.other_version", path=path, version=version, known=FORMAT_VERSION)
        )
    parts = {"configuration": dict, "encoder": dict | None, "labels": list | None, "notes": object}
    for part, kind in parts.items():
        if part not in description or not isinstance(description[part], kind):
            raise ModelFileError(words("models.bad_description", path=path, reason=f'"{part}"'))
    if not all(isinstance(label, str) for label in description["labels"] or ()):
        raise ModelFileError(words("models.bad_description", path=path, reason='"labels"'))
    return description


def _read_weights(path: Path, outline: Model, tie: str) -> dict[str, Tensor]:
    """The tensors of ``path``, once its header says that they are those of ``outline``."""
    expected = {name: tuple(p.shape) for name, p in outline.named_parameters()}
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise ModelFileError(words("models.not_ours", path=path))
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            names = set(slices)
            if missing := sorted(expected.keys() - names):
                raise ModelFileError(words("models.lacks", path=path, name=missing[0]))
            if more := sorted(names - expected.keys()):
                raise ModelFileError(words("models.superfluous", path=path, name=more[0]))
            for name, shape in expected.items():
                found, kind = tuple(slices[name].get_shape()), slices[name].get_dtype()
                if found != shape:
                    raise ModelFileError(
                        words("models.shape", path=path, name=name, found=found, expected=shape)
                    )
                if kind != "F32":
                    raise ModelFileError(words("models.kind", path=path, name=name, found=kind))
            if metadata.get("description") != tie:
                raise ModelFileError(words("models.not_a_pair", path=path, other=DESCRIPTION_FILE))
            weights = {name: file.get_tensor(name) for name in expected}
    except (SafetensorError, OSError) as error:
        raise ModelFileError(words("models.damaged", path=path)) from error
    for name, tensor in weights.items():
        if not torch.isfinite(tensor).all():
            raise ModelFileError(words("models.not_finite", path=path, name=name))
    return weights
