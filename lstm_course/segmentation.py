"""Words of a Vietnamese text: spaces stand between syllables, and a word is one or several.

A unigram model of words, learned from texts whose words were marked before, and the most probable
way to cut a text by it. Such a model sees no context: it is here to be looked into, where a
trained segmenter such as pyvi's is to be used.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lstm_course.text import nfc, syllable_tokens

# Logarithms are kept as whole numbers of this size: sums of them are exact, so that two ways of
# equal probability tie in whatever order they are summed, here and in the page of the widget.
GRID = 2.0**-32

_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")


class WordSegmenter:
    """Cuts text into the words that are most probable together, each word by itself.

    ``counts`` says how often each word was seen, in small composed letters, its one to ``longest``
    syllables joined by ``_``. P(word) = count / sum of all counts. A single syllable that is no
    word there has the probability of a word seen once; several syllables are one word only where
    they are in ``counts``. Punctuation stands alone in every way to cut a text, so it has
    probability 1; an underscore in a text is a space.

    Raises ``ValueError`` for counts that are not whole numbers from 1, for words in another
    spelling, and where there is no word at all.

    >>> segmenter = WordSegmenter({"học_sinh": 6, "sinh_học": 3, "học": 4, "sinh": 1})
    >>> segmenter.segment("Học sinh học.")
    ['Học_sinh', 'học', '.']
    >>> for words, share in segmenter.ways("học sinh học", count=2):
    ...     print(words, round(share, 2))
    ['học_sinh', 'học'] 0.65
    ['học', 'sinh_học'] 0.32
    """

    def __init__(self, counts: Mapping[str, int], longest: int = 4) -> None:
        if type(longest) is not int or longest < 1:
            raise ValueError(f"longest is a whole number from 1, not {longest!r}")
        if not counts:
            raise ValueError("a segmenter needs words")
        for word, count in counts.items():
            if not _WORD.fullmatch(word) or word != nfc(word).lower():
                raise ValueError(f"no word in small composed letters, joined by _: {word!r}")
            if word.count("_") >= longest:
                raise ValueError(f"a word of more than {longest} syllables: {word!r}")
            if type(count) is not int or count < 1:
                raise ValueError(f"{word}: a whole number from 1, not {count!r}")
        self.counts, self.longest = dict(counts), longest
        self.total = sum(self.counts.values())
        self._costs = {word: self._cost(count) for word, count in self.counts.items()}
        self._unknown = self._cost(1)
        self._begins = {
            word[: match.start()] for word in self.counts for match in re.finditer("_", word)
        }

    @classmethod
    def learn(
        cls,
        texts: Iterable[str],
        *,
        most: int = 15_000,
        min_count: int = 2,
        longest: int = 4,
    ) -> WordSegmenter:
        """Count the words of texts in which spaces stand between words, ``_`` inside them.

        The ``most`` frequent are kept, ties in alphabetical order, of those seen ``min_count``
        times; words of more than ``longest`` syllables are left out. Raises ``ValueError`` where
        none is left, and for a string in place of several.

        >>> WordSegmenter.learn(["Sinh_viên thi.", "sinh_viên nghỉ"], min_count=1).counts
        {'sinh_viên': 2, 'nghỉ': 1, 'thi': 1}
        """
        if isinstance(texts, str):
            raise ValueError("several texts, not one string")
        if type(longest) is not int or longest < 1:
            raise ValueError(f"longest is a whole number from 1, not {longest!r}")
        tokens = Counter(token for text in texts for token in nfc(text).lower().split())
        counts: Counter[str] = Counter()
        for token, count in tokens.items():
            for word in _WORD.findall(token):
                if word.count("_") < longest:
                    counts[word] += count
        kept = sorted((w for w in counts if counts[w] >= min_count), key=lambda w: (-counts[w], w))
        return cls({word: counts[word] for word in kept[:most]}, longest)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and nfc(word).lower() in self.counts

    def log_probability(self, word: str) -> float:
        """Natural logarithm of P(word), to ten digits; of several syllables never seen, -inf."""
        small = nfc(word).lower()
        if small in self._costs or "_" not in small:
            return -self._alone(small) * GRID or 0.0
        return -math.inf

    def segment(self, text: str) -> list[str]:
        """The most probable words, as they are spelled in the text; of equals, as in ways()."""
        pieces = syllable_tokens(text)
        small = [piece.lower() for piece in pieces]
        costs: list[float] = [0, *[math.inf] * len(pieces)]  # of the best way to each place
        starts = [0] * len(costs)  # of its last word
        for start in range(len(pieces)):
            for end, cost in self._words_at(small, start):
                if costs[start] + cost < costs[end]:
                    costs[end], starts[end] = costs[start] + cost, start
        words, end = [], len(pieces)
        while end:
            words.append("_".join(pieces[starts[end] : end]))
            end = starts[end]
        return words[::-1]

    def ways(self, text: str, count: int = 5) -> list[tuple[list[str], float]]:
        """The best ``count`` ways to cut a text, each with its share of the probability of all.

        Best first; of two equals, the one with the longer last word. There may be fewer. Time and
        memory are in proportion to the text. Raises ``ValueError`` for a count below 1.
        """
        if count < 1:
            raise ValueError(f"count: 1 or more, not {count}")
        pieces = syllable_tokens(text)
        small = [piece.lower() for piece in pieces]
        # Of each place, the best ways there: cost, start of the last word, which of the ways to it.
        best: list[list[tuple[int, int, int]]] = [[(0, 0, 0)], *([] for _ in pieces)]
        sums = [0.0, *[-math.inf] * len(pieces)]  # log of the probability of all ways
        for start in range(len(pieces)):
            for end, cost in self._words_at(small, start):
                best[end] += [
                    (before + cost, start, k) for k, (before, *_) in enumerate(best[start])
                ]
                sums[end] = _log_add(sums[end], sums[start] - cost * GRID)
            best[start + 1] = sorted(best[start + 1])[:count]  # nothing leads there any more
        found = []
        for cost, start, k in best[-1]:
            words, end = [], len(pieces)
            while end:
                words.append("_".join(pieces[start:end]))
                end = start
                _, start, k = best[end][k]
            found.append((words[::-1], math.exp(-cost * GRID - sums[-1])))
        return found

    def _cost(self, count: int) -> int:
        return math.floor(math.log(self.total / count) / GRID + 0.5)

    def _alone(self, piece: str) -> int:
        mark = len(piece) == 1 and not piece.isalnum()
        return self._costs.get(piece, 0 if mark else self._unknown)

    def _words_at(self, small: Sequence[str], start: int) -> Iterator[tuple[int, int]]:
        """End and cost of each word that can begin there."""
        word, end = small[start], start + 1
        yield end, self._alone(word)
        while end < len(small) and word in self._begins:
            word = f"{word}_{small[end]}"
            end += 1
            if (cost := self._costs.get(word)) is not None:
                yield end, cost


def _log_add(a: float, b: float) -> float:
    high, low = max(a, b), min(a, b)
    return high + math.log1p(math.exp(low - high))


# ---- How well two ways to cut agree ---------------------------------------------------------


class Agreement(NamedTuple):
    """Share of the words found that are wanted, of those wanted that are found, and their mean.

    ``f1`` is the harmonic mean of the two, 2 / (1 / precision + 1 / recall).
    """

    precision: float
    recall: float
    f1: float


def agreement(
    found: Sequence[str] | Sequence[Sequence[str]], wanted: Sequence[str] | Sequence[Sequence[str]]
) -> Agreement:
    """Agreement of the words found in a text with those wanted, or of many texts together.

    A word is right when one wanted has the same letters at the same place of the text. Words
    without a letter or a number (punctuation) do not count. Raises ``ValueError`` for two texts
    that are not the same but for spaces, ``_`` and capitals, and where there are no words.

    >>> agreement(["vi_phạm", "quy_chế"], ["vi_phạm_quy_chế"]).f1
    0.0
    >>> agreement(["sinh_viên", "vi", "phạm"], ["sinh_viên", "vi_phạm"]).f1
    0.4
    """
    both = [_texts(found), _texts(wanted)]
    if len(both[0]) != len(both[1]):
        raise ValueError(f"{len(both[0])} texts and {len(both[1])} do not make pairs")
    right = all_found = all_wanted = 0
    for number, (one, other) in enumerate(zip(*both, strict=True), 1):
        if _letters(one) != _letters(other):
            raise ValueError(f"text {number}: found and wanted are not the same text")
        spans_found, spans_wanted = _spans(one), _spans(other)
        right += len(spans_found & spans_wanted)
        all_found += len(spans_found)
        all_wanted += len(spans_wanted)
    if not all_found:
        raise ValueError("there are no words to compare")
    return Agreement(right / all_found, right / all_wanted, 2 * right / (all_found + all_wanted))


def _texts(words: Sequence[str] | Sequence[Sequence[str]]) -> list[Sequence[str]]:
    if all(isinstance(word, str) for word in words):
        return [[str(word) for word in words]]
    return list(words)


def _letters(words: Iterable[str]) -> str:
    return re.sub(r"[\s_]", "", nfc("".join(words))).lower()


def _spans(words: Iterable[str]) -> set[tuple[int, int]]:
    """Where each word begins and ends among the letters of its text."""
    spans, end = set(), 0
    for word in words:
        letters = _letters([word])
        if re.search(r"\w", letters):
            spans.add((end, end + len(letters)))
        end += len(letters)
    return spans
