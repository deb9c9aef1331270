"""The widgets of chapter 2 in a browser: the package's numbers, every input, bad input, looks.

They stand on a page of their own, which holds nothing but the two widgets in one language.
"""

import random
import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

import page_checks as checks
from in_browser import OpenedPage, visit
from lstm_course import cells
from lstm_course.widgets import WIDGETS, GradientExplorer, UnrolledRNN
from lstm_course.widgets.gradient_explorer import PRESETS as GRADIENT_PRESETS
from lstm_course.widgets.unrolled_rnn import PRESETS as LAYER_PRESETS
from widget_pages import write_page

Visitor = Callable[..., OpenedPage]

NAMES = ("unrolled_rnn", "gradient_explorer")
LANGUAGES = ("en", "vi")
STATES: dict[str, dict[str, Any]] = {name: {} for name in NAMES}

# Sets inputs as a reader does (boxes by typing, sliders by moving), one state after another, and
# reads what the page answers.
DRIVE = """(root, states) => states.map((state) => {
  const times = [];
  for (const [name, value] of Object.entries(state)) {
    const input = root.querySelector(`[data-input="${name}"]`);
    input.value = value;
    const kind = input.type === "range" ? "input" : "change";
    const before = performance.now();
    input.dispatchEvent(new Event(kind, { bubbles: true }));
    times.push(performance.now() - before);
  }
  const shown = {};
  for (const output of root.querySelectorAll("output"))
    shown[output.dataset.quantity] = [Number(output.dataset.value), output.textContent];
  return { shown, times };
})"""


@pytest.fixture(scope="module")
def kept(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Give a widget on a page that all tests of this module share, back at its first state."""
    pages: dict[str, OpenedPage] = {}
    with ExitStack() as stack:

        def opener(lang: str) -> OpenedPage:
            if lang not in pages:
                file = write_page(tmp_path_factory.mktemp("widgets"), lang, **STATES)
                pages[lang] = stack.enter_context(visit(browser, file))
            return pages[lang]

        yield opener
        faults = [fault for page in pages.values() for fault in page.faults()]
    if faults:
        pytest.fail("a page misbehaved:\n" + "\n".join(faults), pytrace=False)


@pytest.fixture
def fresh(browser: Browser, tmp_path: Path) -> Iterator[Visitor]:
    """Give a function that writes a page and opens it: ``fresh("vi", "dark", width=375)``."""
    with ExitStack() as stack:

        def opener(
            lang: str, theme: str = "light", states: dict[str, Any] | None = None, **how: Any
        ) -> OpenedPage:
            return stack.enter_context(
                visit(browser, write_page(tmp_path, lang, theme, **(states or STATES)), **how)
            )

        yield opener


def widget(kept: Visitor, name: str, lang: str = "en") -> Locator:
    root = kept(lang).page.locator(f'[data-widget="{name}"]')
    root.locator('[data-input="reset"]').click()
    return root


def drive(root: Locator, *states: dict[str, Any]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = root.evaluate(DRIVE, states)
    return answers


def values(root: Locator) -> dict[str, float]:
    return {name: value for name, (value, _) in drive(root, {})[0]["shown"].items()}


def in_state(widget: Any, state: dict[str, Any]) -> Any:
    """One widget for many states: making one takes longer than asking it."""
    for name, value in state.items():
        setattr(widget, name, value)
    return widget


def read_text(text: str) -> float:
    """The number that a text such as ``−0.5`` or ``6.3×10²⁹`` says."""
    plain = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    return float(plain.replace("×10", "e"))


def random_states(name: str, count: int, seed: int = 5) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    states = []
    for _ in range(count):
        state: dict[str, Any] = {}
        for key, limits in WIDGETS[name].constants()["ranges"].items():
            if "choices" in limits:
                state[key] = rng.choice(limits["choices"])
            elif limits["step"] == 1:
                state[key] = rng.randint(limits["min"], limits["max"])
            else:
                state[key] = round(rng.uniform(limits["min"], limits["max"]), 2)
        if name == "unrolled_rnn":
            del state["t"]  # moved by buttons
        states.append(state)
    return states


# ---- The package's own numbers -------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_random_layers_equal_cells(kept: Visitor, lang: str) -> None:
    root = widget(kept, "unrolled_rnn", lang)
    layer = UnrolledRNN()
    states = random_states("unrolled_rnn", 300 if lang == "en" else 10)
    for state, answer in zip(states, drive(root, *states), strict=True):
        expected = in_state(layer, state).outputs
        for (t, i), value in [((t, i), expected[t, i]) for t in range(3) for i in range(2)]:
            found, text = answer["shown"][f"h_{t + 1}_{i + 1}"]
            assert found == pytest.approx(value, rel=1e-12, abs=1e-12)
            assert read_text(text) == pytest.approx(value, rel=1e-3, abs=5.1e-4)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_random_gradients_equal_cells(kept: Visitor, lang: str) -> None:
    root = widget(kept, "gradient_explorer", lang)
    explorer = GradientExplorer()
    states = random_states("gradient_explorer", 300 if lang == "en" else 10)
    for state, answer in zip(states, drive(root, *states), strict=True):
        curves = in_state(explorer, state).curves
        for name, curve in curves._asdict().items():
            found, text = answer["shown"][f"{name}_last"]
            assert found == pytest.approx(curve[-1], rel=1e-12, abs=0), (state, name)
            assert read_text(text) == pytest.approx(curve[-1], rel=0.05, abs=0)
            found, _ = answer["shown"][f"{name}_per_step"]
            per_step = curve[-1] ** (1 / (explorer.length - 1))
            assert found == pytest.approx(per_step, rel=1e-12, abs=0)
        assert answer["shown"]["f"][0] == pytest.approx(cells.sigmoid(state["b_f"]), rel=1e-14)


def test_the_drawn_curves_are_the_gradients(kept: Visitor) -> None:
    root = widget(kept, "gradient_explorer")
    state = {"length": 12, "w": 0.7, "x": 0.2, "b_f": 1.5, "activation": "tanh"}
    drive(root, state)
    drawn = {
        name: root.locator(f".lw-gradients .lw-curve-{name} polyline").get_attribute("points") or ""
        for name in ("rnn", "lstm", "road")
    }
    heights = {
        name: [float(point.split(",")[1]) for point in points.split()]
        for name, points in drawn.items()
    }
    # The scale from its own labels: where 1 stands, and 10 to the lowest power.
    scale = root.locator(".lw-scale text[text-anchor=end]").evaluate_all(
        "all => all.map(label => [label.textContent, Number(label.getAttribute('y')) - 4])"
    )
    powers = {float(text[2:].replace("−", "-")) if text != "1" else 0.0: y for text, y in scale}
    low = min(powers)
    decade = (powers[low] - powers[0]) / -low
    for name, curve in GradientExplorer(**state).curves._asdict().items():
        sizes = [10 ** ((powers[0] - y) / decade) for y in heights[name]]
        assert sizes == pytest.approx(curve, rel=0.01), name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_worked_layer_is_what_one_sees_first(kept: Visitor, lang: str) -> None:
    root = widget(kept, "unrolled_rnn", lang)
    assert root.locator("output").all_inner_texts() == ["2", "3", "4", "6", "5", "8"]
    drawn = root.locator("svg [data-v]").evaluate_all(
        "all => Object.fromEntries(all.map(place => [place.dataset.v, place.textContent]))"
    )
    assert [drawn[f"h_{t}_{i}"] for t in range(4) for i in (1, 2)] == list("00234658")
    assert [drawn[f"x_{t}_{k}"] for t in (1, 2, 3) for k in (1, 2, 3)] == list("010001000")


def test_the_arithmetic_of_each_step_is_written_out(kept: Visitor) -> None:
    root = widget(kept, "unrolled_rnn")
    sums = root.locator(".lw-sum")
    forward, back = root.locator('[data-input="next"]'), root.locator('[data-input="previous"]')
    expect(sums.first).to_have_text(
        "h1,1 = ReLU[(0·0 + 1·1 + 1·0) + (1·0 + 0·0) + 1] = ReLU[2] = 2"
    )
    expect(back).to_be_disabled()
    forward.click()
    expect(sums.last).to_have_text("h2,2 = ReLU[(0·0 + 1·0 + 1·1) + (0·2 + 1·3) + 2] = ReLU[6] = 6")
    forward.click()
    expect(sums.last).to_have_text("h3,2 = ReLU[(0·0 + 1·0 + 1·0) + (0·4 + 1·6) + 2] = ReLU[8] = 8")
    expect(forward).to_be_disabled()
    drive(root, {"activation": "identity", "w_ih_2_1": "-1.5", "x_3_1": "-2"})
    expect(sums.last).to_have_text("h3,2 = ((−1.5)·(−2) + 1·0 + 1·0) + (0·4 + 1·6) + 2 = 11")
    drive(root, {"activation": "tanh"})
    expect(sums.last).to_contain_text("= tanh[")
    frames = root.locator("svg .lw-now").evaluate_all(
        "all => all.map(frame => frame.getAttribute('visibility'))"
    )
    assert frames == ["hidden", "hidden", "visible"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_presets_equal_pythons_and_say_what_they_are(kept: Visitor, name: str, lang: str) -> None:
    root = widget(kept, name, lang)
    presets = {"unrolled_rnn": LAYER_PRESETS, "gradient_explorer": GRADIENT_PRESETS}[name]
    for preset in presets:
        root.locator(f'[data-input="preset_{preset}"]').click()
        expect(root.locator('[role="status"]')).not_to_be_empty()
        found = values(root)
        if name == "unrolled_rnn":
            expected = UnrolledRNN(preset=preset).outputs.ravel().tolist()
            assert list(found.values()) == expected
        else:
            for curve, sizes in GradientExplorer(preset=preset).curves._asdict().items():
                assert found[f"{curve}_last"] == pytest.approx(sizes[-1], rel=1e-12)
    root.locator('[data-input="reset"]').click()
    first = values(root)
    drive(root, {"b_1": 7} if name == "unrolled_rnn" else {"w": 1.77})
    assert values(root) != first
    root.locator('[data-input="reset"]').click()
    assert values(root) == first


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"w": 0.5, "activation": "identity"}, ("It vanishes", "tiêu biến")),
        ({"w": 1, "activation": "identity"}, ("It lasts", "được duy trì")),
        ({"w": 2, "activation": "identity"}, ("It explodes", "bùng nổ")),
        ({"w": 0}, ("exactly 0", "đúng bằng 0")),
        ({"x": -0.5, "activation": "relu"}, ("exactly 0", "đúng bằng 0")),
    ],
)
def test_a_sentence_says_what_happens(
    kept: Visitor, state: dict[str, Any], words: tuple[str, str]
) -> None:
    for lang, word in zip(LANGUAGES, words, strict=True):
        root = widget(kept, "gradient_explorer", lang)
        drive(root, state)
        story = root.locator(".lw-card-rnn > p").last
        expect(story).to_contain_text(word)
        expect(story).to_contain_text("29")


@pytest.mark.parametrize("x", [-1, 0, 1])
def test_the_ends_of_the_ranges_show_numbers_only(kept: Visitor, x: float) -> None:
    root = widget(kept, "gradient_explorer")
    ends = [
        {"length": 100, "x": x, "w": w, "b_f": b_f, "activation": activation}
        for w in (0, 2)
        for b_f in (-2, 6)
        for activation in cells.ACTIVATIONS
    ]
    for state in ends:
        answer = drive(root, state)[0]
        assert "NaN" not in root.inner_text()
        assert "Infinity" not in root.inner_text()
        assert not re.search("NaN|Infinity", root.locator(".lw-gradients").inner_html())
        small = any(value < 1e-20 for key, (value, _) in answer["shown"].items() if "last" in key)
        assert root.get_by_text("10⁻²⁰").is_visible() == small
    assert values(widget(kept, "gradient_explorer"))
    drive(root, {"length": 100, "w": 2, "activation": "identity"})
    expect(root.locator('output[data-quantity="rnn_last"]')).to_have_text("6.3×10²⁹")


# ---- What a reader does --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_an_input_answers_within_a_frame(kept: Visitor, name: str) -> None:
    root = widget(kept, name)
    answers = drive(root, *random_states(name, 40))
    assert statistics.median(time for answer in answers for time in answer["times"]) < 5


TYPED = ["", "abc", "1e400", "NaN", "−−1", "99", "0,5,5", "<b>1</b>", "😀"]
BOXES = {
    "unrolled_rnn": ("x_1_2", "w_ih_1_2", "w_hh_2_2", "b_1", "h_0_1"),
    "gradient_explorer": ("w_number", "b_f_number", "x_number"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize(
    ("lang", "words"), [("en", "is not a number from"), ("vi", "không phải là một số từ")]
)
def test_what_is_not_a_number_is_explained_and_nothing_changes(
    kept: Visitor, name: str, typed: str, lang: str, words: str
) -> None:
    root = widget(kept, name, lang)
    before = values(root)
    status = root.locator('[role="status"]')
    key = BOXES[name][TYPED.index(typed) % len(BOXES[name])]
    box = root.locator(f'[data-input="{key}"]')
    box.fill(typed)
    box.blur()
    expect(status).to_contain_text(f"{key.removesuffix('_number')}: “{typed}” {words}")
    assert status.locator("*").count() == 0
    assert box.get_attribute("aria-invalid") == "true"
    assert values(root) == before
    box.fill("0.25")
    box.press("Enter")
    expect(status).to_be_empty()
    assert box.get_attribute("aria-invalid") is None
    assert values(root) != before


@pytest.mark.parametrize("typed", ["2.5", "1", "101", "ten"])
def test_a_length_is_a_whole_number(kept: Visitor, typed: str) -> None:
    root = widget(kept, "gradient_explorer", "vi")
    box = root.locator('[data-input="length_number"]')
    box.fill(typed)
    box.blur()
    expect(root.locator('[role="status"]')).to_contain_text("không phải là một số nguyên từ 2")
    assert root.locator('[data-input="length"]').input_value() == "30"


def test_a_decimal_comma_and_either_minus_are_understood(kept: Visitor) -> None:
    root = widget(kept, "unrolled_rnn", "vi")
    box = root.locator('[data-input="h_0_1"]')
    for typed in ("-0,5", "−0.5", " -5e-1 "):
        box.fill("0")
        box.press("Enter")
        box.fill(typed)
        box.press("Enter")
        assert box.input_value() == "−0.5"
        assert values(root)["h_1_1"] == 1.5
    gradients = widget(kept, "gradient_explorer", "vi")
    box = gradients.locator('[data-input="x_number"]')
    box.fill("0,25")
    box.press("Enter")
    assert gradients.locator('[data-input="x"]').input_value() == "0.25"


@pytest.mark.parametrize("name", NAMES)
def test_the_keyboard_alone_reaches_and_moves_everything(kept: Visitor, name: str) -> None:
    root = widget(kept, name)
    page = root.page
    if name == "unrolled_rnn":
        root.locator('[data-input="next"]').press("Enter")  # so that both buttons can be reached
    root.locator("[data-input]").first.focus()
    reached = []
    for _ in range(60):
        key = page.evaluate(
            f"""() => document.activeElement.closest('[data-widget="{name}"]')
                && document.activeElement.dataset.input"""
        )
        if key is None:
            break
        reached.append(key)
        page.keyboard.press("Tab")
    every = root.locator("[data-input]").evaluate_all("all => all.map(e => e.dataset.input)")
    assert reached == every
    root.locator('[data-input="activation"]').focus()
    before = values(root)
    drive(root, {"b_1" if name == "unrolled_rnn" else "x": -1})
    page.keyboard.press("ArrowDown")
    assert values(root) != before
    for slider in root.locator('input[type="range"]').all():
        slider.focus()
        page.keyboard.press("Home")
        low = float(slider.input_value())
        page.keyboard.press("ArrowRight")
        assert float(slider.input_value()) == pytest.approx(
            low + float(slider.get_attribute("step") or "nan")
        )


# ---- How it looks and what it says to those who do not see it ------------------------------------


@pytest.mark.parametrize(
    ("lang", "theme", "width"),
    [("en", "light", 1280), ("vi", "dark", 1280), ("en", "dark", 375), ("vi", "light", 375)],
)
def test_pages_are_accessible_and_fit(fresh: Visitor, lang: str, theme: str, width: int) -> None:
    opened = fresh(lang, theme, width=width, scheme=theme)
    page = opened.page
    page.locator('[data-input="preset_both_explode"]').click()
    page.locator('[data-input="b_1"]').fill("x")
    page.locator('[data-input="b_1"]').blur()
    findings = [
        *checks.unready_widgets(page),
        *checks.unusable_inputs(page),
        *checks.wrong_outputs(page),
        *checks.nameless_images(page),
        *checks.overflowing(page),
        *opened.faults(),
        *checks.inaccessible(page),
    ]
    assert findings == []


def test_the_curves_differ_in_more_than_colour(kept: Visitor) -> None:
    root = widget(kept, "gradient_explorer")
    dashes = root.locator(".lw-gradients polyline").evaluate_all(
        "all => all.map(line => getComputedStyle(line).strokeDasharray)"
    )
    marks = root.locator(".lw-sample path").evaluate_all("all => all.map(m => m.getAttribute('d'))")
    assert len(dashes) == len(set(dashes)) == len(set(marks)) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_leave_everything_to_be_seen(fresh: Visitor, scheme: str) -> None:
    page = fresh("en", width=900, scheme=scheme).page
    page.emulate_media(forced_colors="active", color_scheme="dark" if scheme == "dark" else "light")
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    seen = page.locator(
        ".lw-gradients polyline, .lw-gradients .lw-scale path, .lw-unrolled path, .lw-unrolled rect"
    ).evaluate_all("all => all.map(part => getComputedStyle(part).stroke)")
    seen += page.locator(".lw-gradients text, .lw-unrolled text").evaluate_all(
        "all => all.map(part => getComputedStyle(part).fill)"
    )
    assert len(seen) > 50
    assert back not in seen


def test_a_wrong_stored_state_is_said_and_the_rest_answers(fresh: Visitor, tmp_path: Path) -> None:
    opened = fresh("vi", states={"gradient_explorer": {}}, wait=False)
    file = tmp_path / "vi.html"
    text = file.read_text(encoding="utf-8")
    bad = text.replace("&quot;activation&quot;: &quot;tanh&quot;", "&quot;activation&quot;: 7")
    assert bad != text
    file.write_text(bad, encoding="utf-8")
    opened.page.reload()
    opened.wait_ready()
    root = opened.page.locator('[data-widget="gradient_explorer"]')
    expect(root.locator('[role="status"]')).to_contain_text("activation: “7” không phải là một")
    expect(root.locator('[data-input="activation"]')).to_have_value("tanh")
    drive(root, {"w": 0})
    assert values(root)["rnn_last"] == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_scripts_the_stored_pictures_show_the_numbers(
    browser: Browser, tmp_path: Path, lang: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(write_page(tmp_path, lang, **STATES).as_uri())
        for name in NAMES:
            root = page.locator(f'[data-widget="{name}"]')
            picture = root.locator("svg[role=img]")
            expect(picture).to_be_visible()
            assert picture.get_attribute("aria-label") == WIDGETS[name](lang=lang).word("picture")
            assert root.locator("input, select").count() == 0
        expect(page.locator('[data-widget="unrolled_rnn"]')).to_contain_text("h_3 (2) = 8.000")
        expect(page.locator('[data-widget="gradient_explorer"]')).to_contain_text("4.3×10⁻¹⁸")
    finally:
        context.close()
