"""The sequence explorer in the built page: the cell's own numbers, play, hand-over, bad input."""

import random
import statistics
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from in_browser import OpenedPage
from lstm_course.cells import WORKED_EXAMPLE, lstm_sequence

Opener = Callable[..., OpenedPage]

CHAPTER = "chapters/{}/03_lstm_gates"
QUANTITIES = "figoch"


def explorer_of(kept_page: Opener, lang: str = "en") -> tuple[Page, Locator]:
    page = kept_page(CHAPTER.format(lang)).page
    explorer = page.locator('[data-widget="sequence_explorer"]')
    explorer.locator('[data-input="preset_2"]').click()
    go_to(explorer, 1)
    return page, explorer


def go_to(explorer: Locator, t: int) -> None:
    explorer.locator('input[type="range"][data-input="t"]').evaluate(
        "(input, t) => { input.value = t; input.dispatchEvent(new Event('input')); }", t
    )


def type_sequence(explorer: Locator, text: str) -> None:
    box = explorer.locator('[data-input="sequence"]')
    box.fill(text)
    box.blur()


def values(explorer: Locator) -> dict[str, float]:
    found: dict[str, str] = explorer.locator("output[data-quantity]").evaluate_all(
        "all => Object.fromEntries(all.map(o => [o.dataset.quantity, o.dataset.value]))"
    )
    return {name: float(value) for name, value in found.items()}


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_random_sequences_equal_cells(kept_page: Opener, lang: str) -> None:
    _, explorer = explorer_of(kept_page, lang)
    rng = random.Random(11)
    for length in (1, 2, 7, 40, 200):
        xs = [round(rng.uniform(-5, 5), rng.choice([0, 2, 6])) for _ in range(length)]
        type_sequence(explorer, ", ".join(map(repr, xs)))
        steps = lstm_sequence(xs, WORKED_EXAMPLE)
        for t in {1, length, rng.randint(1, length)}:
            go_to(explorer, t)
            found = values(explorer)
            for name in QUANTITIES:
                assert found[name] == pytest.approx(getattr(steps[t - 1], name), abs=1e-12)
            assert found["h_last"] == pytest.approx(steps[-1].h, abs=1e-12)


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_two_sequences_of_the_chapter(kept_page: Opener, lang: str) -> None:
    _, explorer = explorer_of(kept_page, lang)
    last = explorer.locator('output[data-quantity="h_last"]')
    expect(last).to_have_text("0.9694")
    explorer.locator('[data-input="preset_1"]').click()
    expect(last).to_have_text("0.0064")


def test_the_figure_has_a_column_for_each_step_and_marks_the_one_in_focus(
    kept_page: Opener,
) -> None:
    _, explorer = explorer_of(kept_page)
    type_sequence(explorer, "1 -1 0.5")
    assert explorer.locator(".lw-sequence rect.lw-heat-f").count() == 3
    assert explorer.locator(".lw-sequence rect.lw-heat-x.lw-below").count() == 1
    marker = explorer.locator(".lw-now")
    places = []
    for t in (1, 2, 3):
        go_to(explorer, t)
        places.append(float(marker.get_attribute("x") or "nan"))
    assert places == sorted(set(places))


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize(
    "typed", ["", " , ;", "a b c", "1, x, 2", "1e9", "NaN", "6", "<b>1</b>", "😀", "1 " * 500]
)
def test_a_wrong_sequence_is_explained_and_the_last_good_one_stays(
    kept_page: Opener, lang: str, typed: str
) -> None:
    _, explorer = explorer_of(kept_page, lang)
    before = values(explorer)
    type_sequence(explorer, typed)
    status = explorer.locator('[role="status"]')
    expect(status).to_contain_text("last good" if lang == "en" else "hợp lệ gần nhất")
    assert status.locator("*").count() == 0
    assert values(explorer) == before
    type_sequence(explorer, "0.5, 0.5")
    expect(status).to_be_empty()
    assert values(explorer) != before


def test_separators_and_signs_that_readers_use(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    type_sequence(explorer, "1;−0.5\t.25  , 1e-1")
    expected = lstm_sequence([1, -0.5, 0.25, 0.1], WORKED_EXAMPLE)[-1].h
    assert values(explorer)["h_last"] == pytest.approx(expected, abs=1e-12)


def test_a_decimal_comma_is_understood_or_refused_never_misread(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    type_sequence(explorer, "1; 0,5;−0,25")
    expected = lstm_sequence([1, 0.5, -0.25], WORKED_EXAMPLE)[-1].h
    assert values(explorer)["h_last"] == pytest.approx(expected, abs=1e-12)
    type_sequence(explorer, "1,2,0.5")
    expected = lstm_sequence([1, 2, 0.5], WORKED_EXAMPLE)[-1].h
    assert values(explorer)["h_last"] == pytest.approx(expected, abs=1e-12)
    for ambiguous in ("0, 0,5, 1", "0,5 0,7"):
        type_sequence(explorer, ambiguous)
        expect(explorer.locator('[role="status"]')).to_contain_text("“0,5” is not a number")
        assert values(explorer)["h_last"] == pytest.approx(expected, abs=1e-12)


def test_a_step_is_shown_within_a_frame(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    type_sequence(explorer, "0.5 " * 200)
    times = explorer.evaluate(
        """root => {
          const input = root.querySelector('input[type="range"][data-input="t"]');
          return Array.from({ length: 200 }, (_, k) => {
            input.value = k + 1;
            const before = performance.now();
            input.dispatchEvent(new Event("input"));
            return performance.now() - before;
          });
        }"""
    )
    assert statistics.median(times) <= 2
    assert statistics.quantiles(times, n=20)[-1] <= 16


def test_play_walks_to_the_end_and_pauses(kept_page: Opener) -> None:
    _, explorer = explorer_of(kept_page)
    play = explorer.locator('[data-input="play"]')
    step = explorer.locator('input[type="range"][data-input="t"]')
    play.click()
    expect(play).to_have_text("Pause")
    expect(step).to_have_value("2")
    play.click()
    expect(play).to_have_text("Play")
    stopped = step.input_value()
    explorer.page.wait_for_timeout(900)
    assert step.input_value() == stopped
    play.click()
    expect(step).to_have_value("4")
    expect(play).to_have_text("Play")


def test_with_reduced_motion_nothing_plays_by_itself(open_page: Opener) -> None:
    page = open_page(CHAPTER.format("en"), reduced_motion=True).page
    explorer = page.locator('[data-widget="sequence_explorer"]')
    assert not explorer.locator('[data-input="play"]').is_visible()
    explorer.locator('[data-input="next"]').click()
    expect(explorer.locator('input[type="range"][data-input="t"]')).to_have_value("2")


def test_the_keyboard_moves_the_step(kept_page: Opener) -> None:
    page, explorer = explorer_of(kept_page)
    slider = explorer.locator('input[type="range"][data-input="t"]')
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("2")
    page.keyboard.press("End")
    expect(slider).to_have_value("4")
    expect(explorer.locator('[data-input="next"]')).to_be_disabled()


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_a_step_is_handed_over_to_the_gate_explorer(open_page: Opener, lang: str) -> None:
    page = open_page(CHAPTER.format(lang)).page
    explorer = page.locator('[data-widget="sequence_explorer"]')
    go_to(explorer, 3)
    expected = values(explorer)
    explorer.locator('[data-input="hand_over"]').click()
    gates = page.locator('[data-widget="gate_explorer"]')
    expect(gates.locator('[role="status"]')).not_to_be_empty()
    found = values(gates)
    assert {name: found[name] for name in QUANTITIES} == {
        name: expected[name] for name in QUANTITIES
    }
    expect(gates).to_be_in_viewport()


def test_the_same_step_is_handed_over_as_often_as_asked(open_page: Opener) -> None:
    page = open_page(CHAPTER.format("en")).page
    explorer = page.locator('[data-widget="sequence_explorer"]')
    gates = page.locator('[data-widget="gate_explorer"]')
    go_to(explorer, 3)
    expected = values(explorer)
    for _ in range(2):
        explorer.locator('[data-input="hand_over"]').press("Enter")
        expect(gates.locator('output[data-quantity="c"]')).to_have_attribute(
            "data-value", str(expected["c"])
        )
        expect(gates).to_be_in_viewport()
        expect(gates.locator('input[type="range"][data-input="x"]')).to_be_focused()
        page.keyboard.press("Home")


@pytest.mark.parametrize(("lang", "words"), [("en", "Before this step c = "), ("vi", "Trước bước")])
def test_a_memory_beyond_the_gate_explorer_is_not_handed_over(
    open_page: Opener, lang: str, words: str
) -> None:
    page = open_page(CHAPTER.format(lang)).page
    explorer = page.locator('[data-widget="sequence_explorer"]')
    gates = page.locator('[data-widget="gate_explorer"]')
    before = values(gates)
    type_sequence(explorer, "1 " * 20)
    go_to(explorer, 20)
    explorer.locator('[data-input="hand_over"]').click()
    expect(explorer.locator('[role="status"]')).to_contain_text(words)
    assert values(gates) == before
    assert "#" not in page.url
