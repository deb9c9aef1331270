"""The gate explorer in the built page: the right numbers, fast, by keyboard, and never broken."""

import gzip
import json
import random
import re
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from in_browser import OpenedPage
from lstm_course.cells import LSTMWeights, lstm_sequence, lstm_step
from lstm_course.widgets import GateExplorer, sources
from lstm_course.widgets.gate_explorer import PRESETS

Opener = Callable[..., OpenedPage]

CHAPTER = "chapters/{}/03_lstm_gates"
EXPLORER = '[data-widget="gate_explorer"]'
RANGES = GateExplorer.constants()["ranges"]
QUANTITIES = "figoch"
WORKED = ["0.997", "0.986", "0.966", "0.992", "2.948", "0.986"]

# Sets every slider as a reader does, one state after another, and reads what the page answers.
DRIVE = """([selector, states]) => {
  const root = document.querySelector(selector);
  return states.map((state) => {
    const times = [];
    for (const [name, value] of Object.entries(state)) {
      const input = root.querySelector(`input[type="range"][data-input="${name}"]`);
      input.value = value;
      const before = performance.now();
      input.dispatchEvent(new Event("input", { bubbles: true }));
      times.push(performance.now() - before);
    }
    const set = {}, shown = {};
    for (const name of Object.keys(state))
      set[name] = Number(root.querySelector(`[data-input="${name}"]`).value);
    for (const output of root.querySelectorAll("output[data-quantity]"))
      shown[output.dataset.quantity] = [Number(output.dataset.value), output.textContent];
    return { set, shown, times };
  });
}"""


def explorer_of(kept_page: Opener, lang: str = "en") -> tuple[Page, Locator]:
    page = kept_page(CHAPTER.format(lang)).page
    explorer = page.locator(EXPLORER)
    page.evaluate("() => history.replaceState(null, '', ' ')")
    explorer.locator('[data-input="reset"]').click()
    return page, explorer


def slider(explorer: Locator, name: str) -> Locator:
    return explorer.locator(f'input[type="range"][data-input="{name}"]')


def shown(explorer: Locator) -> dict[str, str]:
    return {
        name: explorer.locator(f'output[data-quantity="{name}"]').inner_text()
        for name in QUANTITIES
    }


def random_states(count: int, seed: int = 7) -> list[dict[str, float]]:
    rng = random.Random(seed)
    return [
        {
            name: round(rng.uniform(limits["min"], limits["max"]), 2)
            for name, limits in RANGES.items()
        }
        for _ in range(count)
    ]


def test_the_drawing_shows_the_finished_cell_only(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    parts = explorer.locator("svg.lw-cell [data-stages]")
    visible = parts.evaluate_all(
        "(parts) => parts.filter((part) => part.style.display !== 'none')"
        ".map((part) => part.dataset.stages)"
    )
    assert visible
    assert all(stages.endswith("7") for stages in visible)
    assert explorer.locator("svg.lw-cell .lw-new").count() == 0


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_random_states_equal_cells(kept_page: Opener, lang: str) -> None:
    page, _ = explorer_of(kept_page, lang)
    states = random_states(300 if lang == "en" else 30)
    answers = page.evaluate(DRIVE, [EXPLORER, states])
    worst = 0.0
    for state, answer in zip(states, answers, strict=True):
        assert answer["set"] == state
        weights = LSTMWeights(**{k: v for k, v in state.items() if k not in "xhc"})
        step = lstm_step(state["x"], state["h"], state["c"], weights)
        for name in QUANTITIES:
            value, text = answer["shown"][name]
            worst = max(worst, abs(value - getattr(step, name)))
            assert abs(float(text.replace("−", "-")) - getattr(step, name)) <= 0.0005 + 1e-9
    assert worst <= 1e-12


def test_a_slider_answers_within_two_milliseconds(kept_page: Opener) -> None:
    page, _ = explorer_of(kept_page)
    answers = page.evaluate(DRIVE, [EXPLORER, random_states(60)])
    assert statistics.median(time for answer in answers for time in answer["times"]) <= 2


def test_the_explorer_answers_soon_after_opening(open_page: Opener) -> None:
    marks = "() => performance.getEntriesByName('lstm:gate_explorer')[0].startTime"
    # Once in three: another test may keep the processor busy during one of them.
    visits = (open_page(CHAPTER.format("en"), mathematics=True, fresh=True) for _ in range(3))
    assert any(opened.page.evaluate(marks) <= 1500 for opened in visits)


def test_the_scripts_of_the_page_stay_small(kept_page: Opener) -> None:
    page, _ = explorer_of(kept_page)
    loaded = page.evaluate("() => [...document.scripts].map((script) => script.src)")
    own = {src.rsplit("/", 1)[1].split("?")[0] for src in loaded if "/lstm-" in src}
    own &= set(sources.page_scripts())
    assert {"lstm-core.js", "lstm-gate_explorer.js"} <= own
    texts = [sources.page_scripts()[name] for name in own]
    assert sum(len(gzip.compress(text.encode())) for text in texts) <= 30_000


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_worked_example_is_what_one_sees_first(kept_page: Opener, lang: str) -> None:
    _, explorer = explorer_of(kept_page, lang)
    assert list(shown(explorer).values()) == WORKED
    for sum_ in (
        "1.63·1 + 2.70·1 + 1.62 = 5.95, σ = 0.997",
        "1.65·1 + 2.00·1 + 0.62 = 4.27, σ = 0.986",
        "0.94·1 + 1.41·1 − 0.32 = 2.03, tanh = 0.966",
        "−0.19·1 + 4.38·1 + 0.59 = 4.78, σ = 0.992",
    ):
        expect(explorer.get_by_text(sum_, exact=True)).to_have_count(1)


def test_the_drawing_shows_the_same_numbers(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    slider(explorer, "x").fill("-1.5")
    drawn = explorer.locator("svg.lw-cell")
    for name, text in shown(explorer).items():
        place = drawn.locator(f'[data-v="{name}"]')
        assert place.evaluate("node => node.textContent") == text


def test_the_dots_move_on_their_curves(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    dots = explorer.locator(".lw-curve circle")
    before = [dots.nth(k).get_attribute("cx") for k in range(4)]
    slider(explorer, "x").fill("-2")
    after = [dots.nth(k).get_attribute("cx") for k in range(4)]
    assert all(a != b for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets(kept_page: Opener, name: str) -> None:
    _, explorer = explorer_of(kept_page)
    slider(explorer, "x").fill("-3")
    explorer.locator(f'[data-input="preset_{name}"]').click()
    step = GateExplorer(preset=name).step
    for quantity in QUANTITIES:
        output = explorer.locator(f'output[data-quantity="{quantity}"]')
        assert float(output.get_attribute("data-value") or "nan") == pytest.approx(
            getattr(step, quantity), abs=1e-12
        )
    expect(explorer.locator('[role="status"]')).not_to_be_empty()


def test_reset_brings_the_first_state_back(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    first = shown(explorer)
    slider(explorer, "b_f").evaluate(
        "(e) => { e.value = -9; e.dispatchEvent(new Event('input')); }"
    )
    assert shown(explorer) != first
    explorer.locator('[data-input="reset"]').click()
    assert shown(explorer) == first


def test_the_keyboard_alone_reaches_and_moves_everything(kept_page: Opener) -> None:
    page, explorer = explorer_of(kept_page)
    explorer.locator("summary").focus()
    page.keyboard.press("Enter")
    explorer.locator('[data-input="preset_worked"]').focus()
    reached = set()
    for _ in range(80):
        name = page.evaluate("() => document.activeElement?.dataset?.input")
        inside = page.evaluate(f"() => !!document.activeElement.closest('{EXPLORER}')")
        if not inside:
            break
        reached.add(name)
        page.keyboard.press("Tab")
    every = explorer.locator("[data-input]").evaluate_all("all => all.map(e => e.dataset.input)")
    assert set(every) <= reached
    for name in RANGES:
        control = slider(explorer, name)
        control.focus()
        before = float(control.input_value())
        page.keyboard.press("ArrowLeft")
        assert float(control.input_value()) == pytest.approx(before - 0.01)
    slider(explorer, "c").focus()
    page.keyboard.press("Home")
    assert slider(explorer, "c").input_value() == str(RANGES["c"]["min"])


def test_a_number_can_be_typed_with_point_or_comma(kept_page: Opener) -> None:
    page, explorer = explorer_of(kept_page, "vi")
    for typed in ("0.25", "0,25", " 2.5e-1 "):
        explorer.locator('[data-input="reset"]').click()
        box = explorer.locator('[data-input="x_number"]')
        box.fill(typed)
        page.keyboard.press("Enter")
        assert slider(explorer, "x").input_value() == "0.25"


@pytest.mark.parametrize(
    "typed", ["abc", "", "NaN", "Infinity", "99", "-6", "1;2", "<b>1</b>", "😀"]
)
@pytest.mark.parametrize(("lang", "words"), [("en", "is not a number"), ("vi", "không phải là")])
def test_a_wrong_number_is_named_and_nothing_changes(
    kept_page: Opener, typed: str, lang: str, words: str
) -> None:
    page, explorer = explorer_of(kept_page, lang)
    first = shown(explorer)
    box = explorer.locator('[data-input="x_number"]')
    box.fill(typed)
    box.blur()
    expect(explorer.locator('[role="status"]')).to_contain_text(words)
    expect(explorer.locator('[role="status"]')).to_contain_text("x:")
    assert explorer.locator('[role="status"] *').count() == 0
    assert shown(explorer) == first
    box.fill("0.5")
    page.keyboard.press("Enter")
    assert shown(explorer) != first
    expect(explorer.locator('[role="status"]')).to_be_empty()


def share(page: Page, explorer: Locator) -> str:
    explorer.locator('[data-input="share"]').click()
    expect(explorer.locator('[role="status"]')).not_to_be_empty()
    return "#" + page.url.split("#", 1)[1]


def test_a_link_brings_the_state_back_to_another_reader(
    kept_page: Opener, open_page: Opener
) -> None:
    page, explorer = explorer_of(kept_page)
    state = random_states(1)[0]
    page.evaluate(DRIVE, [EXPLORER, [state]])
    expected = shown(explorer)
    link = share(page, explorer)
    other = open_page(CHAPTER.format("vi"), suffix=link).page.locator(EXPLORER)
    assert shown(other) == expected
    assert {name: float(slider(other, name).input_value()) for name in RANGES} == state


BAD_LINKS = {
    "another version": (re.compile(r"=1&"), "=99&"),
    "not a number": (re.compile(r"&x=[^&]*"), "&x=abc"),
    "NaN": (re.compile(r"&c=[^&]*"), "&c=NaN"),
    "out of range": (re.compile(r"&b_f=[^&]*"), "&b_f=1e9"),
    "missing": (re.compile(r"&w_fx=[^&]*"), ""),
    "unknown": (re.compile(r"$"), "&w_zz=1"),
    "markup": (re.compile(r"&x=[^&]*"), "&x=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"),
}


@pytest.mark.parametrize("name", list(BAD_LINKS))
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_a_bad_link_is_explained_and_the_good_state_stays(
    kept_page: Opener, name: str, lang: str
) -> None:
    page, explorer = explorer_of(kept_page, lang)
    slider(explorer, "x").fill("0.5")
    good = shown(explorer)
    pattern, replacement = BAD_LINKS[name]
    bad = pattern.sub(replacement, share(page, explorer), count=1)
    page.evaluate("bad => { location.hash = bad; }", bad)
    status = explorer.locator('[role="status"]')
    expect(status).to_have_class(re.compile("lw-bad"))
    expect(status).to_contain_text("last good" if lang == "en" else "hợp lệ gần nhất")
    assert status.locator("*").count() == 0
    assert shown(explorer) == good
    slider(explorer, "x").fill("0")
    assert shown(explorer) != good


def test_a_link_of_another_version_is_explained_on_opening(open_page: Opener) -> None:
    page = open_page(CHAPTER.format("vi"), suffix="#gate_explorer=99&x=1").page
    explorer = page.locator(EXPLORER)
    expect(explorer.locator('[role="status"]')).to_contain_text("phiên bản khác")
    assert list(shown(explorer).values()) == WORKED


STORED = {
    "NaN": '{"lang": "LANG", "x": NaN}',
    "text": '{"lang": "LANG", "x": "abc"}',
    "nothing": "{}",
    "cut off": '{"lang": "LANG", "x": 1',
    "null": "null",
}


@pytest.mark.parametrize("name", list(STORED))
def test_a_damaged_stored_state_never_leaves_an_empty_box(open_page: Opener, name: str) -> None:
    page = open_page(CHAPTER.format("vi")).page
    explorer = page.locator(EXPLORER)
    state = STORED[name].replace("LANG", "vi")
    page.evaluate(
        """([selector, state, picture]) => {
          const old = document.querySelector(selector);
          const fresh = document.createElement("div");
          fresh.className = "lstm-widget";
          fresh.dataset.widget = "gate_explorer";
          fresh.dataset.state = state;
          fresh.innerHTML = picture;
          old.replaceWith(fresh);
          lstmCore.mountAll();
        }""",
        [EXPLORER, state, "<p>f = 0.997</p>"],
    )
    expect(explorer.locator(".lw-bad")).to_have_count(1)
    words = "không" if name != "nothing" else ""
    expect(explorer.locator(".lw-bad")).to_contain_text(words, ignore_case=True)
    alive = explorer.get_attribute("data-ready") == "true"
    assert alive or "f = 0.997" in explorer.inner_text()


def test_both_languages_hold_the_same_numbers(kept_page: Opener) -> None:
    answers = []
    for lang in ("en", "vi"):
        page, _ = explorer_of(kept_page, lang)
        found = page.evaluate(DRIVE, [EXPLORER, random_states(20)])
        answers.append([answer["shown"] for answer in found])
    assert json.dumps(answers[0]) == json.dumps(answers[1])


def test_the_cell_over_the_worked_sequence(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    expected = lstm_sequence([1, 0.5, 0.25, 1], LSTMWeights(**GateExplorer().weights.__dict__))
    h = c = 0.0
    for x, step in zip([1, 0.5, 0.25, 1], expected, strict=True):
        for name, value in (("x", x), ("h", h), ("c", c)):
            box = explorer.locator(f'[data-input="{name}_number"]')
            box.fill(repr(value))
            box.blur()
        h, c = (
            float(
                explorer.locator(f'output[data-quantity="{name}"]').get_attribute("data-value")
                or "nan"
            )
            for name in "hc"
        )
        assert (h, c) == pytest.approx((step.h, step.c), abs=1e-12)
    assert f"{h:.4f}" == "0.9694"


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_without_scripts_the_stored_picture_shows_the_numbers(
    browser: Browser, book: Path, lang: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto((book / f"{CHAPTER.format(lang)}.html").as_uri())
        explorer = page.locator(EXPLORER)
        expect(explorer.locator("svg.lw-cell")).to_be_visible()
        for name, text in zip(QUANTITIES, WORKED, strict=True):
            expect(explorer).to_contain_text(f"{name} = {text}")
        assert explorer.locator("input").count() == 0
    finally:
        context.close()
