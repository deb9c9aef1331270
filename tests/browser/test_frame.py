"""The frame around the chapters, alive: words that scripts print, search, what scrolls, motion."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from conftest import Opener

CHAPTER = "chapters/{}/03_lstm_gates"
COPY = {"en": "Copy", "vi": "Sao chép"}
QUERY = {"en": ("search", "gate"), "vi": ("chapters/vi/search", "cổng")}
FOUND = {"en": "matching the search query", "vi": "Tìm thấy"}
NOTHING = {"en": "did not match any documents", "vi": "Không tìm thấy trang nào"}

OUT_OF_REACH = """() => [...document.querySelectorAll("article *")]
    .filter((element) => {
        const style = getComputedStyle(element);
        return /auto|scroll/.test(style.overflowX)
            && element.scrollWidth > element.clientWidth + 1
            && element.tabIndex < 0
            && !element.querySelector("[tabindex='0'], a[href], button, input");
    })
    .map((element) => element.outerHTML.slice(0, 120))"""


def chapter(open_page: Opener, language: str, **how: object) -> Page:
    return open_page(CHAPTER.format(language), **how).page


@pytest.mark.parametrize("language", ["en", "vi"])
def test_copy_buttons_speak_the_pages_language(open_page: Opener, language: str) -> None:
    buttons = chapter(open_page, language).locator("button.copybtn")
    said = buttons.evaluate_all("all => all.map((button) => button.dataset.tooltip)")
    assert said
    assert set(said) == {COPY[language]}


def test_a_vietnamese_copy_button_names_itself_in_vietnamese(open_page: Opener) -> None:
    button = chapter(open_page, "vi").locator("button.copybtn").first
    assert button.locator("title").text_content() == "Sao chép vào bộ nhớ tạm"


@pytest.mark.parametrize("language", ["en", "vi"])
def test_search_answers_in_the_pages_language(open_page: Opener, language: str) -> None:
    name, word = QUERY[language]
    page = open_page(name, suffix=f"?q={word}").page
    page.wait_for_function("document.querySelector('#search-results ul.search li a') !== null")
    page.wait_for_function(
        "(words) => document.querySelector('#search-results').innerText.includes(words)",
        arg=FOUND[language],
    )
    page = open_page(name, suffix="?q=zzzzzz").page
    page.wait_for_function(
        "(words) => document.querySelector('#search-results').innerText.includes(words)",
        arg=NOTHING[language],
    )


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_search_dialog_leads_to_the_languages_search_page(
    open_page: Opener, language: str
) -> None:
    page = chapter(open_page, language)
    page.locator(".search-button__button:visible").first.click()
    box = page.locator("#pst-search-dialog input[name=q]")
    box.fill(QUERY[language][1])
    box.press("Enter")
    page.wait_for_url(f"**/{QUERY[language][0]}.html?q=*")


def test_the_language_link_and_back_again(open_page: Opener) -> None:
    page = chapter(open_page, "en")
    page.get_by_role("link", name="Tiếng Việt").first.click()
    page.wait_for_url("**/chapters/vi/03_lstm_gates.html")
    assert page.evaluate("document.documentElement.lang") == "vi"
    page.get_by_role("link", name="English").first.click()
    page.wait_for_url("**/chapters/en/03_lstm_gates.html")


@pytest.mark.parametrize("width", [375, 1280])
def test_what_scrolls_sideways_is_reached_by_keyboard(open_page: Opener, width: int) -> None:
    page = chapter(open_page, "en", width=width, mathematics=True)
    page.wait_for_function("document.querySelectorAll('mjx-container').length > 5")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")
    page.wait_for_timeout(300)
    assert page.evaluate(OUT_OF_REACH) == []


def test_a_wide_formula_starts_at_its_beginning(open_page: Opener) -> None:
    page = chapter(open_page, "en", width=375, mathematics=True)
    page.wait_for_function("document.querySelectorAll('mjx-container').length > 5")
    hidden = page.evaluate(
        """() => [...document.querySelectorAll("div.math")]
            .filter((part) => part.firstElementChild.getBoundingClientRect().left
                < part.getBoundingClientRect().left - 1)
            .map((part) => part.outerHTML.slice(0, 120))"""
    )
    assert hidden == []


def test_formulas_are_no_tab_stops(open_page: Opener) -> None:
    page = chapter(open_page, "en", mathematics=True)
    page.wait_for_function("document.querySelectorAll('mjx-container').length > 5")
    assert page.locator("mjx-container[tabindex='0']").count() == 0


def test_nothing_moves_for_readers_who_asked_for_stillness(open_page: Opener) -> None:
    page = chapter(open_page, "en")
    page.emulate_media(reduced_motion="reduce")
    longest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("*")].flatMap((element) => {
            const style = getComputedStyle(element);
            return [style.transitionDuration, style.animationDuration]
                .flatMap((times) => times.split(",")).map(parseFloat);
        }))"""
    )
    assert longest <= 0.001


REFUSED = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { configurable: true,
    get() { throw new DOMException("refused", "SecurityError"); } });"""


def test_a_browser_that_stores_nothing_still_searches_and_changes_colours(
    open_page: Opener,
) -> None:
    opened = open_page("search", fresh=True)
    page = opened.page
    page.add_init_script(REFUSED)
    page.goto(page.url + "?q=forget")
    page.wait_for_function("document.querySelector('#search-results ul.search li a') !== null")
    theme = page.evaluate("document.documentElement.dataset.theme")
    for _ in range(3):
        page.locator("button.theme-switch-button").first.click()
        if page.evaluate("document.documentElement.dataset.theme") != theme:
            return
    pytest.fail("the colours did not change")


def test_the_other_language_opens_at_the_same_section(open_page: Opener) -> None:
    page = chapter(open_page, "en", suffix="#summary")
    page.locator("a.language-link").click()
    page.wait_for_url("**/vi/03_lstm_gates.html#tom-tat")
    expect(page.locator("#tom-tat")).to_be_in_viewport()
    page.locator("a.language-link").click()
    page.wait_for_url("**/en/03_lstm_gates.html#summary")


def test_the_other_language_keeps_a_shared_state_and_a_query(open_page: Opener) -> None:
    page = chapter(open_page, "vi")
    page.locator('[data-widget="gate_explorer"] [data-input="preset_latch"]').click()
    page.locator('[data-widget="gate_explorer"] [data-input="share"]').click()
    page.locator("a.language-link").click()
    page.wait_for_url("**/en/03_lstm_gates.html#gate_explorer=1&*")
    page = open_page("search", suffix="?q=forget").page
    page.locator("a.language-link").click()
    page.wait_for_url("**/vi/search.html?q=forget")


def test_letters_twice_as_large_do_not_widen_the_header_of_a_telephone(open_page: Opener) -> None:
    page = chapter(open_page, "en", width=375)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.querySelector('.bd-header-article').scrollWidth") <= 375
    right = page.locator(".article-header-buttons > *").evaluate_all(
        "all => Math.max(...all.map(button => button.getBoundingClientRect().right))"
    )
    assert right <= 375


def test_the_bars_of_a_gate_are_seen_in_forced_colours(open_page: Opener) -> None:
    page = chapter(open_page, "en")
    page.emulate_media(forced_colors="active")
    colours = page.locator('[data-widget="single_gate"]').first.evaluate(
        """root => [".lw-bar-track", ".lw-bar-fill"]
          .map(part => getComputedStyle(root.querySelector(part)).backgroundColor)"""
    )
    assert colours[0] != colours[1]
