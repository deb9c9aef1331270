"""A chapter on paper: nothing to click, black on white in either theme, widgets as pictures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from in_browser import BUILD, visit

# Making a PDF takes seconds: of the longest chapter only, in each language. That no chapter is too
# wide for the paper, `test_pages.py` sees.
LONGEST = [
    max(
        BUILD.glob(f"chapters/{lang}/[0-9]*.html"),
        key=lambda page: page.stat().st_size,
        default=Path("none"),
    )
    for lang in ("en", "vi")
]

# Every element of the page that a printer would print, by a selector.
SHOWN = """selector => [...document.querySelectorAll(selector)].filter(
  element => element.getClientRects().length && getComputedStyle(element).visibility !== "hidden"
).length"""


@pytest.fixture(scope="module", params=["light", "dark"])
def paper(request: pytest.FixtureRequest, browser: Browser, book: object) -> Iterator[Page]:
    with visit(
        browser, BUILD / "chapters/en/03_lstm_gates.html", scheme=request.param, mathematics=True
    ) as opened:
        opened.page.emulate_media(media="print")
        yield opened.page


@pytest.mark.parametrize(
    "selector",
    [
        ".bd-sidebar-primary",
        ".bd-sidebar-secondary",
        ".bd-header-article",
        ".prev-next-footer",
        ".bd-footer",
        ".skip-link, .pst-skiplink",
        ".copybtn",
        "a.headerlink",
        ".lstm-widget input[type=range]",
        ".lstm-widget button",
    ],
)
def test_what_cannot_be_used_on_paper_is_not_printed(paper: Page, selector: str) -> None:
    assert paper.locator(selector).count() > 0
    assert paper.evaluate(SHOWN, selector) == 0


def test_pictures_numbers_text_and_formulas_are_printed(paper: Page) -> None:
    for selector in (
        '[data-widget="gate_explorer"] svg.lw-cell',
        '[data-widget="gate_explorer"] output[data-quantity="c"]',
        '[data-widget="gate_explorer"] [data-input="x_number"]',
        '[data-widget="memory_decay"] svg',
        '[data-widget="sequence_explorer"] svg',
        "figure.lstm-figure svg",
        "#jb-print-docs-body h1",
        "article.bd-article pre",
        "mjx-container svg",
    ):
        paper.wait_for_selector(selector)
        assert paper.evaluate(SHOWN, selector) > 0, selector


def test_it_is_dark_on_white_in_either_theme(paper: Page) -> None:
    for selector in (
        "article.bd-article p",
        "article.bd-article pre span",
        ".lstm-widget .lw-title",
    ):
        colour = paper.locator(selector).first.evaluate("e => getComputedStyle(e).color")
        assert colour == "rgb(0, 0, 0)", selector
    for selector in ("body", "article.bd-article", ".lstm-widget"):
        back = paper.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")
        assert back in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}, selector


def test_solutions_are_printed_open_and_folded_again(paper: Page) -> None:
    opened = """() => [...document.querySelectorAll("article.bd-article details")]
      .filter(part => !part.closest(".lstm-widget")).map(part => part.open)"""
    before = paper.evaluate(opened)
    assert before
    assert not any(before)
    paper.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert all(paper.evaluate(opened))
    paper.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert paper.evaluate(opened) == before


@pytest.mark.parametrize("chapter", LONGEST, ids=["en", "vi"])
def test_a_chapter_fits_the_paper(browser: Browser, book: object, chapter: Path) -> None:
    with visit(browser, chapter, width=700, mathematics=True) as opened:
        opened.page.emulate_media(media="print")
        pdf = opened.page.pdf(format="A4")
        assert pdf.startswith(b"%PDF")
        assert 5 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 80
