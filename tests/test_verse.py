"""The form of lục bát: syllables by their sounds, rhymes, tones, and Truyện Kiều as the measure."""

import os
import random
import time
import unicodedata
from dataclasses import asdict
from importlib.resources import files

import pytest

from lstm_course import verse
from lstm_course.verse import Syllable, is_couplet, is_syllable, measure, parse, rhyme, syllables

SIX, EIGHT = "Trăm năm trong cõi người ta,", "Chữ tài chữ mệnh khéo là ghét nhau."
POEM = [SIX, EIGHT, "Trải qua một cuộc bể dâu,", "Những điều trông thấy mà đau đớn lòng."]


def apart(string: str) -> str:
    return unicodedata.normalize("NFD", string)


# ---- Syllables of a verse ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", []),
        (" ,.!? — …\n", []),
        (
            "Thúy Kiều là chị, em là Thúy Vân.",
            ["Thúy", "Kiều", "là", "chị", "em", "là", "Thúy", "Vân"],
        ),
        ("Thiên-thai; nhân_viên", ["Thiên", "thai", "nhân", "viên"]),
        ("«Rằng:»ạ!", ["Rằng", "ạ"]),
        ("10 năm 2b", ["10", "năm", "2b"]),
        ("x\u0323a ta", ["x\u0323a", "ta"]),
    ],
)
def test_syllables_of_a_verse(written: str, found: list[str]) -> None:
    assert syllables(written) == found
    assert syllables(apart(written)) == found


# ---- Syllables by their sounds ----------------------------------------------------------------

POSSIBLE = {
    "no onset": "a y ý ỉa yên yêu oan oẹ ủy ừ ai ay ấy úp ếch",
    "c or k, g or gh, ng or ngh": "nghiêng ghi ghế kỳ kí kẻ cá co nga ngủ nghỉ nguyễn gà gỗ",
    "gi": "gì gìn giếng giêng già giữa giục gieo giề giường",
    "q": "qua quý quì quốc quyển quanh quơ quyết quắt quới quạu",
    "medial, both tone placements": "hòa hoà khỏe khoẻ thủy thuỷ hoàn hoài khuya khuỷu thuở huệ",
    "stops": "tác tạc các thích mật họp bếp tách",
    "two halves": "mía múa mưa muối mười hươu chuông tiếng điều diều trượng",
    "no word, or a rare one": "bẹo ngoằm nhoẻn ngoéo đoẻn",
    "upper case": "ĐƯỜNG Đường",
}
IMPOSSIBLE = {
    "k, gh and ngh only before i, e and ê": "kác koa ghà ghoe nghà nghuyễn",
    "c, g and ng elsewhere": "cì ceo ngiêng ngễ ge gê cyên",
    "q with u only": "qa qân cua\u0301n coa cuyên quiên quia quôn",
    "stops with sắc and nặng only": "tac tàc tảc tãc hoc thich bêp mat quyêt",
    "one tone": "tàá má\u0300 tá\u0300",
    "the tone on the nucleus": "nưóc tíêng hòan hùynh gìa qúy củâ mùôn nứơc khủyu oái\u0323",
    "the tone on no consonant": "x\u0323a n\u0301a đ\u0301i",
    "no such rime": "tă tâ tiê tuô tươ đươc êng ơng ưp enh ich\u0301h ouch eau trươn\u0323g",
    "y only by itself, after the medial, and in yê": "ym byn tyên ya yu by dy ngy",
    "iê after an onset": "iên iêu",
    "no medial after lips, before rounded nuclei, and coda": "voan buýt moa khuyếm toeng tuơn",
    "no such onset": "pin fa ja wa za krông blốc tlời",
    "nothing, punctuation, digits": "5 a1 - , ... nă\u200bm t",
}


@pytest.mark.parametrize(
    "syllable", [syllable for examples in POSSIBLE.values() for syllable in examples.split()]
)
def test_a_possible_syllable(syllable: str) -> None:
    assert is_syllable(syllable)
    assert parse(apart(syllable)) == parse(syllable.upper()) == parse(syllable)


@pytest.mark.parametrize(
    "syllable", [syllable for examples in IMPOSSIBLE.values() for syllable in examples.split()]
)
def test_an_impossible_syllable(syllable: str) -> None:
    assert not is_syllable(syllable)
    assert not is_syllable(syllable.upper())


@pytest.mark.parametrize("string", ["", " ", "hai ba", " ta", "ta,"])
def test_what_is_not_one_syllable(string: str) -> None:
    assert parse(string) is None


@pytest.mark.parametrize(
    ("written", "sounds"),
    [
        ("nghiêng", ("ng", False, "iê", "ng", "ngang")),
        ("khuya", ("kh", True, "iê", "", "ngang")),
        ("quyển", ("c", True, "iê", "n", "hỏi")),
        ("quốc", ("c", False, "uô", "c", "sắc")),
        ("của", ("c", False, "uô", "", "hỏi")),
        ("kỳ", ("c", False, "i", "", "huyền")),
        ("giếng", ("gi", False, "iê", "ng", "sắc")),
        ("gì", ("gi", False, "i", "", "huyền")),
        ("giữa", ("gi", False, "ươ", "", "ngã")),
        ("tay", ("t", False, "ă", "i", "ngang")),
        ("tai", ("t", False, "a", "i", "ngang")),
        ("tàu", ("t", False, "ă", "u", "huyền")),
        ("tào", ("t", False, "a", "u", "huyền")),
        ("Hoạt", ("h", True, "a", "t", "nặng")),
        ("yêu", ("", False, "iê", "u", "ngang")),
        ("tui", ("t", False, "u", "i", "ngang")),
        ("tuy", ("t", True, "i", "", "ngang")),
    ],
)
def test_the_sounds_of_a_syllable(written: str, sounds: tuple[str, bool, str, str, str]) -> None:
    assert parse(written) == Syllable(*sounds)


@pytest.mark.parametrize(("new", "old"), [("hoà", "hòa"), ("khoẻ", "khỏe"), ("uỷ", "ủy")])
def test_both_tone_placements_are_one_syllable(new: str, old: str) -> None:
    assert parse(new) == parse(old) == parse(apart(old)) is not None


def test_two_tones_are_level_and_four_oblique() -> None:
    parsed = [parse(syllable) for syllable in ("ma", "mà", "mả", "mã", "má", "mạ")]
    levels = [sounds.is_level for sounds in parsed if sounds is not None]
    assert levels == [True, True, False, False, False, False]


# ---- Rhymes -----------------------------------------------------------------------------------

EXACT = "ta là, ta hoa, nhau đau, lòng phong, quyên tiền, kia khuya, suy gì, vàng Vàng, kỳ đi"
NEAR = (
    "xanh Minh, thanh ghềnh, dâu đau, tây tay, vàng chương, lòng hồng, không chung, giờ thưa,"
    "nghe về, về thì, kia gì, mùa hồ, buồn còn, buông tường, trời người, ngài trời, mùi trời,"
    "tôi đời, chiều theo, thăm tâm, thân văn, tiền ghen, sư thờ, tấc chực, lợm đạm, tách thích"
)
NONE = (
    "nhau lòng, tai tay, sao sau, ta tá, ta thư, ta thưa, tan tang, tan tâm, hôm hồn, buông vàng,"
    "tin tình, ta tai, khi khu, ta ghà, ngiêng ngiêng, ta 5, vào theo, thanh thăng, trai thây"
)


def pairs(written: str) -> list[tuple[str, str]]:
    return [(one, other) for one, other in map(str.split, written.split(","))]


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (*pair, kind)
        for kind, written in (("exact", EXACT), ("near", NEAR), (None, NONE))
        for pair in pairs(written)
    ],
)
def test_rhymes(one: str, other: str, kind: str | None) -> None:
    assert rhyme(one, other) == rhyme(other, one) == kind
    assert rhyme(apart(one), other.upper()) == kind


# ---- Verses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("six", "eight", "holds"),
    [
        (SIX, EIGHT, True),
        (apart(SIX).upper(), apart(EIGHT), True),
        (EIGHT, SIX, False),
        (SIX, SIX, False),
        (SIX + " à", EIGHT, False),
        (SIX, "Chữ tài chữ mệnh là ghét nhau.", False),
        ("", "", False),
    ],
)
def test_a_couplet(six: str, eight: str, holds: bool) -> None:
    assert is_couplet(six, eight) is holds


def test_the_first_verses_are_perfect() -> None:
    assert asdict(measure(POEM)) == {
        "verses": 4,
        "couplets": 2,
        "syllables": 28,
        "rhymes": 3,
        "tones": 14,
        "verses_in_form": 1,
        "couplets_in_form": 1,
        "valid_syllables": 1,
        "exact_rhymes": 1 / 3,
        "near_rhymes": 2 / 3,
        "repeated_rhymes": 0,
        "right_tones": 1,
        "verses_in_tone": 1,
        "contrasts": 1,
    }


def test_couplets_made_apart_owe_each_other_no_rhyme() -> None:
    strangers = [SIX, EIGHT, SIX, EIGHT]
    assert measure(strangers, linked=False).exact_rhymes == 1
    assert measure(strangers).exact_rhymes == 2 / 3
    assert (measure(strangers).rhymes, measure(strangers, linked=False).rhymes) == (3, 2)


@pytest.mark.parametrize(
    ("change", "figure", "share"),
    [
        (("bể dâu", "bể sầu đau"), "verses_in_form", 3 / 4),
        (("bể dâu", "bể sầu đau"), "couplets_in_form", 1 / 2),
        (("bể dâu", "bể sầu đau"), "verses_in_tone", 3 / 4),
        (("cõi người", "kõi ngườì"), "valid_syllables", 26 / 28),
        (("khéo là", "khéo thì"), "exact_rhymes", 0),
        (("khéo là", "khéo Ta"), "repeated_rhymes", 1 / 3),
        (("bể dâu", "bể tình"), "near_rhymes", 0),
        (("trong cõi", "bỗng cõi"), "right_tones", 1),
        (("trong cõi", "cõi trong"), "right_tones", 13 / 14),
        (("trong cõi", "cõi trong"), "verses_in_tone", 3 / 4),
        (("đau đớn", "đàu đớn"), "contrasts", 1 / 2),
        ((POEM[3], "Những điều"), "right_tones", 11 / 14),
        ((POEM[3], ""), "near_rhymes", 1 / 3),
        ((POEM[3], ""), "contrasts", 1 / 2),
    ],
)
def test_a_change_shows_where_it_should(change: tuple[str, str], figure: str, share: float) -> None:
    changed = [line.replace(*change) for line in POEM]
    assert changed != POEM
    assert asdict(measure(changed))[figure] == pytest.approx(share)


@pytest.mark.parametrize("nothing", [[], [""], ["", ""], ["...", "?"]])
def test_nothing_has_no_form(nothing: list[str]) -> None:
    figures = asdict(measure(nothing))
    assert figures.pop("verses") == len(nothing)
    assert figures.pop("couplets") == figures.pop("rhymes") == len(nothing) // 2
    assert figures.pop("tones") == {0: 0, 1: 3, 2: 7}[len(nothing)]
    assert set(figures.values()) == {0}


# ---- Truyện Kiều ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kieu() -> list[str]:
    if not os.environ.get("LSTM_COURSE_DATA"):
        pytest.skip("Truyện Kiều: LSTM_COURSE_DATA is not set")
    datasets = pytest.importorskip("lstm_course.datasets")
    poem = datasets.load_kieu(require_full=True)
    return [line.text for line in (*poem.train, *poem.test)]


def test_truyen_kieu_is_luc_bat(kieu: list[str]) -> None:
    form = measure(kieu)
    assert (form.verses, form.syllables, form.rhymes) == (3254, 22778, 3253)
    assert form.verses_in_form == form.couplets_in_form == form.contrasts == 1
    assert form.exact_rhymes == pytest.approx(0.596, abs=5e-4)
    assert form.near_rhymes == pytest.approx(0.395, abs=5e-4)
    assert form.repeated_rhymes == pytest.approx(0.004, abs=5e-4)
    assert form.right_tones == pytest.approx(0.997, abs=5e-4)
    assert form.verses_in_tone == pytest.approx(0.991, abs=5e-4)


def test_one_misprint_is_no_syllable(kieu: list[str]) -> None:
    wrong = [s for line in kieu for s in syllables(line) if not is_syllable(s)]
    assert wrong == ["nưóc"]


def test_the_sample_of_the_course_is_luc_bat() -> None:
    poems = (files("lstm_course") / "samples" / "luc_bat.txt").read_text("utf-8").split("\n\n")
    for poem in poems:
        form = measure(poem.splitlines())
        assert form.verses_in_form == form.valid_syllables == 1
        assert form.exact_rhymes + form.near_rhymes == form.right_tones == 1


def test_syllables_shuffled_over_the_poem_lose_rhyme_and_tone(kieu: list[str]) -> None:
    # The lengths of the verses stay, and chance is what is left of the rest.
    bag = [syllable for line in kieu for syllable in syllables(line)]
    random.Random(0).shuffle(bag)
    following = iter(bag)
    lines = [" ".join(next(following) for _ in syllables(line)) for line in kieu]
    form = measure(lines)
    assert form.verses_in_form == 1
    assert form.valid_syllables > 0.9999
    assert 0.005 < form.exact_rhymes < 0.03
    assert 0.005 < form.near_rhymes < 0.03
    assert 0.5 < form.right_tones < 0.6
    assert form.verses_in_tone < 0.15
    assert form.contrasts < 0.2


def test_letters_shuffled_in_each_verse_lose_everything(kieu: list[str]) -> None:
    rng = random.Random(0)
    form = measure(["".join(rng.sample(line, len(line))) for line in kieu])
    assert form.verses_in_form < 0.4
    assert form.couplets_in_form < 0.15
    assert form.valid_syllables < 0.25
    assert form.exact_rhymes + form.near_rhymes < 0.01
    assert form.verses_in_tone < 0.01


def test_the_whole_poem_is_measured_in_a_second(kieu: list[str]) -> None:
    verse.parse.cache_clear()
    start = time.process_time()
    measure(kieu)
    assert time.process_time() - start < 1
