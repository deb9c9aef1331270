"""Text before it reaches a network: cleaning, tokenizers, vocabulary, padding and bucketing.

Everything works on composed Unicode (NFC): Vietnamese letters typed in pieces, a vowel and its
marks apart, look the same on the screen but are other characters to a computer.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lstm_course.language import text as words

PAD, UNK = "<pad>", "<unk>"
Kept = TypeVar("Kept", str, int)

# ---- Cleaning -------------------------------------------------------------------------------


def nfc(text: str) -> str:
    r"""Text in composed letters, without a byte-order mark.

    >>> apart = "e\u0323\u0302"  # an e, a dot below and a circumflex: ệ
    >>> len(apart), len(nfc(apart))
    (3, 1)
    """
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


# A syllable that ends in oa, oe or uy carries its tone on the first vowel in the older spelling
# (hòa, khỏe, thủy) and on the second in the newer one (hoà, khoẻ, thuỷ).
_TONES = "\u0300\u0301\u0309\u0303\u0323"
_NEW_PLACE = re.compile(
    rf"(?<![qQ])([oO](?=[aAeE])|[uU](?=[yY]))([aAeEyY])([{_TONES}])(?![^\W\d_])"
)


def old_tone_placement(text: str) -> str:
    """Vietnamese spelled with one tone placement, the older one, which most web text uses.

    Only open syllables in oa, oe and uy have two spellings; "quý", where the u belongs to the
    consonant, and closed syllables such as "hoàn" have one, and stay.

    >>> old_tone_placement("Hoà khoẻ, thuỷ thủ; quý, hoàn, hòa")
    'Hòa khỏe, thủy thủ; quý, hoàn, hòa'
    """
    return nfc(_NEW_PLACE.sub(r"\1\3\2", _tones_apart(text)))


def _tones_apart(text: str) -> str:
    # Letters stay whole (ê, ơ, đ); only the five tone marks come apart.
    pieces = []
    for letter in nfc(text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in _TONES)
        rest = "".join(mark for mark in parts if mark not in _TONES)
        pieces.append(unicodedata.normalize("NFC", rest) + tone)
    return "".join(pieces)


# Patterns that take time in proportion to the text, whatever the text.
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--[^<>]*-->")
_URL = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_EMOTICON = re.compile(
    r"(?:(?:(?<!\w)[:;=]|(?<!\S)[8xX])[-o^']?[)(\]\[DdPp3/\\|*]+"  # :-) ;D =)) 8) xD
    r"|(?<!\w)(?:<3+|\^[_.-]?\^|[Tt][_.][Tt]|:v+))(?!\w)"  # <3 ^_^ T_T :v
)
_PICTURE = re.compile(
    "["
    "\U0001f1e6-\U0001f1ff"  # regional letters, in pairs: flags
    "\U0001f300-\U0001faff"  # pictographs and faces
    "\u2600-\u27bf\u2b00-\u2bff"  # symbols, dingbats, arrows and stars
    "\u200d\ufe0f\u20e3"  # what joins and varies them
    "]+"
)
_PUNCTUATION = re.compile(r"[^\w\s]|(?<!\w)_|_(?!\w)")
_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")


def _plain_html(text: str) -> str:
    return html.unescape(_TAG.sub(" ", text))


#: Cleaning steps by name, in an order that works: an emoticon such as ":-D" is made of
#: punctuation, so whoever removes punctuation first never sees it.
CLEANING: dict[str, Callable[[str], str]] = {
    "nfc": nfc,
    "html": _plain_html,
    "urls": lambda text: _URL.sub(" ", text),
    "emoticons": lambda text: _EMOTICON.sub(" ", _PICTURE.sub(" ", text)),
    "punctuation": lambda text: _PUNCTUATION.sub(" ", text),
    "digits": lambda text: _DIGITS.sub(" ", text),
    "space": lambda text: _SPACE.sub(" ", text).strip(),
    "lower": str.lower,
}


def clean_steps(text: str, steps: Iterable[str] = tuple(CLEANING)) -> Iterator[tuple[str, str]]:
    """Each step's name with the text after it. Raises ``KeyError`` for an unknown step.

    >>> for name, after in clean_steps("Ngon :-D!", ["emoticons", "punctuation", "space"]):
    ...     print(f"{name:12}{after!r}")
    emoticons   'Ngon  !'
    punctuation 'Ngon   '
    space       'Ngon'
    """
    for name in steps:
        text = CLEANING[name](text)
        yield name, text


def clean(text: str, steps: Iterable[str] = tuple(CLEANING)) -> str:
    """Text after all ``steps``; an underscore inside a word (``nhân_viên``) stays.

    >>> clean("<b>Phở</b> ngon :D 😋 5* xem http://a.vn nhé!")
    'phở ngon xem nhé'
    """
    for name in steps:
        text = CLEANING[name](text)
    return text


# ---- Tokenizers -----------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:[_'’-][^\W_]+)*|[^\w\s]")
_SYLLABLE = re.compile(r"[^\W_]+|[^\w\s]")


def word_tokens(text: str) -> list[str]:
    """Words and single punctuation marks; ``don't`` and ``nhân_viên`` are one word each.

    >>> word_tokens("I don't like it!")
    ['I', "don't", 'like', 'it', '!']
    """
    return _WORD.findall(nfc(text))


def syllable_tokens(text: str) -> list[str]:
    """Vietnamese syllables (tiếng) and single punctuation marks.

    >>> syllable_tokens("Sinh_viên vi phạm.")
    ['Sinh', 'viên', 'vi', 'phạm', '.']
    """
    return _SYLLABLE.findall(nfc(text))


def vietnamese_words(text: str) -> list[str]:
    """Words found by pyvi's segmenter, the syllables of one joined by ``_``.

    Raises ``ImportError`` with what to install when pyvi is missing.
    """
    try:
        from pyvi import ViTokenizer
    except ImportError as error:
        raise ImportError(words("text.no_pyvi")) from error
    segmented: str = ViTokenizer.tokenize(nfc(text))
    return segmented.split()


def characters(text: str) -> list[str]:
    """Characters as a reader counts them: composed letters, one item each.

    >>> characters("Cổng")
    ['C', 'ổ', 'n', 'g']
    """
    return list(nfc(text))


def subwords(word: str, shortest: int = 3, longest: int = 5) -> list[str]:
    """Character n-grams of a word between the marks ``<`` and ``>``, without the whole of it.

    Lengths count characters, marks included. Raises ``ValueError`` unless
    1 <= shortest <= longest. Source: Bojanowski et al., "Enriching Word Vectors with Subword
    Information" (2017).

    >>> subwords("cổng", 3, 4)
    ['<cổ', 'cổn', 'ổng', 'ng>', '<cổn', 'cổng', 'ổng>']
    """
    if not 1 <= shortest <= longest:
        raise ValueError(f"subwords: 1 <= shortest <= longest, not {shortest} and {longest}")
    marked = f"<{nfc(word)}>"
    return [
        marked[start : start + length]
        for length in range(shortest, min(longest, len(marked) - 1) + 1)
        for start in range(len(marked) - length + 1)
    ]


#: The token after the pieces of a word.
WORD_END = " "


def word_pieces(text: str) -> list[str]:
    """Every word in its pieces: itself between marks, its subwords of 2 to 5, ``WORD_END``.

    >>> word_pieces("Oh no")
    ['<Oh>', '<O', 'Oh', 'h>', '<Oh', 'Oh>', ' ', '<no>', '<n', 'no', 'o>', '<no', 'no>', ' ']
    """
    return [piece for word in word_tokens(text) for piece in _pieces(word)]


@lru_cache(maxsize=20_000)  # most words of a text are frequent ones
def _pieces(word: str) -> tuple[str, ...]:
    return (f"<{word}>", *subwords(word, 2, 5), WORD_END)


def pieces_and_pairs(text: str) -> list[str]:
    """The same, and before each word's pieces the pair that it makes with the word before it.

    >>> pieces_and_pairs("Oh no")[::8]
    [' Oh', 'Oh no']
    """
    found = word_tokens(text)
    return [
        piece
        for before, word in zip(["", *found], found, strict=False)
        for piece in (f"{before} {word}", *_pieces(word))
    ]


def stands_whole(token: str) -> bool:
    """Whether a token of :func:`pieces_and_pairs` is a word, a pair or ``WORD_END``: no piece."""
    return " " in token or (token.startswith("<") and token.endswith(">"))


#: Tokenizers by name. "spaces" is for text whose tokens already stand apart.
TOKENIZERS: dict[str, Callable[[str], list[str]]] = {
    "words": word_tokens,
    "word_pieces": word_pieces,
    "pieces_and_pairs": pieces_and_pairs,
    "syllables": syllable_tokens,
    "vietnamese_words": vietnamese_words,
    "characters": characters,
    "spaces": lambda text: nfc(text).split(),
}

#: Those whose tokens are parts of words; the vocabulary holds what stands whole before the pieces.
IN_PIECES = ("word_pieces", "pieces_and_pairs")


# ---- Vocabulary -----------------------------------------------------------------------------


class Vocabulary:
    """Tokens and their numbers; 0 is padding, 1 stands for every token it does not know.

    >>> vocabulary = Vocabulary.build([["the", "cat"], ["the", "dog"]], max_size=3)
    >>> vocabulary.tokens
    ['<pad>', '<unk>', 'the']
    >>> vocabulary.encode(["the", "bird"]), vocabulary.decode([2, 1, 0])
    ([2, 1], ['the', '<unk>', '<pad>'])
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        if list(tokens[:2]) != [PAD, UNK] or len(set(tokens)) != len(tokens):
            raise ValueError(f"a vocabulary begins with {PAD}, {UNK} and repeats no token")
        self.tokens = list(tokens)
        self.numbers = {token: number for number, token in enumerate(self.tokens)}

    @classmethod
    def build(
        cls,
        texts: Iterable[Iterable[str]],
        max_size: int | None = None,
        min_count: int = 1,
        first: Callable[[str], bool] | None = None,
    ) -> Vocabulary:
        """The most frequent tokens of tokenized texts, ties in alphabetical order.

        Tokens for which ``first`` holds come before the others. ``max_size`` counts padding and
        unknown; raises ``ValueError`` when it is below 2.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(text)
        return cls.of_counts(counts, max_size, min_count, first)

    @classmethod
    def of_counts(
        cls,
        counts: Mapping[str, int],
        max_size: int | None = None,
        min_count: int = 1,
        first: Callable[[str], bool] | None = None,
    ) -> Vocabulary:
        """The same of tokens that are counted already."""
        if max_size is not None and max_size < 2:
            raise ValueError(f"max_size is at least 2 (padding and unknown), not {max_size}")
        counts = {token: n for token, n in counts.items() if token not in (PAD, UNK)}
        kept = sorted((t for t in counts if counts[t] >= min_count), key=lambda t: (-counts[t], t))
        kept = kept[: None if max_size is None else max_size - 2]
        if first is not None:
            kept.sort(key=lambda token: not first(token))
        return cls([PAD, UNK, *kept])

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.numbers

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.tokens == other.tokens

    __hash__ = None  # type: ignore[assignment]  # equal by content, so not a key

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Number of each token, 1 for the unknown."""
        number_of = self.numbers.get
        return [number_of(token, 1) for token in tokens]

    def decode(self, numbers: Iterable[int]) -> list[str]:
        """Token of each number. Raises ``IndexError`` for a number that there is none for."""
        chosen = list(numbers)
        if any(not 0 <= number < len(self) for number in chosen):
            raise IndexError(f"token numbers run from 0 to {len(self) - 1}")
        return [self.tokens[number] for number in chosen]

    def save(self, path: str | Path) -> None:
        """Write the tokens as JSON."""
        content = json.dumps(self.tokens, ensure_ascii=False, indent=0)
        Path(path).write_text(content, encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Vocabulary:
        """Read a saved vocabulary. Raises ``ValueError`` naming the file if it holds none."""
        try:
            tokens = json.loads(Path(path).read_text(encoding="utf-8"))
            if not (isinstance(tokens, list) and all(isinstance(t, str) for t in tokens)):
                raise ValueError("not a list of tokens")
            return cls(tokens)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error


# ---- From text to numbers -------------------------------------------------------------------


class Encoder:
    """All that stands between a text and a network: cleaning, tokenizer, vocabulary, truncation.

    ``steps`` are names in ``CLEANING``, ``tokenizer`` one in ``TOKENIZERS``; of more than
    ``length`` tokens the first are kept, or the last (``keep="last"``). Raises ``ValueError``
    for a name that there is none for.

    >>> encoder = Encoder.build(["The cat sat.", "The dog sat."], steps=["lower"], max_size=4)
    >>> encoder.vocabulary.tokens
    ['<pad>', '<unk>', '.', 'sat']
    >>> encoder.encode("A DOG SAT."), encoder.encode("")
    ([1, 1, 3, 2], [1])
    """

    def __init__(
        self,
        steps: Iterable[str] = (),
        tokenizer: str = "words",
        *,
        vocabulary: Vocabulary,
        length: int | None = None,
        keep: str = "first",
    ) -> None:
        self.steps, self.tokenizer = tuple(steps), tokenizer
        self.vocabulary, self.length, self.keep = vocabulary, length, keep
        for step in self.steps:
            _known("step", step, CLEANING)
        _known("tokenizer", tokenizer, TOKENIZERS)
        _known("keep", keep, ("first", "last"))
        if length is not None and (type(length) is not int or length < 1):
            raise ValueError(f"length is a whole number from 1, not {length!r}")

    @classmethod
    def build(
        cls,
        texts: Iterable[str],
        steps: Iterable[str] = (),
        tokenizer: str = "words",
        *,
        max_size: int | None = None,
        min_count: int = 1,
        length: int | None = None,
        keep: str = "first",
    ) -> Encoder:
        """Encoder with the vocabulary of ``texts``, all of them, not only what is kept."""
        options: dict[str, Any] = {"max_size": max_size, "min_count": min_count}
        return cls.learn(texts, steps, tokenizer, **options, length=length, keep=keep)[0]

    @classmethod
    def learn(
        cls,
        texts: Iterable[str],
        steps: Iterable[str] = (),
        tokenizer: str = "words",
        *,
        max_size: int | None = None,
        min_count: int = 1,
        length: int | None = None,
        keep: str = "first",
    ) -> tuple[Encoder, list[list[int]]]:
        """The same, and the texts as it encodes them, which are cut into tokens only once.

        >>> encoder, rows = Encoder.learn(["The cat sat.", "The dog sat."], max_size=5)
        >>> rows == encoder.encode_all(["The cat sat.", "The dog sat."])
        True
        """
        encoder = cls(steps, tokenizer, vocabulary=Vocabulary([PAD, UNK]), length=length, keep=keep)
        seen: dict[str, int] = defaultdict(count().__next__)  # numbered as they come
        whole = []
        for text in texts:
            found = TOKENIZERS[tokenizer](clean(text, encoder.steps))
            whole.append(np.fromiter(map(seen.__getitem__, found), np.int32, len(found)))
        counts = np.bincount(np.concatenate([np.zeros(0, np.int32), *whole]), minlength=len(seen))
        first = stands_whole if tokenizer in IN_PIECES else None
        counted = dict(zip(seen, counts.tolist(), strict=True))
        encoder.vocabulary = Vocabulary.of_counts(counted, max_size, min_count, first)
        number = np.array(encoder.vocabulary.encode(seen), dtype=np.int32)
        return encoder, [encoder._kept(number[row].tolist()) or [1] for row in whole]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Encoder) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]  # equal by content, so not a key

    def tokens(self, text: str) -> list[str]:
        """Tokens that are kept of a text; a single unknown one where there are none."""
        return self._kept(TOKENIZERS[self.tokenizer](clean(text, self.steps))) or [UNK]

    def _kept(self, found: list[Kept]) -> list[Kept]:
        if self.length is None:
            return found
        return found[: self.length] if self.keep == "first" else found[-self.length :]

    @property
    def pieces(self) -> dict[str, int]:
        """What a classifier must know of a vocabulary in pieces, as its options by name."""
        tokens = self.vocabulary.tokens
        if self.tokenizer not in IN_PIECES or WORD_END not in self.vocabulary:
            raise ValueError(f"a vocabulary of {' or '.join(IN_PIECES)} is needed")
        whole = sum(map(stands_whole, tokens[2:])) + 2
        return {"word_end": self.vocabulary.numbers[WORD_END], "first_piece": whole}

    def encode(self, text: str) -> list[int]:
        """Numbers of :meth:`tokens`."""
        return self.vocabulary.encode(self.tokens(text))

    def encode_all(self, texts: Sequence[str], progress: bool = False) -> list[list[int]]:
        """Numbers of each text; ``progress`` shows a bar on stderr when it takes long."""
        if not progress:
            return [self.encode(text) for text in texts]
        from tqdm import tqdm

        bar = tqdm(texts, desc=words("text.encoding"), delay=2, leave=False)
        return [self.encode(text) for text in bar]

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold, and :meth:`from_json` reads."""
        return {
            "steps": list(self.steps),
            "tokenizer": self.tokenizer,
            "vocabulary": self.vocabulary.tokens,
            "length": self.length,
            "keep": self.keep,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Encoder:
        """Encoder that :meth:`to_json` described. Raises ``ValueError`` for anything else."""
        names = {"steps", "tokenizer", "vocabulary", "length", "keep"}
        if set(content) != names:
            raise ValueError(f"an encoder has {', '.join(sorted(names))}, not {sorted(content)}")
        for name in ("steps", "vocabulary"):
            strings = content[name]
            if not (isinstance(strings, list) and all(isinstance(s, str) for s in strings)):
                raise ValueError(f"{name} is a list of strings")
        return cls(**{**content, "vocabulary": Vocabulary(content["vocabulary"])})


def _known(what: str, name: object, names: Iterable[str]) -> None:
    if name not in (known := list(names)):
        raise ValueError(f"{what} is one of {', '.join(known)}, not {name!r}")


# ---- Batches --------------------------------------------------------------------------------


def pad(
    sequences: Sequence[Sequence[int]],
    length: int | None = None,
    side: str = "post",
    truncate: str = "post",
    value: int = 0,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sequences of numbers as one array of shape ``(B, T)``, and their lengths ``(B,)``.

    ``T`` is ``length``, or the longest sequence. ``side`` is where padding goes, ``truncate``
    which end is cut off: ``"pre"`` or ``"post"``. Raises ``ValueError`` for anything else.

    >>> array, lengths = pad([[1, 2, 3], [4]], length=2)
    >>> array.tolist(), lengths.tolist()
    ([[1, 2], [4, 0]], [2, 1])
    """
    if not {side, truncate} <= {"pre", "post"}:
        raise ValueError(f'side and truncate: "pre" or "post", not {side!r} and {truncate!r}')
    longest = max(map(len, sequences), default=0) if length is None else length
    array = np.full((len(sequences), longest), value, dtype=np.int64)
    lengths = np.array([min(len(sequence), longest) for sequence in sequences], dtype=np.int64)
    for row, sequence, kept in zip(array, sequences, lengths, strict=True):
        part = sequence[:kept] if truncate == "post" else sequence[len(sequence) - kept :]
        row[slice(0, kept) if side == "post" else slice(longest - kept, None)] = part
    return array, lengths


def buckets(
    lengths: Sequence[int] | NDArray[Any], batch_size: int, seed: int | None = None
) -> list[NDArray[np.int64]]:
    """Batches of indices whose sequences are about equally long, so that little is padded.

    Without a ``seed``: from short to long. With one: ties, and the order of the batches, are
    shuffled by it, as training wants. Every index comes exactly once.
    Raises ``ValueError`` for a batch size below 1.

    >>> [batch.tolist() for batch in buckets([5, 1, 4, 2], batch_size=2)]
    [[1, 3], [2, 0]]
    """
    if batch_size < 1:
        raise ValueError(f"batch_size is at least 1, not {batch_size}")
    generator = None if seed is None else np.random.default_rng(seed)
    ties = np.zeros(len(lengths)) if generator is None else generator.random(len(lengths))
    order = np.lexsort((ties, np.asarray(lengths)))
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    if generator is not None:
        generator.shuffle(batches)
    return batches
