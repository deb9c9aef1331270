"""The verse writer on a page of its own: what it writes, its numbers, typing, keyboard, looks.

Its models have weights of chance: what is tested is that the page writes with them as Python does.
"""

import gzip
import json
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

import page_checks as checks
from in_browser import OpenedPage
from lstm_course.models import RecurrentLanguageModel
from lstm_course.text import Encoder
from lstm_course.widgets import VerseWriter, packing, sources
from lstm_course.widgets.language_network import LanguageNetwork
from widget_pages import LIVE

Opener = Callable[..., OpenedPage]

# Nguyễn Du, Truyện Kiều
COUPLET = "Trăm năm trong cõi người ta,\nChữ tài chữ mệnh khéo là ghét nhau.\n"
EXAMPLES = ["Chữ tài", "", COUPLET]

# All that the page shows: quantities, names of the candidates, the verses.
SHOWN = """(root) => ({
  values: Object.fromEntries([...root.querySelectorAll("output")]
    .map((output) => [output.dataset.quantity, Number(output.dataset.value)])),
  next: [...root.querySelectorAll(".lw-candidates tbody th")].map((name) => name.textContent),
  text: [...root.querySelectorAll(".lw-verse")]
    .map((verse) => verse.textContent.replace("⏎", "\\n")).join(""),
  marks: [...root.querySelectorAll(".lw-verse-count")].map((count) => count.textContent),
})"""

# Pastes a text and waits until it is read; times are those of the listener and of the frames after.
PASTE = """async (root, text) => {
  const box = root.querySelector('[data-input="text"]');
  const frame = window.requestAnimationFrame;
  const times = [];
  const timed = (work) => (...given) => {
    const before = performance.now();
    work(...given);
    times.push(performance.now() - before);
  };
  window.requestAnimationFrame = (work) => frame.call(window, timed(work));
  box.value = text;
  timed(() => box.dispatchEvent(new Event("input", { bubbles: true })))();
  let last = -1;
  for (let same = 0; same < 3;) {
    await new Promise((done) => frame.call(window, done));
    same = times.length === last ? same + 1 : 0;
    last = times.length;
  }
  window.requestAnimationFrame = frame;
  return times;
}"""


def by_chance(encoder: Encoder, **shape: Any) -> RecurrentLanguageModel:
    """Give a model whose weights are chance."""
    torch.manual_seed(1)
    numbers = encoder.vocabulary.numbers
    shape = {"line_end": numbers["\n"], "word_ends": [numbers[" "]], **shape}
    model = RecurrentLanguageModel(len(encoder.vocabulary), **shape).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 3
    return model


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.build([COUPLET], tokenizer="characters")


@pytest.fixture(scope="module")
def network(encoder: Encoder) -> dict[str, Any]:
    """Give the packed network, so that it is packed once."""
    model = by_chance(encoder, dimension=7, units=12)
    return LanguageNetwork.of(model, encoder).to_json()


@pytest.fixture
def open_writer(open_widget: Opener, network: dict[str, Any]) -> Opener:
    """Give a function that opens a page with a writer: ``open_writer(lang="vi")``."""

    def opener(writer: VerseWriter | None = None, theme: str = "light", **how: Any) -> OpenedPage:
        own = [name for name in how if name in VerseWriter.class_trait_names(sync=True)]
        values = {"examples": EXAMPLES, **{name: how.pop(name) for name in own}}
        shown = writer or VerseWriter(network=network, **values)
        return open_widget(shown, theme, **how)

    return opener


def root_of(opened: OpenedPage) -> Locator:
    return opened.page.locator('[data-widget="verse_writer"]')


def set_number(root: Locator, name: str, value: float) -> None:
    box = root.locator(f'[data-input="{name}_number"]')
    box.fill(str(value))
    box.press("Enter")


def write_all(root: Locator) -> str:
    """Let the model write until it stops by itself; return the verses."""
    root.locator('[data-input="write"]').click()
    expect(root.locator('[role="status"]')).to_contain_text("2000", timeout=20_000)
    text: str = root.evaluate(SHOWN)["text"]
    return text


def agree(writer: VerseWriter, found: dict[str, Any]) -> None:
    """Everything that the page shows is what Python computes."""
    values = found["values"]
    names = {" ": {"en": "space", "vi": "dấu cách"}, "\n": {"en": "new line", "vi": "xuống dòng"}}
    top = writer.top()
    shown = [values[f"p_next_{k + 1}"] for k in range(len(top))]
    assert shown == pytest.approx([p for _, p in top], abs=1e-9)
    assert f"p_next_{len(top) + 1}" not in values
    assert found["next"] == [names.get(c, {}).get(writer.lang, c) for c, _ in top]
    assert found["text"] == "\n".join(writer.verses)
    assert [values[f"line_syllables_{k + 1}"] for k in range(len(writer.verses))] == (
        writer.syllables
    )
    done = [count == (6, 8)[k % 2] for k, count in enumerate(writer.syllables[:-1])]
    assert values["lines_finished"] == len(done)
    assert values["lines_in_form"] == sum(done)
    for mark, right in zip(found["marks"], [*done, None], strict=True):
        assert {True: "✓", False: "✗", None: "…"}[right] in mark
        assert len({"✓", "✗", "…"} & set(mark)) == 1


# ---- The same text and numbers as Python --------------------------------------------------------


def test_a_large_model_writes_what_python_writes_as_torch_and_soon(
    open_writer: Opener,
) -> None:
    letters = "".join(map(chr, range(0x1EA0, 0x1EA0 + 104))) + COUPLET
    encoder = Encoder.build([letters], tokenizer="characters")
    assert len(encoder.vocabulary) >= 130
    model = by_chance(encoder, units=256)
    writer = VerseWriter(model, encoder, COUPLET)
    assert len(gzip.compress(json.dumps(writer.state()).encode())) < 500_000
    opened = open_writer(writer)
    root = root_of(opened)
    before = opened.page.evaluate("performance.now()")
    written = write_all(root)
    seconds = (opened.page.evaluate("performance.now()") - before) / 1000
    assert 2000 / seconds > 60
    writer.write(2000)
    assert written == COUPLET + writer.written
    agree(writer, root.evaluate(SHOWN))

    numbers = encoder.encode("\n" + written)
    for part in ("network.js", "language_network.js"):
        opened.page.add_script_tag(content=sources.read(part))
    found = opened.page.evaluate(
        """([packed, numbers]) => {
          const net = lstmLanguage.network(packed);
          let state = net.start();
          return JSON.stringify(numbers.map((number) =>
            [...(state = net.step(state, number)).logits.map(Math.fround)]));
        }""",
        [writer.network, numbers],
    )
    with torch.no_grad():
        tokens = torch.tensor([numbers])
        expected = packing.rounded(model)(tokens, torch.tensor([len(numbers)]))[0].numpy()
    assert np.abs(np.array(json.loads(found)) - expected).max() < 1e-4
    assert expected.std() > 0.1


def test_the_page_runs_a_network_and_its_gradients_as_python_does(
    open_writer: Opener, encoder: Encoder
) -> None:
    page = open_writer().page
    for part in ("network.js", "language_network.js"):
        page.add_script_tag(content=sources.read(part))
    texts = [COUPLET, "", "\n\nta", "a\r\nb 😀", "ta\n" * 40, "e\u0301 \ufeff"]
    for place in ({}, {"line_end": None, "word_ends": ()}):
        net = LanguageNetwork.of(by_chance(encoder, dimension=7, units=12, **place), encoder)
        answers = page.evaluate(
            """([packed, texts, most]) => JSON.stringify(texts.map((text) => {
              const net = lstmLanguage.network(packed);
              const read = net.numbers(text, most);
              let state = net.start();
              const steps = read.numbers.map((number) => (state = net.step(state, number)));
              const at = [...new Set([0, steps.length >> 1, steps.length - 1])];
              return { read, logits: steps.map((step) => [...step.logits]),
                cells: steps.map((step) => [...step.s]),
                lengths: at.map((t) => [t, [...net.gradients(steps, t)]]) };
            }))""",
            [net.to_json(), texts, 70],
        )
        for text, answer in zip(texts, json.loads(answers), strict=True):
            numbers = net.numbers(text, 70)
            assert answer["read"]["numbers"] == numbers
            assert "".join(answer["read"]["characters"]) == net.read(text, 70)
            assert answer["logits"] == pytest.approx(net.logits(numbers), abs=1e-9)
            cells = [step.cell.ravel() for step in net.steps(numbers)]
            assert answer["cells"] == pytest.approx(np.array(cells), abs=1e-9)
            for t, lengths in answer["lengths"]:
                expected = np.linalg.norm(net.gradients(numbers, t), axis=1)
                assert lengths == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_one_character_after_another_is_what_python_writes(
    open_writer: Opener, network: dict[str, Any], lang: str
) -> None:
    settings: list[dict[str, Any]] = [
        {"temperature": 2.0},
        {"temperature": 0.1, "seed": 7},
        {"temperature": 1.5, "top_k": 3, "seed": 100},
        {"top_k": 20, "text": "Chữ"},
    ]
    settings = settings[::2] if lang == "en" else settings[1::2]
    root = root_of(open_writer(lang=lang))
    for values in settings:
        writer = VerseWriter(network=network, lang=lang, **values)
        root.locator('[data-input="text"]').fill(writer.text)
        for name in ("temperature", "top_k", "seed"):
            set_number(root, name, getattr(writer, name))
        agree(writer, root.evaluate(SHOWN))
        for _ in range(4):
            root.locator('[data-input="one"]').click()
        writer.write(4)
        agree(writer, root.evaluate(SHOWN))


def test_at_a_slow_pace_characters_come_one_by_one(
    open_writer: Opener, network: dict[str, Any]
) -> None:
    root = root_of(open_writer(pace="slow"))
    start = len(VerseWriter(network=network).text)
    lengths = root.evaluate(
        """async root => {
          const write = root.querySelector('[data-input="write"]');
          const lengths = [];
          write.click();
          while (lengths.length < 3) {
            const now = root.querySelectorAll(".lw-verse span").length;
            if (now !== lengths.at(-1)?.[0]) lengths.push([now, performance.now()]);
            await new Promise(requestAnimationFrame);
          }
          write.click();
          return lengths;
        }"""
    )
    assert [length for length, _ in lengths] == [start + 1, start + 2, start + 3]
    assert 0.1 < (lengths[2][1] - lengths[0][1]) / 1000 < 1
    expect(root.locator('[data-input="write"]')).to_have_text("Write")


def test_writing_can_be_paused_gone_on_with_and_begun_again(
    open_writer: Opener, network: dict[str, Any]
) -> None:
    opened = open_writer()
    root = root_of(opened)
    write, again = (root.locator(f'[data-input="{name}"]') for name in ("write", "again"))
    # One turn of the event loop: between the clicks nothing but the first slice is written.
    root.evaluate(
        """root => [0, 1].forEach(() => root.querySelector('[data-input="write"]').click())"""
    )
    expect(write).to_have_text("Write")
    paused = root.evaluate(SHOWN)["text"]
    assert 0 < len(paused) < 2000
    expect(root.locator(".lw-spoken[aria-live]")).to_contain_text("Syllables: ")
    whole = write_all(root)
    assert whole.startswith(paused)
    assert len(whole) == 2000 + len(VerseWriter(network=network).text)
    write.click()
    expect(root.locator('[role="status"]')).to_contain_text("as far as it goes")
    again.click()
    writer = VerseWriter(network=network)
    agree(writer, root.evaluate(SHOWN))
    assert write_all(root) == whole
    set_number(root, "seed", 2)
    assert root.evaluate(SHOWN)["text"] == writer.text
    assert write_all(root) != whole


# ---- What a reader types ------------------------------------------------------------------------

TOLD: dict[str, dict[str, str]] = {
    "en": {
        "": "the model begins a verse",
        "Trăm 😀👩‍👧 w": "reads each as “unknown”: “😀”, “👩”, “\u200d”, “👧”, “w”",
        unicodedata.normalize("NFD", "Trăm mệnh"): "put together first (NFC)",
        "<b>ta</b><img src=x onerror=alert(1)>": "“unknown”: “<”, “b”, “>”",
        COUPLET * 1600: "its last 455 characters only",
        "Trăm" * 25_000: "its last 500 characters only",
    },
    "vi": {
        "": "mô hình tự bắt đầu một câu thơ",
        "Trăm 😀 w": "như “chưa biết”: “😀”, “w”",
        unicodedata.normalize("NFD", "Trăm mệnh"): "ghép lại trước (NFC)",
        COUPLET * 1600: "chỉ đọc 455 ký tự cuối",
    },
}


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_what_is_odd_in_a_beginning_is_explained_and_nothing_is_lost(
    open_writer: Opener, network: dict[str, Any], lang: str
) -> None:
    root = root_of(open_writer(lang=lang))
    notes = root.locator(".lw-wide + .lw-hint")
    for typed, told in TOLD[lang].items():
        times = root.evaluate(PASTE, typed)
        assert max(times) < 400  # most of it is the browser's, who lays out the box
        expect(notes).to_contain_text(told)
        assert root.locator('[data-input="text"]').input_value() == typed
        agree(VerseWriter(network=network, text=typed, lang=lang), root.evaluate(SHOWN))
    assert root.locator("img, b").count() == 0
    root.evaluate(PASTE, "Trăm")
    expect(notes).to_be_empty()


def test_an_unknown_character_is_marked_and_told(open_writer: Opener) -> None:
    root = root_of(open_writer(text="ta 😀"))
    assert root.locator(".lw-unknown").all_inner_texts() == ["😀"]
    expect(root.locator(".lw-story")).to_contain_text("“😀, read as unknown”, character 4 of 4")


def test_beginnings_to_pick(open_writer: Opener, network: dict[str, Any]) -> None:
    root = root_of(open_writer())
    for number, beginning in enumerate(EXAMPLES, 1):
        root.locator('[data-input="one"]').click()
        root.locator(f'[data-input="example_{number}"]').click()
        expect(root.locator('[data-input="text"]')).to_have_value(beginning)
        agree(VerseWriter(network=network, text=beginning), root.evaluate(SHOWN))


# ---- One character, and the colours -------------------------------------------------------------


def test_the_chosen_character_shows_its_numbers(
    open_writer: Opener, network: dict[str, Any]
) -> None:
    writer = VerseWriter(network=network, text="Trăm năm\n")
    writer.write(6)
    opened = open_writer(text="Trăm năm\n", written=writer.written)
    root, page = root_of(opened), opened.page
    net = LanguageNetwork.from_json(network)
    numbers = net.numbers(writer.text + writer.written)
    states, logits = net.states(numbers), net.logits(numbers)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    slider = root.locator('[data-input="character"]')
    slider.focus()
    page.keyboard.press("Home")
    for k in range(1, len(numbers)):
        for unit in (0, 12) if k == 3 else (0,):
            set_number(root, "unit", unit)
            values = root.evaluate(SHOWN)["values"]
            assert values["p_chosen"] == pytest.approx(p[k - 1, numbers[k]], abs=1e-9)
            for name, state in states.items():
                expected = state[k, unit - 1] if unit else state[k].mean()
                assert values[name] == pytest.approx(expected, abs=1e-9), name
        assert f"character {k} of {len(numbers) - 1}" in root.locator(".lw-story").inner_text()
        assert root.locator(".lw-chosen").count() == 1
        set_number(root, "unit", 0)
        slider.focus()
        page.keyboard.press("ArrowRight")
    assert root.locator(".lw-given").count() == len(writer.text)
    root.locator(".lw-verse span").nth(2).hover()
    expect(root.locator(".lw-story")).to_contain_text("“ă”, character 3")
    page.mouse.move(0, 0)
    expect(root.locator(".lw-story")).to_contain_text(f"character {len(numbers) - 1} of")
    root.locator(".lw-verse span").nth(4).click()
    page.mouse.move(0, 0)
    expect(root.locator(".lw-story")).to_contain_text("“space”, character 5")
    expect(slider).to_be_focused()


def test_colours_are_as_strong_as_what_they_show(
    open_writer: Opener, network: dict[str, Any]
) -> None:
    root = root_of(open_writer(text=COUPLET, unit=3))
    net = LanguageNetwork.from_json(network)
    states = net.states(net.numbers(COUPLET))
    for shown in "ifogch":
        root.locator('[data-input="shown"]').select_option(shown)
        looks = root.locator(".lw-verse span").evaluate_all(
            """all => all.map((one) => [parseFloat(one.style.getPropertyValue("--lw-heat")),
                getComputedStyle(one).borderBottomStyle])"""
        )
        values = states[shown][1:, 2]
        heat = 45 * np.abs(values) / max(1, np.abs(values).max())
        assert [strong for strong, _ in looks] == pytest.approx(heat, abs=0.06)
        assert [line == "solid" for _, line in looks] == [value < 0 for value in values]
    assert states["h"][:, 2].min() < 0 < states["h"][:, 2].max()
    root.locator('[data-input="shown"]').select_option("none")
    heats = root.locator(".lw-verse span").evaluate_all(
        """all => all.map((one) => one.style.getPropertyValue("--lw-heat"))"""
    )
    assert set(heats) == {"0.0%"}


# ---- Python beside it ---------------------------------------------------------------------------


def test_text_goes_both_ways_between_page_and_python(
    open_writer: Opener, network: dict[str, Any]
) -> None:
    page: Page = open_writer().page
    writer = VerseWriter(network=network, text="Trăm")
    page.evaluate(LIVE, [writer._esm, writer.state()])
    root = page.locator("section .lw-live")
    root.locator('[data-input="one"]').click()
    writer.write(1)
    assert page.evaluate("told.splice(0)") == [["written", writer.written]]
    root.locator('[data-input="text"]').fill("năm")
    assert page.evaluate("told.splice(0)") == [["text", "năm"], ["written", ""]]
    page.evaluate("tell('text', 'ta')")
    writer = VerseWriter(network=network, text="ta")
    expect(root.locator('[data-input="text"]')).to_have_value("ta")
    writer.write(30)
    page.evaluate("text => tell('written', text)", writer.written)
    agree(writer, root.evaluate(SHOWN))
    page.evaluate("tell('seed', 5)")
    writer.seed = 5
    agree(writer, root.evaluate(SHOWN))
    page.evaluate("told.length = 0")
    root.locator('[data-input="write"]').click()
    expect(root.locator('[role="status"]')).to_contain_text("2000", timeout=20_000)
    writer.write(2000)
    told = page.evaluate("told")
    assert {name for name, _ in told} == {"written"}
    assert told[-1][1] == writer.written
    assert len(told) < 1 + writer.written.count("\n") + 1  # no character alone


# ---- Keyboard, access, looks --------------------------------------------------------------------


def test_the_keyboard_does_it_all(open_writer: Opener) -> None:
    opened = open_writer(text="Trăm")
    root, page = root_of(opened), opened.page
    box = root.locator('[data-input="text"]')
    box.focus()
    page.keyboard.press("End")
    page.keyboard.type(" năm")
    assert root.evaluate(SHOWN)["text"] == "Trăm năm"
    reached = []
    for _ in range(18):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.input ?? 'verses'"))
        if reached[-1] == "one":
            page.keyboard.press("Enter")
        if reached[-1] == "top_k":
            page.keyboard.press("ArrowRight")
    sliders = ("temperature", "top_k", "seed")
    assert reached == [
        *(f"example_{k}" for k in (1, 2, 3)),
        *(name + part for name in sliders for part in ("", "_number")),
        *("write", "one", "again", "pace", "verses", "shown", "unit", "unit_number", "character"),
    ]
    found = root.evaluate(SHOWN)
    assert len(found["text"]) == len("Trăm năm") + 1
    assert len(found["next"]) == 1  # top-k is 1 by now
    before = root.locator(".lw-story").inner_text()
    page.keyboard.press("ArrowLeft")
    assert root.locator(".lw-story").inner_text() != before


def test_a_screen_reader_hears_lines_now_and_then_and_no_character(open_writer: Opener) -> None:
    root = root_of(open_writer())
    root.evaluate(
        """root => {
          window.heard = [];
          for (const live of root.querySelectorAll('[aria-live="polite"], [role="status"]'))
            new MutationObserver(() => heard.push(live.textContent))
              .observe(live, { childList: true, characterData: true, subtree: true });
        }"""
    )
    write_all(root)
    heard = [words for words in root.page.evaluate("heard.splice(0)") if words]
    assert 2 <= len(heard) <= 12
    assert all("Syllables: " in words or "2000" in words for words in heard)
    assert root.locator("output:not([aria-live=off])").count() == 0
    root.locator('[data-input="again"]').click()
    root.locator('[data-input="one"]').click()  # who asks for one character hears it
    character = root.evaluate(SHOWN)["text"][-1]
    assert root.page.evaluate("heard").pop() == {" ": "space", "\n": "new line"}.get(
        character, character
    )


def test_with_less_motion_whole_lines_appear(open_writer: Opener) -> None:
    root = root_of(open_writer(reduced_motion=True))
    root.evaluate(
        """root => {
          window.seen = [];
          new MutationObserver(() => {
            const [verse] = [...root.querySelectorAll(".lw-verse")].slice(-1);
            seen.push(verse.textContent);
          }).observe(root.querySelector(".lw-verses"), { childList: true, subtree: true });
        }"""
    )
    text = write_all(root)
    assert len(text) > 2000
    seen = root.page.evaluate("seen")
    assert len(seen) <= text.count("\n") + 2  # as often as a line ended, at most


@pytest.mark.parametrize(
    ("lang", "theme", "shown"), [("en", "light", "c"), ("vi", "dark", "g"), ("vi", "light", "p")]
)
def test_nothing_is_inaccessible_or_too_wide(
    open_writer: Opener, lang: str, theme: str, shown: str
) -> None:
    opened = open_writer(
        lang=lang,
        theme=theme,
        shown=shown,
        unit=2,
        width=375,
        scheme=theme,
        reduced_motion=True,
        expect_errors=True,  # axe asks for the style sheet, which a page from disk may not
        text=f"{COUPLET}😀 {'nghiêng' * 12}",
    )
    assert opened.faults() == []
    assert checks.widget_faults(opened.page) == []


def test_bars_are_as_long_as_probabilities_and_seen_in_forced_colours(
    open_writer: Opener,
) -> None:
    opened = open_writer()
    root = root_of(opened)
    shares = root.locator(".lw-next-track").evaluate_all(
        "all => all.map((bar) => bar.firstChild.offsetWidth / bar.clientWidth)"
    )
    values = root.evaluate(SHOWN)["values"]
    assert shares == pytest.approx([values[f"p_next_{k + 1}"] for k in range(10)], abs=0.03)
    opened.page.emulate_media(forced_colors="active")
    colours = root.locator(".lw-bar-fill").first.evaluate(
        "bar => [bar, bar.closest('.lstm-widget')]"
        ".map((node) => getComputedStyle(node).backgroundColor)"
    )
    assert colours[0] != colours[1]
