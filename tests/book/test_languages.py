"""Every page speaks its own language and leads to its twin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sphinx
from bs4 import BeautifulSoup

from chapter_numbers import chapter_number
from theme_words import SEARCH_SCRIPT

from .chrome import SAME_IN_BOTH, english_left, words
from .small_books import ADMONITIONS, CHAPTERS, TITLES, Book

TWINS = {"en": "vi", "vi": "en"}
TITLE = "div.admonition > .admonition-title"
VIETNAMESE_TITLES = [
    "Chú ý",
    "Cẩn thận",
    "Nguy hiểm",
    "Gợi ý",
    "Quan trọng",
    "Ghi chú",
    "Mẹo",
    "Cảnh báo",
    "Its own title",
]


@pytest.fixture(params=["real_book", "small_book"])
def book(request: pytest.FixtureRequest) -> Book:
    """The book itself, then the small one."""
    chosen: Book = request.getfixturevalue(request.param)
    return chosen


def language_in(name: str) -> str:
    return "vi" if name.startswith("chapters/vi/") else "en"


def chapters_of(book: Book) -> list[str]:
    names = [name for name in book.names if name.startswith("chapters/")]
    assert {language_in(name) for name in names} == {"en", "vi"}
    return [name for name in names if not name.endswith("/search")]


def twin_name(name: str) -> str:
    other = TWINS[language_in(name)]
    if name.endswith("search"):
        return "chapters/vi/search" if other == "vi" else "search"
    return f"chapters/{other}/{Path(name).name}"


def href(page: BeautifulSoup, selector: str) -> str:
    tag = page.select_one(selector)
    assert tag is not None, f"no {selector}"
    return str(tag["href"])


def test_the_root_element_declares_the_language(book: Book) -> None:
    for name in book.names:
        html = book.page(name).html
        assert html is not None
        assert html["lang"] == language_in(name), name


def test_alternates_name_the_page_and_its_twin(book: Book) -> None:
    for name in [*chapters_of(book), "search", "chapters/vi/search"]:
        page = book.page(name)
        found = {
            str(link["hreflang"]): book.target(name, str(link["href"]))
            for link in page.select('head link[rel="alternate"][hreflang]')
        }
        own, other = language_in(name), TWINS[language_in(name)]
        files = {own: book.file(name).resolve(), other: book.file(twin_name(name)).resolve()}
        assert found == {**files, "x-default": files["en"]}, name
        assert all(path.is_file() for path in found.values())


def test_the_header_leads_to_the_twin(book: Book) -> None:
    for name in [*chapters_of(book), "search", "chapters/vi/search"]:
        other = TWINS[language_in(name)]
        selector = f'.article-header-buttons a[lang="{other}"][hreflang="{other}"]'
        link = book.target(name, href(book.page(name), selector))
        assert link == book.file(twin_name(name)).resolve(), name


def test_the_landing_page_leads_to_the_vietnamese_book(book: Book) -> None:
    address = href(book.page("index"), '.article-header-buttons a[lang="vi"]')
    assert book.target("index", address).parent == (book.folder / "chapters/vi").resolve()


def test_the_sidebar_holds_one_language(book: Book) -> None:
    for name in [*chapters_of(book), "chapters/vi/search"]:
        links = book.page(name).select(".bd-docs-nav a.reference")
        targets = {
            book.target(name, str(a["href"])) for a in links if not str(a["href"]).startswith("#")
        }
        inside = {path.parent.name for path in targets if path.name != "index.html"}
        assert inside <= {language_in(name)}, name
        captions = [p.get_text(strip=True) for p in book.page(name).select(".bd-docs-nav .caption")]
        assert captions == [{"en": "English", "vi": "Tiếng Việt"}[language_in(name)]], name


def test_the_landing_page_shows_both_parts_each_in_its_language(book: Book) -> None:
    captions = book.page("index").select(".bd-docs-nav .caption")
    assert [p.get_text(strip=True) for p in captions] == ["English", "Tiếng Việt"]
    assert [p.get("lang") for p in captions] == [None, "vi"]


def test_previous_and_next_stay_in_the_language(book: Book) -> None:
    for name in chapters_of(book):
        page = book.page(name)
        for link in page.select(".prev-next-area a, head link[rel=prev], head link[rel=next]"):
            target = book.target(name, str(link["href"]))
            shared = target == book.file("index").resolve()
            assert shared or target.parent == book.file(name).resolve().parent, (name, link["href"])


@pytest.mark.parametrize("language", ["en", "vi"])
def test_previous_and_next_run_through_the_chapters(small_book: Book, language: str) -> None:
    first, last = (f"chapters/{language}/{name}" for name in CHAPTERS)
    way = {
        first: {".left-prev": "index", ".right-next": last},
        last: {".left-prev": first, ".right-next": None},
    }
    for name, links in way.items():
        page = small_book.page(name)
        for selector, target in links.items():
            tag = page.select_one(f".prev-next-area {selector}")
            if target is None:
                assert tag is None, name
            else:
                assert tag is not None, name
                address = small_book.target(name, str(tag["href"]))
                assert address == small_book.file(target).resolve()


def test_a_chapters_number_is_its_files(small_book: Book) -> None:
    for name, title in TITLES.items():
        number = int(Path(name).name.split("_")[0])
        page = small_book.page(name)
        headings = [tag.get_text() for tag in page.select("article h1, article h2")]
        assert headings[0].startswith(f"{number}. {title}"), headings
        assert headings[1].startswith(f"{number}.1. "), headings
        current = page.select_one(".bd-docs-nav li.current > a")
        assert current is not None
        assert current.get_text(strip=True).startswith(f"{number}. "), name


def test_a_chapters_number_is_its_files_in_the_real_book(real_book: Book) -> None:
    for name in chapters_of(real_book):
        heading = real_book.page(name).select_one("article h1")
        assert heading is not None
        number = chapter_number(name)
        if number is None:  # the glossary and its like are no chapters
            assert not heading.get_text()[0].isdigit(), name
        else:
            assert heading.get_text().startswith(f"{number}. "), name


def test_titles_of_admonitions_are_translated(small_book: Book) -> None:
    english, vietnamese = (
        [
            tag.get_text(strip=True)
            for tag in small_book.page(f"chapters/{language}/03_gates").select(TITLE)
        ]
        for language in ("en", "vi")
    )
    assert english == [*(kind.capitalize() for kind in ADMONITIONS), "Its own title"]
    assert vietnamese == VIETNAMESE_TITLES


def test_the_themes_words_inside_the_article_are_translated(small_book: Book) -> None:
    page = small_book.page("chapters/vi/03_gates")
    titles = {str(link["title"]) for link in page.select("article a.headerlink")}
    assert titles == {"Liên kết tới mục này", "Liên kết tới công thức này"}
    folds = [tag.get_text(" ", strip=True) for tag in page.select("details.hide > summary")]
    assert folds == ["Hiện mã của ô này Ẩn mã của ô này"]
    assert [tag["aria-label"] for tag in page.select("details.hide > summary")] == [
        "Ẩn hoặc hiện nội dung"
    ]


def test_no_english_is_left_around_a_vietnamese_article(book: Book) -> None:
    for name in [name for name in book.names if language_in(name) == "vi"]:
        left = english_left(book.page(twin_name(name)), book.page(name))
        assert not left, f"{name} still says {sorted(left)}; see _ext/theme_words.py"


def test_english_that_is_left_would_be_noticed(small_book: Book) -> None:
    english = small_book.own_page("chapters/en/03_gates")
    for attribute in ("title", "aria-label", "placeholder", "alt", None):
        vietnamese = small_book.own_page("chapters/vi/03_gates")
        for page in (english, vietnamese):
            tag = page.new_tag("button")
            if attribute:
                tag[attribute] = f"New {attribute}"
            else:
                tag.string = "New None"
            assert page.body is not None
            page.body.append(tag)
        assert english_left(english, vietnamese) == {f"New {attribute}"}


def test_what_may_be_the_same_in_both_languages_is_still_said(real_book: Book) -> None:
    said = {word for name in real_book.names for word in words(real_book.page(name))}
    assert said >= SAME_IN_BOTH


def test_the_book_has_a_vietnamese_name_on_vietnamese_pages(real_book: Book) -> None:
    for name in real_book.names:
        page = real_book.page(name)
        title, author = (page.select_one(tag) for tag in (".logo__title", ".component-author"))
        assert page.title is not None
        assert title is not None
        assert author is not None
        assert page.title.get_text().endswith(title.get_text(strip=True)), name
        vietnamese = "tay" in title.get_text() and "Nhóm tác giả" in author.get_text()
        assert vietnamese == (language_in(name) == "vi"), name


def test_all_that_the_search_script_says_is_translated() -> None:
    folder = Path(sphinx.__file__).parent / "themes" / "basic" / "static"
    asked = {
        text
        for name in ("searchtools.js", "sphinx_highlight.js")
        for text in re.findall(
            r'(?:_|gettext)\(\s*"([^"]+)"', (folder / name).read_text(encoding="utf-8")
        )
    }
    assert asked == set(SEARCH_SCRIPT)
