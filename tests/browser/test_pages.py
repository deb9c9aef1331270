"""Every page of the built book, opened from disk: private, sound, readable by everybody.

The pages are found by walking the build, so that a new chapter is tested from its first build.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import page_checks as checks
from in_browser import BUILD, ROOT, OpenedPage, Scheme, visit

LANGUAGES = ("en", "vi")
PHONE = 375
# The theme keeps templates of its own in _static: no pages of the book.
PAGES = sorted(
    path.relative_to(BUILD).with_suffix("").as_posix()
    for path in BUILD.rglob("*.html")
    if not {"_static", "_sources"} & set(path.relative_to(BUILD).parts)
)
NOT_BUILT = pytest.param("index", id="not-built")
READ: dict[Path, checks.Source] = {}
NUMBERS: dict[str, list[list[str]]] = {}
# The theme has followed the reader's scheme, and all transitions of colours have ended. A page that
# never follows is told by a test.
CHANGED = """async (scheme) => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    for (let k = 0; k < 60 && document.documentElement.dataset.theme !== scheme; k++) await frame();
    await frame();
    const changes = document.getAnimations().filter((change) => change instanceof CSSTransition);
    await Promise.allSettled(changes.map((change) => change.finished));
}"""


def page_parameters() -> list[object]:
    """Return the pages, or one that fails with what to do."""
    return list(PAGES) or [NOT_BUILT]


def file_of(book: Path, docname: str) -> Path:
    """Return a page's file."""
    return book / f"{docname}.html"


@pytest.fixture(scope="module", params=page_parameters())
def docname(request: pytest.FixtureRequest) -> str:
    """Give the name of one page; the tests of one page run one after another."""
    return str(request.param)


@pytest.fixture(scope="module")
def shown(browser: Browser, book: Path, docname: str) -> Iterator[OpenedPage]:
    """Give the page as it opens on a telephone, with its formulas."""
    file = file_of(book, docname)
    with visit(browser, file, width=PHONE, height=740, mathematics=True, wait=False) as opened:
        settle(opened)
        NUMBERS[docname] = numbers_of(opened)
        yield opened


def seen(opened: OpenedPage, width: int, scheme: Scheme = "light") -> OpenedPage:
    """Show the page in another window or scheme; it has to follow, as it does when opened."""
    opened.page.emulate_media(media="screen", color_scheme=scheme)
    opened.page.set_viewport_size({"width": width, "height": 740 if width == PHONE else 900})
    opened.page.evaluate(CHANGED, scheme)
    return opened


@pytest.fixture
def phone(shown: OpenedPage) -> OpenedPage:
    """Give the page on a narrow screen."""
    return seen(shown, PHONE)


@pytest.fixture
def desktop(shown: OpenedPage) -> OpenedPage:
    """Give the page in a wide window, in the light scheme."""
    return seen(shown, 1280)


@pytest.fixture
def dark(shown: OpenedPage) -> OpenedPage:
    """Give the page in a wide window, in the dark scheme."""
    return seen(shown, 1280, "dark")


def settle(opened: OpenedPage) -> None:
    """Wait for the page's mathematics, and a little for its widgets: a test says which are dead."""
    page = opened.page
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.evaluate(
        """() => new Promise((done) => {
            const began = performance.now();
            const look = () => {
                const all = [...document.querySelectorAll(".lstm-widget[data-widget]")];
                const ready = all.every((widget) => widget.dataset.ready === "true");
                if (ready || performance.now() - began > 3000) done();
                else setTimeout(look, 20);
            };
            look();
        })"""
    )


def nothing(found: list[str]) -> None:
    """Fail with all that was found."""
    assert not found, "\n".join(found)


def test_fits_a_phone(phone: OpenedPage) -> None:
    folded = checks.overflowing(phone.page)
    checks.unfold(phone.page)
    nothing(folded + checks.overflowing(phone.page))


def test_refers_to_no_other_host(book: Path, docname: str) -> None:
    nothing(checks.outside_references(file_of(book, docname)))


def test_links_lead_somewhere(book: Path, docname: str) -> None:
    nothing(checks.broken_links(file_of(book, docname), READ))


def test_is_in_its_language(desktop: OpenedPage, docname: str) -> None:
    language = desktop.page.evaluate("document.documentElement.lang")
    named = [part for part in docname.split("/") if part in LANGUAGES]
    assert language in (named or LANGUAGES)


def test_holds_the_widgets_that_its_source_promises(book: Path, docname: str) -> None:
    sources = [ROOT / f"{docname}{suffix}" for suffix in (".ipynb", ".md")]
    promised = [
        name for path in sources if path.is_file() for name in checks.promised_widgets(path)
    ]
    assert checks.read_source(file_of(book, docname)).widgets == promised


def test_widgets_answer(desktop: OpenedPage) -> None:
    nothing(checks.unready_widgets(desktop.page))


def test_widget_inputs_are_labelled(desktop: OpenedPage) -> None:
    checks.unfold(desktop.page)
    nothing(checks.unusable_inputs(desktop.page))


def test_widget_outputs_are_numbers(desktop: OpenedPage) -> None:
    nothing(checks.wrong_outputs(desktop.page))


def test_pictures_have_names(desktop: OpenedPage) -> None:
    nothing(checks.nameless_images(desktop.page))


def test_headings_are_in_order(desktop: OpenedPage) -> None:
    nothing(checks.wrong_headings(desktop.page))


def test_fits_the_paper(shown: OpenedPage) -> None:
    page = seen(shown, 700).page
    page.emulate_media(media="print")
    wide, room = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room


def test_asked_nobody_and_reported_no_error(dark: OpenedPage) -> None:
    # Of all that the tests above have done. (axe, later, asks for style sheets in vain.)
    nothing(dark.faults())


def test_is_accessible_in_light(desktop: OpenedPage) -> None:
    checks.unfold(desktop.page)
    nothing(checks.inaccessible(desktop.page))


def test_is_accessible_in_dark(dark: OpenedPage) -> None:
    is_dark = "document.documentElement.dataset.theme === 'dark'"
    assert dark.page.evaluate(is_dark), "the page does not follow the reader's dark scheme"
    checks.unfold(dark.page)
    nothing(checks.inaccessible(dark.page, only=checks.COLOUR_RULES))


def test_is_accessible_on_a_phone(phone: OpenedPage) -> None:
    checks.unfold(phone.page)
    # The colours of a narrow page are those of a wide one.
    nothing(checks.inaccessible(phone.page, without=checks.COLOUR_RULES))


def test_style_sheets_ask_nobody(book: Path) -> None:
    sheets = sorted(book.rglob("*.css"))
    assert sheets
    nothing([fault for sheet in sheets for fault in checks.outside_styles(sheet)])


def test_every_chapter_is_built(book: Path) -> None:
    chapters = [
        path.relative_to(ROOT).with_suffix("").as_posix()
        for language in LANGUAGES
        for path in sorted((ROOT / "chapters" / language).glob("*.ipynb"))
    ]
    assert chapters
    assert set(chapters) <= set(PAGES)


def numbers_of(opened: OpenedPage) -> list[list[str]]:
    """Return every quantity that the widgets of a page show at first, in full precision."""
    found: list[list[str]] = opened.page.evaluate(
        """() => [...document.querySelectorAll(".lstm-widget output")].map((output) => [
            output.closest(".lstm-widget").dataset.widget,
            output.dataset.quantity,
            output.dataset.value,
        ])"""
    )
    return found


def shown_numbers(browser: Browser, book: Path, docname: str) -> list[list[str]]:
    """Return the numbers of a page, which the tests above have opened unless they did not run."""
    if docname not in NUMBERS:
        with visit(browser, file_of(book, docname)) as opened:
            NUMBERS[docname] = numbers_of(opened)
    return NUMBERS[docname]


@pytest.mark.parametrize("english", [name for name in PAGES if name.startswith("chapters/en/")])
def test_twins_show_the_same_widgets_and_numbers(
    browser: Browser, book: Path, english: str
) -> None:
    twin = english.replace("/en/", "/vi/")
    assert file_of(book, twin).is_file(), f"{english} has no twin"
    assert shown_numbers(browser, book, english) == shown_numbers(browser, book, twin)
