"""SelfCheck and ParameterCalculator in a browser: Python's answers, the keyboard, bad input, looks.

Most tests share one page in each language, which holds nothing but the two widgets.
"""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

import page_checks as checks
from in_browser import OpenedPage, visit
from lstm_course.language import text
from lstm_course.widgets import ParameterCalculator, SelfCheck, sources
from lstm_course.widgets.parameter_calculator import PRESETS
from lstm_course.widgets.self_check import QUESTIONS, to_html
from widget_pages import write_page

Keeper = Callable[..., Locator]

STATES: dict[str, dict[str, Any]] = {
    "self_check": {"topic": "lstm_gates"},
    "parameter_calculator": {},
}
ASKED = QUESTIONS["lstm_gates"]
RIGHT = [[answer.get("right", False) for answer in q["answers"]].index(True) for q in ASKED]

# Sets the calculator as a reader does and reads what it answers, one state after another.
DRIVE = """(root, states) => states.map((state) => {
  for (const [name, value] of Object.entries(state)) {
    const input = root.querySelector(`[data-input="${name}"]`);
    if (input.type === "checkbox") { if (input.checked !== value) input.click(); continue; }
    input.value = value;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return {
    shown: Object.fromEntries([...root.querySelectorAll("output")].map(
      (output) => [output.dataset.quantity, [Number(output.dataset.value), output.textContent]])),
    sums: [...root.querySelectorAll(".lw-sum")].map((sum) => sum.textContent).filter(Boolean),
    bars: root.querySelectorAll(".lw-blocks text").length,
  };
})"""


@pytest.fixture(scope="module")
def kept(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    """Give a widget on a page that all tests share, back at its first state."""
    pages: dict[str, OpenedPage] = {}
    with ExitStack() as stack:

        def keeper(name: str, lang: str = "en") -> Locator:
            if lang not in pages:
                file = write_page(tmp_path_factory.mktemp("widgets"), lang, **STATES)
                pages[lang] = stack.enter_context(visit(browser, file))
            root = pages[lang].page.locator(f'[data-widget="{name}"]')
            root.locator(f'[data-input="{"again" if name == "self_check" else "reset"}"]').click()
            return root

        yield keeper
        faults = [fault for page in pages.values() for fault in page.faults()]
    if faults:
        pytest.fail("a page misbehaved:\n" + "\n".join(faults), pytrace=False)


# ---- SelfCheck -----------------------------------------------------------------------------------


def answer(root: Locator, question: int, given: int) -> Locator:
    """Answer a question, both counted from 0, and check it; return what is said about it."""
    root.locator(f'[data-input="q{question + 1}"]').nth(given).check()
    root.locator(f'[data-input="check_{question + 1}"]').click()
    return root.locator(".lw-verdict").nth(question)


def result(root: Locator) -> tuple[int, int]:
    values = root.locator("output").evaluate_all(
        "all => Object.fromEntries(all.map(o => [o.dataset.quantity, Number(o.dataset.value)]))"
    )
    assert set(values) == {"answered", "right"}
    return values["answered"], values["right"]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_every_answer_is_told_its_reason(kept: Keeper, lang: str) -> None:
    root = kept("self_check", lang)
    told = root.evaluate(
        """root => [...root.querySelectorAll(".lw-question")].map((node) => {
            const verdict = node.querySelector("[role=status]");
            return [...node.querySelectorAll("input")].map((input) => {
                input.click();
                node.querySelector("button").click();
                return verdict.innerHTML;
            });
        })"""
    )
    for asked, verdicts in zip(ASKED, told, strict=True):
        for reply, verdict in zip(asked["answers"], verdicts, strict=True):
            sign, key = ("✓", "right") if reply.get("right") else ("✗", "wrong")
            word = f"<strong>{sign} {text(f'self_check.{key}', lang)}</strong>"
            assert verdict == f"{word} {to_html(reply[f'why_{lang}'])}"
    first = sum(right == 0 for right in RIGHT)
    assert result(root) == (len(ASKED), first)


def test_only_the_first_attempt_counts_and_one_can_begin_again(kept: Keeper) -> None:
    root = kept("self_check")
    assert result(root) == (0, 0)
    verdict = answer(root, 0, (RIGHT[0] + 1) % 3)
    expect(verdict).to_contain_text("✗ Not right.")
    answer(root, 1, RIGHT[1])
    expect(answer(root, 0, RIGHT[0])).to_contain_text("✓ Right.")
    assert result(root) == (2, 1)
    expect(root.locator(".lw-fact")).to_have_text(
        "Answered: 2 of 6. Right at the first attempt: 1."
    )
    root.locator('[data-input="again"]').click()
    expect(root.locator(".lw-status")).to_have_text("All answers are cleared.")
    assert root.locator("input:checked").count() == 0
    assert "".join(root.locator(".lw-verdict").all_text_contents()) == ""
    for k, right in enumerate(RIGHT):
        answer(root, k, right)
    assert result(root) == (6, 6)


def test_a_reason_stands_only_beside_its_own_answer(kept: Keeper) -> None:
    root = kept("self_check")
    verdict = root.locator(".lw-verdict").first
    root.locator('[data-input="check_1"]').click()
    expect(verdict).to_have_text("Choose an answer first.")
    assert result(root) == (0, 0)
    root.locator('[data-input="q1"]').first.check()
    expect(verdict).to_have_text("")
    root.locator('[data-input="check_1"]').click()
    expect(verdict).to_contain_text("Not right.")
    root.locator('[data-input="q1"]').nth(1).check()
    expect(verdict).to_have_text("")
    root.locator('[data-input="q1"]').first.check()
    expect(verdict).to_contain_text("Not right.")
    box = root.locator(".lw-question").first
    expect(box).to_have_attribute("data-verdict", "wrong")


def test_the_keyboard_alone_answers(kept: Keeper) -> None:
    root = kept("self_check")
    page = root.page
    root.locator('[data-input="q1"]').first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    # The arrows choose, they do not answer.
    assert result(root) == (0, 0)
    page.keyboard.press("Enter")
    expect(root.locator(".lw-verdict").first).to_contain_text("✓ Right.")
    assert result(root) == (1, 1)
    reached = []
    for _ in range(20):
        reached.append(page.evaluate("document.activeElement.dataset.input"))
        page.keyboard.press("Tab")
        if reached[-1] == "again":
            break
    stops = [stop for k in range(1, 7) for stop in (f"q{k}", f"check_{k}")]
    assert reached == [*stops, "again"]
    assert root.locator("input").count() == root.locator("[data-lm-suppress-shortcuts]").count()


def test_signs_in_the_texts_become_elements(kept: Keeper) -> None:
    root = kept("self_check")
    first = answer(root, 0, 0)
    assert first.locator("sub").text_content() == "t−1"
    shown = root.locator("legend").evaluate_all("all => all.map(legend => legend.innerHTML)")
    assert shown == [f"{k}. {to_html(asked['en'])}" for k, asked in enumerate(ASKED, 1)]


# What a kernel does with a widget: set values, be told of those that the page sets.
LIVE = """async ([script, state, changes]) => {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { render } = (await import(address)).default;
  const values = { ...state }, heard = {};
  const el = document.body.appendChild(document.createElement("div"));
  const model = {
    get: (key) => values[key], set: (key, value) => { values[key] = value; }, save_changes() {},
    on: (event, tell) => { (heard[event] ??= []).push(tell); },
  };
  render({ model, el });
  const seen = () => [...el.querySelectorAll(".lw-question")].map((node) => node.dataset.verdict);
  const found = [seen()];
  for (const change of changes) {
    Object.assign(values, change);
    for (const key of Object.keys(change)) for (const tell of heard[`change:${key}`] ?? []) tell();
    found.push(seen());
  }
  el.querySelector('[data-input="q1"]').click();
  el.querySelector('[data-input="check_1"]').click();
  const outputs = [...el.querySelectorAll("output")].map((output) => output.dataset.value);
  const last = { ...values, outputs };
  el.remove();
  return [found, last];
}"""


def test_python_and_the_page_agree_in_a_live_kernel(kept: Keeper) -> None:
    page = kept("self_check").page
    check = SelfCheck("lstm_gates", lang="en", answers=[0, *[-1] * 5])
    script = sources.esm("self_check", SelfCheck.constants())
    later = [2, 0, -1, -1, -1, -1]
    check_later = SelfCheck("lstm_gates", answers=[0, *[-1] * 5])
    check_later.answers = later
    changes = [{"answers": later}, {"topic": "language_models", "answers": [-1] * 6}]
    found, last = page.evaluate(LIVE, [script, check.state(), changes])
    none = ["none"] * 6
    assert found[0] == ["wrong", *none[1:]]
    assert found[1] == ["right", "right", *none[2:]]
    assert found[2] == none
    assert last["topic"] == "language_models"
    assert last["answers"] == last["first"] == [0, *[-1] * 5]
    assert last["outputs"] == ["1", "0"]
    # A change from Python leaves the same first attempts here as there.
    _, last = page.evaluate(LIVE, [script, check.state(), changes[:1]])
    check_later.answers = [0, *later[1:]]
    assert (last["answers"], last["first"]) == (check_later.answers, check_later.first)
    assert last["outputs"] == [str(check_later.answered), str(check_later.right)]


# ---- ParameterCalculator -------------------------------------------------------------------------


def random_states(count: int) -> list[dict[str, Any]]:
    rng = random.Random(11)
    ranges = ParameterCalculator.constants()["ranges"]
    return [
        {
            name: rng.choice(limits["choices"])
            if "choices" in limits
            else round(limits["min"] * (limits["max"] / limits["min"]) ** rng.random())
            for name, limits in ranges.items()
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize(("lang", "count"), [("en", 300), ("vi", 20)])
def test_random_layers_are_counted_as_in_python(kept: Keeper, lang: str, count: int) -> None:
    root = kept("parameter_calculator", lang)
    states = random_states(count)
    calculator = ParameterCalculator(lang=lang)
    for state, found in zip(states, root.evaluate(DRIVE, states), strict=True):
        for name, value in state.items():
            setattr(calculator, name, value)
        for name in ("per_gate", "first_layer", "total"):
            value, shown = found["shown"][name]
            assert value == getattr(calculator, name), (state, name)
            assert shown == (f"{value:,}" if lang == "en" else str(value))
        kilobytes, shown = found["shown"]["kilobytes"]
        assert kilobytes == calculator.kilobytes
        assert float(shown.replace(",", "")) == kilobytes
        assert found["sums"] == list(calculator.sums.values())
        assert found["bars"] == {"gru": 3, "lstm": 4, "peephole": 4}.get(state["kind"], 1)


def test_the_largest_layer_is_counted_exactly(kept: Keeper) -> None:
    root = kept("parameter_calculator")
    state = {"kind": "peephole", "m": 100_000, "n": 10_000, "layers": 10, "bidirectional": True}
    (found,) = root.evaluate(DRIVE, [state])
    assert found["shown"]["total"][0] == ParameterCalculator(**state).total == 30_401_400_000


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_presets_equal_pythons_and_say_what_they_are(kept: Keeper, lang: str) -> None:
    root = kept("parameter_calculator", lang)
    for preset in PRESETS:
        root.locator(f'[data-input="preset_{preset}"]').click()
        total = ParameterCalculator(preset=preset).total
        output = root.locator('[data-quantity="total"]')
        assert output.get_attribute("data-value") == str(total)
        shown = f"{total:,}" if lang == "en" else str(total)
        expect(root.locator(".lw-status")).to_contain_text(f": {shown} ")
        disabled = root.locator(":is(input, select):disabled").count()
        assert disabled == (3 if preset in ("words", "hidden") else 0)


def test_a_number_counts_while_it_is_typed_and_is_refused_when_it_is_none(kept: Keeper) -> None:
    root = kept("parameter_calculator")
    page = root.page
    box, total = root.locator('[data-input="m"]'), root.locator('[data-quantity="total"]')
    status = root.locator(".lw-status")
    box.fill("")
    box.press_sequentially("46")
    expect(total).to_have_attribute("data-value", str(4 * 50 * (46 + 50 + 1)))
    for bad in ("0", "1.5", "10,000", "-3", "1e3", "100001", "", "a<b>c</b>", "9" * 12):
        box.fill(bad)
        box.press("Enter")
        expect(status).to_contain_text(f"m: “{bad}” is not a whole number from 1 to 100000")
        expect(box).to_have_attribute("aria-invalid", "true")
        assert status.locator("b").count() == 0
    expect(total).to_have_attribute("data-value", str(4 * 50 * (46 + 50 + 1)))
    box.fill("20")
    expect(box).not_to_have_attribute("aria-invalid", "true")
    expect(status).to_be_empty()
    # Everything can be reached, and the keys of a list and of a box to tick work.
    root.locator('[data-input="kind"]').focus()
    page.keyboard.press("ArrowDown")
    expect(root.locator('[data-input="kind"]')).to_have_value("peephole")
    reached = []
    for _ in range(6):
        reached.append(page.evaluate("document.activeElement.dataset.input"))
        page.keyboard.press("Tab")
    assert reached == ["kind", "m", "n", "layers", "bidirectional", "biases"]
    root.locator('[data-input="bidirectional"]').press("Space")
    expect(total).to_have_attribute(
        "data-value", str(ParameterCalculator("peephole", m=20, bidirectional=True).total)
    )


# ---- Both: looks, stored pictures, wrong states --------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "theme", "width"), [("en", "dark", 375), ("vi", "light", 375), ("vi", "dark", 1280)]
)
def test_pages_are_accessible_and_fit(
    browser: Browser, tmp_path: Path, lang: str, theme: str, width: int
) -> None:
    states = {"self_check": {"topic": "lstm_from_scratch"}, "parameter_calculator": {}}
    file = write_page(tmp_path, lang, theme, **states)
    with visit(browser, file, width=width, scheme=theme) as opened:
        page = opened.page
        check = page.locator('[data-widget="self_check"]')
        answer(check, 0, 0)
        answer(check, 1, 0)
        calculator = page.locator('[data-widget="parameter_calculator"]')
        calculator.evaluate(
            DRIVE, [{"kind": "peephole", "m": 99_999, "n": 9_999, "layers": 9}, {"n": "x"}]
        )
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


def test_right_and_wrong_are_told_without_colours(kept: Keeper) -> None:
    root = kept("self_check")
    page = root.page
    answer(root, 0, RIGHT[0])
    answer(root, 1, (RIGHT[1] + 1) % 3)
    page.emulate_media(forced_colors="active")
    try:
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        parts = page.locator(".lw-verdict strong, legend, .lw-answer, .lw-fact")
        assert back not in parts.evaluate_all("all => all.map(p => getComputedStyle(p).color)")
        bars = page.locator(".lw-blocks rect")
        assert back not in bars.evaluate_all("all => all.map(r => getComputedStyle(r).stroke)")
        signs = root.locator(".lw-verdict strong").all_text_contents()
        assert [sign[0] for sign in signs] == ["✓", "✗"]
    finally:
        page.emulate_media(forced_colors="none")


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_without_scripts_the_reasons_are_folded(
    browser: Browser, tmp_path: Path, lang: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(write_page(tmp_path, lang, **STATES).as_uri())
        check = page.locator('[data-widget="self_check"]')
        assert check.locator("input").count() == 0
        reason = check.locator("details li").first
        expect(reason).to_be_hidden()
        check.locator("summary").first.click()
        expect(reason).to_be_visible()
        counted = page.locator('[data-widget="parameter_calculator"]')
        expect(counted).to_contain_text("70,200" if lang == "en" else "= 70200")
    finally:
        context.close()


def test_a_wrong_stored_state_is_said_and_the_rest_answers(
    browser: Browser, tmp_path: Path
) -> None:
    file = write_page(tmp_path, "vi", **STATES)
    page_text = file.read_text(encoding="utf-8")
    for good, bad in (("-1, -1, -1, -1, -1, -1", "7"), ("false", "3")):
        good, bad = (json.dumps(part)[1:-1] for part in (good, bad))
        assert good in page_text
        page_text = page_text.replace(good, bad)
    file.write_text(page_text, encoding="utf-8")
    with visit(browser, file) as opened:
        check = opened.page.locator('[data-widget="self_check"]')
        expect(check.locator(".lw-status")).to_contain_text("7 không hợp lệ")
        answer(check, 1, RIGHT[1])
        assert result(check) == (1, 1)
        calculator = opened.page.locator('[data-widget="parameter_calculator"]')
        expect(calculator.locator(".lw-status")).to_contain_text("bidirectional: “3” không phải")
        output = calculator.locator('[data-quantity="total"]')
        expect(output).to_have_attribute("data-value", "70200")
        assert opened.faults() == []
