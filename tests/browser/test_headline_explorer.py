"""The headline explorer on a page of its own: Python's numbers, typing, words, keyboard, looks.

Its network has weights of chance: what is tested is that the page runs them as torch does.
"""

import os
import random
import re
import statistics
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import page_checks as checks
from in_browser import OpenedPage, visit
from lstm_course.datasets import load_headlines
from lstm_course.models import RecurrentClassifier
from lstm_course.text import IN_PIECES, Encoder, clean, word_pieces, word_tokens
from lstm_course.training import predict
from lstm_course.widgets import HeadlineExplorer, packing, sources
from networks_of_chance import by_chance
from widget_pages import LIVE, value, write_page_of

Opener = Callable[..., OpenedPage]

HEADLINE = "Nation's dog admits it has no idea what the zqxj vote means today"
EXAMPLES = ["area man passionate defender of nothing", "senate votes on the budget"]

# Types texts into the box, one after another, and reads the answer, which comes at once.
TYPE = """(root, texts) => {
  const box = root.querySelector('[data-input="text"]');
  const p = root.querySelector('[data-quantity="p_sarcastic"]');
  return texts.map((text) => {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return Number(p.dataset.value);
  });
}"""

# Types texts and waits until all that belongs to each is there. Times are those of the listener and
# of what it left for the next frames.
TYPE_AND_WAIT = """async (root, texts) => {
  const box = root.querySelector('[data-input="text"]');
  const frame = window.requestAnimationFrame;
  const answers = [];
  for (const text of texts) {
    const times = [];
    const timed = (work) => (...given) => {
      const before = performance.now();
      work(...given);
      times.push(performance.now() - before);
    };
    window.requestAnimationFrame = (work) => frame.call(window, timed(work));
    box.value = text;
    timed(() => box.dispatchEvent(new Event("input", { bubbles: true })))();
    do await new Promise((done) => frame.call(window, done));
    while ([...root.querySelectorAll("output")].some((output) => output.textContent === "…"));
    const shown = {};
    for (const output of root.querySelectorAll("output"))
      shown[output.dataset.quantity] = [Number(output.dataset.value), output.textContent];
    const words = [...root.querySelectorAll('[data-input^="word_"]')];
    answers.push({
      times, shown,
      words: words.map((button) => [button.textContent, button.dataset.mark]),
    });
  }
  window.requestAnimationFrame = frame;
  return answers;
}"""


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    texts = [headline.text for headline in load_headlines().train[:1500]]
    return Encoder.build(texts, ["lower"], "pieces_and_pairs", max_size=12_000)


@pytest.fixture(scope="module")
def model(encoder: Encoder) -> RecurrentClassifier:
    return by_chance(encoder, [headline.text for headline in load_headlines().test[:300]])


@pytest.fixture(scope="module")
def network(model: RecurrentClassifier, encoder: Encoder) -> dict[str, Any]:
    """Give the packed network, so that it is packed once."""
    return dict(HeadlineExplorer(model, encoder).network)


@pytest.fixture
def open_explorer(open_widget: Opener, network: dict[str, Any]) -> Opener:
    """Give a function that opens a page with an explorer: ``open_explorer(lang="vi")``."""

    def opener(
        explorer: HeadlineExplorer | None = None, theme: str = "light", **how: Any
    ) -> OpenedPage:
        own = ("lang", "text", "examples", "accuracy", "gate", "direction", "unit")
        values = {name: how.pop(name) for name in own if name in how}
        values = {"text": HEADLINE, "examples": EXAMPLES, "accuracy": 0.8526, **values}
        shown = explorer or HeadlineExplorer(network=network, **values)
        return open_widget(shown, theme, **how)

    return opener


def root_of(opened: OpenedPage) -> Locator:
    root = opened.page.locator('[data-widget="headline_explorer"]')
    expect(root.locator('[data-quantity="push_1"]')).not_to_have_text("…")
    return root


def agree(explorer: HeadlineExplorer, answer: dict[str, Any]) -> None:
    """Everything that the page shows is what Python computes."""
    expected = {"p_sarcastic": explorer.p_sarcastic}
    for k, ((_, p), (_, push)) in enumerate(
        zip(explorer.prefixes, explorer.pushes, strict=True), 1
    ):
        expected |= {f"p_{k}": p, f"push_{k}": push}
    found = {name: shown[0] for name, shown in answer["shown"].items() if "state" not in name}
    assert found == pytest.approx(expected, abs=1e-9)
    marks = [
        "known" if word.known else "pieces" if word.numbers else "blind" for word in explorer.words
    ]
    read = [word.text for word in explorer.words]
    assert answer["words"] == [list(pair) for pair in zip(read, marks, strict=True)]


# ---- The same numbers as torch and Python -------------------------------------------------------


def test_every_test_headline_gets_the_answer_of_torch(
    open_explorer: Opener, model: RecurrentClassifier, encoder: Encoder
) -> None:
    texts = [headline.text for headline in load_headlines().test]
    if os.environ.get("LSTM_COURSE_DATA"):
        assert len(texts) == 6709
    expected = predict(packing.rounded(model), encoder.encode_all(texts))[:, 1]
    found = np.array(root_of(open_explorer()).evaluate(TYPE, texts))
    assert np.abs(found - expected).max() < 1e-4
    assert found.std() > 0.1


SHAPES: list[dict[str, Any]] = [
    {"bidirectional": False, "pooling": "last"},
    {"pooling": "last", "dense": [9]},
    {"layers": 2, "pooling": "max_mean", "units": 7},
    {"layers": 2, "pooling": "mean", "bidirectional": False, "dense": [8, 4]},
]


@pytest.mark.parametrize("tokenizer", ["words", *IN_PIECES])
def test_networks_of_other_shapes_answer_as_python(
    browser: Browser, tokenizer: str, tmp_path: Path
) -> None:
    encoder = Encoder.build(EXAMPLES, ["lower"], tokenizer)
    texts = [EXAMPLES[0], "Senate MAN", "", "zzz", "the senate zzz votes"]
    for shape in SHAPES:
        explorer = HeadlineExplorer(by_chance(encoder, texts, **shape), encoder, EXAMPLES[0])
        with visit(browser, write_page_of(tmp_path, explorer, "light")) as opened:
            answers = root_of(opened).evaluate(TYPE_AND_WAIT, texts)
            assert opened.faults() == []
        for text, answer in zip(texts, answers, strict=True):
            explorer.text = text
            agree(explorer, answer)


TYPED = [
    HEADLINE,
    "",
    " \n\t ",
    "😀",
    "😀🇻🇳 👩‍👩‍👧 ok",
    "<img src=x onerror=alert(1)> <script>alert(2)</script> man",
    unicodedata.normalize("NFD", "Người Việt đọc báo"),
    "ALL CAPS MAN",
    "İstanbul ΣΑΣ ǅ ﬁ",
    "line one\nline two\x1cthree\x85four\ufefffive",
    "\ufeffman",
    "pad unk <pad> <unk>",
    "it's re-elected _x_ a_b don’t",
    "١٢ ½ Ⅷ 한국 日本 क्षि",
]


def test_anything_typed_is_read_as_python_reads_it(
    open_explorer: Opener, network: dict[str, Any]
) -> None:
    explorer = HeadlineExplorer(network=network)
    root = root_of(open_explorer())
    for typed, answer in zip(TYPED, root.evaluate(TYPE_AND_WAIT, TYPED), strict=True):
        explorer.text = typed
        agree(explorer, answer)
    assert root.locator("img, script").count() == 0
    expect(root.locator('[data-input="text"]')).to_have_value(TYPED[-1])


def test_every_character_is_read_as_python_reads_it(open_explorer: Opener) -> None:
    rng = random.Random(1)
    # Unassigned code points are left out: the browser may know letters that Python does not yet.
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    kinds = {character: unicodedata.category(character) for character in every}
    chosen = [
        c
        for c in every
        if kinds[c] not in ("Cn", "Co", "Lo") or rng.random() < 0.05 * (kinds[c] == "Lo")
    ]
    texts = ["".join(f"a{c}b {c}" for c in chosen[k : k + 40]) for k in range(0, len(chosen), 40)]
    page = open_explorer().page
    page.add_script_tag(content=sources.read("reading.js"))
    found = page.evaluate(
        "(texts) => texts.map((text) => lstmReading.words(text.toLowerCase()))", texts
    )
    assert found == [word_tokens(clean(text, ["lower"])) for text in texts]
    odd = ["é", "ab", "a", "👍", "x" * 9, "𝒳y"]
    pieces = page.evaluate("(words) => words.map(lstmReading.wordPieces)", odd)
    assert [[*of, " "] for of in pieces] == [word_pieces(word) for word in odd]


# ---- What a reader is told ----------------------------------------------------------------------

TOLD = {
    "en": {
        "": "There is no word to read",
        "😀": "knows nothing, only that a word stands there: “😀”",
        "<b>man</b>": "HTML is text like any other",
        "Man": "capitals change nothing",
        unicodedata.normalize("NFD", "việt"): "put together first (NFC)",
        "mannishest": "read by the pieces that the model knows: “mannishest”",
        "man " * 10_000: "(words read: 100)",
        "x" * 50_000: "(words read: 1)",
    },
    "vi": {
        "": "Không có từ nào để đọc",
        "😀": "ngoài việc ở đó có một từ: “😀”",
        "<b>man</b>": "HTML cũng chỉ là văn bản",
        "Man": "chỉ đọc chữ thường",
        unicodedata.normalize("NFD", "việt"): "ghép lại trước (NFC)",
        "mannishest": "những mảnh mà mô hình biết: “mannishest”",
        "man " * 10_000: "phần đầu (100 từ)",
        "x" * 50_000: "phần đầu (1 từ)",
    },
}


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_what_is_odd_in_a_text_is_explained_and_nothing_is_lost(
    open_explorer: Opener, lang: str
) -> None:
    root = root_of(open_explorer(lang=lang))
    box, notes = root.locator('[data-input="text"]'), root.locator(".lw-verdict .lw-hint").first
    for typed, told in TOLD[lang].items():
        root.evaluate(TYPE, [typed])
        expect(notes).to_contain_text(told)
        assert box.input_value() == typed
    root.evaluate(TYPE, ["man"])
    expect(notes).to_be_empty()


def test_ten_thousand_words_leave_the_page_alive(
    open_explorer: Opener, network: dict[str, Any]
) -> None:
    root = root_of(open_explorer())
    long = " ".join(EXAMPLES * 1000)
    answer, short = root.evaluate(TYPE_AND_WAIT, [long, "man"])
    explorer = HeadlineExplorer(network=network, text=long)
    agree(explorer, answer)
    assert len(answer["words"]) == 100
    assert max(answer["times"]) < 200  # no frame is held up for long
    assert statistics.median(answer["times"]) < 30
    assert len(short["words"]) == 1


@pytest.mark.parametrize(
    ("lang", "onion", "huffpost", "accuracy", "limits"),
    [
        ("en", "looks like The Onion", "looks like HuffPost", "right in 85.3 %", "no facts"),
        ("vi", "giống The Onion", "giống HuffPost", "đúng 85.3 %", "không biết gì về sự thật"),
    ],
)
def test_the_verdict_names_a_newspaper_and_claims_no_more(
    open_explorer: Opener, lang: str, onion: str, huffpost: str, accuracy: str, limits: str
) -> None:
    root = root_of(open_explorer(lang=lang))
    texts = [*EXAMPLES, *(headline.text for headline in load_headlines().test[:40])]
    p = root.evaluate(TYPE, texts)
    assert min(p) < 0.5 < max(p)
    for best, words in ((max, onion), (min, huffpost)):
        root.evaluate(TYPE, [texts[p.index(best(p))]])
        expect(root.locator(".lw-verdict")).to_contain_text(words)
    expect(root).to_contain_text(accuracy)
    expect(root).to_contain_text(limits)


def test_without_an_accuracy_none_is_named(open_explorer: Opener) -> None:
    assert "%" not in root_of(open_explorer(accuracy=None)).inner_text()


# ---- Words, pieces, pushes, gates ---------------------------------------------------------------


def test_a_push_is_the_log_odds_with_a_word_minus_without(open_explorer: Opener) -> None:
    root = root_of(open_explorer())
    words = root.locator('[data-input^="word_"]').all_inner_texts()
    pushes = [value(root, f"push_{k + 1}") for k in range(len(words))]
    without = [" ".join(words[:k] + words[k + 1 :]) for k in range(len(words))]
    whole, *p = root.evaluate(TYPE, [" ".join(words), *without])
    odds = [np.log(x / (1 - x)) for x in (whole, *p)]
    assert pushes == pytest.approx([odds[0] - other for other in odds[1:]], abs=1e-8)


def test_pushes_go_to_the_side_of_their_sign_and_are_told(open_explorer: Opener) -> None:
    root = root_of(open_explorer())
    sides = root.locator(".lw-push tbody tr").evaluate_all(
        """rows => rows.map((row) => {
          const [bar, fill] = [".lw-push-bar", ".lw-push-fill"].map((part) =>
            row.querySelector(part).getBoundingClientRect());
          const middle = bar.left + bar.width / 2;
          const push = row.querySelector("output");
          return [Number(push.dataset.value), push.textContent,
            (fill.left + fill.right) / 2 - middle,
            getComputedStyle(row.querySelector(".lw-push-fill")).backgroundImage];
        })"""
    )
    assert {np.sign(push) for push, *_ in sides} == {-1, 1}
    for push, text, side, pattern in sides:
        assert np.sign(side) == np.sign(push)
        assert text == f"{push:+.2f}".replace("-", "−") or abs(push) < 0.005
        assert ("gradient" in pattern) == (push < 0)
    words = root.locator(".lw-push tbody th").all_inner_texts()
    pushes = [push for push, *_ in sides]
    story = root.locator(".lw-story").last
    for best, side in ((max, "The Onion"), (min, "HuffPost")):
        word = words[pushes.index(best(pushes))]
        expect(story).to_contain_text(f"Most towards {side}: “{word}” (")


def test_bars_stand_as_high_as_their_probability(open_explorer: Opener) -> None:
    root = root_of(open_explorer())
    shares = root.locator(".lw-tile-bar").evaluate_all(
        "all => all.map((bar) => bar.firstChild.getBoundingClientRect().height / bar.clientHeight)"
    )
    p = [value(root, f"p_{k + 1}") for k in range(len(shares))]
    assert shares == pytest.approx(p, abs=0.02)
    assert p[-1] == value(root, "p_sarcastic")


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ("is in the vocabulary", "is not in the vocabulary, but", "none of its 4 parts")),
        ("vi", ("có trong bộ từ vựng", "không có trong bộ từ vựng, nhưng", "không phần nào")),
    ],
)
def test_a_word_shows_its_pieces(
    open_explorer: Opener, encoder: Encoder, lang: str, told: tuple[str, ...]
) -> None:
    root = root_of(open_explorer(lang=lang, text="man mannishest 😀"))
    panel = root.locator('.lw-card[aria-live="polite"]')
    read = ("man", "mannishest", "😀")
    for number, (word, words) in enumerate(zip(read, told, strict=True), 1):
        root.locator(f'[data-input="word_{number}"]').click()
        expect(panel).to_contain_text(f"“{word}”")
        expect(panel).to_contain_text(words)
        pair = f"{['', *read][number - 1]} {word}"
        pieces = {*word_pieces(word), pair} - {" "}
        known = {piece for piece in pieces if piece in encoder.vocabulary}
        # The first word's pair is with the beginning, shown as "<".
        known, pieces = ({re.sub("^ ", "< ", piece) for piece in of} for of in (known, pieces))
        groups = [
            set(part.locator("code").all_inner_texts())
            for part in panel.locator(".lw-pieces").all()
        ]
        assert groups == [known, pieces - known]
    labels = root.locator('[data-input^="word_"]').evaluate_all(
        """all => all.map((button) =>
            [button.getAttribute("aria-label"), getComputedStyle(button).borderTopStyle])"""
    )
    assert [style for _, style in labels] == ["solid", "dashed", "dotted"]
    assert labels[0][0] is None
    assert len({label and label.split("(")[1] for label, _ in labels}) == 3


def test_gates_and_states_are_those_of_the_cell(
    open_explorer: Opener, network: dict[str, Any]
) -> None:
    root = root_of(open_explorer())
    explorer = HeadlineExplorer(network=network, text=HEADLINE)
    own = explorer._network
    x = own.vectors(explorer.words)
    root.locator("summary").click()

    def shown() -> list[float]:
        all_of = root.locator('.lw-strip output[data-quantity^="state_"]')
        found: list[float] = all_of.evaluate_all("all => all.map((o) => Number(o.dataset.value))")
        return found

    for number, way in enumerate(("forward", "backward")):
        root.locator('[data-input="direction"]').select_option(way)
        w = own.layers[0][number]
        n = own.units
        h = c = np.zeros(n)
        steps: dict[int, dict[str, np.ndarray]] = {}
        for t in range(len(x))[:: -1 if number else 1]:
            i, f, g, o = np.split(w.w_x @ x[t] + w.w_h @ h + w.b_x, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            g = np.tanh(g)
            c = f * c + i * g
            h = o * np.tanh(c)
            steps[t] = {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}
        for unit in (0, 1, n):
            root.locator('[data-input="unit_number"]').fill(str(unit))
            root.locator('[data-input="unit_number"]').press("Enter")
            for gate in "figoch":
                root.locator('[data-input="gate"]').select_option(gate)
                of = [steps[t][gate] for t in range(len(x))]
                expected = [v[unit - 1] if unit else v.mean() for v in of]
                assert shown() == pytest.approx(expected, abs=1e-9)
    root.locator('[data-input="unit_number"]').fill("33")
    root.locator('[data-input="unit_number"]').blur()
    expect(root.locator('[role="status"]')).to_contain_text("0 to 32")


def test_examples_and_reset(open_explorer: Opener) -> None:
    root = root_of(open_explorer())
    box = root.locator('[data-input="text"]')
    before = value(root, "p_sarcastic")
    root.locator('[data-input="example_2"]').click()
    expect(box).to_have_value(EXAMPLES[1])
    assert value(root, "p_sarcastic") != before
    root.locator('[data-input="reset"]').click()
    expect(box).to_have_value(HEADLINE)
    assert value(root, "p_sarcastic") == before


# ---- Python beside it ---------------------------------------------------------------------------


def test_text_goes_both_ways_between_page_and_python(
    open_explorer: Opener, network: dict[str, Any]
) -> None:
    page: Page = open_explorer().page
    explorer = HeadlineExplorer(network=network, text="man")
    page.evaluate(LIVE, [explorer._esm, explorer.state()])
    root = page.locator("section .lw-live")
    box = root.locator('[data-input="text"]')
    box.fill("Two Men")
    assert page.evaluate("told.at(-1)") == ["text", "Two Men"]
    page.evaluate("told.length = 0; tell('text', 'senate votes')")
    expect(box).to_have_value("senate votes")
    explorer.text = "senate votes"
    assert value(root, "p_sarcastic") == pytest.approx(explorer.p_sarcastic, abs=1e-9)
    page.evaluate("tell('gate', 'c')")
    expect(root.locator('[data-input="gate"]')).to_have_value("c")
    assert page.evaluate("told") == []


# ---- Keyboard, access, looks, speed -------------------------------------------------------------


def test_the_keyboard_does_it_all(open_explorer: Opener) -> None:
    opened = open_explorer(text="man mannishest")
    root, page = root_of(opened), opened.page
    box = root.locator('[data-input="text"]')
    box.focus()
    page.keyboard.press("End")
    page.keyboard.type(" votes")
    assert box.input_value() == "man mannishest votes"
    expect(root.locator('[data-quantity="push_3"]')).not_to_have_text("…")
    reached = []
    for _ in range(11):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.input"))
        if reached[-1] == "word_2":
            expect(root.locator(".lw-pieces-head")).to_contain_text("“mannishest”")
        if reached[-1] == "inside":
            page.keyboard.press("Enter")
    examples = ["example_1", "example_2", "reset"]
    own = ["word_1", "word_2", "word_3", "inside", "gate", "direction", "unit", "unit_number"]
    assert reached == [*examples, *own]
    before = value(root, "state_1")
    root.locator('select[data-input="gate"]').focus()
    page.keyboard.press("ArrowDown")
    assert value(root, "state_1") != before
    slider = root.locator('input[type="range"][data-input="unit"]')
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "1"


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("vi", "dark")])
def test_nothing_is_inaccessible_or_too_wide(open_explorer: Opener, lang: str, theme: str) -> None:
    opened = open_explorer(
        lang=lang,
        theme=theme,
        gate="c",
        width=375,
        scheme=theme,
        reduced_motion=True,
        expect_errors=True,  # axe asks for the style sheet, which a page from disk may not
        text=f"{HEADLINE} 😀 {'onion' * 30}",
    )
    root_of(opened).locator("summary").click()
    assert opened.faults() == []
    assert checks.widget_faults(opened.page) == []


def test_bars_are_seen_in_forced_colours(open_explorer: Opener) -> None:
    opened = open_explorer()
    parts = (".lw-tile-fill", ".lw-push-fill", ".lw-meter-fill")
    assert checks.unseen_in_forced_colours(opened.page, *parts) == []


def test_it_opens_soon_and_answers_within_a_frame(open_explorer: Opener) -> None:
    words = [word for headline in load_headlines().test for word in word_tokens(headline.text)]
    texts = [" ".join(words[12 * k : 12 * k + 12]) for k in range(25)]
    opened = open_explorer(text=HEADLINE)
    root = root_of(opened)
    ready = opened.page.evaluate(
        "performance.getEntriesByName('lstm:headline_explorer')[0].startTime"
    )
    assert ready < 1500
    root.locator("summary").click()
    answers = root.evaluate(TYPE_AND_WAIT, texts * 6)
    # The best of five, after one to warm up: other programs on the machine slow down the rest.
    # Alone on a machine it takes 3 ms; twice as long as promised is allowed beside other tests.
    rounds = [
        [sum(answer["times"]) for answer in answers[k :: len(texts)]] for k in range(len(texts))
    ]
    best = [min(times[1:]) for times in rounds]
    assert statistics.median(best) < 10
    assert statistics.quantiles(best, n=10)[-1] <= 32
