"""The n-gram explorer on a page of its own: Python's numbers, typing, lines, keyboard, looks."""

import math
import os
import random
import statistics
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

import page_checks as checks
from in_browser import OpenedPage
from lstm_course.ngram import SMOOTHINGS, NGramModel, UnseenHistoryError
from lstm_course.widgets import NGramExplorer
from widget_pages import value

Opener = Callable[..., OpenedPage]

VERSES = (
    "trăm năm trong cõi người ta chữ tài mệnh khéo là ghét nhau trải qua một cuộc bể dâu những "
    "điều trông thấy mà đau đớn lòng trời xanh quen thói má hồng đánh ghen"
)
SYLLABLES = VERSES.split()

# Sets what a reader sets, one state after another, and reads what the page answers.
DRIVE = """(root, states) => states.map((state) => {
  const find = (name) => root.querySelector(`[data-input="${name}"]`);
  const fire = (input, kind) => input.dispatchEvent(new Event(kind, { bubbles: true }));
  const times = [];
  const timed = (input, kind) => {
    const before = performance.now();
    fire(input, kind);
    times.push(performance.now() - before);
  };
  const radio = root.querySelector(`[data-input="order"][value="${state.order}"]`);
  radio.checked = true;
  timed(radio, "change");
  find("smoothing").value = state.smoothing;
  timed(find("smoothing"), "change");
  if (find("k")) {
    find("k").value = state.k;
    timed(find("k"), "input");
  }
  if (find("line_start")) {
    find("line_start").checked = state.line_start;
    timed(find("line_start"), "change");
  }
  find("text").value = state.history;
  timed(find("text"), "input");
  const shown = {};
  for (const output of root.querySelectorAll("output"))
    shown[output.dataset.quantity] = Number(output.dataset.value);
  const next = [...root.querySelectorAll('.lw-next button')].map((button) => button.textContent);
  return { shown, next, times };
})"""


def corpus(seed: int = 0, lines: int = 400) -> list[list[str]]:
    generator = random.Random(seed)
    weights = [1 / (k + 1) for k in range(len(SYLLABLES))]
    return [generator.choices(SYLLABLES, weights, k=generator.randint(1, 8)) for _ in range(lines)]


@pytest.fixture(scope="module")
def model() -> NGramModel:
    return NGramModel.fit(corpus(), 3)


@pytest.fixture
def open_explorer(open_widget: Opener, model: NGramModel) -> Opener:
    """Give a function that opens a page with an explorer: ``open_explorer(lang="vi")``."""

    def opener(
        explorer: NGramExplorer | None = None, theme: str = "light", **how: Any
    ) -> OpenedPage:
        own = ("lang", "history", "smoothing", "examples", "order")
        values = {name: how.pop(name) for name in own if name in how}
        shown = explorer or NGramExplorer(model, **{"history": "trăm năm", **values})
        return open_widget(shown, theme, **how)

    return opener


def root_of(opened: OpenedPage) -> Locator:
    return opened.page.locator('[data-widget="ngram_explorer"]')


def expected(explorer: NGramExplorer) -> dict[str, float]:
    """What the page should show, by name of the quantity."""
    model, context = explorer.model, explorer.context
    quantities: dict[str, float] = {}
    for level in model.explain(context):
        quantities[f"weight_{level.order}"] = level.weight
        if level.order:
            quantities[f"total_{level.order}"] = level.total
            quantities[f"distinct_{level.order}"] = level.distinct
    try:
        p = explorer.distribution()
    except UnseenHistoryError:
        return quantities
    seen = model.counts(context)
    # Computed in another order, two equal probabilities may differ in their last bit: the counts
    # are those of the tokens that the page shows.
    for i, (token, probability) in enumerate(explorer.top(10), 1):
        quantities[f"p_{i}"] = probability
        quantities[f"count_{i}"] = seen[token]
    quantities["entropy"] = -math.fsum(x * math.log2(x) for x in p.tolist() if x > 0)
    quantities["p_shown"] = float(np.sort(p)[-10:].sum())
    return quantities


def agree(explorer: NGramExplorer, found: dict[str, Any]) -> None:
    wanted = expected(explorer)
    assert set(found["shown"]) == set(wanted)
    for name, number in wanted.items():
        if not name.startswith("count_"):
            assert abs(found["shown"][name] - number) <= 1e-10, name
    if "p_1" not in wanted:
        return
    # Tokens of equal probability may change places: each must have the probability shown.
    p, model = explorer.distribution(), explorer.model
    spelled = {"end of line": "</s>", "unknown": "<unk>", "⏎": "\n", "␣": " "}
    seen = model.counts(explorer.context)
    for i, shown in enumerate(found["next"], 1):
        token = spelled.get(shown, shown)
        assert abs(p[model.numbers[token]] - found["shown"][f"p_{i}"]) <= 1e-10
        assert found["shown"][f"count_{i}"] == seen[token]


def random_states(explorer: NGramExplorer, number: int, seed: int) -> list[dict[str, Any]]:
    generator = random.Random(seed)
    tokens = [token for token in explorer.model.tokens if token not in ("</s>", "\n")]
    joiner = " " if explorer.unit == "words" else ""
    return [
        {
            "order": generator.randint(1, explorer.order),
            "smoothing": SMOOTHINGS[i % len(SMOOTHINGS)],
            "k": round(generator.uniform(0.01, 1), 2),
            "line_start": bool(generator.getrandbits(1)),
            "history": joiner.join(
                generator.choices(
                    [*tokens[:12], generator.choice(tokens), "xyz"], k=generator.randint(0, 5)
                )
            ),
        }
        for i in range(number)
    ]


# ---- The same numbers as Python ---------------------------------------------------------------


def test_two_hundred_random_states_equal_python(open_explorer: Opener, model: NGramModel) -> None:
    explorer = NGramExplorer(model)
    states = random_states(explorer, 204, 5)
    answers = root_of(open_explorer(explorer)).evaluate(DRIVE, states)
    for state, found in zip(states, answers, strict=True):
        for name, wanted in state.items():
            setattr(explorer, name, wanted)
        agree(explorer, found)


def test_characters_of_running_text_equal_python(open_explorer: Opener) -> None:
    text = "\n".join(" ".join(line) for line in corpus(1, 60))
    explorer = NGramExplorer(NGramModel.fit([list(text)], 5, boundaries=False), "trăm nă")
    states = [{**state, "line_start": True} for state in random_states(explorer, 60, 6)]
    root = root_of(open_explorer(explorer))
    assert root.locator('[data-input="line_start"]').count() == 0
    for state, found in zip(states, root.evaluate(DRIVE, states), strict=True):
        for name, wanted in state.items():
            setattr(explorer, name, wanted)
        agree(explorer, found)


def test_where_nothing_is_known_no_token_is_called_the_best(open_explorer: Opener) -> None:
    root = root_of(open_explorer(history="học máy", smoothing="add_k"))
    expect(root).to_contain_text("After “<unk> <unk>”, seen 0 times, no token stands out")


def test_weights_that_a_model_was_given_are_used(open_explorer: Opener) -> None:
    given = NGramModel.fit(corpus(), 2, "interpolation", weights=[0.05, 0.15, 0.8])
    root = root_of(open_explorer(NGramExplorer(given, "trăm")))
    assert value(root, "weight_2") == pytest.approx(0.8)


# ---- What a reader types ----------------------------------------------------------------------

TYPED = [
    "",
    "   ",
    "TRĂM Năm",
    unicodedata.normalize("NFD", "trăm năm"),
    "trăm, năm!",
    "học máy",
    "bể-dâu",
    "<img src=x onerror=alert(1)> trăm",
    "<unk> năm",
    "</s>",
    "😀🇻🇳 trăm",
    "___",
    "trong cõi " * 20_000,
    "x" * 50_000,
]


def test_anything_typed_is_read_as_python_reads_it(
    open_explorer: Opener, model: NGramModel
) -> None:
    explorer = NGramExplorer(model, "trăm năm", smoothing="witten_bell")
    root = root_of(open_explorer(explorer))
    state = {"order": 3, "smoothing": "witten_bell", "k": 1, "line_start": True}
    answers = root.evaluate(DRIVE, [{**state, "history": typed} for typed in TYPED])
    for typed, found in zip(TYPED, answers, strict=True):
        explorer.history = typed
        agree(explorer, found)
        assert found["times"][-1] < 100
    assert root.locator("img, b").count() == 0


@pytest.mark.parametrize(
    ("lang", "unknown", "last"),
    [
        ("en", "máy (unknown)", "Only the last tokens"),
        ("vi", "máy (chưa biết)", "Chỉ những token cuối"),
    ],
)
def test_what_the_model_looks_at_is_said(
    open_explorer: Opener, lang: str, unknown: str, last: str
) -> None:
    root = root_of(open_explorer(lang=lang))
    box = root.locator('[data-input="text"]')
    box.fill("trăm năm học máy")
    expect(root).to_contain_text(unknown)
    expect(root).to_contain_text(last)
    box.fill("năm")
    expect(root).to_contain_text("<s> · năm")
    root.locator('[data-input="order"][value="1"]').check()
    expect(root).to_contain_text(
        "unigram model looks at nothing" if lang == "en" else "không nhìn vào"
    )


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "0 / 0: there is no"), ("vi", "0 / 0: không có")]
)
def test_without_smoothing_the_unseen_has_no_distribution(
    open_explorer: Opener, lang: str, words: str
) -> None:
    opened = open_explorer(lang=lang, smoothing="none")
    root = root_of(opened)
    assert root.locator(".lw-next button").count() == 10
    root.locator('[data-input="text"]').fill("học máy")
    expect(root).to_contain_text(words)
    assert root.locator(".lw-next button").count() == 0
    assert root.locator('output[data-quantity="p_1"]').count() == 0
    assert checks.wrong_outputs(opened.page) == []
    root.locator('[data-input="more"]').click()
    expect(root.locator('[role="status"]')).not_to_be_empty()
    root.locator('[data-input="smoothing"]').select_option("kneser_ney")
    assert root.locator(".lw-next button").count() == 10
    assert value(root, "total_3") == 0


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_a_wrong_k_is_explained_and_the_last_good_one_stays(
    open_explorer: Opener, lang: str
) -> None:
    root = root_of(open_explorer(lang=lang, smoothing="add_k"))
    box, status = root.locator('[data-input="k_number"]'), root.locator('[role="status"]')
    before = value(root, "p_1")
    for typed in ("0", "2", "abc", "", "NaN", "1e9"):
        box.fill(typed)
        box.blur()
        expect(status).to_contain_text("0.01 to 1" if lang == "en" else "0.01 đến 1")
        assert value(root, "p_1") == before
    box.fill("0,5")
    box.blur()
    expect(status).to_be_empty()
    assert value(root, "p_1") != before


# ---- Tokens, lines, reset ---------------------------------------------------------------------


def test_a_click_on_a_bar_adds_its_token(open_explorer: Opener) -> None:
    root = root_of(open_explorer(history="trăm"))
    box = root.locator('[data-input="text"]')
    texts = root.locator(".lw-next button").all_text_contents()
    second = next(i for i, text in enumerate(texts) if i and text != "end of line")
    root.locator(".lw-next-fill").nth(second).click(force=True)
    expect(box).to_have_value(f"trăm {texts[second]}")
    end = root.locator(".lw-next button", has_text="end of line")
    assert end.count() == 1
    end.click()
    expect(root.locator('[role="status"]')).to_contain_text("the line ends")
    expect(box).to_have_value(f"trăm {texts[second]}")


def test_the_same_seed_writes_the_same_line(open_explorer: Opener, model: NGramModel) -> None:
    root = root_of(open_explorer())
    box, seed = root.locator('[data-input="text"]'), root.locator('[data-input="seed_number"]')

    def line(number: int) -> str:
        seed.fill(str(number))
        seed.blur()
        return box.input_value()

    lines = [line(number) for number in range(2, 12)]
    assert [line(number) for number in range(2, 12)] == lines
    assert len(set(lines)) > 5
    root.locator('[data-input="line"]').click()
    expect(seed).to_have_value("12")
    for written in lines:  # every token follows from the model
        assert set(written.split()) <= set(model.tokens)


def test_one_token_after_another_writes_the_line_of_the_seed(open_explorer: Opener) -> None:
    root = root_of(open_explorer())
    box, seed = root.locator('[data-input="text"]'), root.locator('[data-input="seed_number"]')
    seed.fill("7")
    seed.blur()
    line = box.input_value()
    box.fill("")
    for _ in range(len(line.split()) + 2):
        root.locator('[data-input="more"]').click()
    expect(box).to_have_value(line)
    expect(root.locator('[role="status"]')).to_contain_text("the line ends")


def test_lines_follow_the_distribution(open_explorer: Opener, model: NGramModel) -> None:
    root = root_of(open_explorer(order=1))
    lines = root.evaluate(
        """root => Array.from({ length: 99 }, (_, k) => {
          const slider = root.querySelector('input[type="range"][data-input="seed"]');
          slider.value = k + 2;
          slider.dispatchEvent(new Event("input"));
          return root.querySelector('[data-input="text"]').value;
        })"""
    )
    drawn = [token for line in lines for token in line.split()]
    p = model.changed(order=1).probability("trăm")
    assert drawn.count("trăm") / (len(drawn) + 99) == pytest.approx(p, abs=0.05)


def test_examples_and_reset(open_explorer: Opener) -> None:
    root = root_of(open_explorer(examples=["chữ tài", "bể dâu"]))
    box = root.locator('[data-input="text"]')
    before = value(root, "p_1")
    root.locator('[data-input="example_2"]').click()
    expect(box).to_have_value("bể dâu")
    root.locator('[data-input="smoothing"]').select_option("none")
    root.locator('[data-input="order"][value="2"]').check()
    root.locator('[data-input="line_start"]').uncheck()
    root.locator('[data-input="line"]').click()
    expect(root.locator('[data-input="line_start"]')).to_be_checked()
    root.locator('[data-input="reset"]').click()
    expect(box).to_have_value("trăm năm")
    expect(root.locator('[data-input="order"][value="3"]')).to_be_checked()
    assert value(root, "p_1") == before


# ---- Keyboard, access, looks, speed -----------------------------------------------------------


def test_the_keyboard_does_it_all(open_explorer: Opener) -> None:
    opened = open_explorer()
    root, page = root_of(opened), opened.page
    root.locator('[data-input="order"][value="3"]').focus()
    page.keyboard.press("ArrowLeft")
    expect(root.locator('[data-input="order"][value="2"]')).to_be_checked()
    assert root.locator('output[data-quantity="weight_3"]').count() == 0
    button = root.locator('[data-input="next_1"]')
    button.focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(button).to_be_focused()
    box = root.locator('[data-input="text"]')
    box.focus()
    page.keyboard.press("End")
    page.keyboard.type(" ta")
    assert box.input_value().endswith(" ta")
    assert value(root, "total_2") > 0


@pytest.mark.parametrize(
    ("lang", "theme", "smoothing"), [("en", "light", "none"), ("vi", "dark", "add_k")]
)
def test_nothing_is_inaccessible_or_too_wide(
    open_explorer: Opener, lang: str, theme: str, smoothing: str
) -> None:
    opened = open_explorer(
        lang=lang,
        theme=theme,
        smoothing=smoothing,
        width=375,
        scheme=theme,
        reduced_motion=True,
        expect_errors=True,  # axe asks for the style sheet, which a page from disk may not
    )
    root_of(opened).locator('[data-input="text"]').fill("nghiêng" * 12 + " năm")
    assert checks.widget_faults(opened.page) == []


def test_bars_are_seen_in_forced_colours(open_explorer: Opener) -> None:
    opened = open_explorer()
    assert checks.unseen_in_forced_colours(opened.page, ".lw-next-fill") == []


def test_truyen_kieu_answers_within_a_frame(open_explorer: Opener) -> None:
    if not os.environ.get("LSTM_COURSE_DATA"):
        pytest.skip("Truyện Kiều: LSTM_COURSE_DATA is not set")
    from lstm_course.datasets import load_kieu
    from lstm_course.text import clean, syllable_tokens

    kieu = load_kieu(require_full=True)
    verses = [syllable_tokens(clean(verse.text)) for verse in (*kieu.train, *kieu.test)]
    explorer = NGramExplorer(NGramModel.fit(verses, 3), "trăm năm")
    opened = open_explorer(explorer)
    root = root_of(opened)
    states = random_states(explorer, 120, 8)
    answers = root.evaluate(DRIVE, states)
    for state, found in zip(states[:30], answers, strict=False):
        for name, wanted in state.items():
            setattr(explorer, name, wanted)
        agree(explorer, found)
    times = [time for found in answers for time in found["times"]]
    assert statistics.median(times) < 4
    assert statistics.quantiles(times, n=10)[-1] <= 16
    decoding = opened.page.evaluate(
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
    expect(root).to_have_attribute("data-ready", "true")
    assert decoding < 200
