"""The map of words on a page of its own: Python's numbers, search, walking, sums, hands, looks."""

import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

import page_checks as checks
from in_browser import OpenedPage
from lstm_course.widgets import WordMap
from lstm_course.widgets.word_map import shown
from widget_pages import LIVE, value

Opener = Callable[..., OpenedPage]

NAMES = ["sức khỏe", "thể thao", "kinh tế"]
FIRST = [
    *(
        "bệnh",
        "bệnh_viện",
        "bác_sĩ",
        "khám_bệnh",
        "bênh",
        "bóng_đá",
        "đội_tuyển",
        "giá",
        "İstanbul",
    ),
    *("huấn_luyện_viên", "cổ_phiếu", "ngân_hàng", "<b>đậm</b>", "naïve", "ΣΟΦΟΣ", "a&b"),
]

# What a reader types into the search box and the first box of the sum, and what the page answers.
TYPED = [
    *("", "   ", "_", "benh", "bệnh", "BỆNH VIỆN", "benh vienn", "đ", "d", "vien", "vua_khong_co"),
    *("😀", "😀bệnh", "<b>", "<img src=x onerror=alert(1)>", "a&b", "naive", "σοφος", "istanbul"),
    *("x" * 10_000, "bệnh " * 5_000, "😀" * 3_000, "bênhh", "bac  si", "bác\u00a0sĩ", "co phieuu"),
    *(unicodedata.normalize("NFD", "huấn luyện viên"), "huan luyen vieen", "từ 11", "tu"),
]
DRIVE = """(root, typed) => typed.map((text) => {
  const find = (name) => root.querySelector(`[data-input="${name}"]`);
  const texts = (kind) =>
    [...root.querySelectorAll(`[data-input^="${kind}_"]`)].map((button) => button.textContent);
  const before = performance.now();
  find("word").value = text;
  find("word").dispatchEvent(new Event("input", { bubbles: true }));
  const time = performance.now() - before;
  find("start").value = text;
  find("start").dispatchEvent(new Event("change", { bubbles: true }));
  const [start, startLike] = [find("start").value, texts("start_like")];
  return { time, matches: texts("match"), like: texts("like"), start, startLike };
})"""
WALK = """(root, names) => names.map((name) => {
  const box = root.querySelector('[data-input="word"]');
  box.value = name;
  const before = performance.now();
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  const time = performance.now() - before;
  const shown = {};
  for (const output of root.querySelectorAll(".lw-about output"))
    shown[output.dataset.quantity] = Number(output.dataset.value);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const near = all('[data-input^="near_"]').map((button) => button.textContent);
  const lines = all(".lw-about li .lw-line").map((line) => line.dataset.line);
  return { shown, near, lines, time };
})"""


def made(count: int = 120, dimension: int = 12, **values: Any) -> WordMap:
    """A map of words around three centres; the named ones come first."""
    random = np.random.default_rng(5)
    groups = (np.arange(count) % 3).tolist()
    vectors = random.normal(size=(3, dimension))[groups] + 0.8 * random.normal(
        size=(count, dimension)
    )
    places = 0.5 * random.normal(size=(3, 2))[groups] + 0.2 * random.normal(size=(count, 2))
    words = [*FIRST, *(f"từ_{k}" for k in range(count))][:count]
    return WordMap(
        words,
        vectors,
        places=places / np.abs(places).max(),
        groups=groups,
        group_names=NAMES,
        **values,
    )


@pytest.fixture
def open_map(open_widget: Opener) -> Opener:
    """Give a function that opens a page with a map: ``open_map(chosen="giá", width=375)``."""

    def opener(widget: WordMap | None = None, theme: str = "light", **how: Any) -> OpenedPage:
        own = ("lang", "chosen", "start", "minus", "plus", "search", "hidden", "examples")
        values = {name: how.pop(name) for name in own if name in how}
        return open_widget(widget or made(**values), theme, **how)

    return opener


def root_of(opened: OpenedPage) -> Locator:
    return opened.page.locator('[data-widget="word_map"]')


def word(root: Locator) -> str:
    return root.locator(".lw-chosen-word b").inner_text()


def camera(root: Locator) -> tuple[float, float, float]:
    x, y, zoom = root.locator(".lw-map").evaluate(
        "map => ['x', 'y', 'zoom'].map((k) => Number(map.dataset[k]))"
    )
    return x, y, zoom


def place(root: Locator, widget: WordMap, name: str) -> tuple[float, float]:
    """Where a word lies on the whole map, in pixels of the page."""
    from lstm_course.widgets.word_map import STEPS

    box = root.locator(".lw-map").bounding_box()
    assert box
    width, height = box["width"] - 2, box["height"] - 2
    extent = np.maximum(0.2, np.abs(widget._steps).max(axis=0) / STEPS)
    scale = min((width - 70) / extent[0], (height - 50) / extent[1]) / 2
    x, y = widget._steps[widget.words.index(name)] / STEPS * scale
    return box["x"] + 1 + width / 2 + x, box["y"] + 1 + height / 2 - y


# ---- The same as Python ------------------------------------------------------------------------


def test_neighbours_equal_python(open_map: Opener) -> None:
    widget = made()
    names = widget.words
    answers = root_of(open_map(widget)).evaluate(WALK, names)
    for name, found in zip(names, answers, strict=True):
        widget.chosen = name
        assert found["near"] == [shown(near) for near, _ in widget.neighbours]
        for k, (_, cosine) in enumerate(widget.neighbours, 1):
            assert abs(found["shown"][f"cosine_{k}"] - cosine) < 1e-9
        assert found["shown"]["shared"] == widget.shared == found["lines"].count("solid")
        assert found["shown"]["shared_on_average"] == widget.shared_on_average


def test_sums_equal_python(open_map: Opener) -> None:
    widget = made()
    root = root_of(open_map(widget))
    random = np.random.default_rng(6)
    for _ in range(12):
        parts = [str(name) for name in random.choice(widget.words[9:], 3)]
        parts[int(random.integers(3))] *= int(random.integers(2))
        for name, part in zip(("start", "minus", "plus"), parts, strict=True):
            root.locator(f'[data-input="{name}"]').fill(shown(part))
            setattr(widget, name, part)
        assert root.locator('[data-input^="sum_"]').all_inner_texts() == [
            shown(near) for near, _ in widget.analogy
        ]
        for k, (_, cosine) in enumerate(widget.analogy, 1):
            assert abs(value(root, f"sum_{k}") - cosine) < 1e-9
    assert widget.analogy


def test_anything_typed_is_read_as_python_reads_it(open_map: Opener) -> None:
    widget = made()
    root = root_of(open_map(widget))
    for typed, found in zip(TYPED, root.evaluate(DRIVE, TYPED), strict=True):
        widget.search = typed
        assert found["matches"] == [shown(match) for match in widget.found[:8]], typed
        like = [] if widget.found else [shown(near) for near in widget.spelled_like(typed)]
        assert found["like"] == like, typed
        number = widget.number(typed)
        if number is not None and typed.strip(" _"):
            assert found["start"] == shown(widget.words[number])
        else:
            assert found["startLike"] == [shown(near) for near in widget.spelled_like(typed)]
        assert found["time"] < 50
    assert root.locator("img, .lw-world b b").count() == 0


# ---- Finding and walking -----------------------------------------------------------------------


def test_a_word_is_found_without_its_marks(open_map: Opener) -> None:
    root = root_of(open_map())
    box = root.locator('[data-input="word"]')
    expect(root.locator(".lw-about")).to_contain_text("Choose a word")
    box.fill("benh")
    found = root.locator('[data-input^="match_"]')
    assert found.all_inner_texts() == ["bệnh", "bênh", "bệnh viện", "khám bệnh"]
    assert found.first.get_attribute("lang") == "vi"  # on an English page, too
    found.nth(2).click()
    assert word(root) == "bệnh viện"
    assert root.locator(".lw-chosen-word b").get_attribute("lang") == "vi"
    expect(root.locator(".lw-spoken[aria-live]")).to_contain_text("bệnh viện, group thể thao")
    box.fill("tu")
    assert found.count() == 8
    expect(root.locator(".lw-found").first).to_contain_text("and 97 more")
    box.press("Enter")
    assert word(root) == "từ 0"


@pytest.mark.parametrize(
    ("lang", "missing", "near", "nothing"),
    [
        ("en", "“benh vienn” is not on the map.", "Nearest in spelling", "spelled anything like"),
        ("vi", "“benh vienn” không có trên bản đồ.", "Từ viết gần giống nhất", "không có từ nào"),
    ],
)
def test_what_is_not_there_is_said(
    open_map: Opener, lang: str, missing: str, near: str, nothing: str
) -> None:
    root = root_of(open_map(lang=lang, chosen="giá"))
    box, told = root.locator('[data-input="word"]'), root.locator(".lw-found").first
    box.fill("benh vienn")
    expect(told).to_contain_text(missing)
    expect(told).to_contain_text(near)
    box.press("Enter")
    assert word(root) == "giá"
    box.fill("q" * 10_000)
    expect(told).to_contain_text("q" * 40 + "”")
    expect(told).not_to_contain_text("q" * 41)
    expect(told).to_contain_text(nothing)
    box.fill("benh vienn")
    root.locator('[data-input="like_1"]').click()
    assert word(root) == "bệnh viện"
    start = root.locator('[data-input="start"]')
    start.fill("bac si!")
    start.press("Enter")
    expect(start).to_have_attribute("aria-invalid", "true")
    root.locator('[data-input="start_like_1"]').click()
    expect(start).to_have_value("bác sĩ")
    expect(start).not_to_have_attribute("aria-invalid", "true")


def test_a_walk_and_the_way_back(open_map: Opener) -> None:
    widget = made(chosen="giá")
    root = root_of(open_map(widget))
    back = root.locator('[data-input="back"]')
    expect(back).to_be_disabled()
    been = ["giá"]
    for k in (3, 1, 7):
        root.locator(f'[data-input="near_{k}"]').click()
        widget.chosen = widget.neighbours[k - 1][0]
        been.append(shown(widget.chosen))
        assert word(root) == been[-1]
        expect(root.locator(f'[data-input="near_{k}"]')).to_be_focused()
    for name in been[-2::-1]:
        back.click()
        assert word(root) == name
    expect(back).to_be_disabled()


def test_examples_groups_and_reset(open_map: Opener) -> None:
    root = root_of(open_map(chosen="giá", examples=[("bac si", "benh vien", "doi tuyen")]))
    names = int(root.locator(".lw-map").get_attribute("data-names") or 0)
    root.locator('[data-input="example_1"]').click()
    expect(root).to_contain_text("Nearest to bác sĩ − bệnh viện + đội tuyển")
    assert root.locator('[data-input^="sum_"]').count() == 5
    root.locator('[data-input="minus"]').fill("")
    expect(root).to_contain_text("Nearest to bác sĩ + đội tuyển")
    root.locator('[data-input="minus"]').fill("bac si")
    root.locator('[data-input="plus"]').fill("")
    expect(root).to_contain_text("Nothing is left")
    switch = root.locator('[data-input="group_1"]')
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    root.locator('[data-input="none"]').click()
    expect(root.locator('.lw-groups [aria-pressed="false"]')).to_have_count(3)
    names_now = "Number(document.querySelector('.lw-map').dataset.names)"
    root.page.wait_for_function(f"{names_now} <= 11")  # it and its neighbours
    root.locator('[data-input="zoom_in"]').click()
    root.locator('[data-input="near_2"]').click()
    root.locator('[data-input="reset"]').click()
    expect(root.locator('.lw-groups [aria-pressed="true"]')).to_have_count(3)
    expect(root.locator('[data-input="start"]')).to_have_value("")
    assert root.locator('[data-input^="sum_"]').count() == 0
    assert word(root) == "giá"
    expect(root.locator('[role="status"]')).not_to_be_empty()
    expect(root.locator(".lw-map")).to_have_attribute("data-names", str(names))


# ---- Hands and keys on the map -----------------------------------------------------------------


def test_a_click_chooses_and_a_drag_moves(open_map: Opener) -> None:
    widget = made(chosen="bệnh")
    opened = open_map(widget, reduced_motion=True)
    root, mouse = root_of(opened), opened.page.mouse
    mouse.click(*place(root, widget, "cổ_phiếu"))
    assert word(root) == "cổ phiếu"
    x, y = place(root, widget, "bệnh")
    mouse.move(x, y)
    expect(root.locator(".lw-map.lw-over")).to_have_count(1)
    mouse.down()
    mouse.move(x + 30, y + 20, steps=3)
    mouse.up()
    right, up, zoom = camera(root)
    assert right < 0 < up
    assert zoom == 1
    assert word(root) == "cổ phiếu"


def test_the_wheel_zooms_with_ctrl_only_and_around_the_pointer(open_map: Opener) -> None:
    widget = made(chosen="bệnh")
    opened = open_map(widget, reduced_motion=True)
    root, page = root_of(opened), opened.page
    x, y = place(root, widget, "giá")
    wheel = """(map, [x, y, ctrlKey]) => {
      const more = { bubbles: true, cancelable: true, deltaY: -40 };
      const event = new WheelEvent("wheel", { clientX: x, clientY: y, ctrlKey, ...more });
      map.dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    map_ = root.locator(".lw-map")
    assert not map_.evaluate(wheel, [x, y, False])  # the page scrolls
    assert camera(root)[2] == 1
    assert all(map_.evaluate(wheel, [x, y, True]) for _ in range(5))
    assert camera(root)[2] > 5
    page.mouse.click(*place(root, widget, "giá"))  # it is where it was
    assert word(root) == "giá"
    assert value(root, "zoom") == pytest.approx(camera(root)[2], abs=1e-3)


def test_two_fingers_zoom(open_map: Opener) -> None:
    root = root_of(open_map(reduced_motion=True))
    root.locator(".lw-map").evaluate(
        """map => {
          const { left, top } = map.getBoundingClientRect();
          map.setPointerCapture = () => {};
          const send = (kind, pointerId, x) => map.dispatchEvent(new PointerEvent(kind, {
            pointerId, pointerType: "touch", clientX: left + x, clientY: top + 100, bubbles: true,
          }));
          send("pointerdown", 1, 100);
          send("pointerdown", 2, 200);
          send("pointermove", 1, 50);
          send("pointermove", 2, 250);
          send("pointerup", 1, 50);
          send("pointerup", 2, 250);
        }"""
    )
    assert camera(root)[2] == pytest.approx(2, abs=0.01)
    assert root.locator(".lw-chosen-word").is_hidden()  # a pinch is no click
    expect(root.locator(".lw-map")).to_have_css("touch-action", "none")


def test_arrow_keys_walk_in_their_direction(open_map: Opener) -> None:
    widget = made(chosen="bệnh")
    opened = open_map(widget, reduced_motion=True)
    root, page = root_of(opened), opened.page
    root.locator(".lw-map").focus()
    spelled = {shown(name): number for number, name in enumerate(widget.words)}
    ways = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}
    for key in ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowDown"] * 3:
        before = spelled[word(root)]
        page.keyboard.press(key)
        away = widget._steps - widget._steps[before]
        way = np.array(ways[key])
        along, across = away @ way, np.abs(away @ way[::-1])
        ahead = np.flatnonzero((along > 0) & (across <= along))
        if len(ahead):
            assert spelled[word(root)] == ahead[np.argmin((away[ahead] ** 2).sum(axis=1))]
    for _ in range(len(spelled)):
        page.keyboard.press("ArrowLeft")
    assert spelled[word(root)] == widget._steps[:, 0].argmin()
    expect(root.locator('[role="status"]')).to_contain_text("No word lies further")


def test_keys_zoom_move_and_show_all(open_map: Opener) -> None:
    opened = open_map(reduced_motion=True)
    root, page = root_of(opened), opened.page
    whole = int(root.locator(".lw-map").get_attribute("data-names") or 0)
    root.locator(".lw-map").focus()
    page.keyboard.press("+")
    page.keyboard.press("=")
    x, y, zoom = camera(root)
    assert zoom == pytest.approx(1.6**2)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert camera(root)[0] > x
    assert camera(root)[1] > y
    page.keyboard.press("-")
    assert camera(root)[2] == pytest.approx(1.6)
    for _ in range(10):
        page.keyboard.press("+")
    expect(root.locator('[data-input="zoom_in"]')).to_be_disabled()
    page.keyboard.press("Home")
    assert camera(root) == (0, 0, 1)
    page.keyboard.press("ArrowLeft")
    assert word(root)
    root.locator('[data-input="around"]').click()
    assert camera(root)[2] > 1
    assert 0 < whole < 120


# ---- Python, access, looks, speed --------------------------------------------------------------


def test_python_hears_and_is_heard(open_map: Opener) -> None:
    from lstm_course.widgets import sources

    opened = open_map()
    widget = made(chosen="giá")
    code = sources.esm("word_map", WordMap.constants())
    opened.page.evaluate(LIVE, [code, widget.state()])
    live = opened.page.locator("section .lstm-widget")
    assert word(live) == "giá"
    live.locator('[data-input="start"]').fill("bac si")
    live.locator('[data-input="group_1"]').click()
    live.locator('[data-input="near_1"]').click()
    told = dict(opened.page.evaluate("told"))
    assert told == {"start": "bác_sĩ", "hidden": [1], "chosen": widget.neighbours[0][0]}
    for key, wanted in (("chosen", "cổ_phiếu"), ("plus", "giá"), ("hidden", []), ("search", "ben")):
        opened.page.evaluate("([key, value]) => tell(key, value)", [key, wanted])
    assert word(live) == "cổ phiếu"
    expect(live.locator('[data-input="plus"]')).to_have_value("giá")
    expect(live.locator('.lw-groups [aria-pressed="true"]')).to_have_count(3)
    expect(live.locator('[data-input="match_1"]')).to_have_text("bệnh")
    assert dict(opened.page.evaluate("told")) == told


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("vi", "dark")])
def test_nothing_is_inaccessible_or_too_wide(open_map: Opener, lang: str, theme: str) -> None:
    opened = open_map(
        lang=lang,
        theme=theme,
        chosen="huấn_luyện_viên",
        start="giá",
        plus="bác_sĩ",
        search="nghiêng" * 12,
        hidden=[1],
        width=375,
        scheme=theme,
        reduced_motion=True,
        expect_errors=True,  # axe asks for the style sheet, which a page from disk may not
    )
    assert checks.widget_faults(opened.page) == []


INK = """map => {
  const canvas = map.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  let sum = 0;
  for (let k = 0; k < data.length; k += 4) {
    seen.add((data[k] >> 4) * 256 + (data[k + 1] >> 4) * 16 + (data[k + 2] >> 4));
    sum += data[k] + data[k + 1] + data[k + 2];
  }
  const mean = (4 * sum) / (3 * data.length);
  return { colours: seen.size, mean, sharp: canvas.width / map.clientWidth };
}"""


def test_it_is_painted_in_the_colours_of_theme_and_paper(open_map: Opener) -> None:
    opened = open_map(chosen="giá", theme="dark", scheme="dark")
    map_, page = root_of(opened).locator(".lw-map"), opened.page

    def painted(wanted: str) -> dict[str, float]:
        page.wait_for_function(f"(({INK})(document.querySelector('.lw-map')).mean) {wanted}")
        found: dict[str, float] = map_.evaluate(INK)
        return found

    assert painted("< 60")["colours"] > 30
    page.emulate_media(media="print")
    assert painted("> 200")["sharp"] == pytest.approx(3, abs=0.01)
    page.emulate_media(media="screen")
    assert painted("< 60")["sharp"] == pytest.approx(1, abs=0.01)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert painted("> 200")["sharp"] == pytest.approx(3, abs=0.01)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    painted("< 60")
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    painted("> 200")


def test_2000_words_are_within_a_frame(open_map: Opener) -> None:
    random = np.random.default_rng(2)
    words = [f"từ_{k}_{random.integers(1000)}" for k in range(2000)]
    widget = WordMap(
        words,
        random.normal(size=(2000, 64)),
        places=random.uniform(-1, 1, (2000, 2)),
        groups=(np.arange(2000) % 10).tolist(),
        group_names=[*"abcdefghij"],
        chosen=words[5],
    )
    root = root_of(open_map(widget, width=1280))
    # Everything that a moved map computes; turning it into dots is the graphics processor's.
    times = root.evaluate(
        """async (root) => {
          const map = root.querySelector(".lw-map");
          const real = window.requestAnimationFrame;
          const times = [];
          for (let k = 0; k < 24; k += 1) {
            window.requestAnimationFrame = (paint) => { times.push(paint); return 1; };
            const key = k % 2 ? "ArrowLeft" : "ArrowRight";
            map.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey: true }));
            window.requestAnimationFrame = real;
            const before = performance.now();
            times.pop()();
            times.push(performance.now() - before);
          }
          return times;
        }"""
    )
    assert len(times) == 24
    assert min(times) < 16  # those of a machine that does nothing else
    walks = [found["time"] for found in root.evaluate(WALK, words[:40])]
    assert sorted(walks)[20] < 16
