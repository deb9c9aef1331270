"""The map of words in Python: spellings, neighbours, sums, state, picture, refusals."""

import gzip
import re
import unicodedata
from html import unescape
from typing import Any

import numpy as np
import pytest
import traitlets

from lstm_course import use_language
from lstm_course.vectors import neighbours
from lstm_course.widgets import WordMap, sources
from lstm_course.widgets.word_map import (
    _SMALL,
    MARKS,
    READ,
    STEPS,
    letters_changed,
    pack,
    shown,
    unpack,
)

WORDS = [
    *("bệnh", "bệnh_viện", "bác_sĩ", "khám_bệnh", "bênh", "Bệnh"),
    *("bóng_đá", "đội_tuyển", "huấn_luyện_viên", "sân", "bàn_thắng", "thủ_môn"),
    *("giá", "cổ_phiếu", "ngân_hàng", "đồng"),
]
GROUPS = [0] * 6 + [1] * 6 + [2] * 4
NAMES = ["sức khỏe", "thể thao", "kinh tế"]


def vectors() -> np.ndarray:
    random = np.random.default_rng(3)
    return random.normal(size=(3, 8))[GROUPS] * 2 + random.normal(size=(16, 8))


def chart(**values: Any) -> WordMap:
    places = np.random.default_rng(4).uniform(-1, 1, (16, 2))
    given = {"places": places, "groups": GROUPS, "group_names": NAMES}
    return WordMap(WORDS, vectors(), **{**given, **values})


# ---- Vectors -----------------------------------------------------------------------------------


def test_what_travels_comes_back_but_for_eight_bits() -> None:
    given, places = vectors(), np.random.default_rng(4).uniform(-1, 1, (16, 2))
    words, unit, steps, groups = unpack(pack(WORDS, given, places, GROUPS))
    assert (words, groups) == (WORDS, GROUPS)
    assert np.linalg.norm(unit, axis=1) == pytest.approx(1, abs=1e-12)
    expected = given / np.linalg.norm(given, axis=1, keepdims=True)
    assert 1e-5 < np.abs(unit - expected).max() < 1.5 / 127
    assert np.abs(steps / STEPS - places).max() < 1 / STEPS


def test_neighbours_are_the_nearest_by_cosine() -> None:
    whole = chart(chosen="bệnh_viện")
    expected = neighbours(whole.vectors, 1)
    assert [word for word, _ in whole.neighbours] == [WORDS[number] for number, _ in expected]
    assert [cosine for _, cosine in whole.neighbours] == pytest.approx([c for _, c in expected])
    assert len(whole.neighbours) == 10
    assert WordMap(
        ["a", "b"], [[1, 0], [1, 1]], places=[[0, 0], [1, 1]], chosen="a"
    ).neighbours == [("b", pytest.approx(np.sqrt(0.5), abs=0.01))]


def test_equally_near_words_come_in_their_own_order() -> None:
    same = [[1, 0], [0, 1], [0, 1], [0, 1], [0, 1]]
    alike = WordMap([*"abcde"], same, places=np.zeros((5, 2)), chosen="c")
    assert [word for word, _ in alike.neighbours] == ["b", "d", "e", "a"]
    assert alike.map_neighbours == ["a", "b", "d", "e"]
    assert alike.shared == 4


def test_near_by_cosine_is_not_near_on_the_map() -> None:
    whole = chart()
    assert (whole.shared, whole.map_neighbours, whole.neighbours) == (0, [], [])
    counts = []
    for word in WORDS:
        whole.chosen = word
        places = whole._steps
        away = np.linalg.norm(places - places[WORDS.index(word)], axis=1)
        on_map = [WORDS[number] for number in np.argsort(away)[1:11]]
        assert whole.map_neighbours == on_map
        assert whole.shared == sum(near in on_map for near, _ in whole.neighbours)
        counts.append(whole.shared)
    assert whole.shared_on_average == pytest.approx(np.mean(counts))
    assert len(set(counts)) > 1


def test_sums_of_words() -> None:
    # start - minus + plus of unit vectors; a length given does not count
    words = ["vua", "nam", "nữ", "nữ_hoàng", "xe"]
    given = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 1.4, 1, 0], [0, 0, 0, 1]])
    places = np.zeros((5, 2))
    queen = WordMap(words, given * [[1], [9], [2], [5], [1]], places=places)
    assert queen.analogy == []
    queen.start = "vua"
    assert queen.analogy == []
    queen.minus, queen.plus = "nam", "nữ"
    unit = given / np.linalg.norm(given, axis=1, keepdims=True)
    total = unit[0] - unit[1] + unit[2]
    best = unit @ total / np.linalg.norm(total)
    assert queen.analogy[0] == ("nữ_hoàng", pytest.approx(best[3], abs=0.02))
    assert [word for word, _ in queen.analogy] == ["nữ_hoàng", "xe"]
    queen.minus = ""
    assert {word for word, _ in queen.analogy} == {"nam", "nữ_hoàng", "xe"}
    queen.minus, queen.plus = "vua", ""
    assert queen.analogy == []  # nothing is left


# ---- Spellings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("benh", ["bệnh", "bênh", "Bệnh", "bệnh_viện", "khám_bệnh"]),
        ("bệnh", ["bệnh", "Bệnh", "bệnh_viện", "bênh", "khám_bệnh"]),
        ("BỆNH VIỆN", ["bệnh_viện"]),
        ("  benh   vien ", ["bệnh_viện"]),
        ("benh_v", ["bệnh_viện"]),
        ("vien", ["bệnh_viện", "huấn_luyện_viên"]),
        ("da", ["bóng_đá"]),
        ("đ", ["đội_tuyển", "đồng", "bóng_đá"]),
        (unicodedata.normalize("NFD", "bệnh viện"), ["bệnh_viện"]),
        ("", []),
        (" _\t", []),
        ("😀", []),
        ("<b>bệnh</b>", []),
        ("bệnh" * 2500, []),
    ],
)
def test_words_are_found_by_what_is_typed(typed: str, found: list[str]) -> None:
    assert chart(search=typed).found == found


def test_a_word_may_be_written_in_several_ways() -> None:
    whole = chart()
    for typed, word in (
        ("bệnh viện", "bệnh_viện"),
        ("benh vien", "bệnh_viện"),
        ("BONG DA", "bóng_đá"),
        ("Bệnh", "Bệnh"),  # as spelled
        ("BỆNH", "bệnh"),  # in small letters: the first one
        ("benh", "bệnh"),
        (unicodedata.normalize("NFD", "đội_tuyển"), "đội_tuyển"),
        ("  ", ""),
    ):
        whole.chosen = typed
        assert whole.chosen == word


def test_the_nearest_spelling() -> None:
    whole = chart()
    assert whole.spelled_like("bệnh viẹn")[0] == "bệnh_viện"
    assert whole.spelled_like("benhvien")[0] == "bệnh_viện"
    assert whole.spelled_like("bệng")[:2] == ["bệnh", "Bệnh"]
    assert whole.spelled_like("zzzz") == whole.spelled_like("😀") == whole.spelled_like("") == []
    assert len(whole.spelled_like("bnh")) <= 3
    assert letters_changed("sân", "san") == 1
    assert shown("huấn_luyện_viên") == "huấn luyện viên"


# ---- Traits, state, picture --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chosen", "start", "minus", "plus"])
def test_a_word_that_is_not_there_is_refused_with_the_nearest(name: str) -> None:
    whole = chart(**{name: "sân"})
    with pytest.raises(traitlets.TraitError, match=r"“benh vieen” is not .* bệnh viện\?"):
        setattr(whole, name, "benh vieen")
    with pytest.raises(traitlets.TraitError, match=r"^“z{40}” is not on the map\.$"):
        setattr(whole, name, "z" * 10_000)
    assert getattr(whole, name) == "sân"
    use_language("vi")
    with pytest.raises(traitlets.TraitError, match="không có trên bản đồ"):
        chart(**{name: "😀"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden": [3]},
        {"hidden": [-1]},
        {"hidden": ["a"]},
        {"search": 1},
        {"examples": [["bệnh", "sân"]]},
        {"examples": [["bệnh", "sân", "xyz"]]},
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(traitlets.TraitError):
        chart(**wrong)


def test_examples_and_hidden_are_put_in_order() -> None:
    whole = chart(examples=[("benh vien", "", "san")], hidden=[2, 0, 2])
    assert whole.examples == [["bệnh_viện", "", "sân"]]
    assert whole.hidden == [0, 2]
    whole.start = "giá"
    assert repr(whole) == "WordMap(chosen='', start='giá', minus='', plus='')"


def test_what_makes_no_map() -> None:
    two, places = np.eye(2), np.zeros((2, 2))
    for words, given, at, groups, told in (
        (["a", "a"], two, places, None, "two different"),
        (["a", " "], two, places, None, "none of them empty"),
        (["a", "b"], np.eye(3), places, None, "2 words, but vectors"),
        (["a", "b"], two, [[0, 0], [0, 2]], None, "between -1 and 1"),
        (["a", "b"], two, [[0, 0], [0, np.nan]], None, "between -1 and 1"),
        (["a", "b"], two, places, [0], "one number for each"),
        (["a", "b"], two, places, [0, 1], "name every group"),
        (["a", "b"], [[0, 0], [0, 1]], places, None, "two different"),
        (["a", "b"], [[np.nan, 0], [0, 1]], places, None, "no direction"),
        (["a", "b"], two, [[0, 0]], None, "two numbers for each"),
        (["a", "b\x1f"], two, places, None, "separator"),
        (["a", "b"], two, None, None, "at least 5 words"),
    ):
        with pytest.raises(ValueError, match=told):
            WordMap(words, given, places=at, groups=groups)
    with pytest.raises(ValueError, match="give both"):
        WordMap()
    with pytest.raises(ValueError, match="at most 10"):
        chart(group_names=[*"abcdefghijk"])


def test_words_without_a_vector_are_left_out() -> None:
    given = vectors()
    given[[1, 5]] = 0
    some = WordMap(
        WORDS, given, places=np.zeros((16, 2)), groups=GROUPS, group_names=NAMES, chosen="benh"
    )
    assert some.words == [word for word in WORDS if word not in ("bệnh_viện", "Bệnh")]
    assert some.groups == GROUPS[:4] + GROUPS[6:]
    assert some.neighbours
    assert WordMap(WORDS, given).words == some.words


def test_words_without_places_get_those_of_t_sne() -> None:
    whole = WordMap(WORDS, vectors(), chosen="sân")
    assert np.abs(whole._steps).max() == STEPS
    assert whole.shared > 0


def test_the_state_brings_it_back() -> None:
    whole = chart(chosen="sân", start="giá", plus="đồng", search="ben", hidden=[1], lang="vi")
    again = WordMap(**whole.state())
    assert again.static_html() == whole.static_html()
    assert again.neighbours == whole.neighbours
    assert again.analogy == whole.analogy
    assert again.shared_on_average == whole.shared_on_average


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_picture_shows_marks_names_and_numbers(lang: str) -> None:
    whole = chart(chosen="sân", start="giá", minus="bệnh", plus="đồng", lang=lang)
    html = whole.static_html().split('class="lw-stored"')[1]
    assert {"en": "Map of 16 words", "vi": "Bản đồ 16 từ"}[lang] in html
    for group, small in enumerate(_SMALL[:3]):
        path = re.search(rf'class="lw-group-{group}"[^>]* d="([^"]+)"', html)
        assert path
        assert path[1].count(small) == GROUPS.count(group)
    names = re.findall(r"<text[^>]*>(.*?)</text>", html)
    assert "bệnh" in names
    assert not any("_" in name for name in names)
    assert all(f"</svg> {name}" in html for name in NAMES)
    text = unescape(re.sub("<[^>]+>", "", html))
    word, cosine = whole.neighbours[0]
    assert f"sân · {shown(word)} = {cosine:.3f}" in text
    word, cosine = whole.analogy[0]
    assert f"giá − bệnh + đồng ≈ {shown(word)} = {cosine:.3f}" in text
    assert f"= {whole.shared_on_average:.3f}" in text


def test_words_are_no_html() -> None:
    places = [[-1, 0], [0, 0], [1, 0]]
    html = WordMap(["<b>", "&amp;", "a"], np.eye(3), places=places, chosen="<b>").picture()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert "&amp;amp;" in html


def test_1500_words_fit_into_a_page() -> None:
    random = np.random.default_rng(0)
    letters = [*"abcdefghiklmnopqrstuvxyđâăêôơư"]
    words = ["".join(random.choice(letters, 6)) + f"_{k}" for k in range(1500)]
    groups = random.integers(0, 10, 1500).tolist()
    whole = WordMap(
        words,
        random.normal(size=(1500, 64)),
        places=random.uniform(-1, 1, (1500, 2)),
        groups=groups,
        group_names=[*"abcdefghij"],
        chosen=words[7],
    )
    assert len(gzip.compress(whole.static_html().encode())) < 200_000
    assert len(_SMALL) == len(MARKS) == 10
    assert READ == 40


def test_the_style_sheet_has_the_colours_of_the_picture() -> None:
    light = sources.read("word_map.css").split("html[data-theme")[0]
    assert re.findall(r"--lw-\d: (#\w+)", light) == [colour for _, colour in MARKS]
