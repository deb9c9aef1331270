"""The segmentation explorer in Python: what it reads at each stage, what it refuses, its state."""

import gzip
import json
import random
import re
import sys
import unicodedata
from html import unescape
from typing import Any

import pytest
import traitlets

from lstm_course import use_language
from lstm_course.segmentation import WordSegmenter
from lstm_course.text import CLEANING, Vocabulary
from lstm_course.widgets import SegmentationExplorer
from lstm_course.widgets.segmentation_explorer import MOST_LETTERS, MOST_SYLLABLES

SEGMENTER = WordSegmenter({"học_sinh": 6, "sinh_học": 3, "học": 4, "sinh": 1, "giỏi": 2})
VOCABULARIES = {
    "characters": Vocabulary(["<pad>", "<unk>", *"họcsin "]),
    "words": Vocabulary(["<pad>", "<unk>", "học_sinh", "học"]),
    "syllables": Vocabulary(["<pad>", "<unk>", "học", "sinh"]),
}


def made(text: str = "Học sinh học!", **values: Any) -> SegmentationExplorer:
    return SegmentationExplorer(
        SEGMENTER, VOCABULARIES, text, **{"pyvi": {}, "examples": [], **values}
    )


# ---- From letters to numbers ------------------------------------------------------------------


def test_each_stage_can_be_read() -> None:
    explorer = made("<b>Học sinh</b> học giỏi :-D", steps=["html", "emoticons", "space", "lower"])
    assert explorer.stages == [
        ("html", " Học sinh  học giỏi :-D"),
        ("emoticons", " Học sinh  học giỏi  "),
        ("space", "Học sinh học giỏi"),
        ("lower", "học sinh học giỏi"),
    ]
    assert explorer.cleaned == "học sinh học giỏi"
    assert explorer.syllables == ["học", "sinh", "học", "giỏi"]
    assert explorer.words == ["học_sinh", "học", "giỏi"]
    assert explorer.log_probabilities == [SEGMENTER.log_probability(w) for w in explorer.words]
    assert explorer.unit == "words"
    assert explorer.numbers == [2, 3, 1]
    assert explorer.unknown == pytest.approx(1 / 3)
    explorer.unit = "syllables"
    assert (explorer.tokens, explorer.numbers) == (explorer.syllables, [2, 3, 2, 1])
    explorer.unit = "characters"
    assert explorer.tokens == list("học sinh học giỏi")
    assert explorer.numbers[:4] == [2, 3, 4, 8]
    assert explorer.lengths == {"words": 3, "syllables": 4, "characters": 17}
    assert repr(explorer).startswith("SegmentationExplorer(text='<b>Học sinh</b>")


def test_another_way_makes_other_tokens() -> None:
    explorer = made("học sinh học")
    assert [words for words, _ in explorer.ways] == [
        ["học_sinh", "học"],
        ["học", "sinh_học"],
        ["học", "sinh", "học"],
    ]
    explorer.way = 2
    assert explorer.words == explorer.tokens == ["học", "sinh_học"]
    explorer.way = 5  # there are three
    assert explorer.words == ["học", "sinh", "học"]


def test_the_order_of_the_steps_matters() -> None:
    explorer = made("học :-D")
    assert explorer.cleaned == "học"
    explorer.steps = ("punctuation", "emoticons", "space", "lower")
    assert explorer.cleaned == "học d"
    explorer.steps = []
    assert explorer.cleaned == "học :-D"


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("", (0, 0, ())),
        ("học", (3, 3, ())),
        (unicodedata.normalize("NFD", "Tiếng Việt"), (10, 14, ("ế", "ệ"))),
        ("e\u0301x e\u0301", (4, 6, ("é",))),
        ("\ufeffa", (1, 2, ())),
        ("\u0301\u0323", (2, 2, ())),
        ("😀🇻🇳👍🏽", (5, 5, ())),
    ],
)
def test_letters_are_counted_before_and_after_nfc(text: str, letters: tuple[object, ...]) -> None:
    assert tuple(made(text).letters) == letters


@pytest.mark.parametrize("text", ["", " \n", "!!!", "😀", "học", "<b></b>", "\u200b"])
def test_little_or_nothing_is_answered_too(text: str) -> None:
    explorer = made(text)
    assert len(explorer.numbers) == len(explorer.tokens) == explorer.lengths["words"]
    assert 0 <= explorer.unknown <= 1
    assert sum(share for _, share in explorer.ways) == pytest.approx(1)
    assert explorer.static_html()


def test_a_long_text_is_looked_at_in_part() -> None:
    explorer = made("Học sinh, " * 10_000)
    assert explorer.letters.code_points == MOST_LETTERS
    assert len(explorer.syllables) == MOST_SYLLABLES
    assert explorer.cleaned == " ".join(["học sinh"] * (MOST_SYLLABLES // 2))
    assert explorer.lengths["words"] == MOST_SYLLABLES // 2
    explorer.steps = []
    assert explorer.cleaned.endswith("sinh")  # two syllables and a comma, 166 times, and two more
    assert made("x" * 50_000, steps=["lower"]).syllables == ["x" * MOST_LETTERS]
    assert len(made("học " * 100_000).static_html()) < 500_000


# ---- pyvi ---------------------------------------------------------------------------------------


def test_pyvi_is_asked_about_the_examples_as_they_are_cleaned() -> None:
    pytest.importorskip("pyvi")
    explorer = made("Học sinh :-D", pyvi=None, examples=["Sinh viên vi phạm quy chế thi cử", "!"])
    assert set(explorer.pyvi) == {
        "sinh viên vi phạm quy chế thi cử",
        "Sinh viên vi phạm quy chế thi cử",
        "học sinh",
        "Học sinh",
    }
    assert explorer.pyvi["sinh viên vi phạm quy chế thi cử"] == "sinh_viên vi_phạm_quy_chế thi_cử"


def test_without_pyvi_nothing_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvi", None)
    assert made("Học sinh", pyvi=None).pyvi == {}


# ---- What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "letters"},
        {"unit": 1},
        {"way": 0},
        {"way": 6},
        {"way": 1.5},
        {"steps": ["nfc", "nfc"]},
        {"steps": ["stop_words"]},
        {"steps": [1]},
        {"steps": "nfc"},
        {"text": 3},
    ],
)
def test_wrong_values_are_refused_and_the_last_good_one_stays(wrong: dict[str, object]) -> None:
    explorer = made()
    before = explorer.state()
    (name, value), *_ = wrong.items()
    with pytest.raises(traitlets.TraitError):
        setattr(explorer, name, value)
    assert explorer.state() == before


def test_a_unit_without_a_vocabulary_is_refused_in_the_widgets_language() -> None:
    use_language("vi")
    explorer = SegmentationExplorer(
        SEGMENTER, {"syllables": VOCABULARIES["syllables"]}, "học", pyvi={}
    )
    assert explorer.unit == "syllables"
    assert explorer.lengths == {"syllables": 1}
    with pytest.raises(traitlets.TraitError, match="không phải là một trong các lựa chọn"):
        explorer.unit = "words"
    with pytest.raises(traitlets.TraitError, match="những tên khác nhau"):
        explorer.steps = ["x"]


def test_it_is_made_of_a_segmenter_and_vocabularies() -> None:
    with pytest.raises(ValueError, match="needs a segmenter"):
        SegmentationExplorer()
    with pytest.raises(ValueError, match="needs a segmenter"):
        SegmentationExplorer(SEGMENTER, {})
    with pytest.raises(ValueError, match="not letters"):
        SegmentationExplorer(SEGMENTER, {"letters": VOCABULARIES["words"]})


# ---- State and picture --------------------------------------------------------------------------


def test_the_state_brings_it_back() -> None:
    steps = ["lower", "space"]
    explorer = made("Học  sinh", steps=steps, way=2, unit="syllables", pyvi={"a": "b"})
    again = SegmentationExplorer(**explorer.state())
    assert again.static_html() == explorer.static_html()
    assert again.ways == explorer.ways
    assert again.steps == ("lower", "space")
    assert tuple(made().steps) == tuple(CLEANING)


def test_the_stored_picture_tells_the_way_from_text_to_numbers() -> None:
    html = made("<i>Học sinh học").picture()
    assert "<i>" not in html
    for shown in ("học_sinh học", "<td>2, 3</td>", "cleaned", " = 0.649", "unknown tokens = 0.000"):
        assert shown in html
    assert "đã tách từ" in made("học", lang="vi").picture()


def test_a_large_model_fits_into_a_page() -> None:
    generator = random.Random(1)

    def syllable() -> str:
        onset = generator.choice(["", *"bcdđghklmnrstvx", "ng", "nh", "ph", "th", "tr", "ch", "kh"])
        vowel = generator.choice("aáàảãạăắằâấầậeéẹêếềệiíìịoóòọôốồộơớờợuúùụưứừự")
        return onset + vowel + generator.choice(["", *"cmnpt", "ng", "nh", "ch"])

    words = {f"{syllable()}_{syllable()}" for _ in range(15_500)}
    words = set(sorted(words)[:15_000])
    counts = {word: int(1 / generator.random() ** 2) + 2 for word in sorted(words)}
    syllables = sorted({word.split("_")[0] for word in words})[:5000]
    explorer = SegmentationExplorer(
        WordSegmenter(counts),
        {
            "words": Vocabulary(["<pad>", "<unk>", *generator.sample(sorted(words), 9998)]),
            "syllables": Vocabulary(["<pad>", "<unk>", *syllables]),
            "characters": Vocabulary(["<pad>", "<unk>", *map(chr, range(256, 454))]),
        },
        "một hai",
        pyvi={},
    )
    assert len(gzip.compress(explorer.static_html().encode())) < 500_000


def test_letters_in_pieces_are_stored_so_that_nothing_composes_them() -> None:
    typed = unicodedata.normalize("NFD", "Quán đẹp")
    page = made(examples=[typed]).static_html()
    assert unicodedata.is_normalized("NFC", page)
    stored = re.search(r'data-state="([^"]*)"', page)
    assert stored
    assert json.loads(unescape(stored[1]))["examples"] == [typed]
