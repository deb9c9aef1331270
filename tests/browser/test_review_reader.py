"""The review reader on a page of its own: Python's numbers, words, curves, keyboard, looks, speed.

Its network has weights of chance: what is tested is that the page runs them as torch does.
"""

import random
import statistics
import unicodedata
from collections.abc import Callable
from html.entities import html5
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import page_checks as checks
from in_browser import OpenedPage
from lstm_course.models import RecurrentClassifier
from lstm_course.text import Encoder, clean, word_tokens
from lstm_course.training import predict
from lstm_course.widgets import ReviewReader, packing, sources
from lstm_course.widgets.network import Network, sentences
from lstm_course.widgets.review_reader import MOST_WORDS
from networks_of_chance import by_chance
from widget_pages import LIVE, value

Opener = Callable[..., OpenedPage]

REVIEW = (
    "I wanted to like it. The <i>zqxj</i> songs are lovely &amp; the actors do what they can!"
    "<br /><br />But Mr. Low's plot... well, there is none, and after 1.5 hours of rain "
    "I was glad to be home (with my dog)."
)
EXAMPLES = ["Lovely songs, a good story.", "What a waste of a rainy evening!"]
VOCABULARY = word_tokens(
    "the a of and to it is in i that this was film with for but on are not his have be you he at "
    "one by an who they all so like there just about or from out has what some good can when very "
    "story her more if no up even had my would only really bad see well their actors songs plot "
    "wanted lovely waste evening rain dog home glad hours none after do rainy great dull best . , "
    "! ( ) low's . 1 5"
)

# Types texts into the box, one after another, and reads the answer, which comes at once.
TYPE = """(root, texts) => {
  const box = root.querySelector('[data-input="text"]');
  const p = root.querySelector('[data-quantity="p_positive"]');
  return texts.map((text) => {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return Number(p.dataset.value);
  });
}"""

# Types texts and waits until all that belongs to each is there, or for some frames; goes through
# its words if wanted. Times are those of the listener and of what it left for the next frames.
TYPE_AND_WAIT = """async (root, [texts, each, frames]) => {
  const box = root.querySelector('[data-input="text"]');
  const slider = root.querySelector('[data-input="at"]');
  const frame = window.requestAnimationFrame;
  const answers = [];
  const shown = () => Object.fromEntries([...root.querySelectorAll("output")]
    .map((output) => [output.dataset.quantity, Number(output.dataset.value)]));
  for (const text of texts) {
    const times = [];
    const timed = (work) => (...given) => {
      const before = performance.now();
      work(...given);
      root.getBoundingClientRect(); // the page lays out what has changed
      times.push(performance.now() - before);
    };
    window.requestAnimationFrame = (work) => frame.call(window, timed(work));
    box.value = text;
    timed(() => box.dispatchEvent(new Event("input", { bubbles: true })))();
    do await new Promise((done) => frame.call(window, done));
    while (root.querySelector('[aria-busy="true"]') && times.length < frames);
    const words = [...root.querySelectorAll(".lw-prose [data-word]")];
    const steps = !each ? [] : words.map((_, k) => {
      slider.value = k + 1;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      return shown();
    });
    answers.push({
      times, steps,
      words: words.map((word) => word.textContent),
    });
  }
  window.requestAnimationFrame = frame;
  return answers;
}"""


def typed(
    root: Locator, texts: list[str], *, each: bool = False, frames: int = 100_000
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = root.evaluate(TYPE_AND_WAIT, [texts, each, frames])
    return found


def some_text(count: int, seed: int = 1) -> str:
    return " ".join(random.Random(seed).choices(VOCABULARY[:-8], k=count))


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.build([" ".join(VOCABULARY)], ["html", "lower"], length=400)


@pytest.fixture(scope="module")
def model(encoder: Encoder) -> RecurrentClassifier:
    return by_chance(encoder, [some_text(30, seed) for seed in range(40)], dimension=16)


@pytest.fixture(scope="module")
def network(model: RecurrentClassifier, encoder: Encoder) -> dict[str, Any]:
    """Give the packed network, so that it is packed once."""
    return dict(ReviewReader(model, encoder).network)


@pytest.fixture
def open_reader(open_widget: Opener, network: dict[str, Any]) -> Opener:
    """Give a function that opens a page with a reader: ``open_reader(lang="vi", gate="f")``."""

    def opener(theme: str = "light", **how: Any) -> OpenedPage:
        own = ("lang", "text", "gate", "direction", "unit", "colour", "at", "network", "text_lang")
        values = {name: how.pop(name) for name in own if name in how}
        values = {"text": REVIEW, "examples": EXAMPLES, "network": network, **values}
        return open_widget(ReviewReader(accuracy=0.8812, **values), theme, **how)

    return opener


def root_of(opened: OpenedPage) -> Locator:
    root = opened.page.locator('[data-widget="review_reader"]')
    expect(root.locator('[aria-busy="true"]')).to_have_count(0)
    return root


# ---- The same numbers as torch and Python -------------------------------------------------------


def test_the_page_answers_as_torch_and_python(
    open_reader: Opener,
    model: RecurrentClassifier,
    encoder: Encoder,
    network: dict[str, Any],
) -> None:
    texts = [some_text(count, count) for count in (1, 2, 7, 40, 90, 230, 400, 700)] + ["", "zzz"]
    found = root_of(open_reader()).evaluate(TYPE, texts)
    expected = predict(packing.rounded(model), encoder.encode_all(texts))[:, 1]
    assert np.abs(np.array(found) - expected).max() < 1e-4
    own = [ReviewReader(network=network, text=text).p_positive for text in texts]
    assert found == pytest.approx(own, abs=1e-9)
    assert np.std(found) > 0.1


@pytest.mark.parametrize(
    "settings", [{}, {"direction": "backward", "unit": 3}, {"unit": 32}], ids=str
)
def test_every_number_is_pythons(
    open_reader: Opener, network: dict[str, Any], settings: dict[str, Any]
) -> None:
    root = root_of(open_reader(**settings))
    reader = ReviewReader(network=network, **settings)
    for text, answer in zip((REVIEW, "bad"), typed(root, [REVIEW, "bad"], each=True), strict=True):
        reader.text = text
        assert answer["words"] == [word for word, _ in reader.prefixes]
        assert len(answer["steps"]) == len(reader.words)
        expected: list[dict[str, float]] = [
            {"p_after": p, "push": push}
            for (_, p), (_, push) in zip(reader.prefixes, reader.pushes, strict=True)
        ]
        for reader.gate in "figoch":
            for step, (_, number) in zip(expected, reader.course, strict=True):
                step[reader.gate] = number
        whole = {f"sentence_{n}": push for n, (_, push) in enumerate(reader.sentences, 1)}
        whole["p_positive"] = reader.p_positive
        for found, step in zip(answer["steps"], expected, strict=True):
            assert found == pytest.approx({**step, **whole}, abs=1e-9)


@pytest.mark.parametrize(
    ("tokenizer", "shape"),
    [
        ("words", {"layers": 2, "units": 5, "pooling": "last", "dense": [4]}),
        ("pieces_and_pairs", {"units": 6}),
    ],
)
def test_other_networks_answer_as_python(
    open_reader: Opener, tokenizer: str, shape: dict[str, Any]
) -> None:
    encoder = Encoder.build([*EXAMPLES, REVIEW], ["html", "lower"], tokenizer)
    model = by_chance(encoder, [*EXAMPLES, REVIEW], **shape)
    reader = ReviewReader(model, encoder, "A dull plot. Lovely songs! The rain", unit=2)
    root = root_of(open_reader(network=reader.network, text=reader.text, unit=2))
    assert len(reader.sentences) == 3
    for n, (_, push) in enumerate(reader.sentences, 1):
        assert value(root, f"sentence_{n}") == pytest.approx(push, abs=1e-9)
    k = (reader.position or 0) - 1
    for name, of in (("c", reader.course), ("push", reader.pushes), ("p_after", reader.prefixes)):
        assert value(root, name) == pytest.approx(of[k][1], abs=1e-9)


# ---- What is read -------------------------------------------------------------------------------

TEXTS = [
    REVIEW,
    "",
    " \n\t ",
    "😀 👩‍👩‍👧 ok",
    unicodedata.normalize("NFD", "Người Việt đọc báo"),
    "<img src=x onerror=alert(1)> <script>alert(2)</script> dog",
    "one<br/>two <BR >three</p><p class='x'>four <brr>five</br>six &lt;br&gt; 7 <!-- <br> --> x",
    "<br>\ufeffone <br>\u0323\ntwo\n \t\nthree_ _four _five_",
    'He said "no." (Yes.) So U.S.A style.Good 3.5 Mr. A. Then?! what... ok\r\n\r\nend',
    "&amp;amp; &copyx &nosuch; &notit; &#8217; &#x27 &#0; &#1;a&#13;b&#12;c&#128; "
    "&#xd800; &#x110000; &#xfdd0; &#65534; &#9;&#x0a;& &; &# &#; &#x; &1; &AMP &aMp x",
    "İstanbul ΣΑΣ ǅ ﬁ ١٢ ½ \x1c x\x85y",
]


def test_a_text_is_read_as_python_reads_it(
    open_reader: Opener, network: dict[str, Any], encoder: Encoder
) -> None:
    page = open_reader().page
    page.add_script_tag(content=sources.read("reading.js"))
    every = [f"a&{name} b" for name in html5] + [f"a&{name}b" for name in html5]
    texts = [*TEXTS, *(" ".join(every[k : k + 50]) for k in range(0, len(every), 50))]
    found = page.evaluate(
        """([packed, texts]) => {
          const reader = lstmReading.reader({ ...packed, length: null });
          return texts.map((text) => {
            const { words } = reader.read(text, { words: 1e9, letters: 1e9 });
            return [words.map((word) => [word.text, word.before]), lstmReading.sentences(words)];
          });
        }""",
        [{name: network[name] for name in network if name != "weights"}, texts],
    )
    free = Network.from_json({**network, "length": None})
    for text, (words, spans) in zip(texts, found, strict=True):
        assert [word for word, _ in words] == word_tokens(clean(text, encoder.steps))
        # What stands before the first word is nowhere used.
        assert words[1:] == [list(token) for token in free.tokens(text)[1:]]
        assert spans == [[span.start, span.stop] for span in sentences(free.read(text))]


def test_the_prose_is_the_text_as_it_is_read(open_reader: Opener) -> None:
    root = root_of(open_reader(expect_errors=False))
    expect(root.locator(".lw-prose")).to_have_text(
        "i wanted to like it. the zqxj songs are lovely & the actors do what they can! "
        "but mr. low's plot... well, there is none, and after 1.5 hours of rain "
        "i was glad to be home (with my dog)."
    )
    assert "can!\nbut" in (root.locator(".lw-prose").text_content() or "")
    unknown = root.locator('.lw-prose [data-mark="unknown"]').first
    expect(unknown).to_have_text("zqxj")
    expect(unknown).to_have_attribute("aria-label", "zqxj (unknown)")
    texts = [text for text in TEXTS if "<script" in text]
    typed(root, texts)
    assert root.locator("img, script, b").count() == 0


TOLD = {
    "en": {
        "": "There is no word to read",
        "😀": "knows nothing, only that a word stands there: “😀”",
        "<b>dog</b>": "tags are taken out",
        "Dog": "capitals change nothing",
        unicodedata.normalize("NFD", "việt"): "put together first (NFC)",
        "dog " * 10_000: "reads the first 400 words only",
        "x" * 200_000: "its first 100000 characters is left out",
    },
    "vi": {
        "": "Không có từ nào để đọc",
        "😀": "ngoài việc ở đó có một từ: “😀”",
        "<b>dog</b>": "thẻ HTML được bỏ đi",
        "Dog": "chỉ đọc chữ thường",
        unicodedata.normalize("NFD", "việt"): "ghép lại trước (NFC)",
        "dog " * 10_000: "chỉ đọc 400 từ đầu",
        "x" * 200_000: "phần sau 100000 ký tự đầu bị bỏ qua",
    },
}


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_what_is_odd_in_a_text_is_explained_and_nothing_is_lost(
    open_reader: Opener, lang: str
) -> None:
    root = root_of(open_reader(lang=lang))
    box, notes = root.locator('[data-input="text"]'), root.locator(".lw-verdict .lw-hint").first
    for text, told in TOLD[lang].items():
        root.evaluate(TYPE, [text])
        expect(notes).to_contain_text(told)
        assert box.input_value() == text
    root.evaluate(TYPE, ["dog"])
    expect(notes).to_be_empty()
    root.evaluate(TYPE, [""])
    expect(root.locator(".lw-prose")).to_be_hidden()


@pytest.mark.parametrize(("keep", "told"), [("first", "first 400"), ("last", "last 400")])
def test_what_is_not_read_is_struck_out(
    open_reader: Opener, network: dict[str, Any], keep: str, told: str
) -> None:
    words = [f"w{k}" for k in range(1000)]
    opened = open_reader(network={**network, "keep": keep}, text=" ".join(words))
    root = opened.page.locator('[data-widget="review_reader"]')
    expect(root.locator(".lw-prose [data-word]")).to_have_count(400)
    read = words[:400] if keep == "first" else words[-400:]
    assert root.locator(".lw-prose [data-word]").all_inner_texts() == read
    struck = root.locator(".lw-unread:visible")
    expect(struck).to_have_count(1)
    assert struck.evaluate("(node) => getComputedStyle(node).textDecorationLine") == "line-through"
    first, *_, last = struck.inner_text().split()
    assert (first, last) == (("w400", "…") if keep == "first" else ("…", "w599"))
    expect(root.locator(".lw-verdict")).to_contain_text(f"reads the {told} words only")
    expect(root.locator(".lw-verdict")).to_contain_text("(words not read: 600)")


def test_without_a_length_the_first_words_are_read(
    open_reader: Opener, network: dict[str, Any]
) -> None:
    text = some_text(MOST_WORDS + 20)
    root = root_of(open_reader(network={**network, "length": None}, text="dog"))
    p = root.evaluate(TYPE, [text])[0]
    own = ReviewReader(network={**network, "length": None}, text=text).p_positive
    assert p == pytest.approx(own, abs=1e-9)
    expect(root.locator(".lw-verdict")).to_contain_text("(words not read: 20)")


# ---- Marks, curves, one word --------------------------------------------------------------------


def test_words_are_marked_by_what_is_chosen(open_reader: Opener, network: dict[str, Any]) -> None:
    root = root_of(open_reader(gate="g", unit=2))
    reader = ReviewReader(network=network, text=REVIEW, gate="g", unit=2)
    sizes = {
        "push": [push for _, push in reader.pushes],
        "p": [2 * p - 1 for _, p in reader.prefixes],
        "state": [number for _, number in reader.course],
    }
    looks = """all => all.map((word) => {
      const style = getComputedStyle(word);
      return [Number((word.dataset.level ?? "0").replace("−", "-")),
        style.backgroundImage.startsWith("repeating")];
    })"""
    for colour, expected in sizes.items():
        root.locator('[data-input="colour"]').select_option(colour)
        shown = root.locator(".lw-prose [data-word]").evaluate_all(looks)
        largest = 1 if colour == "p" else max(map(abs, expected))
        assert [level for level, _ in shown] == pytest.approx(
            [size / largest for size in expected], abs=6e-4
        )
        assert [striped for _, striped in shown] == [
            size < 0 and abs(size) / largest > 0 for size in expected
        ]
        assert {striped for _, striped in shown} == {True, False}
    hint = root.locator(".lw-prose").locator("xpath=preceding::p[1]")
    expect(hint).to_contain_text("the curve shows at this word")


def points(root: Locator, of: str) -> np.ndarray:
    text = root.locator(f"{of} polyline").get_attribute("points") or ""
    return np.array([[float(number) for number in pair.split(",")] for pair in text.split()])


@pytest.mark.parametrize(("gate", "direction"), [("c", "forward"), ("f", "backward")])
def test_the_curves_are_those_of_python_and_are_told(
    open_reader: Opener, network: dict[str, Any], gate: str, direction: str
) -> None:
    settings = {"gate": gate, "direction": direction, "unit": 4}
    root = root_of(open_reader(**settings))
    own = ReviewReader(network=network, text=REVIEW, **settings)
    values = np.array([number for _, number in own.course])
    p = np.array([number for _, number in own.prefixes])
    for of, expected in ((".lw-drawn", values), (".lw-answer", p)):
        drawn = points(root, of)
        assert len(drawn) == len(expected)
        assert np.diff(drawn[:, 0]) == pytest.approx(np.diff(drawn[:, 0]).mean(), abs=0.11)
        slope, _ = np.polyfit(expected, drawn[:, 1], 1)
        assert slope < 0  # upwards
        assert abs(np.corrcoef(expected, drawn[:, 1])[0, 1]) > 0.9999
    label = root.locator(".lw-course").get_attribute("aria-label") or ""
    assert own._told(own.words, values, p) == label
    expect(root.get_by_text(label)).to_be_visible()
    changes = own._changes(values)
    for n, k in enumerate(changes, 1):
        button = root.locator(f'[data-input="change_{n}"]')
        expect(button).to_contain_text(f"“{own.words[k].text}”")
        button.click()
        expect(root.locator('[data-input="at"]')).to_have_value(str(k + 1))


def cursor(root: Locator) -> float:
    return float(root.locator(".lw-cursor circle").first.get_attribute("cx") or "nan")


def test_the_cursor_moves_with_mouse_and_keys_in_text_and_chart(open_reader: Opener) -> None:
    opened = open_reader()
    root, mouse = root_of(opened), opened.page.mouse
    x = points(root, ".lw-drawn")[:, 0]
    place = root.locator(".lw-reading .lw-head")
    selected = root.locator('.lw-prose [aria-selected="true"]')

    def at(k: int, word: str) -> None:
        expect(selected).to_have_attribute("data-word", str(k))
        expect(place).to_contain_text(f"“{word}”")
        expect(place).to_contain_text(f"{k} of {len(x)}")
        assert cursor(root) == pytest.approx(x[k - 1], abs=0.1)
        expect(root.locator(".lw-cursor text")).to_have_text(word)

    words = root.locator(".lw-prose [data-word]")
    texts = words.all_inner_texts()
    words.nth(8).hover()
    at(9, texts[8])
    words.nth(3).click()
    at(4, texts[3])
    for key, k in (("ArrowRight", 5), ("ArrowLeft", 4), ("End", len(x)), ("Home", 1)):
        opened.page.keyboard.press(key)
        at(k, texts[k - 1])
    opened.page.keyboard.press("ArrowDown")
    below = int(selected.get_attribute("data-word") or 0)
    boxes = [words.nth(k).bounding_box() for k in (0, below - 1)]
    assert None not in boxes
    assert boxes[1]["y"] > boxes[0]["y"] + 10
    assert abs(boxes[1]["x"] - boxes[0]["x"]) < 60
    opened.page.keyboard.press("ArrowUp")
    at(1, texts[0])
    chart = root.locator(".lw-course svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    mouse.move(box["x"] + x[20], box["y"] + 60)
    at(21, texts[20])
    mouse.move(box["x"] + x[20], box["y"] - 400)
    at(1, texts[0])
    mouse.click(box["x"] + x[30], box["y"] + 60)
    mouse.move(1, 1)
    at(31, texts[30])
    root.locator('[data-input="at"]').focus()
    opened.page.keyboard.press("ArrowRight")
    at(32, texts[31])


def test_the_most_telling_unit_is_pythons(open_reader: Opener, network: dict[str, Any]) -> None:
    root = root_of(open_reader(gate="f", direction="backward"))
    unit, r = ReviewReader(network=network, text=REVIEW, direction="backward").most_telling or (
        0,
        0,
    )
    root.locator('[data-input="find"]').click()
    expect(root.locator('[data-input="unit_number"]')).to_have_value(str(unit))
    expect(root.locator('[data-input="gate"]')).to_have_value("c")
    status = root.locator('[role="status"]')
    expect(status).to_contain_text(f"Unit {unit} tells most")
    expect(status).to_contain_text(f"correlation of {r:.3f}".replace("-", "−"))
    root.evaluate(TYPE, ["dog"])
    root.locator('[data-input="find"]').click()
    expect(status).to_contain_text("two words at least")


def test_a_long_wait_is_told(open_reader: Opener) -> None:
    opened = open_reader(lang="vi")
    root = root_of(opened)
    opened.page.evaluate("() => { let now = 0; performance.now = () => (now += 60); }")
    root.evaluate(TYPE, [some_text(60)])
    expect(root).to_contain_text("Đang tính lực đẩy của từng từ: 40/60")
    expect(root.locator('[aria-busy="true"]')).to_have_count(0)
    expect(root).not_to_contain_text("Đang tính")


@pytest.mark.parametrize(
    ("lang", "positive", "negative", "accuracy"),
    [
        ("en", "looks like a positive", "looks like a negative", "right in 88.1 %"),
        ("vi", "một bài khen", "một bài chê", "đúng 88.1 %"),
    ],
)
def test_the_verdict_and_what_pushed_to_it(
    open_reader: Opener, lang: str, positive: str, negative: str, accuracy: str
) -> None:
    root = root_of(open_reader(lang=lang))
    texts = [some_text(20, seed) for seed in range(30)]
    p = root.evaluate(TYPE, texts)
    assert min(p) < 0.5 < max(p)
    for best, words in ((max, positive), (min, negative)):
        root.evaluate(TYPE, [texts[p.index(best(p))]])
        expect(root.locator(".lw-verdict")).to_contain_text(words)
    expect(root).to_contain_text(accuracy)


# ---- Python beside it ---------------------------------------------------------------------------


def test_values_go_both_ways_between_page_and_python(
    open_reader: Opener, network: dict[str, Any]
) -> None:
    page: Page = open_reader().page
    reader = ReviewReader(network=network, text="bad film", at=2)
    page.evaluate(LIVE, [reader._esm, reader.state()])
    root = page.locator("section .lw-live")
    box, slider = root.locator('[data-input="text"]'), root.locator('[data-input="at"]')
    expect(slider).to_have_value("2")
    box.fill("Two dogs. A film!")
    assert page.evaluate("told.slice(-2)") == [["text", "Two dogs. A film!"], ["at", None]]
    root.locator('[data-word="4"]').click()
    assert page.evaluate("told.at(-1)") == ["at", 4]
    page.evaluate("told.length = 0; tell('text', 'the plot is none')")
    expect(box).to_have_value("the plot is none")
    page.evaluate("tell('at', 3)")
    expect(slider).to_have_value("3")
    page.evaluate("tell('gate', 'o'); tell('unit', 7); tell('text_lang', 'vi')")
    expect(root.locator(".lw-prose")).to_have_attribute("lang", "vi")
    reader.text, reader.at, reader.gate, reader.unit = "the plot is none", 3, "o", 7
    expect(root.locator('[data-quantity="o"]')).to_have_attribute(
        "data-value", str(value(root, "o"))
    )
    assert value(root, "o") == pytest.approx(reader.course[2][1], abs=1e-9)
    assert page.evaluate("told") == []
    root.locator('[data-input="reset"]').click()
    expect(box).to_have_value("bad film")
    expect(slider).to_have_value("2")


# ---- Keyboard, access, looks, speed -------------------------------------------------------------


def test_the_keyboard_does_it_all(open_reader: Opener) -> None:
    opened = open_reader(text="bad film. dull plot, nice songs")
    root, page = root_of(opened), opened.page
    box = root.locator('[data-input="text"]')
    box.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and rain")
    assert box.input_value() == "bad film. dull plot, nice songs and rain"
    expect(root.locator(".lw-prose [data-word]")).to_have_count(10)
    expect(root.locator('[aria-busy="true"]')).to_have_count(0)
    reached = []
    for _ in range(13):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(({ input, word }) => input ?? (word && 'word'))(document.activeElement.dataset)"
            )
        )
        if reached[-1] == "word":
            page.keyboard.press("Home")
            page.keyboard.press("ArrowRight")
            assert page.evaluate("document.activeElement.dataset.word") == "2"
    own = ["colour", "gate", "direction", "unit", "unit_number", "find", "word", "at"]
    assert reached == ["example_1", "example_2", "reset", *own, "change_1", "change_2"]
    expect(root.locator('[data-input="at"]')).to_have_value("2")


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("vi", "dark")])
def test_nothing_is_inaccessible_or_too_wide(open_reader: Opener, lang: str, theme: str) -> None:
    opened = open_reader(
        lang=lang,
        theme=theme,
        width=375,
        scheme=theme,
        reduced_motion=True,
        expect_errors=True,  # axe asks for the style sheet, which a page from disk may not
        text=f"{REVIEW} 😀 {'dog' * 30} {some_text(80)}",
    )
    root_of(opened)
    assert opened.faults() == []
    for check in (
        checks.unready_widgets,
        checks.unusable_inputs,
        checks.wrong_outputs,
        checks.nameless_images,
        checks.overflowing,
        checks.inaccessible,
    ):
        assert check(opened.page) == []


def test_marks_and_curves_are_seen_in_forced_colours(open_reader: Opener) -> None:
    opened = open_reader()
    opened.page.emulate_media(forced_colors="active")
    root = root_of(opened)
    back = root.evaluate("(root) => getComputedStyle(root).backgroundColor")
    for part in (".lw-drawn polyline", ".lw-answer polyline"):
        stroke = root.locator(part).evaluate("(line) => getComputedStyle(line).stroke")
        assert stroke not in (back, "none")
    word = root.locator('.lw-prose [data-level]:not([data-level^="0.000"])').first
    assert "gradient" in word.evaluate("(word) => getComputedStyle(word).backgroundImage")


@pytest.mark.parametrize(("count", "answer"), [(100, 10), (400, 20)])
def test_a_keystroke_is_answered_within_a_frame(
    open_reader: Opener, count: int, answer: float
) -> None:
    # Alone on a machine the answer to 100 words takes 2 ms and to 400 words 6 ms; more is allowed
    # beside other tests. What belongs to it comes in later frames, none of which is held up.
    root = root_of(open_reader(text="dog"))
    texts = [some_text(count - 1) + f" {end}" for end in ("bad", "good", "rain", "dull", "dog")]
    answers = typed(root, texts, frames=12)
    assert min(one["times"][0] for one in answers) < answer
    assert statistics.median(time for one in answers for time in one["times"][2:]) < 20
    assert min(one["times"][1] for one in answers) < 3 * answer  # the words are laid out
