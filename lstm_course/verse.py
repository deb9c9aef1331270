"""The form of six-eight verse (lục bát): syllables, rhymes and tones, as anybody can count them.

Lục bát is verses of six and of eight syllables by turns, held together by rhyme:

    six     Trăm năm trong cõi người TA,
    eight   Chữ tài chữ mệnh khéo LÀ ghét NHAU.
    six     Trải qua một cuộc bể DÂU,
    eight   Những điều trông thấy mà ĐAU đớn LÒNG.

No list of words is needed: a syllable is looked at by its parts, onset, medial, nucleus, coda and
tone (âm đầu, âm đệm, âm chính, âm cuối, thanh điệu), so that what a model made up is judged as
what stands in a dictionary is. Rhymes and tones follow Trần Trọng Kim, "Việt thi"; where near
rhymes are wider, :func:`rhyme` says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from lstm_course.text import nfc

# A letter with whatever marks it carries: one that no letter of the language has makes a wrong
# syllable, not two.
_SYLLABLE = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")


def syllables(verse: str) -> list[str]:
    """Syllables (tiếng) of a verse in composed letters, without punctuation; a number is one too.

    >>> syllables("Rẽ mây trông tỏ lối vào Thiên-thai.")
    ['Rẽ', 'mây', 'trông', 'tỏ', 'lối', 'vào', 'Thiên', 'thai']
    """
    return _SYLLABLE.findall(nfc(verse))


# ---- One syllable ---------------------------------------------------------------------------

_TONES = {"\u0300": "huyền", "\u0309": "hỏi", "\u0303": "ngã", "\u0301": "sắc", "\u0323": "nặng"}
_STOPS = ("p", "t", "c", "ch")
_LABIALS = ("b", "m", "ph", "v")
_SEVERAL_LETTERS = ("ngh", "ng", "nh", "gh", "gi", "kh", "ph", "qu", "th", "tr", "ch")
_ONSETS = (*_SEVERAL_LETTERS, *"bcdđghklmnrstvx", "")
_ONE_SPELLING = {"k": "c", "qu": "c", "gh": "g", "ngh": "ng"}

# Codas that can follow a nucleus, as they are written, "-" for none: without the medial (tan, tôi),
# and after it (hoa, quên).
_CODAS = {
    "a": ("- i o m n ng nh p t c ch", "- i o m n ng nh p t c ch"),
    "ă": ("y u m n ng p t c", "y u m n ng p t c"),
    "â": ("y u m n ng p t c", "y n ng p t"),
    "e": ("- o m n ng p t c", "- o m n t"),
    "ê": ("- u m n nh p t ch", "- u n nh t ch"),
    "i": ("- u m n nh p t ch", "- u n nh p t ch"),
    "o": ("- i m n ng p t c", ""),
    "ô": ("- i m n ng p t c", ""),
    "ơ": ("- i m n p t", "- i"),
    "u": ("- i m n ng p t c", ""),
    "ư": ("- i u m n ng t c", ""),
    "iê": ("- u m n ng p t c", "- n t"),
    "uô": ("- i m n ng t c", ""),
    "ươ": ("- i u m n ng p t c", ""),
}
_OPEN = {"iê": "ia", "uô": "ua", "ươ": "ưa"}


class Syllable(NamedTuple):
    """A syllable by its sounds (see :func:`parse`).

    ``onset`` in one spelling, c also for k and q, g and ng also for gh and ngh, "" for none;
    ``medial``, whether the lips are rounded before the nucleus, as in "hoa"; ``coda``, "" for an
    open syllable, i and u for the glides, also where y and o are written; ``tone`` by its name.
    """

    onset: str
    medial: bool
    nucleus: str
    coda: str
    tone: str

    @property
    def is_level(self) -> bool:
        """Whether the tone is level (bằng): ngang or huyền. The other four are oblique (trắc)."""
        return self.tone in ("ngang", "huyền")


class _Rime(NamedTuple):
    nucleus: str
    coda: str
    after_medial: bool  # whether the medial can come before
    mark: int  # the letter that carries the tone


def _written_rimes() -> dict[str, _Rime]:
    # Every rime as it is written without the medial, and with i, never y, as a nucleus.
    rimes = {}
    for nucleus, (plain, rounded) in _CODAS.items():
        for coda in plain.split():
            if coda == "-":
                written = _OPEN.get(nucleus, nucleus)
            elif nucleus == "ă" and coda in "yu":
                written = "a" + coda  # short in tay and tau, long in tai and tao
            else:
                written = nucleus + coda
            sound = {"-": "", "y": "i", "o": "u"}.get(coda, coda)
            mark = len(nucleus) - 1 if coda != "-" else 0
            rimes[written] = _Rime(nucleus, sound, coda in rounded.split(), mark)
    return rimes


_RIMES = _written_rimes()


@lru_cache(maxsize=1 << 16)
def parse(syllable: str) -> Syllable | None:
    """Sounds of a syllable, or None where no Vietnamese syllable is written so.

    Sounds and spelling decide what can be: p, t, c and ch end only syllables in sắc and nặng; k,
    gh and ngh stand before i, e and ê, and c, g and ng elsewhere; q with u stands for c and the
    medial; the tone stands on the nucleus, or, as in older spelling, on the first vowel of an
    open syllable in oa, oe or uy (hòa for hoà). Sounds of borrowed words (pin, voan, xoong) are
    refused.

    >>> parse("Nguyễn")
    Syllable(onset='ng', medial=True, nucleus='iê', coda='n', tone='ngã')
    >>> parse("hòa") == parse("hoà"), parse("ngiễn"), parse("tac")
    (True, None, None)
    """
    letters, tone, place = _tone_apart(syllable)
    onset = next(onset for onset in _ONSETS if letters.startswith(onset))
    start = len(onset)
    if onset == "gi" and letters != "giê" and not letters[2:].startswith(tuple("aăâeoôơuư")):
        start = 1  # the i of gìn and giêng is the nucleus, or the first half of it
    rest = letters[start:]
    if not _spelled_for(onset, rest):
        return None
    medial = onset == "qu"
    if onset == "qu" and rest == "ôc":
        medial, start, rest = False, 1, "u" + rest  # quốc has the sounds that cuốc would have
    elif not medial and re.match("o[aăe]|u[âêơy]", rest):
        medial, start, rest = True, start + 1, rest[1:]
    rime = _RIMES.get(_with_i(onset, medial, rest) or "")
    if rime is None or (medial and not (rime.after_medial and onset not in (*_LABIALS, "c"))):
        return None
    if rime.coda in _STOPS and tone not in ("sắc", "nặng"):
        return None
    older = medial and onset != "qu" and rest in ("a", "e", "y")
    if tone != "ngang" and place != start + rime.mark and not (older and place == start - 1):
        return None
    return Syllable(_ONE_SPELLING.get(onset, onset), medial, rime.nucleus, rime.coda, tone)


def _tone_apart(syllable: str) -> tuple[str, str, int]:
    # Small letters without the tone, its name, and the number of the letter that carries it. A
    # second tone stays with its letter, which is then no letter that any rule knows.
    letters, tone, place = [], "ngang", -1
    for number, letter in enumerate(nfc(syllable.lower())):
        parts = unicodedata.normalize("NFD", letter)
        mark = next((part for part in parts if part in _TONES), None)
        if mark is not None and len(parts) > 1 and tone == "ngang":
            tone, place = _TONES[mark], number
            letter = unicodedata.normalize("NFC", parts.replace(mark, "", 1))
        letters.append(letter)
    return "".join(letters), tone, place


def _spelled_for(onset: str, rest: str) -> bool:
    # Whether what follows is what this spelling of the onset is for.
    before_front = rest.startswith(tuple("ieê")) or (onset == "k" and rest.startswith("y"))
    if onset in ("k", "gh", "ngh"):
        return before_front
    return not (onset in ("c", "g", "ng") and before_front)


def _with_i(onset: str, medial: bool, rest: str) -> str | None:
    # The rime with i where y is written, or None where the other of the two should be.
    if rest.startswith("y"):
        alone = rest == "y" and onset in ("", "h", "k", "l", "m", "s", "t", "th", "v")
        return "i" + rest[1:] if medial or alone or (onset == "" and rest[1:2] == "ê") else None
    if (medial and rest == "ia") or (rest.startswith("iê") and (medial or onset == "")):
        return None  # yên, quyên
    return rest


def is_syllable(syllable: str) -> bool:
    """Whether a string can be a Vietnamese syllable (see :func:`parse`).

    >>> [is_syllable(syllable) for syllable in ["nghiêng", "ngiêng", "ghà", "kác", "QUYỂN"]]
    [True, False, False, False, True]
    """
    return parse(syllable) is not None


# ---- Rhyme ----------------------------------------------------------------------------------

# Nuclei that make near rhymes before a coda. The classes overlap: a goes with ơ, and ơ with ư, but
# a not with ư.
_NEAR = {
    "i": ("ăâ", "aơưoôu"),
    "u": ("ăâ", "aơ", "ơư", "eêi"),
    "nh": ("aêi",),
    "ch": ("aêi",),
}
_NEAR_ELSEWHERE = ("eêi", "oôu", "aăâơ", "ăâơư")
_CLOSED = {"iê": "ê", "uô": "ô", "ươ": "ơ"}


def rhyme(one: str, other: str) -> Literal["exact", "near"] | None:
    """How two syllables rhyme: by nucleus and coda, the onset and the medial put aside.

    An exact rhyme (vần chính) has both the same. A near rhyme (vần thông) has the same coda and
    nuclei of one class: e, ê, i; o, ô, u; a, ă, â, ơ; ă, â, ơ, ư. Of iê, uô and ươ the last sound
    counts before a coda, else the first; uô and ươ also rhyme with each other. Before the glide i
    everything but ă and â is one class (ai, oi, ôi, ơi, ui, ươi); before a glide ă and â are
    one (tay, tây); before nh and ch a belongs to ê and i. A level syllable rhymes with no oblique
    one, and what is no syllable with nothing. The classes before i, u, nh and ch, and ă with ư, are
    the practice of Truyện Kiều, the others rules of Trần Trọng Kim; that other codas never rhyme
    (tan, tang) is strict.

    >>> rhyme("ta", "là"), rhyme("xanh", "Minh"), rhyme("ta", "tá"), rhyme("nhau", "lòng")
    ('exact', 'near', None, None)
    """
    left, right = parse(one), parse(other)
    if left is None or right is None:
        return None
    if left.is_level != right.is_level or left.coda != right.coda:
        return None
    if left.nucleus == right.nucleus:
        return "exact"
    halves = _CLOSED if left.coda else {name: name[0] for name in _CLOSED}
    nuclei = {halves.get(left.nucleus, left.nucleus), halves.get(right.nucleus, right.nucleus)}
    classes = _NEAR.get(left.coda, _NEAR_ELSEWHERE)
    near = any(nuclei <= set(sounds) for sounds in classes)
    return "near" if near or {left.nucleus, right.nucleus} == {"uô", "ươ"} else None


# ---- Verses ---------------------------------------------------------------------------------

#: Places of a verse, from 1, whose tone is fixed, and whether it is level there.
TONE_PATTERN = {6: {2: True, 4: False, 6: True}, 8: {2: True, 4: False, 6: True, 8: True}}


def is_couplet(six: str, eight: str) -> bool:
    """Whether two verses have six and eight syllables, whatever these are.

    >>> is_couplet("Trăm năm trong cõi người ta,", "Chữ tài chữ mệnh khéo là ghét nhau.")
    True
    """
    return len(syllables(six)) == 6 and len(syllables(eight)) == 8


@dataclass(frozen=True)
class Form:
    """What :func:`measure` finds: how many there are of each thing, and shares from 0 to 1.

    A share of none at all is 0. ``rhymes`` and ``tones`` are the places where the form asks for
    a rhyme or a tone; where a verse is too short to have the place, it fails.
    """

    verses: int
    couplets: int
    syllables: int
    rhymes: int
    tones: int
    verses_in_form: float  # of six syllables, or of eight, as their place asks
    couplets_in_form: float
    valid_syllables: float
    exact_rhymes: float
    near_rhymes: float  # not exact
    repeated_rhymes: float  # those of the exact where the syllable is the same
    right_tones: float
    verses_in_tone: float  # in form, with every tone right
    contrasts: float  # of couplets: one of the two rhymes of the eight in ngang, one in huyền


def measure(verses: Sequence[str], *, linked: bool = True) -> Form:
    """The form of verses, of which the first, third, ... are meant to have six syllables.

    The sixth syllables of a couplet rhyme; where the couplets are ``linked``, as in a poem, the
    eighth syllable of one rhymes with the sixth of the next. Couplets made apart are not.
    Level and oblique tones (bằng, trắc) are fixed at the places in ``TONE_PATTERN``, though a
    verse of six that falls into two halves (tiểu đối) may depart from them. A syllable may rhyme
    with itself only as another word, which cannot be seen here: hence ``repeated_rhymes``.

    >>> form = measure(["Trăm năm trong cõi người ta,", "Chữ tài chữ mệnh khéo là ghét nhau."])
    >>> form.rhymes, form.exact_rhymes, form.right_tones
    (1, 1.0, 1.0)
    """
    found = [syllables(verse) for verse in verses]
    wanted = [8 if number % 2 else 6 for number in range(len(found))]
    in_form = [len(verse) == length for verse, length in zip(found, wanted, strict=True)]
    couplets = list(zip(found[::2], found[1::2], strict=False))
    pairs = [(_at(six, 6), _at(eight, 6)) for six, eight in couplets]
    if linked:
        pairs += [(_at(a, 8), _at(b, 6)) for a, b in zip(found[1::2], found[2::2], strict=False)]
    rhymes = [rhyme(*pair) for pair in pairs]
    repeated = [
        kind is not None and one.lower() == other.lower()
        for kind, (one, other) in zip(rhymes, pairs, strict=True)
    ]
    tones = [
        [_is_level(_at(verse, place)) is level for place, level in TONE_PATTERN[length].items()]
        for verse, length in zip(found, wanted, strict=True)
    ]
    return Form(
        verses=len(found),
        couplets=len(couplets),
        syllables=sum(map(len, found)),
        rhymes=len(pairs),
        tones=sum(map(len, tones)),
        verses_in_form=_share(in_form),
        couplets_in_form=_share(
            [is_couplet(*pair) for pair in zip(verses[::2], verses[1::2], strict=False)]
        ),
        valid_syllables=_share([is_syllable(syllable) for verse in found for syllable in verse]),
        exact_rhymes=_share([kind == "exact" for kind in rhymes]),
        near_rhymes=_share([kind == "near" for kind in rhymes]),
        repeated_rhymes=_share(repeated),
        right_tones=_share([right for verse in tones for right in verse]),
        verses_in_tone=_share(
            [proper and all(right) for proper, right in zip(in_form, tones, strict=True)]
        ),
        contrasts=_share([_contrast(_at(eight, 6), _at(eight, 8)) for _, eight in couplets]),
    )


def _at(verse: Sequence[str], place: int) -> str:
    # The syllable at a place counted from 1; "" is no syllable, and no rule holds for it.
    return verse[place - 1] if place <= len(verse) else ""


def _is_level(syllable: str) -> bool | None:
    parsed = parse(syllable)
    return None if parsed is None else parsed.is_level


def _contrast(one: str, other: str) -> bool:
    parsed = [parse(one), parse(other)]
    return {sound.tone for sound in parsed if sound is not None} == {"ngang", "huyền"}


def _share(of: Sequence[bool]) -> float:
    return sum(of) / len(of) if of else 0.0
