"""The copy to carry, unpacked somewhere else and opened from disk."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import dist
from in_browser import visit


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_unpacked_book_is_alive(
    browser: Browser, book: Path, tmp_path: Path, lang: str
) -> None:
    archive = dist.pack(book, tmp_path)
    folder = tmp_path / "thẻ nhớ & a stick #1"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    with visit(browser, folder / "lstm-course" / "index.html", mathematics=True) as opened:
        opened.page.click(f'a.lc-start[href*="/{lang}/"]')
        opened.page.wait_for_selector('[data-widget="ngram_explorer"][data-ready="true"]')
        opened.wait_ready()
        assert opened.page.evaluate("() => document.documentElement.lang") == lang
        opened.page.wait_for_selector("mjx-container svg")
        assert opened.faults() == []
