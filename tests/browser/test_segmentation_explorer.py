"""The segmentation explorer on a page of its own: Python's stages, ways and numbers; its looks.

What is tested is that the page does to any text what Python does, step by step.
"""

import random
import statistics
import unicodedata
from collections.abc import Callable
from html.entities import html5
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import page_checks as checks
from in_browser import OpenedPage
from lstm_course.segmentation import WordSegmenter
from lstm_course.text import CLEANING, Vocabulary, characters, clean, syllable_tokens
from lstm_course.widgets import SegmentationExplorer, sources
from lstm_course.widgets.segmentation_explorer import EXAMPLES, MOST_SYLLABLES
from widget_pages import LIVE, value

Opener = Callable[..., OpenedPage]

MARKED = [
    "Sinh_viên vi_phạm quy_chế thi_cử . Sinh_viên học sinh_học , học_sinh học toán .",
    "Quán ăn ngon , nhân_viên phục_vụ nhiệt_tình . Quy_chế thi , vi phạm , chế_độ .",
    "Tốc_độ truyền thông_tin , truyền_thông tin . Bàn là mới , bàn_là . Thi cử .",
]
SENTENCE = "Học sinh học sinh học"

# Reads all that the page shows below its controls.
READ = """(root) => {
  const texts = (selector) => [...root.querySelectorAll(selector)].map((node) => node.textContent);
  const shown = {};
  for (const output of root.querySelectorAll("output"))
    if (!output.closest("[hidden]")) shown[output.dataset.quantity] = Number(output.dataset.value);
  return {
    shown,
    left: root.querySelector(".lw-text").textContent,
    words: [...root.querySelectorAll(".lw-word")].map((word) =>
      [...word.children].map((syllable) => syllable.textContent).join("_")),
    ways: texts(".lw-way-text").map((way) => way.trim().split(" ")),
    tokens: texts(".lw-tokens li span:first-child"),
    unknown: [...root.querySelectorAll(".lw-tokens li")].map((li) => li.dataset.kind === "unknown"),
    row: root.querySelector(".lw-numbers").textContent,
  };
}"""

TYPE = f"""(root, texts) => {{
  const read = {READ};
  const box = root.querySelector('[data-input="text"]');
  return texts.map((text) => {{
    box.value = text;
    const before = performance.now();
    box.dispatchEvent(new Event("input", {{ bubbles: true }}));
    root.getBoundingClientRect();
    const time = performance.now() - before;
    return {{ ...read(root), time }};
  }});
}}"""

SET = f"""(states) => {{
  const read = {READ};
  const root = document.querySelector("section .lw-live");
  return states.map((state) => {{
    for (const [key, value] of Object.entries(state)) window.tell(key, value);
    return read(root);
  }});
}}"""


@pytest.fixture(scope="module")
def segmenter() -> WordSegmenter:
    return WordSegmenter.learn(MARKED, min_count=1)


@pytest.fixture(scope="module")
def vocabularies() -> dict[str, Vocabulary]:
    texts = [clean(text) for text in MARKED]
    return {
        "words": Vocabulary.build([text.split() for text in texts], 20),
        "syllables": Vocabulary.build(map(syllable_tokens, texts)),
        "characters": Vocabulary.build(map(characters, texts)),
    }


@pytest.fixture(scope="module")
def make(
    segmenter: WordSegmenter, vocabularies: dict[str, Vocabulary]
) -> Callable[..., SegmentationExplorer]:
    """Give a function that makes an explorer: ``make("Học", lang="vi")``."""

    def maker(text: str = SENTENCE, **values: Any) -> SegmentationExplorer:
        values = {"pyvi": {}, **values}
        return SegmentationExplorer(segmenter, vocabularies, text, **values)

    return maker


@pytest.fixture
def open_explorer(
    open_widget: Opener, make: Callable[..., SegmentationExplorer]
) -> Callable[..., OpenedPage]:
    """Give a function that opens a page with an explorer: ``open_explorer("Học", lang="vi")``."""

    def opener(text: str = SENTENCE, theme: str = "light", **how: Any) -> OpenedPage:
        own = ("lang", "examples", "steps", "unit", "way", "pyvi")
        values = {name: how.pop(name) for name in own if name in how}
        return open_widget(make(text, **values), theme, **how)

    return opener


def root_of(opened: OpenedPage) -> Locator:
    return opened.page.locator('[data-widget="segmentation_explorer"]')


def agree(explorer: SegmentationExplorer, found: dict[str, Any]) -> None:
    """Everything that the page shows is what Python computes."""
    ways, numbers, shown = explorer.ways, explorer.numbers, found["shown"]
    wanted: dict[str, float] = {
        "characters": explorer.letters.characters,
        "code_points": explorer.letters.code_points,
        "unknown": numbers.count(1),
        "unknown_share": explorer.unknown,
        **{f"length_{unit}": length for unit, length in explorer.lengths.items()},
    }
    if explorer.syllables:
        wanted |= {"syllables": len(explorer.syllables), "words": len(explorer.words)}
        wanted |= {f"logp_{k}": p for k, p in enumerate(explorer.log_probabilities, 1)}
        wanted |= {f"share_{k}": share for k, (_, share) in enumerate(ways, 1)}
        if len(ways) > 1:
            wanted["share_together"] = sum(share for _, share in ways)
    assert shown == pytest.approx(wanted, abs=1e-9)
    assert found["words"] == explorer.words
    if explorer.syllables and len(ways[0][0]) <= 16:
        assert found["ways"] == [words for words, _ in ways]
    if len(explorer.cleaned) <= 1000 and explorer.cleaned:
        assert found["left"] == explorer.cleaned
    spaces = {" ": "␣", "\n": "⏎", "\r": "⏎", "\t": "⇥", "\xa0": "␣"}
    tokens = [token.translate(str.maketrans(spaces)) for token in explorer.tokens]
    assert found["tokens"] == tokens[:300]
    assert found["unknown"] == [number == 1 for number in numbers[:300]]
    more = ", …" if len(numbers) > 300 else ""
    assert found["row"] == f"[{', '.join(map(str, numbers[:300]))}{more}]"


# ---- Cleaning as Python does it -----------------------------------------------------------------

NASTY = [
    "",
    " \n\t ",
    *EXAMPLES,
    "Ngon:D ngon :-D. (:D) :)) =))) xD 8) x8) a:b 8:30 <3 <333 ^^ ^_^ T_T t.T :v :vvv a:v :v1 ;-P",
    "😀xD 👍🏽8) 👩‍👩‍👧x3 🇻🇳:D☺️:D ❤:) 1️⃣ ⭐8) ❶:D❶ ✌:v❷",
    "http://a.vn/b?c=1&d=2, HTTPS://X www.a WWW.b.vn xhttp://a a.b+c@d-e.vn a@b @c a@b.c+d@e.f",
    "httpſ://x ",
    "<b>a</b><br/>< b><!-- c --><!--<i>--> 5 < 6 > 3 &lt;b&gt; &amp;amp; &#x1F60B; &#0;&nosuch;",
    "_a_ a_b __ a__b _ _! ___x 3.5 ½ ١٢ ² Ⅷ -1 a-b don’t “x” … \u200b \xad",
    "İSTANBUL ΣΑΣ ǅ ﬁ ẞ Ω Å K \u1e9b\u0323 각 \u1100\u1161\u11a8",
    "\ufeffx\ufeff y\x1c z\x85w\xa0v\u2028u\u3000t\r\n\r\nx",
    "e\u0323\u0302 e\u0302\u0323 ê\u0323 \u0301a o\u031b\u0300 ơ\u0300",
    "<img src=x onerror=alert(1)> <script>alert(2)</script> học",
    "constructor __proto__ toString <unk> <pad>",
    "a@" * 500 + "b" + "<" * 500 + "&" * 50 + ":" * 500 + "_" * 500,
]
PIECES = [
    *("a", "D", "x", "8", "_", "ệ", "e\u0323\u0302", "Σ", "0", "½", "@", ".", "www.", "http://"),
    *("<", ">", "<b>", "</", "<!--", "-->", "&amp;", "&#60;", "&lt", ";", ":", "-", "^", "o", "'"),
    *(
        ")",
        "(",
        "3",
        "T",
        "v",
        "\\",
        "|",
        "😋",
        "☺",
        "\ufe0f",
        "\u200d",
        " ",
        "\n",
        "\xa0",
        "\u0301",
    ),
]


def nasty_texts() -> list[str]:
    generator = random.Random(7)
    made_up = ["".join(generator.choices(PIECES, k=generator.randint(1, 25))) for _ in range(600)]
    entities = [f"a&{name} b&{name}c" for name in list(html5)[::30]]
    return [*NASTY, *made_up, *entities]


def test_every_step_does_to_any_text_what_it_does_in_python(open_explorer: Opener) -> None:
    page = open_explorer().page
    page.add_script_tag(content=sources.read("reading.js"))
    texts = nasty_texts()
    found = page.evaluate(
        """([names, texts]) => texts.map((text) => names.map((name) => {
          const parts = lstmReading.parts(name, text);
          const [before, after] = [0, 1].map((k) => parts.map((part) => part[k]).join(""));
          return [lstmReading.STEPS[name](text), before, after];
        }))""",
        [list(CLEANING), texts],
    )
    for text, steps in zip(texts, found, strict=True):
        for (name, step), [after, before_parts, after_parts] in zip(
            CLEANING.items(), steps, strict=True
        ):
            assert (name, text, after) == (name, text, step(text))
            assert after_parts == after
            assert before_parts in (text, text.removeprefix("\ufeff"))


def test_any_text_steps_unit_and_way_give_what_they_give_in_python(
    open_explorer: Opener, make: Callable[..., SegmentationExplorer]
) -> None:
    page: Page = open_explorer().page
    explorer = make()
    page.evaluate(LIVE, [explorer._esm, explorer.state()])
    generator = random.Random(3)
    known = [*explorer._segmenter.counts, "xyz", ",", "!"]
    states: list[dict[str, Any]] = [
        {"text": text, "steps": list(CLEANING), "way": 1, "unit": "words"} for text in NASTY
    ]
    for _ in range(150):
        words = generator.choices(known, k=generator.randint(1, 12))
        text = " ".join(words).replace("_", generator.choice([" ", " ", "_"]))
        states.append(
            {
                "text": generator.choice([text, text.upper(), unicodedata.normalize("NFD", text)]),
                "steps": generator.sample(list(CLEANING), generator.randint(0, 8)),
                "way": generator.randint(1, 5),
                "unit": generator.choice(["words", "syllables", "characters"]),
            }
        )
    for state, found in zip(states, page.evaluate(SET, states), strict=True):
        for name, wanted in state.items():
            setattr(explorer, name, wanted)
        agree(explorer, found)
    assert page.evaluate("told") == []
    assert page.locator("section img, section script, section .lw-live b b").count() == 0


# ---- What a reader types ------------------------------------------------------------------------


def test_what_is_typed_is_answered_and_ten_thousand_words_leave_the_page_alive(
    open_explorer: Opener, make: Callable[..., SegmentationExplorer]
) -> None:
    explorer = make()
    root = root_of(open_explorer())
    long = ["Học sinh vi phạm, " * 2_500, "😀 " * 10_000, "x" * 2_000, "Học " * 4_999]
    texts = [*NASTY, *long]
    for text, found in zip(texts, root.evaluate(TYPE, texts), strict=True):
        explorer.text = text.replace("\r\n", "\n")  # as every text box does
        agree(explorer, found)
        assert found["time"] < 500
    box = root.locator('[data-input="text"]')
    box.fill("Học sinh vi phạm, " * 2_500)
    expect(root).to_contain_text("only its first 20000 characters")
    expect(root).to_contain_text(f"the first {MOST_SYLLABLES} of")
    assert root.locator(".lw-cut").get_attribute("tabindex") == "0"
    box.fill("")
    expect(root).to_contain_text("There is nothing to cut")
    expect(root).to_contain_text("Nothing is typed yet.")
    expect(root.locator(".lw-cut")).to_be_empty()
    box.fill("học")
    assert value(root, "share_1") == 1
    assert root.locator(".lw-cut").get_attribute("tabindex") is None


@pytest.mark.parametrize(
    ("lang", "whole", "apart"),
    [
        ("en", "Every letter with its marks is one code point", "Some letters came in pieces"),
        ("vi", "là một điểm mã duy nhất", "được gõ rời thành từng mảnh"),
    ],
)
def test_letters_typed_in_pieces_are_noticed(
    open_explorer: Opener, lang: str, whole: str, apart: str
) -> None:
    root = root_of(open_explorer("Việt", lang=lang))
    expect(root).to_contain_text(whole)
    root.locator('[data-input="text"]').fill(unicodedata.normalize("NFD", "Việt"))
    expect(root).to_contain_text(apart)
    expect(root.locator(".lw-pieces")).to_have_text("ệ = e U+0065 + ◌̣ U+0323 + ◌̂ U+0302")
    assert (value(root, "characters"), value(root, "code_points")) == (4, 6)


# ---- Steps --------------------------------------------------------------------------------------


def test_punctuation_before_emoticons_leaves_a_lone_d(open_explorer: Opener) -> None:
    root = root_of(open_explorer("Ngon :-D quá"))
    result, marked = root.locator(".lw-text"), root.locator(".lw-steps > li")
    expect(result).to_have_text("ngon quá")
    expect(marked.nth(3).locator("del")).to_have_text(":-D")
    expect(root.locator(".lw-torn")).to_be_hidden()
    root.locator('[data-input="down_emoticons"]').click()
    expect(result).to_have_text("ngon d quá")
    expect(marked.nth(3).locator("del")).to_have_text([":", "-"])
    expect(marked.nth(4)).to_contain_text("changes nothing here")
    expect(root.locator(".lw-torn")).to_contain_text("“:-D” was torn apart")
    expect(root.locator(".lw-torn")).to_contain_text("“D” is left over")
    root.locator('[data-input="step_punctuation"]').uncheck()
    expect(result).to_have_text("ngon quá")
    expect(root.locator(".lw-torn")).to_be_hidden()
    root.locator('[data-input="reset"]').click()
    expect(root.locator(".lw-step label").nth(3)).to_contain_text("emoticons")
    expect(root.locator('[data-input="step_punctuation"]')).to_be_checked()


def test_what_a_step_changes_is_marked(open_explorer: Opener) -> None:
    text = "<b>Hay</b>  &amp; 10 " + unicodedata.normalize("NFD", "Việt")
    steps = ["nfc", "html", "digits", "space", "lower"]
    root = root_of(open_explorer(text, steps=steps))
    rows = {
        step: root.locator(f'.lw-steps > li:has([data-input="step_{step}"])') for step in CLEANING
    }
    expect(rows["html"].locator("del")).to_have_text(["<b>", "</b>", "&amp;"])
    expect(rows["html"].locator("ins")).to_have_text("&")
    expect(rows["digits"].locator("del")).to_have_text("10")
    expect(rows["lower"].locator("ins")).to_have_text(["h", "v"])
    expect(rows["nfc"].locator("ins")).to_have_text("ệ")
    expect(rows["space"].locator("del").first).to_have_text("␣")
    expect(rows["space"]).to_contain_text("places changed")
    expect(rows["urls"].locator("input")).not_to_be_checked()
    expect(rows["urls"]).not_to_contain_text("changes nothing")
    # Steps that are off stand where they usually do.
    names = root.locator(".lw-steps input").evaluate_all("all => all.map((i) => i.dataset.input)")
    assert names == [f"step_{name}" for name in CLEANING]


def test_steps_and_way_go_both_ways_between_page_and_python(
    open_explorer: Opener, make: Callable[..., SegmentationExplorer]
) -> None:
    page: Page = open_explorer().page
    explorer = make(way=2)
    page.evaluate(LIVE, [explorer._esm, explorer.state()])
    root = page.locator("section .lw-live")
    expect(root.locator('[data-input="way"]').nth(1)).to_be_checked()
    root.locator('[data-input="step_lower"]').uncheck()
    assert page.evaluate("told") == [["way", 1], ["steps", list(CLEANING)[:-1]]]
    root.locator('[data-input="way"]').nth(2).check()
    assert page.evaluate("told.at(-1)") == ["way", 3]
    root.locator('[data-input="text"]').fill("Thi cử")
    assert page.evaluate("told.slice(-2)") == [["way", 1], ["text", "Thi cử"]]
    page.evaluate("told.length = 0; tell('steps', ['lower', 'nfc'])")
    expect(root.locator('[data-input="step_html"]')).not_to_be_checked()
    expect(root.locator(".lw-text")).to_have_text("thi cử")
    root.locator('[data-input="reset"]').click()
    told = dict(page.evaluate("told"))
    assert told == {"way": 2, "unit": "words", "steps": list(CLEANING), "text": SENTENCE}


# ---- Ways, pyvi, tokens -------------------------------------------------------------------------


def test_a_way_is_chosen_and_the_tokens_follow(
    open_explorer: Opener, make: Callable[..., SegmentationExplorer]
) -> None:
    explorer = make()
    root = root_of(open_explorer())
    for k, (words, _) in enumerate(explorer.ways):
        root.locator('[data-input="way"]').nth(k).check()
        expect(root.locator(".lw-tokens li span:first-child")).to_have_text(words)
        strong = root.locator(".lw-way").nth(k).locator("strong").all_text_contents()
        assert bool(strong) == bool(k)
    root.locator('[data-input="unit"]').select_option("syllables")
    expect(root.locator(".lw-tokens li span:first-child")).to_have_text(explorer.syllables)


def test_a_unit_without_a_vocabulary_is_not_offered(
    open_widget: Opener, segmenter: WordSegmenter, vocabularies: dict[str, Vocabulary]
) -> None:
    only = {"syllables": vocabularies["syllables"]}
    root = root_of(open_widget(SegmentationExplorer(segmenter, only, SENTENCE, pyvi={})))
    assert root.locator('[data-input="unit"] option').all_text_contents() == ["a syllable (tiếng)"]
    assert root.locator('output[data-quantity^="length_"]').count() == 1


@pytest.mark.parametrize(
    ("lang", "alike", "otherwise", "way"),
    [
        ("en", "cuts this text in the same way", "“sinh_học” where “sinh học” stands", "way 1"),
        (
            "vi",
            "cũng tách văn bản này đúng như vậy",
            "“sinh_học” thay cho “sinh học”",
            "cách thứ 1",
        ),
    ],
)
def test_pyvi_is_shown_beside_where_it_was_asked(
    open_explorer: Opener, lang: str, alike: str, otherwise: str, way: str
) -> None:
    pyvi = {
        "học sinh học": "học sinh_học",
        "học sinh học sinh học": "học_sinh_học_sinh_học",
        "thi cử": "thi cư",  # of another text: never shown
    }
    root = root_of(open_explorer("Học sinh học!", lang=lang, pyvi=pyvi))
    other = root.locator(".lw-other")
    ways = [text.strip() for text in root.locator(".lw-way-text").all_text_contents()]
    root.locator('[data-input="way"]').nth(ways.index("học sinh_học")).check()
    expect(other).to_contain_text(alike)
    expect(other).to_contain_text("pyvi: học sinh_học")
    root.locator('[data-input="way"]').nth(ways.index("học sinh học")).check()
    expect(other).to_contain_text(otherwise)
    expect(other).to_contain_text(way[:-1] + str(ways.index("học sinh_học") + 1))
    box = root.locator('[data-input="text"]')
    box.fill(SENTENCE)
    expect(other).to_contain_text("“học_sinh_học_sinh_học”")
    for text in ("Học sinh học sinh", "thi cử", "constructor", ""):
        box.fill(text)
        expect(other).to_be_hidden()


def test_unknown_tokens_are_told(open_explorer: Opener) -> None:
    root = root_of(open_explorer("học zqxj <b>"))
    expect(root.locator('.lw-cut [data-kind="unknown"]')).to_have_count(1)
    expect(root.locator('.lw-tokens [data-kind="unknown"]')).to_have_text("zqxj1")
    expect(root).to_contain_text("these are not among them, and all become the number 1: “zqxj”")
    assert value(root, "unknown_share") == 0.5


def test_examples_and_reset(open_explorer: Opener) -> None:
    root = root_of(open_explorer("Thi cử", unit="syllables"))
    box = root.locator('[data-input="text"]')
    for k, example in enumerate(EXAMPLES, 1):
        root.locator(f'[data-input="example_{k}"]').click()
        expect(box).to_have_value(example)
    root.locator('[data-input="unit"]').select_option("characters")
    root.locator('[data-input="reset"]').click()
    expect(box).to_have_value("Thi cử")
    expect(root.locator('[data-input="unit"]')).to_have_value("syllables")
    expect(root.locator('[role="status"]')).to_contain_text("Back to the starting values")


# ---- Keyboard, access, looks, speed -------------------------------------------------------------


def test_the_keyboard_does_it_all(open_explorer: Opener) -> None:
    opened = open_explorer("Học sinh", examples=["Thi cử"])
    root, page = root_of(opened), opened.page
    box = root.locator('[data-input="text"]')
    box.focus()
    page.keyboard.press("End")
    page.keyboard.type(" học :-D")
    expect(root.locator(".lw-text")).to_have_text("học sinh học")
    reached: list[str] = []
    while len(reached) < 40 and (not reached or reached[-1] != "unit"):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.input"))
        if reached[-1] == "up_punctuation":
            page.keyboard.press("Space")
            expect(root.locator('[data-input="up_punctuation"]')).to_be_focused()
            expect(root.locator('[role="status"]')).to_contain_text("is now step 4 of 8")
            expect(root.locator(".lw-text")).to_have_text("học sinh học d")
        if reached[-1] == "way":
            page.keyboard.press("ArrowDown")
            expect(root.locator('[data-input="way"]').nth(1)).to_be_checked()
            expect(root.locator('[data-input="way"]').nth(1)).to_be_focused()
    assert reached[:4] == ["example_1", "reset", "step_nfc", "down_nfc"]
    assert reached[-2:] == ["way", "unit"]
    first = root.locator('[data-input="up_html"]')
    first.focus()
    page.keyboard.press("Enter")  # to the top, where there is no further up
    expect(root.locator('[data-input="down_html"]')).to_be_focused()
    root.locator('[data-input="step_lower"]').focus()
    page.keyboard.press("Space")
    expect(root.locator(".lw-text")).to_have_text("Học sinh học D")
    before = root.locator(".lw-numbers").text_content()
    root.locator('[data-input="unit"]').focus()
    page.keyboard.press("ArrowDown")
    expect(root.locator(".lw-numbers")).not_to_have_text(before or "")


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("vi", "dark")])
def test_nothing_is_inaccessible_or_too_wide(open_explorer: Opener, lang: str, theme: str) -> None:
    opened = open_explorer(
        f"<b>{'nghiêng' * 12}</b> :-D 😀 " + unicodedata.normalize("NFD", SENTENCE) + " học" * 70,
        theme,
        lang=lang,
        width=375,
        scheme=theme,
        reduced_motion=True,
        expect_errors=True,  # axe asks for the style sheet, which a page from disk may not
        steps=["nfc", "punctuation", "emoticons", "space"],
    )
    root = root_of(opened)
    assert opened.faults() == []
    assert checks.overflowing(opened.page) == []
    root.locator('[data-input="text"]').fill(f"Xin :-D {SENTENCE} zqxj https://example.com/abc")
    assert checks.widget_faults(opened.page) == []


def test_bars_are_seen_in_forced_colours(open_explorer: Opener) -> None:
    opened = open_explorer()
    assert checks.unseen_in_forced_colours(opened.page, ".lw-way-fill") == []


def test_a_keystroke_after_a_hundred_words_is_answered_within_a_frame(
    open_explorer: Opener,
) -> None:
    generator = random.Random(5)
    words = " ".join(MARKED).replace("_", " ").split()
    text = ":-D <b>Học</b> 10! " + " ".join(generator.choices(words, k=100))
    root = root_of(open_explorer(text))
    typed = " học sinh vi phạm quy chế thi cử"
    found = root.evaluate(TYPE, [text + typed[:k] for k in range(1, len(typed))])
    # Alone on a machine it takes 4 ms; twice as long as promised is allowed beside other tests.
    assert statistics.median(answer["time"] for answer in found) < 32


def test_it_opens_soon_with_fifteen_thousand_words(open_widget: Opener) -> None:
    counts = {f"{a}{b}_{c}": 5 + k for k, (a, b, c) in enumerate(_names()[:15_000])}
    names = ["<pad>", "<unk>", *counts]
    explorer = SegmentationExplorer(
        WordSegmenter(counts),
        {"words": Vocabulary(names[:10_000]), "syllables": Vocabulary(names[:2])},
        SENTENCE,
        pyvi={},
    )
    opened = open_widget(explorer)
    mounting = opened.page.evaluate(
        """() => Math.min(...[1, 2, 3].map(() => {
          const old = document.querySelector(".lstm-widget");
          const root = document.createElement("div");
          Object.assign(root.dataset, { widget: old.dataset.widget, state: old.dataset.state });
          root.className = "lstm-widget";
          const before = performance.now();
          old.replaceWith(root);
          lstmCore.mountAll();
          return performance.now() - before;
        }))"""
    )
    assert mounting < 200


def _names() -> list[tuple[str, str, str]]:
    return [
        (a, b, c) for a in "bcdghklmn" for b in map(chr, range(0x1EA1, 0x1EF9, 2)) for c in _ends()
    ]


def _ends() -> list[str]:
    return [f"{a}{b}" for a in "tvxpqr" for b in "aeiouyêôơư"]
