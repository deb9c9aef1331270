"""The other widgets of chapter 3 in the built page: numbers, bad input, keyboard."""

import math
import random
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from in_browser import OpenedPage
from lstm_course import cells
from lstm_course.widgets import WIDGETS, MemoryDecay, SingleGate

Opener = Callable[..., OpenedPage]

CHAPTER = "chapters/{}/03_lstm_gates"
LANGUAGES = ("en", "vi")

SET = """(root, state) => {
  for (const [name, value] of Object.entries(state)) {
    const input = root.querySelector(`input[type="range"][data-input="${name}"]`);
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return Object.fromEntries([...root.querySelectorAll("output")].reverse().map(
    (output) => [output.dataset.quantity, Number(output.dataset.value)]));
}"""


def widget(kept_page: Opener, name: str, lang: str = "en", nth: int = 0) -> Locator:
    page = kept_page(CHAPTER.format(lang)).page
    return page.locator(f'[data-widget="{name}"]').nth(nth)


def value(root: Locator, name: str) -> float:
    shown = root.locator(f'output[data-quantity="{name}"]').first
    return float(shown.get_attribute("data-value") or "nan")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_memory_decay(kept_page: Opener, lang: str) -> None:
    root = widget(kept_page, "memory_decay", lang)
    for f in (0, 0.3, 0.5, 0.9, 0.99, 1):
        root.evaluate(SET, {"f": f})
        decay = MemoryDecay(f=f)
        assert value(root, "left_after_10") == pytest.approx(decay.left(10), abs=1e-12)
        assert value(root, "half_life") == decay.half_life
    box = root.locator('[data-input="f_number"]')
    for f in (0.997, 0.99999):
        box.fill(str(f))
        box.blur()
        assert value(root, "half_life") == MemoryDecay(f=f).half_life
    heights = [
        float(h)
        for h in root.locator("rect").evaluate_all(
            "all => all.map(bar => bar.getAttribute('height'))"
        )
    ]
    assert heights[0] == 90
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_curve_explorer(kept_page: Opener, lang: str) -> None:
    root = widget(kept_page, "curve_explorer", lang)
    for z in (-8, -2.03, 0, 0.01, 5.95, 8):
        root.evaluate(SET, {"z": z})
        assert value(root, "sigmoid") == pytest.approx(cells.sigmoid(z), abs=1e-12)
        assert value(root, "tanh") == pytest.approx(cells.tanh(z), abs=1e-12)


def test_a_finger_on_the_curve_moves_the_number(kept_page: Opener) -> None:
    root = widget(kept_page, "curve_explorer")
    root.evaluate(SET, {"z": 0})
    curve = root.locator("svg.lw-curve").first
    box = curve.bounding_box()
    assert box
    curve.click(position={"x": box["width"] * 0.75, "y": box["height"] / 2})
    assert float(root.locator('[data-input="z"]').input_value()) == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("nth", range(4))
def test_single_gates(kept_page: Opener, lang: str, nth: int) -> None:
    gate = "figo"[nth]
    root = widget(kept_page, "single_gate", lang, nth)
    rng = random.Random(nth)
    numbers = ("x", "h", "c", f"w_{gate}x", f"w_{gate}h", f"b_{gate}")
    ranges = SingleGate.constants()["ranges"]
    states = [
        {name: round(rng.uniform(ranges[name]["min"], ranges[name]["max"]), 2) for name in numbers}
        for _ in range(50)
    ]
    answers = root.evaluate(
        f"(root, states) => states.map((state) => ({SET})(root, state))", states
    )
    for state, found in zip(states, answers, strict=True):
        step = SingleGate(gate, **state).step
        effect = {
            "f": step.f * state["c"],
            "i": step.i * step.g,
            "g": step.i * step.g,
            "o": step.h,
        }[gate]
        assert found[gate] == pytest.approx(getattr(step, gate), abs=1e-12)
        assert found["effect"] == pytest.approx(effect, abs=1e-12)
    root.locator('[data-input="reset"]').click()
    worked = cells.lstm_step(1, 1, 2, cells.WORKED_EXAMPLE)
    assert value(root, gate) == pytest.approx(getattr(worked, gate), abs=1e-12)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_builder_goes_through_the_stages(kept_page: Opener, lang: str) -> None:
    root = widget(kept_page, "lstm_builder", lang)
    root.evaluate(SET, {"stage": 1, "x": 0.5, "h": -0.25, "c": 1.5})
    stories = set()
    for stage in range(1, cells.BUILD_STAGES + 1):
        expected = cells.build_stage(stage, 0.5, -0.25, 1.5, cells.WORKED_EXAMPLE)
        assert value(root, "h") == pytest.approx(expected.h, abs=1e-12)
        assert value(root, "c") == pytest.approx(expected.c, abs=1e-12)
        assert root.locator('output[data-quantity="c"]').is_visible() == (stage >= 3)
        drawn = root.locator("svg.lw-cell [data-gate]:visible").evaluate_all(
            "gates => gates.map(gate => gate.dataset.gate).sort().join('')"
        )
        assert drawn == {1: "g", 2: "gi", 3: "gi", 4: "gi", 5: "fgi", 6: "fgi", 7: "fgio"}[stage]
        stories.add(root.locator(".lw-story").inner_text())
        forward = root.locator('[data-input="next"]')
        assert forward.is_enabled() == (stage < cells.BUILD_STAGES)
        if stage < cells.BUILD_STAGES:
            forward.click()
    assert len(stories) == cells.BUILD_STAGES
    root.locator('[data-input="previous"]').click()
    assert root.locator('[data-input="stage"]').input_value() == "6"


# Two inputs of each widget that a reader may type anything into.
BOXES = {"memory_decay": "f", "curve_explorer": "z", "single_gate": "c", "lstm_builder": "stage"}


@pytest.mark.parametrize("name", list(BOXES))
@pytest.mark.parametrize("typed", ["", "abc", "1e99", "NaN", "<i>2</i>", "−−1"])
def test_what_is_not_a_number_is_explained(kept_page: Opener, name: str, typed: str) -> None:
    for lang, words in (("en", "is not a"), ("vi", "không phải là một số")):
        root = widget(kept_page, name, lang)
        before = root.locator("output").all_inner_texts()
        box = root.locator(f'[data-input="{BOXES[name]}_number"]')
        box.fill(typed)
        box.blur()
        expect(root.locator('[role="status"]')).to_contain_text(words)
        assert root.locator("output").all_inner_texts() == before
        box.fill("1")
        box.blur()
        expect(root.locator('[role="status"]')).to_be_empty()


def test_half_a_stage_is_refused(kept_page: Opener) -> None:
    root = widget(kept_page, "lstm_builder")
    root.evaluate(SET, {"stage": 3})
    box = root.locator('[data-input="stage_number"]')
    box.fill("3.5")
    box.blur()
    expect(root.locator('[role="status"]')).to_contain_text("3.5")
    assert root.locator('[data-input="stage"]').input_value() == "3"


@pytest.mark.parametrize("name", sorted(WIDGETS))
def test_arrow_keys_move_every_slider_by_its_step(kept_page: Opener, name: str) -> None:
    root = widget(kept_page, name)
    page = root.page
    root.locator("details").evaluate_all("all => all.forEach(part => { part.open = true; })")
    for control in root.locator('input[type="range"]').all():
        low, step = (float(control.get_attribute(key) or "nan") for key in ("min", "step"))
        control.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert float(control.input_value()) == pytest.approx(low + step)
        page.keyboard.press("ArrowLeft")
        assert float(control.input_value()) == pytest.approx(low)


def test_the_landing_page_answers_in_both_languages(open_page: Opener) -> None:
    page = open_page("index", width=375).page
    root = page.locator('[data-widget="memory_decay"]')
    assert "forget gate" in root.inner_text()
    assert "cổng quên" in root.inner_text()
    root.evaluate(SET, {"f": 0.5})
    assert value(root, "left_after_10") == 0.5**10
    assert math.isfinite(value(root, "half_life"))
