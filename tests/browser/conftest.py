"""Fixtures for tests in a real browser, on the built book, with the network cut.

A test asks for ``open_page`` and opens pages by their names in the book; when the test ends it
fails by itself if a page has asked another host for anything or has reported an error.
Run as a program, this file says whether a browser is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from in_browser import BUILD, OpenedPage, launch, visit
from lstm_course.widgets.base import CourseWidget
from widget_pages import write_page_of

Opener = Callable[..., OpenedPage]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give one browser to the whole session: starting it is what takes time."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def book() -> Path:
    """Give the folder of the built book."""
    if not (BUILD / "index.html").is_file():
        pytest.fail(f"the book is not built: no {BUILD / 'index.html'}; run `make book`", False)
    return BUILD


@contextmanager
def opening(browser: Browser) -> Iterator[Opener]:
    """Give a function that opens files; fail, at the end, if a page of them misbehaved."""
    pages: list[OpenedPage] = []
    with ExitStack() as stack:

        def opener(file: Path, **how: Any) -> OpenedPage:
            pages.append(stack.enter_context(visit(browser, file, **how)))
            return pages[-1]

        yield opener
        faults = [fault for page in pages if not page.expect_errors for fault in page.faults()]
    if faults:
        pytest.fail("the page misbehaved:\n" + "\n".join(faults), pytrace=False)


@pytest.fixture(scope="module")
def kept_page(browser: Browser, book: Path) -> Iterator[Opener]:
    """Give a function that opens a page once for all tests of a module, in which each starts over.

    Opening a chapter takes a second; a test that only moves sliders need not pay for it.
    """
    with opening(browser) as opened:
        yield cache(lambda docname: opened(book / f"{docname}.html"))


@pytest.fixture
def open_page(browser: Browser, book: Path) -> Iterator[Opener]:
    """Give a function that opens pages of the book, by name or by path.

    ``open_page("chapters/en/03_lstm_gates", width=375, scheme="dark", suffix="#summary")``;
    ``local_storage`` is what an earlier visit left behind; ``expect_errors`` is for tests that
    provoke errors on purpose; ``path`` opens another file than one of the book's; ``wait=False``
    does not wait for the widgets; ``mathematics=True`` sets the formulas, which takes as long as
    all the rest; ``fresh=True`` takes a window that was never used.
    """
    with opening(browser) as opened:

        def opener(docname: str = "index", *, path: Path | None = None, **how: Any) -> OpenedPage:
            page: OpenedPage = opened(path or book / f"{docname.removesuffix('.html')}.html", **how)
            return page

        yield opener


@pytest.fixture
def open_widget(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Give a function that opens a page with one widget: ``open_widget(widget, theme="dark")``."""
    with opening(browser) as opened:

        def opener(widget: CourseWidget, theme: str = "light", **how: Any) -> OpenedPage:
            page: OpenedPage = opened(write_page_of(tmp_path, widget, theme), **how)
            return page

        yield opener


if __name__ == "__main__":
    try:
        with sync_playwright() as playwright:
            launch(playwright).close()
    except pytest.fail.Exception as failure:
        sys.exit(f"error: {failure.msg}")
