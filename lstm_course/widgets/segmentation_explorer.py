"""``SegmentationExplorer``: what a computer sees of a Vietnamese text, from letters to numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, ClassVar, NamedTuple

import traitlets

from lstm_course.segmentation import WordSegmenter
from lstm_course.text import (
    CLEANING,
    Vocabulary,
    characters,
    clean,
    clean_steps,
    nfc,
    syllable_tokens,
    vietnamese_words,
)
from lstm_course.widgets.base import Choice, CourseWidget, Whole, numbers_line
from lstm_course.widgets.packing import pack_tokens, unpack_tokens

UNITS = ("words", "syllables", "characters")
MOST_LETTERS = 20_000  # of a text that are looked at,
MOST_SYLLABLES = 500  # of those that are cut into words,
MOST_WAYS = 5

#: Sentences that can be cut in more than one way (the first is from the literature), and texts that
#: need cleaning, were typed without marks, and letter by letter with the marks apart.
EXAMPLES = (
    "Sinh viên vi phạm quy chế thi cử",
    "Học sinh học sinh học",
    "Tốc độ truyền thông tin",
    "Nhà máy tính toán lại chi phí",
    "Tôi đi chợ mua bàn là mới",
    "<b>Quán ngon</b> lắm!!! Cho 10 điểm :-D 😋 xem https://example.com nhé",
    "Quan an ngon lam, nhan vien nhiet tinh (go khong dau)",
    unicodedata.normalize("NFD", "Quán ăn ngon lắm, nhân viên nhiệt tình (gõ rời từng dấu)"),
)


class Letters(NamedTuple):
    """How a text is written: its characters in composed letters (NFC), its code points as typed.

    ``in_pieces`` are the different letters that were typed in several code points, composed.
    """

    characters: int
    code_points: int
    in_pieces: tuple[str, ...]


class SegmentationExplorer(CourseWidget):
    """A text on its way into a network: letters, cleaning, syllables, words, tokens, numbers.

    ``vocabularies`` has one for "words", "syllables" or "characters", or for several of them.
    ``text``, ``unit`` (one of the vocabularies), ``way`` (1 is the best way to cut the text; where
    there are fewer, the last) and ``steps`` (names in ``text.CLEANING``, in the order in which they
    are taken) can be set and read. ``examples`` are texts to pick; where pyvi is installed, what it
    says of them, and of ``text``, travels with the widget.

    Of a long text, the first 20,000 characters are looked at, and 500 syllables of those.

    Raises ``ValueError`` without a segmenter and a vocabulary, ``traitlets.TraitError`` for wrong
    values.
    """

    NAME: ClassVar[str] = "segmentation_explorer"
    SHOWN = ("text", "unit", "way")
    SHARED: ClassVar[tuple[str, ...]] = ("reading.js",)

    text = traitlets.Unicode("").tag(sync=True)
    unit = Choice(*UNITS)
    way = Whole(1, 1, MOST_WAYS)
    steps: traitlets.Tuple = traitlets.Tuple().tag(sync=True)
    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    pyvi: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    packed_segmenter: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    packed_vocabularies: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        segmenter: WordSegmenter | None = None,
        vocabularies: Mapping[str, Vocabulary] | None = None,
        text: str = "",
        *,
        steps: Iterable[str] = tuple(CLEANING),
        examples: Sequence[str] = EXAMPLES,
        pyvi: Mapping[str, str] | None = None,
        packed_segmenter: Mapping[str, Any] | None = None,
        packed_vocabularies: Mapping[str, str] | None = None,
        **values: Any,
    ) -> None:
        if packed_segmenter is not None:
            segmenter = _unpacked(packed_segmenter)
        if packed_vocabularies is not None:
            packed = packed_vocabularies.items()
            vocabularies = {unit: Vocabulary(unpack_tokens(tokens)) for unit, tokens in packed}
        if segmenter is None or not vocabularies:
            raise ValueError("SegmentationExplorer needs a segmenter and a vocabulary")
        if odd := [unit for unit in vocabularies if unit not in UNITS]:
            raise ValueError(f"vocabularies are for {', '.join(UNITS)}, not {', '.join(odd)}")
        self._segmenter = segmenter
        self._current: tuple[object, str] = ((), "")  # what was cleaned last, and what was left
        self._vocabularies = {unit: vocabularies[unit] for unit in UNITS if unit in vocabularies}
        super().__init__(
            text=text,
            steps=tuple(steps),
            examples=list(examples),
            packed_segmenter=_packed(segmenter),
            packed_vocabularies={
                unit: pack_tokens(known.tokens) for unit, known in self._vocabularies.items()
            },
            **{"unit": next(iter(self._vocabularies)), **values},
        )
        self.pyvi = self._asked() if pyvi is None else dict(pyvi)

    @classmethod
    def constants(cls) -> dict[str, Any]:
        most = {"letters": MOST_LETTERS, "syllables": MOST_SYLLABLES, "ways": MOST_WAYS}
        return {**super().constants(), "cleaning": list(CLEANING), "most": most}

    @traitlets.validate("unit")
    def _check_unit(self, proposal: dict[str, Any]) -> str:
        unit: str = proposal["value"]
        if unit not in self._vocabularies:
            choices = ", ".join(self._vocabularies)
            raise self.refusal("common.not_a_choice", name="unit", value=unit, choices=choices)
        return unit

    @traitlets.validate("steps")
    def _check_steps(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        steps: tuple[str, ...] = proposal["value"]
        if any(step not in CLEANING for step in steps) or len(set(steps)) < len(steps):
            known = ", ".join(CLEANING)
            given = ", ".join(map(str, steps))
            raise self.refusal("segmentation_explorer.bad_steps", given=given, known=known)
        return steps

    # ---- From the top to the bottom --------------------------------------------------------------

    @property
    def letters(self) -> Letters:
        """How the text is written."""
        typed = self.text[:MOST_LETTERS]
        return Letters(len(nfc(typed)), len(typed), tuple(dict.fromkeys(_in_pieces(typed))))

    @property
    def stages(self) -> list[tuple[str, str]]:
        """Each cleaning step with the text after it."""
        return list(clean_steps(self.text[:MOST_LETTERS], self.steps))

    @property
    def cleaned(self) -> str:
        """The text after all steps, up to the last syllable that is looked at."""
        state = (self.text, self.steps)
        if self._current[0] != state:
            self._current = (state, _cleaned(*state))
        return self._current[1]

    @property
    def syllables(self) -> list[str]:
        """Syllables and punctuation of the cleaned text."""
        return syllable_tokens(self.cleaned)

    @property
    def ways(self) -> list[tuple[list[str], float]]:
        """The best ways to cut the cleaned text, each with its share of the probability of all."""
        return self._segmenter.ways(self.cleaned, MOST_WAYS)

    @property
    def words(self) -> list[str]:
        """The words of the way that is chosen."""
        return self._chosen(self.ways)[0]

    @property
    def log_probabilities(self) -> list[float]:
        """Of each of these words, the natural logarithm of its probability."""
        return [self._segmenter.log_probability(word) for word in self.words]

    def tokens_of(self, unit: str) -> list[str]:
        """The tokens of the cleaned text, "words", "syllables" or "characters"."""
        if unit == "words":
            return self.words
        return self.syllables if unit == "syllables" else characters(self.cleaned)

    @property
    def tokens(self) -> list[str]:
        """The tokens that the model receives."""
        return self.tokens_of(self.unit)

    @property
    def numbers(self) -> list[int]:
        """Their numbers in the vocabulary, 1 for those that it does not know."""
        return self._vocabularies[self.unit].encode(self.tokens)

    @property
    def unknown(self) -> float:
        """Share of the tokens that the vocabulary does not know; of no tokens, 0."""
        numbers = self.numbers
        return numbers.count(1) / max(1, len(numbers))

    @property
    def lengths(self) -> dict[str, int]:
        """How many tokens there are, for each unit that there is a vocabulary for."""
        return {unit: len(self.tokens_of(unit)) for unit in self._vocabularies}

    def _chosen(self, ways: Sequence[tuple[list[str], float]]) -> tuple[list[str], float]:
        return ways[min(self.way, len(ways)) - 1]

    def _asked(self) -> dict[str, str]:
        """What pyvi says of the examples as the steps leave them, with capitals and without."""
        steps = [step for step in self.steps if step != "lower"]
        texts = [
            _cleaned(text, which)
            for text in (*self.examples, self.text)
            for which in (self.steps, steps)
        ]
        try:
            return {text: " ".join(vietnamese_words(text)) for text in texts if text}
        except ImportError:  # then there is nothing beside ours
            return {}

    # ---- Where neither kernel nor script runs ----------------------------------------------------

    def picture(self) -> str:
        ways = self.ways
        words, share = self._chosen(ways)
        rows = {
            self.word("row_text"): self.text,
            self.word("row_cleaned"): self.cleaned,
            self.word("row_words"): " ".join(words),
            self.word("row_tokens"): " · ".join(self.tokens),
            self.word("row_numbers"): ", ".join(map(str, self.numbers)),
        }
        body = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(_short(shown))}</td></tr>'
            for name, shown in rows.items()
        )
        caption = f"<caption>{escape(self.word('picture'))}</caption>"
        return f"<table>{caption}<tbody>{body}</tbody></table>" + numbers_line(
            {self.word("share_of_way"): share, self.word("unknown_share"): self.unknown}
        )


def _cleaned(text: str, steps: Iterable[str]) -> str:
    whole = nfc(clean(text[:MOST_LETTERS], steps))
    syllables, end = syllable_tokens(whole), 0
    if len(syllables) <= MOST_SYLLABLES:
        return whole
    for syllable in syllables[:MOST_SYLLABLES]:
        end = whole.index(syllable, end) + len(syllable)
    return whole[:end]


def _in_pieces(text: str) -> Iterable[str]:
    """Letters that become shorter when they are composed: a letter is one sign and its marks."""
    letter = ""
    for sign in [*text, ""]:
        if sign and unicodedata.category(sign).startswith("M"):
            letter += sign
            continue
        if len(composed := unicodedata.normalize("NFC", letter)) < len(letter):
            yield composed
        letter = sign


def _short(text: str, most: int = 1000) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _packed(segmenter: WordSegmenter) -> dict[str, Any]:
    return {
        "words": pack_tokens(list(segmenter.counts)),
        "counts": list(segmenter.counts.values()),
        "longest": segmenter.longest,
    }


def _unpacked(packed: Mapping[str, Any]) -> WordSegmenter:
    counts = dict(zip(unpack_tokens(packed["words"]), packed["counts"], strict=True))
    return WordSegmenter(counts, packed["longest"])
