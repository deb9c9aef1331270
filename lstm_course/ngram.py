"""N-gram language models: counts, smoothing, perplexity, sampling.

A language model says how likely each token is after a history. Counting is the oldest way to
know (Shannon, "A Mathematical Theory of Communication", 1948): P(w | h) = count(h w) / count(h),
where h is the last ``order - 1`` tokens. Smoothing lends some of that probability to what was
never counted. The equations are those of Chen & Goodman, "An Empirical Study of Smoothing
Techniques for Language Modeling" (1998), in plain dictionaries, to be read line by line.

Tokens are strings: words, syllables or characters. Three are special:

- ``<s>`` stands ``order - 1`` times before each sequence; it is only ever a history.
- ``</s>`` ends each sequence and is predicted like any token.
- ``<unk>`` is every token that is not in the vocabulary. It always has a place in the
  distribution, so a model is never asked for a token that it has no probability for.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstm_course.language import text as words

START, END, UNK = "<s>", "</s>", "<unk>"

SMOOTHINGS = (
    "none",
    "add_k",
    "interpolation",
    "witten_bell",
    "kneser_ney",
    "modified_kneser_ney",
)

History = tuple[str, ...]
Table = dict[History, Counter[str]]


class UnseenHistoryError(LookupError):
    """Without smoothing there is no distribution after a history that was never seen: 0 / 0."""


class Level(NamedTuple):
    """What one order knows of a history, and what it may say in the mixture.

    ``history`` is the suffix that this order looks at, ``total`` how often it was followed by
    anything in training, ``distinct`` by how many different tokens; ``weight`` is the share of
    this order in the probability. All weights of a history sum to 1 (or, without smoothing, to 0
    where it was never seen). Order 0 is the uniform
    distribution, which every token starts from: no history, no counts.
    """

    order: int
    history: History
    total: int
    distinct: int
    weight: float


class _Row(NamedTuple):
    # P(w | h) = own(count(h w)) / divisor + lower * P(w | shorter h)
    counts: Counter[str]
    divisor: float
    lower: float


@dataclass(frozen=True)
class _Counts:
    # tables[n][h][w]: how often w came after the n - 1 tokens h. openings[n]: the n-grams with
    # nothing on their left, which only text without boundaries has.
    tables: list[Table]
    openings: list[Counter[History]]
    tokens: tuple[str, ...]


class NGramModel:
    """Probability of a token after the ``order - 1`` tokens before it. Made by :meth:`fit`.

    ``tokens`` are all that can be predicted: ``<unk>``, ``</s>``, then the vocabulary, frequent
    tokens first. ``discounts`` and ``weights`` are what the smoothing has estimated.

    A history is a list of tokens; those before the last ``order - 1`` do not matter. One that is
    shorter is taken as it is, somewhere in a text, and only the orders that it suffices for
    answer; the beginning of a sequence is ``<s>``. Tokens are composed (NFC), unknown ones become
    ``<unk>``.

    >>> corpus = ["i go to school", "i go to work", "you go to school"]
    >>> model = NGramModel.fit([line.split() for line in corpus], order=4, smoothing="none")
    >>> model.counts(["i", "go", "to"])
    Counter({'school': 1, 'work': 1})
    >>> model.probability("school", ["i", "go", "to"])
    0.5
    """

    def __init__(
        self,
        counts: _Counts,
        order: int,
        smoothing: str,
        k: float,
        weights: Sequence[float] | None,
        held_out: Iterable[Sequence[str]] | None,
    ) -> None:
        if not 1 <= order < len(counts.tables):
            raise ValueError(f"order: from 1 to {len(counts.tables) - 1}, not {order}")
        if smoothing not in SMOOTHINGS:
            raise ValueError(f"smoothing: one of {', '.join(SMOOTHINGS)}, not {smoothing!r}")
        if not (k > 0 and math.isfinite(k)):
            raise ValueError(f"k: a number above 0, not {k}")
        self.order, self.smoothing, self.k = order, smoothing, float(k)
        self.tokens, self.boundaries = counts.tokens, END in counts.tokens
        self.numbers = {token: number for number, token in enumerate(self.tokens)}
        self._counts = counts
        self._tables = self._counts_in_use()
        #: Of each order from 1: what is taken from a count of 1, 2, and 3 or more (Kneser-Ney).
        self.discounts: list[tuple[float, ...]] = []
        if smoothing in ("kneser_ney", "modified_kneser_ney"):
            estimate = _one_discount if smoothing == "kneser_ney" else _three_discounts
            self.discounts = [estimate(table) for table in self._tables[1:]]
        #: Of each order from 0, the uniform distribution, on (interpolation).
        self.weights: tuple[float, ...] = ()
        if smoothing == "interpolation":
            if weights is None:
                weights = self._estimated_weights(held_out)
            self.weights = _checked_weights(weights, order)
        elif weights is not None or held_out is not None:
            raise ValueError("weights and held_out belong to the smoothing 'interpolation'")
        self._rows = [
            {history: self._row(n, counts) for history, counts in table.items()}
            for n, table in enumerate(self._tables)
        ]

    @classmethod
    def fit(
        cls,
        sequences: Iterable[Sequence[str]],
        order: int,
        smoothing: str = "modified_kneser_ney",
        *,
        k: float = 1.0,
        weights: Sequence[float] | None = None,
        held_out: Iterable[Sequence[str]] | None = None,
        min_count: int = 1,
        vocabulary: Iterable[str] | None = None,
        boundaries: bool = True,
    ) -> NGramModel:
        """Count the n-grams of ``sequences`` and smooth them. ``count`` below is count(h w).

        ====================== ==================================================================
        ``none``               count / count(h): maximum likelihood (relative frequency)
        ``add_k``              (count + k) / (count(h) + k V), V tokens in the vocabulary
        ``interpolation``      weighted mean of the relative frequencies of all orders and 1 / V
                               (Jelinek & Mercer 1980); orders whose history was never seen leave
                               their weight to the others. ``weights``: that of 1 / V first, then
                               orders 1, 2, ...; sum 1. Without them, they are estimated so that
                               ``held_out`` becomes most likely, or, without that either, each
                               training token given all the others (leaving one out)
        ``witten_bell``        (count + T P(w | shorter h)) / (count(h) + T), T the number of
                               distinct tokens seen after h (Witten & Bell 1991)
        ``kneser_ney``         max(count - D, 0) / count(h) + what that leaves P(w | shorter h);
                               below the highest order, "count" is the number of distinct tokens
                               seen before h w (Kneser & Ney 1995). D = n1 / (n1 + 2 n2), from the
                               numbers of n-grams counted once, twice, ...
        ``modified_kneser_ney`` the same with three discounts, for counts of 1, 2, and 3 or more
                               (Chen & Goodman 1998, equation 26)
        ====================== ==================================================================

        The last three end in the uniform distribution 1 / V. Where n1 to n4 give no discount
        between 0 and the count that it is taken from (a corpus too small, or one of them zero),
        the order's discounts are half the counts: 0.5, 1 and 1.5, as KenLM falls back to.

        The vocabulary is closed: tokens seen less than ``min_count`` times, or outside a given
        ``vocabulary``, are counted as ``<unk>``. ``boundaries=False`` is for running text: no
        ``<s>``, no ``</s>``, and the first tokens of a sequence have shorter histories.

        Raises ``ValueError`` for an order below 1, an unknown smoothing, parameters that make no
        distribution, a string where a list of tokens should be, and a corpus without tokens.

        >>> lines = [["i", "go", "to", "school"], ["i", "go", "home"]]
        >>> model = NGramModel.fit(lines, order=2, smoothing="add_k", k=1)
        >>> model.tokens
        ('<unk>', '</s>', 'go', 'i', 'home', 'school', 'to')
        >>> model.probability("home", ["go"])  # (1 + 1) / (2 + 7)
        0.2222222222222222
        """
        if order < 1:
            raise ValueError(f"order: 1 or more, not {order}")
        composed = [_composed(sequence) for sequence in _sequences(sequences)]
        tokens = _vocabulary(composed, min_count, vocabulary, boundaries)
        known = set(tokens)
        ngrams = Counter(
            ngram
            for sequence in composed
            for ngram in _longest([t if t in known else UNK for t in sequence], order, boundaries)
        )
        counts = _count(ngrams, order, tokens)
        return cls(counts, order, smoothing, k, weights, held_out)

    @classmethod
    def from_ngrams(
        cls,
        ngrams: Mapping[History, int],
        tokens: Sequence[str],
        order: int,
        smoothing: str = "modified_kneser_ney",
        *,
        k: float = 1.0,
        weights: Sequence[float] | None = None,
    ) -> NGramModel:
        """The model that :meth:`longest_ngrams` and ``tokens`` of another were taken from.

        >>> model = NGramModel.fit([["i", "go"], ["i", "run"]], order=2)
        >>> again = NGramModel.from_ngrams(model.longest_ngrams(), model.tokens, order=2)
        >>> again.probability("go", ["i"]) == model.probability("go", ["i"])
        True
        """
        return cls(_count(ngrams, order, tuple(tokens)), order, smoothing, k, weights, None)

    def changed(
        self,
        order: int | None = None,
        smoothing: str | None = None,
        *,
        k: float | None = None,
        weights: Sequence[float] | None = None,
        held_out: Iterable[Sequence[str]] | None = None,
    ) -> NGramModel:
        """A model of the same counts with another smoothing, or a lower order.

        Raises ``ValueError`` as :meth:`fit`, and for an order above the one that was counted.

        >>> model = NGramModel.fit([["i", "go", "home"]], order=3, smoothing="none")
        >>> model.changed(order=1).probability("home")
        0.25
        """
        return NGramModel(
            self._counts,
            self.order if order is None else order,
            smoothing or self.smoothing,
            self.k if k is None else k,
            weights,
            held_out,
        )

    def __repr__(self) -> str:
        return (
            f"NGramModel(order={self.order}, smoothing={self.smoothing!r}, "
            f"{len(self.tokens)} tokens)"
        )

    # ---- What was counted --------------------------------------------------------------------

    def counts(self, history: Sequence[str] = ()) -> Counter[str]:
        """What came after ``history`` in training, and how often; empty if nothing did.

        >>> model = NGramModel.fit([["i", "go", "home"], ["i", "go"]], order=2)
        >>> model.counts(["go"])
        Counter({'home': 1, '</s>': 1})
        """
        context = self._context(history)
        return Counter(self._counts.tables[len(context) + 1].get(context, ()))

    def longest_ngrams(self) -> dict[History, int]:
        """How often each token came after the ``order - 1`` before it: all that was counted.

        Without boundaries, n-grams at the beginning of a sequence are shorter.

        >>> NGramModel.fit([["i", "go"]], order=2).longest_ngrams()
        {('<s>', 'i'): 1, ('i', 'go'): 1, ('go', '</s>'): 1}
        """
        ngrams = {
            (*history, token): count
            for history, counts in self._counts.tables[self.order].items()
            for token, count in counts.items()
        }
        for openings in self._counts.openings[1 : self.order]:
            ngrams.update(openings)
        return ngrams

    # ---- Probabilities -----------------------------------------------------------------------

    def probability(self, token: str, history: Sequence[str] = ()) -> float:
        """P(token | history). Raises :class:`UnseenHistoryError` where there is no distribution.

        That happens only without smoothing, after a history that was never seen.

        >>> model = NGramModel.fit([["i", "go"], ["i", "run"]], order=2, smoothing="witten_bell")
        >>> model.probability("go", ["i"])  # (1 + 2 P(go)) / (2 + 2), P(go) = (1 + 4/5) / (6 + 4)
        0.34
        """
        (token,) = self._known(_composed([token]))
        context = self._context(history)
        p = 1 / len(self.tokens)
        for n, row in self._rows_of(context):
            p = self._own(n, row.counts.get(token, 0)) / row.divisor + row.lower * p
        return p

    def distribution(self, history: Sequence[str] = ()) -> NDArray[np.float64]:
        """P(token | history) of every token, aligned with ``tokens``: shape ``(V,)``, sum 1.

        Raises :class:`UnseenHistoryError` as :meth:`probability`.

        >>> model = NGramModel.fit([["a", "b"], ["a", "c"]], order=2, smoothing="none")
        >>> dict(zip(model.tokens, model.distribution(["a"]).tolist()))
        {'<unk>': 0.0, '</s>': 0.0, 'a': 0.0, 'b': 0.5, 'c': 0.5}
        """
        p = np.full(len(self.tokens), 1 / len(self.tokens))
        for n, row in self._rows_of(self._context(history)):
            p = self._first if n == 1 else self._with_row(p, n, row)
        return p.copy()

    def explain(self, history: Sequence[str] = ()) -> list[Level]:
        """Which orders answer after ``history``, the highest first: see :class:`Level`.

        >>> lines = [["i", "go", "to", "school"], ["you", "go", "to", "work"]]
        >>> model = NGramModel.fit(lines, order=3, smoothing="witten_bell")
        >>> for level in model.explain(["we", "go"]):
        ...     print(level._replace(weight=round(level.weight, 3)))
        Level(order=3, history=('<unk>', 'go'), total=0, distinct=0, weight=0.0)
        Level(order=2, history=('go',), total=2, distinct=1, weight=0.667)
        Level(order=1, history=(), total=10, distinct=7, weight=0.196)
        Level(order=0, history=(), total=0, distinct=0, weight=0.137)
        """
        context = self._context(history)
        try:
            rows = dict(self._rows_of(context))
        except UnseenHistoryError:
            rows, left = {}, 0.0
        else:
            left = 1.0
        levels = []
        for n in range(len(context) + 1, 0, -1):
            suffix = context[len(context) - n + 1 :]
            counts = self._counts.tables[n].get(suffix, Counter())
            lower = rows[n].lower if n in rows else 1.0
            levels.append(Level(n, suffix, counts.total(), len(counts), left * (1 - lower)))
            left *= lower
        return [*levels, Level(0, (), 0, 0, left)]

    # ---- Evaluation --------------------------------------------------------------------------

    def token_bits(self, sequence: Sequence[str]) -> list[float]:
        """-log2 P(token | all tokens before it), for each token of a sequence and its ``</s>``.

        Infinite for a token that the model holds impossible (only without smoothing, where an
        unseen history counts as impossible, or with a weight or a ``lower`` share of zero).

        >>> model = NGramModel.fit([["a", "b"], ["a", "c"]], order=2, smoothing="none")
        >>> model.token_bits(["a", "b"]), model.token_bits(["b"])
        ([0.0, 1.0, 0.0], [inf, 0.0])
        """
        bits = []
        for *history, token in self._longest(sequence):
            try:
                p = self.probability(token, history)
            except UnseenHistoryError:
                p = 0.0
            bits.append(0.0 - math.log2(p) if p else math.inf)
        return bits

    def bits(self, sequences: Iterable[Sequence[str]]) -> float:
        """Mean of -log2 P over all tokens of ``sequences``, each ``</s>`` counted as a token.

        Raises ``ValueError`` when there is nothing to predict.

        >>> model = NGramModel.fit([["a", "b"], ["a", "c"]], order=2, smoothing="none")
        >>> model.bits([["a", "b"]])  # (0 + 1 + 0) / 3
        0.3333333333333333
        """
        bits = [b for sequence in _sequences(sequences) for b in self.token_bits(sequence)]
        if not bits:
            raise ValueError("bits: there are no tokens to predict")
        return math.fsum(bits) / len(bits)

    def perplexity(self, sequences: Iterable[Sequence[str]]) -> float:
        """2 to the power of :meth:`bits`: among how many equally likely tokens the model doubts.

        >>> model = NGramModel.fit([["a", "b", "c", "d"]], order=1, smoothing="none")
        >>> round(model.perplexity([["d", "a"]]), 9)  # a, b, c, d and </s> are equally likely
        5.0
        """
        bits = self.bits(sequences)
        return 2.0**bits if bits < 1024 else math.inf

    # ---- Sampling ----------------------------------------------------------------------------

    def sample(
        self,
        history: Sequence[str] = (),
        *,
        length: int = 100,
        seed: int = 0,
        temperature: float = 1.0,
    ) -> list[str]:
        """New tokens after ``history``, the beginning of a sequence: up to ``</s>``, or ``length``.

        ``temperature`` below 1 prefers likely tokens, above 1 unlikely ones: P to the power of
        1 / temperature, scaled to sum 1. The same seed gives the same tokens. ``</s>`` itself is
        not among them; without boundaries there are always ``length``, unless smoothing "none"
        runs into a history that nothing followed, where it ends.
        Raises ``ValueError`` for a temperature or a length that is not above 0, and
        :class:`UnseenHistoryError` when there is nothing to begin with.

        >>> model = NGramModel.fit([["i", "go", "to", "school"]], order=2, smoothing="none")
        >>> model.sample(["i"], seed=1)
        ['go', 'to', 'school']
        """
        if not (temperature > 0 and math.isfinite(temperature)):
            raise ValueError(f"temperature: a number above 0, not {temperature}")
        if length < 1:
            raise ValueError(f"length: 1 or more, not {length}")
        generator = np.random.default_rng(seed)
        so_far = self._start() + _composed(history)
        new: list[str] = []
        while len(new) < length:
            try:
                p = self.distribution(so_far + new)
            except UnseenHistoryError:
                if new:
                    break
                raise
            token = self.tokens[_draw(p, temperature, generator.random())]
            if token == END:
                break
            new.append(token)
        return new

    # ---- Inside ------------------------------------------------------------------------------

    def _start(self) -> list[str]:
        return [START] * (self.order - 1) if self.boundaries else []

    def _longest(self, sequence: Sequence[str]) -> Iterator[History]:
        return _longest(self._known(_composed(sequence)), self.order, self.boundaries)

    def _known(self, tokens: list[str]) -> list[str]:
        return [token if token in self.numbers else UNK for token in tokens]

    def _context(self, history: Sequence[str]) -> History:
        recent = _composed(history)[-(self.order - 1) :] if self.order > 1 else []
        spare = {START} if self.boundaries else set()
        return tuple(token if token in self.numbers or token in spare else UNK for token in recent)

    def _counts_in_use(self) -> list[Table]:
        # Kneser-Ney counts, below its highest order, the distinct tokens seen before an n-gram.
        tables = self._counts.tables[: self.order + 1]
        if self.smoothing not in ("kneser_ney", "modified_kneser_ney"):
            return tables
        below = [
            _left_neighbours(tables[n + 1], self._counts.openings[n]) for n in range(1, self.order)
        ]
        return [tables[0], *below, tables[-1]]

    def _row(self, n: int, counts: Counter[str]) -> _Row:
        total, distinct = counts.total(), len(counts)
        if self.smoothing == "none":
            return _Row(counts, total, 0.0)
        if self.smoothing == "add_k":
            added = self.k * len(self.tokens)
            return _Row(counts, total + added, added / (total + added))
        if self.smoothing == "interpolation":
            below = sum(self.weights[:n])
            trust = self.weights[n] / (below + self.weights[n]) if self.weights[n] else 0.0
            return _Row(counts, total / trust if trust else math.inf, 1 - trust)
        if self.smoothing == "witten_bell":
            return _Row(counts, total + distinct, distinct / (total + distinct))
        taken = sum(count - self._own(n, count) for count in counts.values())
        return _Row(counts, total, taken / total)

    def _own(self, n: int, count: int) -> float:
        if not self.discounts or not count:
            return count
        of_order = self.discounts[n - 1]
        return count - of_order[min(count, len(of_order)) - 1]

    def _with_row(self, p: NDArray[np.float64], n: int, row: _Row) -> NDArray[np.float64]:
        # What order n makes of the probabilities of the order below, (V,).
        p = p * row.lower
        for token, count in row.counts.items():
            p[self.numbers[token]] += self._own(n, count) / row.divisor
        return p

    @cached_property
    def _first(self) -> NDArray[np.float64]:
        # Of order 1, whose row has every token and is asked for at every step.
        nothing = np.full(len(self.tokens), 1 / len(self.tokens))
        return self._with_row(nothing, 1, self._rows[1][()])

    def _rows_of(self, context: History) -> Iterator[tuple[int, _Row]]:
        # From order 1 up to the longest history that was seen: when one was not, none that is
        # longer was. Two smoothings ask the highest order alone.
        if self.smoothing in ("none", "add_k"):
            row = self._rows[len(context) + 1].get(context)
            if row is None and self.smoothing == "none":
                raise UnseenHistoryError(words("ngram.unseen", history=" ".join(context)))
            if row is not None:
                yield len(context) + 1, row
            return
        for n in range(1, len(context) + 2):
            row = self._rows[n].get(context[len(context) - n + 1 :])
            if row is None:
                return
            yield n, row

    def _estimated_weights(self, held_out: Iterable[Sequence[str]] | None) -> tuple[float, ...]:
        # Relative frequency of each token of the text to fit, by each order, from 0 (uniform)
        # on; NaN where the order has not seen the history.
        if held_out is None:
            items: Mapping[History, int] = self.longest_ngrams()
            left_out = 1
        else:
            items = Counter(
                ngram for sequence in _sequences(held_out) for ngram in self._longest(sequence)
            )
            left_out = 0
        if not items:
            raise ValueError("held_out: there are no tokens")
        frequency = np.full((len(items), self.order + 1), np.nan)
        frequency[:, 0] = 1 / len(self.tokens)
        totals = [{h: counts.total() for h, counts in table.items()} for table in self._tables]
        for line, ngram in zip(frequency, items, strict=True):
            for n in range(1, len(ngram) + 1):
                history, token = ngram[len(ngram) - n : -1], ngram[-1]
                total = totals[n].get(history, 0) - left_out
                if total > 0:
                    line[n] = (self._tables[n][history][token] - left_out) / total
        return _most_likely_weights(frequency, np.array(list(items.values()), dtype=float))


# ---- Counting -------------------------------------------------------------------------------


def _count(ngrams: Mapping[History, int], order: int, tokens: tuple[str, ...]) -> _Counts:
    # From each token with the longest history that the order has a use for, and how often that
    # happened, to the counts of all orders.
    tables: list[defaultdict[History, Counter[str]]] = [
        defaultdict(Counter) for _ in range(order + 1)
    ]
    openings: list[Counter[History]] = [Counter() for _ in range(order + 1)]
    for ngram, count in ngrams.items():
        token = ngram[-1]
        for n in range(1, len(ngram) + 1):
            tables[n][ngram[-n:-1]][token] += count
        if len(ngram) < order:
            openings[len(ngram)][ngram] += count
    if not tables[1]:
        raise ValueError("there are no tokens to count")
    return _Counts([dict(table) for table in tables], openings, tokens)


def _vocabulary(
    sequences: list[list[str]], min_count: int, vocabulary: Iterable[str] | None, boundaries: bool
) -> tuple[str, ...]:
    seen = Counter(token for sequence in sequences for token in sequence)
    if vocabulary is None:
        kept = {token for token, count in seen.items() if count >= min_count}
    elif min_count != 1:
        raise ValueError("min_count or vocabulary, not both")
    else:
        kept = set(_composed(list(vocabulary)))
    special = [UNK, END] if boundaries else [UNK]
    if boundaries and (seen.keys() | kept) & {START, END}:
        raise ValueError(f"{START} and {END} are added by the model: the tokens cannot hold them")
    return (*special, *sorted(kept - {UNK}, key=lambda token: (-seen[token], token)))


def _longest(tokens: list[str], order: int, boundaries: bool) -> Iterator[History]:
    # Each token to predict, after as much history as the order has a use for.
    padded = [START] * (order - 1) + tokens + [END] if boundaries else tokens
    for i in range(order - 1 if boundaries else 0, len(padded)):
        yield tuple(padded[max(0, i - order + 1) : i + 1])


def _composed(tokens: Sequence[str]) -> list[str]:
    if isinstance(tokens, str):
        raise ValueError("a list of tokens, not one string: split it, or list() its characters")
    return [unicodedata.normalize("NFC", token) for token in tokens]


def _sequences(sequences: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    if isinstance(sequences, str):
        raise ValueError("a list of sequences of tokens, not one string")
    return sequences


# ---- What the smoothings estimate -----------------------------------------------------------


def _left_neighbours(longer: Table, openings: Counter[History]) -> Table:
    # N1+(. h w): how many different tokens were seen before h w. The beginning of a text is one.
    table: defaultdict[History, Counter[str]] = defaultdict(Counter)
    for history, counts in longer.items():
        for token in counts:
            table[history[1:]][token] += 1
    for ngram in openings:
        table[ngram[:-1]][ngram[-1]] += 1
    return dict(table)


def _counts_of_counts(table: Table) -> list[int]:
    n = Counter(count for counts in table.values() for count in counts.values())
    return [n[count] for count in (1, 2, 3, 4)]


def _one_discount(table: Table) -> tuple[float, ...]:
    n1, n2, *_ = _counts_of_counts(table)
    discount = n1 / (n1 + 2 * n2) if n1 else 0.0
    return (discount,) if 0 < discount < 1 else (0.5,)


def _three_discounts(table: Table) -> tuple[float, ...]:
    n1, n2, n3, n4 = _counts_of_counts(table)
    if n1 and n2 and n3:
        y = n1 / (n1 + 2 * n2)
        discounts = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
        if all(0 < discount < count for count, discount in enumerate(discounts, start=1)):
            return discounts
    return (0.5, 1.0, 1.5)


def _checked_weights(weights: Sequence[float], order: int) -> tuple[float, ...]:
    checked = tuple(float(weight) for weight in weights)
    good = len(checked) == order + 1 and all(weight >= 0 for weight in checked)
    if not good or abs(sum(checked) - 1) > 1e-9:
        raise ValueError(f"weights: {order + 1} numbers from 0 up with sum 1, not {weights}")
    return checked


def _most_likely_weights(
    frequency: NDArray[np.float64], times: NDArray[np.float64]
) -> tuple[float, ...]:
    # Expectation maximisation. Line by line of frequency (M, order + 1), an item that happened
    # so many times; NaN where an order has not seen the history, as then no higher one has.
    # trust[n] is the weight of order n against those below it. Where nothing can be learnt
    # about it, it stays at a half.
    seen = ~np.isnan(frequency)
    frequency = np.where(seen, frequency, 0.0)
    trust = np.full(frequency.shape[1], 0.5)
    trust[0] = 1.0
    for _ in range(100):
        own = np.where(seen, trust, 0.0)
        left = np.cumprod((1 - own)[:, ::-1], axis=1)[:, ::-1]  # to order n - 1 and below
        above = np.hstack([left[:, 1:], np.ones((len(own), 1))])
        part = above * own * frequency
        part *= (times / part.sum(axis=1))[:, None]
        reached = np.where(seen, np.cumsum(part, axis=1), 0.0).sum(axis=0)
        better = np.divide(part.sum(axis=0), reached, out=trust.copy(), where=reached > 0)
        done = np.abs(better - trust).max() < 1e-5
        trust = better
        if done:
            break
    weights = np.zeros(len(trust))
    left_over = 1.0
    for n in range(len(trust) - 1, -1, -1):
        weights[n] = left_over * trust[n]
        left_over *= 1 - trust[n]
    return tuple((weights / weights.sum()).tolist())


def _draw(p: NDArray[np.float64], temperature: float, at: float) -> int:
    # The token at the share `at` of the distribution; logarithms keep small powers from zero.
    with np.errstate(divide="ignore"):
        scaled = np.log(p) / temperature
    heights = np.cumsum(np.exp(scaled - scaled.max()))
    return int(np.searchsorted(heights, at * heights[-1], side="right"))
