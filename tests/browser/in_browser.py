"""A real browser on the built book, opened from disk, with the network cut."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
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


def cut_network(context: BrowserContext, opened: OpenedPage) -> None:
    """Let nothing out, and write down who tried."""
    context.set_offline(True)

    def refuse(route: Route) -> None:
        opened.outside.append(route.request.url)
        route.abort("internetdisconnected")

    context.route(OUTSIDE, refuse)


def listen(page: Page, opened: OpenedPage) -> None:
    """Write down what goes wrong in a page."""

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location.get("url", "")
            opened.console_errors.append(f"{message.text} ({place})" if place else message.text)

    page.on("console", console)
    page.on("pageerror", lambda error: opened.page_errors.append(str(error)))
    page.on("websocket", lambda socket: opened.outside.append(socket.url))
    page.on(
        "requestfailed",
        lambda request: (
            opened.missing.append(request.url) if request.url.startswith("file:") else None
        ),
    )


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
) -> Iterator[OpenedPage]:
    """Open a file in a fresh, private context: nothing is left by another test."""
    assert file.is_file(), f"there is no page {file}"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce" if reduced_motion else "no-preference",
        service_workers="block",
    )
    try:
        context.set_default_timeout(10_000)
        context.add_init_script(storing(local_storage or {}))
        page = context.new_page()
        opened = OpenedPage(page, expect_errors=expect_errors)
        cut_network(context, opened)
        listen(page, opened)
        page.goto(file.as_uri() + suffix, wait_until="load")
        if wait:
            opened.wait_ready()
        yield opened
    finally:
        context.close()


def storing(items: dict[str, str]) -> str:
    """Return the script that fills localStorage before a page's own scripts run."""
    return f"for (const [k, v] of Object.entries({json.dumps(items)})) localStorage.setItem(k, v);"
