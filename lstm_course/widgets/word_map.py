"""``WordMap``: words on a map to walk in, with their nearest neighbours by cosine.

The vectors travel in the widget's state with eight bits a number, so that the page finds neighbours
and reckons with words by itself.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any, ClassVar

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lstm_course.vectors import unit_vectors, word_map
from lstm_course.widgets import packing
from lstm_course.widgets.base import Choice, CourseWidget, numbers_line

NEAREST = 10  # neighbours of a word
RESULTS = 5  # words nearest to a - b + c
MATCHES = 8  # words offered for what is typed
READ = 40  # letters of what is typed that are read
STEPS = 32_767  # a place is a whole number from -STEPS to STEPS
#: The mark of each group around (0, 0), about 10 wide, and its colour where there is no style
#: sheet. The first is that of words without groups.
MARKS = (
    ("M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0z", "#0a63b0"),
    ("M-3.8 -3.8h7.6v7.6h-7.6z", "#b35900"),
    ("M0 -5.2L5 3.8H-5z", "#1a7f4b"),
    ("M0 -5.6L5.6 0L0 5.6L-5.6 0z", "#b01e5b"),
    ("M0 5.2L5 -3.8H-5z", "#7a3fb3"),
    ("M-1.6 -5h3.2v3.4h3.4v3.2h-3.4v3.4h-3.2v-3.4h-3.4v-3.2h3.4z", "#007a7a"),
    ("M-4.8 -2.4L-2.4 -4.8L0 -2.4L2.4 -4.8L4.8 -2.4L2.4 0L4.8 2.4L2.4 4.8L0 2.4L-2.4 4.8L-4.8 2.4"
     "L-2.4 0z", "#a1330d"),
    ("M0 -5.8L1.5 -2L5.5 -1.8L2.4 .8L3.4 4.7L0 2.5L-3.4 4.7L-2.4 .8L-5.5 -1.8L-1.5 -2z", "#5b6b00"),
    ("M-5 0L-2.5 -4.4H2.5L5 0L2.5 4.4H-2.5z", "#4a52c4"),
    ("M-5 -3.2H5V3.2H-5z", "#6b5344"),
)  # fmt: skip

_GAP = re.compile(r"[ \t\r\n\u00a0_]+")
_ABOVE_AND_BELOW = re.compile("[\u0300-\u036f]")  # the marks of decomposed Vietnamese


class WordMap(CourseWidget):
    """Words on a plane, their neighbours by cosine, and sums of words: ``start - minus + plus``.

    ``words`` are n different words, the most frequent first, as the names on the map go to them in
    that order (``đất_nước`` is shown as "đất nước"); ``vectors`` ``(n, D)`` are theirs, of which
    only the direction counts; a word whose vector is all zeros is left out. ``places`` ``(n, 2)``
    are those on the map, :func:`vectors.word_map` if not given. ``groups`` are n numbers of
    ``group_names``, at most ten (``None``: no groups).
    ``examples`` are sums to pick, triples ``(start, minus, plus)``.

    ``chosen``, ``start``, ``minus`` and ``plus`` (words, or ``""``), ``search`` (any text) and
    ``hidden`` (numbers of the groups that are switched off) can be set and read. A word may be
    written without its marks, in capitals, with spaces: ``"dat nuoc"``. ``words_lang`` is the
    language of the words.

    1,500 words with 64 numbers each take 130 KB of a page (gzip), 2,000 with 100 take 250 KB.

    Raises ``ValueError`` for what makes no map, ``traitlets.TraitError`` for words that are not
    on it.

    >>> vectors = [[1, 0], [3, 1], [0, 1], [-1, 1]]
    >>> places = [[-1, 0], [0, 0], [0, 1], [1, 1]]
    >>> chart = WordMap(["vua", "nữ_hoàng", "lúa", "gạo"], vectors, places=places)
    >>> chart.chosen = "nu hoang"
    >>> chart.chosen
    'nữ_hoàng'
    >>> [(word, round(cosine, 3)) for word, cosine in chart.neighbours]
    [('vua', 0.949), ('lúa', 0.316), ('gạo', -0.447)]
    """

    NAME: ClassVar[str] = "word_map"
    SHARED: ClassVar[tuple[str, ...]] = ("network.js",)
    SHOWN = ("chosen", "start", "minus", "plus")

    chosen = traitlets.Unicode("").tag(sync=True)
    start = traitlets.Unicode("").tag(sync=True)
    minus = traitlets.Unicode("").tag(sync=True)
    plus = traitlets.Unicode("").tag(sync=True)
    search = traitlets.Unicode("").tag(sync=True)
    hidden: traitlets.List[int] = traitlets.List(traitlets.Int()).tag(sync=True)
    examples: traitlets.List[Any] = traitlets.List().tag(sync=True)
    group_names: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    data: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    words_lang = Choice("vi", "en")

    def __init__(
        self,
        words: Sequence[str] = (),
        vectors: ArrayLike | None = None,
        *,
        places: ArrayLike | None = None,
        groups: Sequence[int] | None = None,
        group_names: Sequence[str] = (),
        chosen: str = "",
        examples: Iterable[Sequence[str]] = (),
        data: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        if data is None:
            if vectors is None:
                raise ValueError("WordMap shows words with their vectors: give both")
            data = pack(words, vectors, places, groups)
        self.words, self.vectors, self._steps, self.groups = unpack(data)
        #: The mean of ``shared`` over all words.
        self.shared_on_average = float(data["shared"])
        if len(group_names) > len(MARKS) or (self.groups and max(self.groups) >= len(group_names)):
            raise ValueError(f"name every group, at most {len(MARKS)} of them")
        self._numbers = {word: number for number, word in enumerate(self.words)}
        super().__init__(
            data=dict(data),
            group_names=list(group_names),
            chosen=chosen,
            examples=[list(example) for example in examples],
            **values,
        )

    @classmethod
    def constants(cls) -> dict[str, Any]:
        limits = {"nearest": NEAREST, "results": RESULTS, "matches": MATCHES, "read": READ}
        return {
            **super().constants(),
            "limits": {**limits, "steps": STEPS},
            "marks": [path for path, _ in MARKS],
        }

    @traitlets.validate("chosen", "start", "minus", "plus")
    def _check_word(self, proposal: dict[str, Any]) -> str:
        return self._known(proposal["value"])

    @traitlets.validate("hidden")
    def _check_hidden(self, proposal: dict[str, Any]) -> list[int]:
        hidden = sorted(set(proposal["value"]))
        if hidden and not 0 <= hidden[0] <= hidden[-1] < len(self.group_names):
            high = len(self.group_names) - 1
            raise self.refusal("common.not_whole", name="hidden", value=hidden, low=0, high=high)
        return hidden

    @traitlets.validate("examples")
    def _check_examples(self, proposal: dict[str, Any]) -> list[list[str]]:
        if any(len(example) != 3 for example in proposal["value"]):
            raise self.refusal("word_map.wrong_example")
        return [[self._known(word) for word in example] for example in proposal["value"]]

    def _known(self, typed: str) -> str:
        if not _plain(typed):
            return ""
        number = self.number(typed)
        if number is None:
            near = ", ".join(shown(word) for word in self.spelled_like(typed))
            told = self.word("not_here", word=typed[:READ])
            raise traitlets.TraitError(
                told + (f" {self.word('meant', words=near)}" if near else "")
            )
        return self.words[number]

    # ---- Words by their spelling -----------------------------------------------------------

    @cached_property
    def _spellings(self) -> list[tuple[str, str]]:
        return [(_plain(word), _bare(word)) for word in self.words]

    def number(self, typed: str) -> int | None:
        """The number of a word: as spelled, or in small letters, or without marks; else None."""
        typed = unicodedata.normalize("NFC", typed)
        if typed in self._numbers:
            return self._numbers[typed]
        wanted = (_plain(typed), _bare(typed))
        for spelling in (0, 1):
            for number, keys in enumerate(self._spellings):
                if keys[spelling] == wanted[spelling]:
                    return number
        return None

    @property
    def found(self) -> list[str]:
        """Words that go with ``search``, the best first: those that are it, or begin with it.

        A compound word is also found by its second or third syllable.
        """
        plain, bare = _plain(self.search), _bare(self.search)
        if not plain:
            return []

        def rank(keys: tuple[str, str]) -> int:
            ways = (
                keys[0] == plain,
                keys[0].startswith(plain),
                keys[1] == bare,
                keys[1].startswith(bare),
                f" {bare}" in keys[1],
            )
            return ways.index(True) if any(ways) else len(ways)

        ranks = [rank(keys) for keys in self._spellings]
        order = sorted(range(len(ranks)), key=lambda number: ranks[number])
        return [self.words[number] for number in order if ranks[number] < 5]

    def spelled_like(self, typed: str) -> list[str]:
        """Up to three words whose spelling is nearest, if they share half of the letters typed.

        Marks count less than letters.
        """
        plain, bare = _plain(typed), _bare(typed)
        near = []
        for number, keys in enumerate(self._spellings):
            # As many letters must change as one spelling is longer, at least.
            if 2 * abs(len(keys[1]) - len(bare)) > len(bare):
                continue
            changes = letters_changed(keys[1], bare)
            if 2 * changes <= len(bare):
                near.append((changes, letters_changed(keys[0], plain), number))
        return [self.words[number] for *_, number in sorted(near)[:3]]

    # ---- Words by their vectors ------------------------------------------------------------

    @property
    def neighbours(self) -> list[tuple[str, float]]:
        """The ten words nearest to ``chosen`` by cosine, the nearest first, with their cosines."""
        if not self.chosen:
            return []
        return self._nearest(self.vectors[self._numbers[self.chosen]], [self.chosen], NEAREST)

    @property
    def map_neighbours(self) -> list[str]:
        """The ten words nearest to ``chosen`` on the map, the nearest first."""
        if not self.chosen:
            return []
        away = self._steps - self._steps[self._numbers[self.chosen]]  # (n, 2)
        order = np.argsort((away**2).sum(axis=1), kind="stable")
        others = [self.words[number] for number in order if self.words[number] != self.chosen]
        return others[:NEAREST]

    @property
    def shared(self) -> int:
        """How many of ``neighbours`` are among ``map_neighbours``."""
        return len({word for word, _ in self.neighbours} & set(self.map_neighbours))

    @property
    def analogy(self) -> list[tuple[str, float]]:
        """The five words nearest to ``start - minus + plus`` by cosine, without these three.

        All vectors have length 1 before they are added. A word that is ``""`` adds nothing; with
        fewer than two, or where nothing is left of the sum, there is no result.
        """
        signs = {"start": 1, "minus": -1, "plus": 1}
        parts = [(sign, getattr(self, name)) for name, sign in signs.items() if getattr(self, name)]
        if len(parts) < 2:
            return []
        total = sum(sign * self.vectors[self._numbers[word]] for sign, word in parts)
        length = float(np.linalg.norm(total))
        if length < 1e-9:
            return []
        return self._nearest(total / length, [word for _, word in parts], RESULTS)

    def _nearest(
        self, direction: NDArray[np.float64], without: Iterable[str], count: int
    ) -> list[tuple[str, float]]:
        cosines = self.vectors @ direction  # (n,)
        order = np.argsort(-_rounded(cosines), kind="stable")
        left = [number for number in order if self.words[number] not in without]
        return [(self.words[number], float(cosines[number])) for number in left[:count]]

    # ---- The stored picture ----------------------------------------------------------------

    def picture(self) -> str:
        width, height = 720, 560
        x, y = (self._steps / STEPS * (height / 2 - 20) * (1, -1) + (width / 2, height / 2)).T
        paths: dict[int, list[str]] = {}
        for number, group in enumerate(self.groups or [0] * len(self.words)):
            paths.setdefault(group, []).append(f"M{x[number]:.0f} {y[number]:.0f}{_SMALL[group]}")
        marks = "".join(
            f'<path class="lw-group-{group}" color="{MARKS[group][1]}" fill="currentColor" '
            f'fill-opacity=".6" d="{"".join(paths[group])}"/>'
            for group in sorted(paths)
        )
        names = "".join(
            f'<text x="{x[number]:.0f}" y="{y[number] - 5:.0f}">{escape(shown(word))}</text>'
            for number, word in self._names(x, y)
        )
        alt = escape(self.word("picture", count=len(self.words)))
        svg = (
            f'<svg role="img" aria-label="{alt}" viewBox="0 0 {width} {height}" width="{width}">'
            f'{marks}<g lang="{self.words_lang}" fill="currentColor" font-size="12" '
            f'text-anchor="middle">{names}</g></svg>'
        )
        parts = [
            svg,
            self._legend(),
            numbers_line({self.word("picture_average"): self.shared_on_average}),
        ]
        if self.chosen:
            near = {f"{shown(self.chosen)} · {shown(word)}": cos for word, cos in self.neighbours}
            parts.append(numbers_line(near))
        if self.analogy:
            word, cosine = self.analogy[0]
            parts.append(numbers_line({f"{self._sum()} ≈ {shown(word)}": cosine}))
        return "".join(parts)

    def _sum(self) -> str:
        signs = {"start": "", "minus": " − ", "plus": " + "}
        told = "".join(
            sign + shown(getattr(self, name)) for name, sign in signs.items() if getattr(self, name)
        )
        return told.removeprefix(" + ").strip()

    def _legend(self) -> str:
        keys = "".join(
            f'<span><svg viewBox="-7 -7 14 14" width="12" height="12" aria-hidden="true" '
            f'style="display: inline-block"><path class="lw-group-{group}" color="{colour}" '
            f'fill="currentColor" d="{path}"/></svg> {escape(name)}</span> '
            for group, (name, (path, colour)) in enumerate(
                zip(self.group_names, MARKS, strict=False)
            )
        )
        return f"<p>{keys}</p>" if keys else ""

    def _names(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Iterable[tuple[int, str]]:
        """Names that do not lie over each other, those of the first words first."""
        placed: list[tuple[float, float, float]] = []
        for number, word in enumerate(self.words):
            half = 3.5 * len(word) + 2  # a letter is about 7 wide, and a line 13 high
            free = all(
                abs(x[number] - left) > half + wide or abs(y[number] - top) > 13
                for left, top, wide in placed
            )
            if free:
                placed.append((x[number], y[number], half))
                yield number, word


#: The marks of the stored picture: a third of the size, relative to where the pen stands.
_SMALL = (
    "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z",
    "m-2 -2h4v4h-4z",
    "m0 -3l3 5h-6z",
    "m0 -3l3 3l-3 3l-3 -3z",
    "m0 3l3 -5h-6z",
    "m-1 -3h2v2h2v2h-2v2h-2v-2h-2v-2h2z",
    "m-3 -3h2l1 2l1 -2h2l-2 3l2 3h-2l-1 -2l-1 2h-2l2 -3z",
    "m0 -3l1 2h2l-1 2l1 2l-3 -1l-3 1l1 -2l-1 -2h2z",
    "m-3 0l1 -2h4l1 2l-1 2h-4z",
    "m-3 -1h6v3h-6z",
)


def shown(word: str) -> str:
    """A word as it is shown: the syllables of a compound word apart.

    >>> shown("đất_nước")
    'đất nước'
    """
    return word.replace("_", " ")


def letters_changed(one: str, other: str) -> int:
    """How many letters must be added, taken away or changed (Levenshtein's distance).

    >>> letters_changed("benh vien", "benh vein"), letters_changed("", "ab")
    (2, 2)
    """
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            before, row[j] = row[j], min(before + (letter != wanted), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def _plain(typed: str) -> str:
    """In small letters, composed, its parts apart by one space each; only its first letters."""
    composed = unicodedata.normalize("NFC", typed[: 4 * READ]).lower()
    return _GAP.sub(" ", unicodedata.normalize("NFC", composed)).strip(" ")[:READ]


def _bare(typed: str) -> str:
    """The same without marks: đất_nước becomes "dat nuoc"."""
    letters = unicodedata.normalize("NFD", _plain(typed)).replace("đ", "d")
    return _ABOVE_AND_BELOW.sub("", letters)


def _rounded(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """So that words equally near come in their own order, here and in the page."""
    return np.round(cosines, 12)


# ---- Packed for the page --------------------------------------------------------------------


def pack(
    words: Sequence[str],
    vectors: ArrayLike,
    places: ArrayLike | None,
    groups: Sequence[int] | None,
) -> dict[str, Any]:
    """Words, vectors (eight bits), places (16 bits) and groups as JSON holds them.

    Words without a vector (all zeros: they do not occur) are left out. Raises ``ValueError`` where
    the parts do not go together.
    """
    given = np.asarray(vectors, dtype=float)
    if given.ndim != 2 or len(given) != len(words):
        raise ValueError(f"{len(words)} words, but vectors {given.shape}")
    if groups is not None and (len(groups) != len(words) or min(groups, default=0) < 0):
        raise ValueError("groups are one number for each word, 0 or more")
    kept = np.flatnonzero(given.any(axis=1)).tolist()
    named = [unicodedata.normalize("NFC", words[number]) for number in kept]
    if len(named) < 2 or len(set(named)) < len(named) or not all(_plain(word) for word in named):
        raise ValueError("words are at least two different ones, none of them empty")
    unit = unit_vectors(given[kept])
    if places is None:
        at = word_map(unit)
    else:
        at = np.asarray(places, dtype=float)
        if at.shape != (len(words), 2) or not np.isfinite(at).all() or np.abs(at).max() > 1:
            raise ValueError("places are two numbers for each word, between -1 and 1")
        at = at[kept]
    steps = np.round(at * STEPS).astype("<i2")
    packed: dict[str, Any] = {
        "words": packing.pack_tokens(named),
        "vectors": packing.pack({"embedding": unit})["embedding"],
        "places": b64encode(steps.tobytes()).decode(),
        "groups": None if groups is None else [int(groups[number]) for number in kept],
    }
    return {**packed, "shared": _shared_on_average(*unpack(packed)[1:3])}


def _shared_on_average(vectors: NDArray[np.float64], steps: NDArray[np.int64]) -> float:
    """How many of a word's ten nearest by cosine are among its ten nearest on the map."""
    count = min(NEAREST, len(vectors) - 1)
    x, y = steps.T.astype(float)
    near = np.zeros((len(vectors), len(vectors)), dtype=int)
    for far in (-vectors @ vectors.T, (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2):  # (n, n)
        np.fill_diagonal(far, np.inf)
        rows = np.argpartition(far, count - 1, axis=1)[:, :count]
        np.put_along_axis(near, rows, np.take_along_axis(near, rows, axis=1) + 1, axis=1)
    return float((near == 2).sum() / len(vectors))


def unpack(
    data: Mapping[str, Any],
) -> tuple[list[str], NDArray[np.float64], NDArray[np.int64], list[int] | None]:
    """Words, vectors ``(n, D)`` of length 1, places in steps ``(n, 2)`` and groups."""
    words = packing.unpack_tokens(data["words"])
    vectors = unit_vectors(packing.unpack({"embedding": data["vectors"]})["embedding"])
    steps = np.frombuffer(b64decode(data["places"]), "<i2").reshape(-1, 2).astype(np.int64)
    groups = None if data["groups"] is None else list(data["groups"])
    return words, vectors, steps, groups
