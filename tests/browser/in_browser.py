"""A real browser on the built book, opened from disk, with the network cut.

Most of what a test in the browser costs is the window and the formulas, so that it stays cheap by

* asking for ``kept_page`` where it only moves inputs, and for ``open_page`` where the page must
  start anew: a window is used again by the next test, swept clean;
* leaving ``mathematics`` off, unless formulas matter to what it asks;
* standing on a small page of its own (`widget_pages.write_page`) where it asks about a widget.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    Route,
)

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LSTM_COURSE_BOOK", ROOT / "_build" / "html")).resolve()

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
NO_BROWSER = (
    "no browser to test with. Any one of these gives one: `apt install chromium` (Debian), "
    "`snap install chromium` (Ubuntu), Google Chrome (macOS, Windows), "
    "`.venv/bin/python -m playwright install chromium`; or set LSTM_COURSE_BROWSER to the "
    "browser's program. ({reason})"
)
FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OUTSIDE = re.compile(r"^(?!(?:file|data|blob|about|chrome-error):)", re.IGNORECASE)
MATHEMATICS = re.compile(r"^file:.*/mathjax/[^/]*\.js")

Scheme = Literal["light", "dark"]


@dataclass
class OpenedPage:
    """A page of the book in the browser, with everything that it should not have done."""

    page: Page
    outside: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    expect_errors: bool = False

    def faults(self) -> list[str]:
        """Return every request outside, missing file and error so far."""
        return [
            *(f"asked for {url}" for url in self.outside),
            *(f"could not load {url}" for url in self.missing),
            *(f"console: {text}" for text in self.console_errors),
            *(f"page error: {text}" for text in self.page_errors),
        ]

    def wait_ready(self, timeout: float = 10_000) -> None:
        """Wait until every widget of the page answers."""
        self.page.wait_for_function(
            """() => document.readyState === "complete" && [
                ...document.querySelectorAll(".lstm-widget[data-widget]")
            ].every((widget) => widget.dataset.ready === "true")""",
            timeout=timeout,
        )


def browser_program() -> str | None:
    """Return the browser that this machine has, or None to try Playwright's own."""
    named = os.environ.get("LSTM_COURSE_BROWSER")
    if named:
        found = shutil.which(named)
        if found is None:
            pytest.fail(f"LSTM_COURSE_BROWSER names no program: {named}", pytrace=False)
        return found
    on_path = (shutil.which(name) for name in NAMES)
    applications = (path for path in APPLICATIONS if Path(path).is_file())
    return next((path for path in (*on_path, *applications) if path), None)


def browser_flags() -> list[str]:
    """Return the browser's flags; the sandbox goes only where it cannot work."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*FLAGS, "--no-sandbox"] if is_root or os.environ.get("CI") else list(FLAGS)


def launch(playwright: Playwright) -> Browser:
    """Start the browser, or fail with how to get one."""
    try:
        return playwright.chromium.launch(
            executable_path=browser_program(), args=browser_flags(), headless=True
        )
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        pytest.fail(NO_BROWSER.format(reason=reason), pytrace=False)


class Window:
    """A private context with one page, for one visit after another."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(service_workers="block")
        self.page = self.context.new_page()
        self.opened = OpenedPage(self.page)
        self.mathematics = True
        self.context.set_offline(True)
        self.context.route(OUTSIDE, self._refuse)
        self.context.route(MATHEMATICS, self._mathematics)
        listen(self.page, lambda: self.opened)

    def _refuse(self, route: Route) -> None:
        """Let nothing out, and write down who tried."""
        self.opened.outside.append(route.request.url)
        route.abort("internetdisconnected")

    def _mathematics(self, route: Route) -> None:
        """Answer by the file, or by an empty one."""
        if self.mathematics:
            route.fallback()
        else:
            route.fulfill(body="", content_type="text/javascript")

    def begin(self, opened: OpenedPage, *, width: int, height: int, mathematics: bool) -> None:
        """Make it as a new one is."""
        self.opened, self.mathematics = opened, mathematics
        self.context.set_offline(True)
        self.context.set_default_timeout(10_000)
        self.page.set_default_timeout(10_000)
        self.page.set_viewport_size({"width": width, "height": height})

    def sweep(self) -> None:
        """Take away what a visit has left: storage, history, what the mouse hovers over."""
        self.opened = OpenedPage(self.page)  # what a page says when it is left, nobody asks
        for other in self.context.pages:
            if other != self.page:
                other.close()
        self.page.unroute_all()
        self.context.clear_cookies()
        self.context.clear_permissions()
        if self.page.url.startswith("file:"):
            self.page.evaluate(FORGET)
        self.page.mouse.move(-1, -1)
        self.page.goto("about:blank")
        session = self.context.new_cdp_session(self.page)
        session.send("Page.resetNavigationHistory")
        session.detach()


# Windows that no visit uses now, of each browser: opening one takes longer than most pages do.
IDLE: WeakKeyDictionary[Browser, list[Window]] = WeakKeyDictionary()
FORGET = "() => { localStorage.clear(); sessionStorage.clear(); window.name = ''; }"


def use_fresh(*_: object, **__: object) -> NoReturn:
    """Refuse what could not be taken away again."""
    raise AssertionError("the next test would run this script, too: visit with fresh=True")


@contextmanager
def window(browser: Browser, *, fresh: bool) -> Iterator[Window]:
    """Give a window, one that was used before unless it must be fresh."""
    if fresh:
        used = Window(browser)
        try:
            yield used
        finally:
            used.context.close()
        return
    idle = IDLE.setdefault(browser, [])
    if idle:
        used = idle.pop()
    else:
        used = Window(browser)
        used.page.add_init_script = used.context.add_init_script = use_fresh  # type: ignore[method-assign]
    try:
        yield used
    finally:
        try:
            used.sweep()
        except Error:  # it was closed, or its page has broken what sweeping needs
            used.context.close()
        else:
            idle.append(used)


def listen(page: Page, opened: Callable[[], OpenedPage]) -> None:
    """Write down what goes wrong in a page."""

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location.get("url", "")
            text = f"{message.text} ({place})" if place else message.text
            opened().console_errors.append(text)

    def failed(request: Request) -> None:
        if request.url.startswith("file:"):
            opened().missing.append(request.url)

    page.on("console", console)
    page.on("pageerror", lambda error: opened().page_errors.append(str(error)))
    page.on("websocket", lambda socket: opened().outside.append(socket.url))
    page.on("requestfailed", failed)


@contextmanager
def visit(
    browser: Browser,
    file: Path,
    *,
    width: int = 1280,
    height: int = 900,
    scheme: Scheme = "light",
    reduced_motion: bool = False,
    suffix: str = "",
    local_storage: dict[str, str] | None = None,
    expect_errors: bool = False,
    wait: bool = True,
    mathematics: bool = False,
    fresh: bool = False,
) -> Iterator[OpenedPage]:
    """Open a file in a private window, in which nothing is left by another test.

    Without ``mathematics`` formulas stay as they are written, in TeX. ``fresh`` opens a window
    that was never used: for what cannot be taken away again, as scripts that run before the
    page's, and for how long a reader's first visit takes.
    """
    assert file.is_file(), f"there is no page {file}"
    with window(browser, fresh=fresh or bool(local_storage)) as used:
        opened = OpenedPage(used.page, expect_errors=expect_errors)
        used.begin(opened, width=width, height=height, mathematics=mathematics)
        used.page.emulate_media(
            media="null",
            color_scheme=scheme,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            forced_colors="null",
            contrast="null",
        )
        if local_storage:
            used.context.add_init_script(storing(local_storage))
        used.page.goto(file.as_uri() + suffix, wait_until="load")
        if wait:
            opened.wait_ready()
        yield opened


def storing(items: dict[str, str]) -> str:
    """Return the script that fills localStorage before a page's own scripts run."""
    return f"for (const [k, v] of Object.entries({json.dumps(items)})) localStorage.setItem(k, v);"
