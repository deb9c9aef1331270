"""Each check of `page_checks` finds what it is for, on a sound page broken in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import page_checks as checks
from in_browser import visit

SOUND = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width">
<link rel="canonical" href="https://example.org/page.html">
<style>body { font: 16px sans-serif; color: #111; background: #fff; margin: 8px; }
.own-scroller { overflow-x: auto; }</style></head>
<body><main><h1>Gates</h1><h2 id="forget">Forget</h2>
<p>See <a href="#forget">the gate</a>, <a href="other.html#there">another page</a>
and <a href="https://example.org">a site</a>.</p>
<img alt="a gate" src="gate.svg" width="9" height="9">
<svg role="img" aria-label="a cell" width="9" height="9"></svg>
<div class="own-scroller" tabindex="0"><pre>
a line of code that is much, much too long to be seen at once on the screen of a phone</pre></div>
<div class="lstm-widget" data-widget="single_gate" data-ready="true">
<label for="x">input <i>x</i></label><input id="x" type="range" data-input="x">
<input type="text" aria-label="exact value of input x" data-input="x_number">
<button type="button" data-input="reset">Reset</button>
<output data-quantity="f" data-value="0.9974027">0.997</output>
</div></main></body></html>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with what the page leads to."""
    (tmp_path / "other.html").write_text('<p id="there">', encoding="utf-8")
    (tmp_path / "gate.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8"
    )
    return tmp_path


def page_file(folder: Path, old: str = "", new: str = "") -> Path:
    """Write the sound page, with one thing replaced."""
    assert old in SOUND
    path = folder / "page.html"
    path.write_text(SOUND.replace(old, new, 1), encoding="utf-8")
    return path


def links(file: Path) -> list[str]:
    """Return the broken links of a page."""
    return checks.broken_links(file, {})


FILE_FAULTS = [
    (
        checks.outside_references,
        "</style>",
        "</style><script src='https://cdn.example/a.js'></script>",
    ),
    (checks.outside_references, "gate.svg", "//cdn.example/gate.svg"),
    (
        checks.outside_references,
        "</style>",
        "</style><link rel=stylesheet href=http://a.example/b>",
    ),
    (links, "#forget", "#forgotten"),
    (links, "other.html#there", "nowhere.html"),
    (links, "other.html#there", "other.html#nowhere"),
    (links, "gate.svg", "no-gate.svg"),
]


@pytest.mark.parametrize(("check", "old", "new"), FILE_FAULTS)
def test_faults_of_the_file_are_found(
    folder: Path, check: Callable[[Path], list[str]], old: str, new: str
) -> None:
    assert check(page_file(folder)) == []
    assert check(page_file(folder, old, new)) != []


BROWSER_FAULTS = [
    (checks.unready_widgets, 'data-ready="true"', ""),
    (checks.unusable_inputs, ' data-input="x"', ""),
    (checks.unusable_inputs, '<label for="x">', '<label for="y">'),
    (checks.unusable_inputs, '<label for="x">', '<label for="x" hidden>'),
    (checks.unusable_inputs, 'aria-label="exact value of input x"', 'aria-label="number"'),
    (checks.unusable_inputs, ">Reset<", "><"),
    (checks.unusable_inputs, '<button type="button"', '<b role="button"></b><button'),
    (checks.wrong_outputs, "0.9974027", "NaN"),
    (checks.wrong_outputs, ' data-value="0.9974027"', ""),
    (checks.wrong_outputs, ' data-quantity="f"', ""),
    (checks.nameless_images, 'alt="a gate"', ""),
    (checks.nameless_images, 'alt="a gate"', 'alt=" "'),
    (checks.nameless_images, ' aria-label="a cell"', ""),
    (checks.wrong_headings, "<h2", "<h3"),
    (checks.wrong_headings, "<h1>Gates</h1>", ""),
    (checks.wrong_headings, "<h1>Gates</h1>", "<h1>Gates</h1><h1>Again</h1>"),
    (checks.overflowing, 'class="own-scroller"', ""),
    (checks.overflowing, "<p>See", '<p style="margin-left: -40px">See'),
    (checks.overflowing, "<p>See", '<p style="position: fixed; width: 390px">See'),
    (checks.inaccessible, "color: #111", "color: #bbb"),
    (checks.inaccessible, ' lang="en"', ""),
    (checks.inaccessible, '<label for="x">', '<label for="y">'),
    (checks.inaccessible, ' tabindex="0"', ""),
]


@pytest.mark.parametrize(("check", "old", "new"), BROWSER_FAULTS)
def test_faults_of_the_page_are_found(
    browser: Browser, folder: Path, check: Callable[[Page], list[str]], old: str, new: str
) -> None:
    with visit(browser, page_file(folder, old, new), width=375, wait=False) as opened:
        assert check(opened.page) != []


@pytest.mark.parametrize(
    "addition",
    [
        "<img alt='x' src='https://example.org/x.png'>",
        "<script>fetch('https://example.org/count')</script>",
        "<script>new WebSocket('wss://example.org')</script>",
        "<script>navigator.sendBeacon('https://example.org/count')</script>",
        "<iframe title='x' src='http://example.org'></iframe>",
        "<style>p { background: url(https://example.org/p.png) }</style>",
        "<style>@font-face { font-family: f; src: url(//a.io/f) } p { font: 9px f }</style>",
        "<script>console.error('no')</script>",
        "<script>throw new Error('no')</script>",
        "<script>Promise.reject(new Error('no'))</script>",
        "<script src='missing.js'></script>",
    ],
)
def test_what_a_page_does_in_secret_is_found(browser: Browser, folder: Path, addition: str) -> None:
    file = page_file(folder, "</main>", f"{addition}</main>")
    with visit(browser, file, wait=False) as opened:
        opened.page.wait_for_timeout(150)
        assert opened.faults() != []


def test_a_sound_page_has_no_faults(browser: Browser, folder: Path) -> None:
    with visit(browser, page_file(folder), width=375) as opened:
        found = {check.__name__: check(opened.page) for check, _, _ in BROWSER_FAULTS}
        assert found == {name: [] for name in found}
        assert opened.faults() == []


def test_the_reader_s_scheme_and_storage_are_there(browser: Browser, folder: Path) -> None:
    with visit(
        browser, page_file(folder), scheme="dark", reduced_motion=True, local_storage={"a": "b"}
    ) as opened:
        assert opened.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert opened.page.evaluate("matchMedia('(prefers-reduced-motion)').matches")
        assert opened.page.evaluate("localStorage.getItem('a')") == "b"


LEFT = """() => [localStorage.length, sessionStorage.length, window.name, history.length,
  innerWidth, innerHeight, ...["(prefers-color-scheme: dark)", "print", "(forced-colors: active)",
  "(prefers-reduced-motion)", "(prefers-contrast: more)"].map((query) => matchMedia(query).matches),
  navigator.onLine, document.querySelector("p:hover") === null]"""


def test_a_window_that_was_used_is_as_a_new_one(browser: Browser, folder: Path) -> None:
    file = page_file(folder)
    with visit(browser, file, fresh=True) as opened:
        new = opened.page.evaluate(LEFT)
    with visit(browser, file, scheme="dark", width=375, reduced_motion=True) as opened:
        page = opened.page
        page.goto(file.as_uri() + "#forget")
        page.evaluate("localStorage.a = sessionStorage.a = window.name = 'b'")
        page.emulate_media(media="print", forced_colors="active", contrast="more")
        page.locator("p").hover()
        page.route("**/*", lambda route: route.abort())
        page.evaluate("window.open('about:blank')")
        page.evaluate("setTimeout(() => console.error('too late'), 50)")
        page.context.set_offline(False)
    with visit(browser, file) as again:
        assert again.page is page, "the window was thrown away"
        assert again.page.evaluate(LEFT) == new
        assert len(again.page.context.pages) == 1
        again.page.wait_for_timeout(100)
        assert again.faults() == []
        with pytest.raises(AssertionError, match="fresh=True"):
            again.page.add_init_script("1")
        with visit(browser, file) as beside:
            assert beside.page is not again.page


@pytest.mark.parametrize(
    ("name", "content", "promised"),
    [
        ("page.md", "```{lstm-widget} memory_decay\n:lang: en\n```\n", ["memory_decay"]),
        ("page.md", "Say `{lstm-widget}` to show one.", []),
        (
            "page.ipynb",
            '{"cells": [{"outputs": [{"data": {"text/html": ["<div class=\\"lstm-widget\\" ",'
            '"data-widget=\\"single_gate\\"></div>"]}}]}, {"cell_type": "markdown"}]}',
            ["single_gate"],
        ),
    ],
)
def test_promises_are_read(tmp_path: Path, name: str, content: str, promised: list[str]) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert checks.promised_widgets(tmp_path / name) == promised


def test_style_sheets_are_read(tmp_path: Path) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text("/* http://x */ a { background: url(data:x) }", encoding="utf-8")
    assert checks.outside_styles(sheet) == []
    for rule in ('@import "https://a.example/b.css";', "a { background: url( '//a.example/b' ) }"):
        sheet.write_text(rule, encoding="utf-8")
        assert checks.outside_styles(sheet) != []
