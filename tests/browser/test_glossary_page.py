"""The glossary alive: its filter, and the links that lead to it from the chapters."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

import page_checks as checks
from conftest import Opener
from glossary import DATA, read
from in_browser import BUILD, ROOT, visit
from lstm_course.language import text

GLOSSARY = "chapters/{}/glossary"
CHAPTER = "chapters/{}/03_lstm_gates"
LANGUAGES = ("en", "vi")
TERMS = read(ROOT / DATA)


def status(language: str, count: int) -> str:
    """Return how many terms the page says that there are."""
    said = {0: "none", 1: "one"}.get(count, "many")
    return text(f"glossary.{said}", lang=language).format(count=count)


def shown(page: Page) -> list[str]:
    """Return the terms that are to be seen, by their ids."""
    found: list[str] = page.locator("dl.lc-glossary dt:visible").evaluate_all(
        "all => all.map((term) => term.id.replace('term-', ''))"
    )
    assert page.locator("dl.lc-glossary dd:visible").count() == len(found)
    return found


def filtered(page: Page, query: str) -> list[str]:
    """Type a query; return the terms that stay, once their number has been said."""
    page.locator(".lc-filter input").fill(query)
    found = shown(page)
    expect(page.locator(".lc-filter [role=status]")).to_have_text(
        status(page.evaluate("document.documentElement.lang"), len(found))
    )
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_terms_are_shown_and_counted_at_first(kept_page: Opener, language: str) -> None:
    page = kept_page(GLOSSARY.format(language)).page
    assert len(filtered(page, "")) == len(TERMS)


QUERIES = {
    "forget": ["forget-gate"],
    "FORGET  ga": ["forget-gate"],
    "cổng quên": ["forget-gate"],
    "cong quen": ["forget-gate"],
    "quen cong": ["forget-gate"],
    "co\u0302\u0309ng que\u0302n": ["forget-gate"],  # as some keyboards write it
    "dem": ["padding"],
    "đệm": ["padding"],
    "đêm": [],
    "one-hot": ["one-hot"],
    "hồi tiếp (RNN)": ["recurrent-neural-network"],
    "zzz": [],
    "<script>": [],
    "…": [term.id for term in TERMS],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("query", "expected"), QUERIES.items(), ids=QUERIES)
def test_typing_finds_terms_of_both_languages(
    kept_page: Opener, language: str, query: str, expected: list[str]
) -> None:
    page = kept_page(GLOSSARY.format(language)).page
    assert sorted(filtered(page, query)) == sorted(expected)


def test_a_word_is_found_by_its_beginning_only(kept_page: Opener) -> None:
    page = kept_page(GLOSSARY.format("vi")).page
    found = filtered(page, "ra")
    assert "output-gate" in found
    assert "gradient" not in found
    assert {"forget-gate", "input-gate", "output-gate"} <= set(filtered(page, "cong"))


def test_the_number_is_announced_politely_after_a_pause(open_page: Opener) -> None:
    page = open_page(GLOSSARY.format("en")).page
    region = page.locator(".lc-filter [role=status]")
    page.locator(".lc-filter input").fill("forget")
    expect(region).to_have_text(status("en", 1))
    page.locator(".lc-filter input").fill("zzz")
    expect(region).to_have_text(status("en", 0))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_filter_is_used_by_keyboard(open_page: Opener, language: str) -> None:
    page = open_page(GLOSSARY.format(language)).page
    label = text("glossary.filter", lang=language)
    box = page.get_by_label(label)
    expect(box).to_be_visible()
    page.locator("article h1").click()
    for _ in range(3):  # the heading's own link, and whatever else comes before the list
        page.keyboard.press("Tab")
        if box.evaluate("e => e === document.activeElement"):
            break
    expect(box).to_be_focused()
    page.keyboard.type("gate")
    expect(page.locator(".lc-filter [role=status]")).not_to_have_text(status(language, len(TERMS)))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('dd') !== null"), "the next stop is a hit"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(page.locator("dl.lc-glossary dt:visible")).to_have_count(len(TERMS))


def test_a_link_to_a_hidden_term_shows_the_list_again(open_page: Opener) -> None:
    page = open_page(GLOSSARY.format("vi")).page
    filtered(page, "dropout")
    page.evaluate("location.hash = '#term-forget-gate'")
    target = page.locator("#term-forget-gate")
    expect(target).to_be_in_viewport()
    expect(page.locator(".lc-filter input")).to_have_value("")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_all_terms_stand_there(
    browser: object, book: object, language: str
) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    try:
        page = context.new_page()
        page.goto((BUILD / f"{GLOSSARY.format(language)}.html").as_uri())
        assert page.locator("dl.lc-glossary dt").count() == len(TERMS)
        expect(page.locator("dl.lc-glossary dt").last).to_be_visible()
        expect(page.locator(".lc-filter input")).to_be_hidden()
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_it_is_accessible_and_fits_while_filtered(
    open_page: Opener, scheme: str, width: int
) -> None:
    # axe fetches the style sheets once more, which no page from disk may.
    how = {"scheme": scheme, "width": width, "expect_errors": True}
    page = open_page(GLOSSARY.format("vi"), **how).page
    for query in ("cổng", "zzz"):
        filtered(page, query)
        assert checks.inaccessible(page) == []
        assert checks.overflowing(page) == []


def test_everything_is_printed_whatever_is_filtered(open_page: Opener) -> None:
    page = open_page(GLOSSARY.format("en")).page
    filtered(page, "gate")
    page.emulate_media(media="print")
    assert len(shown(page)) == len(TERMS)
    expect(page.locator(".lc-filter")).to_be_hidden()


# ------------------------------------------------------------------------- links in the chapters


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_in_a_chapter_leads_to_its_meaning(open_page: Opener, language: str) -> None:
    page = open_page(CHAPTER.format(language)).page
    link = page.locator("a.lc-term[href$='#term-forget-gate']")
    expect(link).to_have_count(1)
    term = next(term for term in TERMS if term.id == "forget-gate")
    assert link.get_attribute("title") == term.meanings[language]
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#term-forget-gate")
    target = page.locator("#term-forget-gate")
    expect(target).to_be_in_viewport()
    expect(target.locator(".lc-name")).to_have_text(term.names[language])


def test_the_other_language_keeps_the_term(open_page: Opener) -> None:
    page = open_page(GLOSSARY.format("en"), suffix="#term-cell-state").page
    page.locator("a.language-link").click()
    page.wait_for_url("**/vi/glossary.html#term-cell-state")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_link_is_quiet_until_it_is_asked(open_page: Opener, scheme: str) -> None:
    page = open_page(CHAPTER.format("vi"), scheme=scheme).page
    link = page.locator("a.lc-term").first
    assert link.evaluate("e => getComputedStyle(e).textDecorationStyle") == "dotted"
    quiet = link.evaluate("e => getComputedStyle(e).color")
    assert quiet == link.evaluate("e => getComputedStyle(e.parentElement).color")
    link.focus()
    assert link.evaluate("e => getComputedStyle(e).textDecorationStyle") == "solid"
    assert link.evaluate("e => getComputedStyle(e).color") != quiet


def test_on_paper_a_term_is_plain_text(open_page: Opener) -> None:
    page = open_page(CHAPTER.format("en"), scheme="dark").page
    page.emulate_media(media="print")
    link = page.locator("a.lc-term").first
    assert link.evaluate("e => getComputedStyle(e).textDecorationLine") == "none"
    assert link.evaluate("e => getComputedStyle(e).color") == "rgb(0, 0, 0)"
    after = link.evaluate("e => getComputedStyle(e, '::after').content")
    assert after in {"none", "normal"}


# --------------------------------------------------------------------------- search finds the pages


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("chapters/vi/search", "bung no gradient", "chapters/vi/glossary"),
        ("chapters/vi/search", "cộng sự", "chapters/vi/references"),
        ("search", "vanishing gradient", "chapters/en/glossary"),
        ("search", "instructors", "chapters/en/instructors"),
    ],
)
def test_search_finds_the_reference_pages(
    browser: object, book: object, name: str, query: str, expected: str
) -> None:
    with visit(browser, BUILD / f"{name}.html", suffix=f"?q={query}") as opened:  # type: ignore[arg-type]
        # Results come one after another; the page may be among the last.
        address = expected.rpartition("/")[2] + ".html"
        opened.page.locator(f'#search-results li a[href*="{address}"]').first.wait_for()
