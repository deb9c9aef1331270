"""Search in the built book: Vietnamese with and without diacritics, English as Sphinx has it."""

import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from in_browser import ROOT, OpenedPage, visit
from vietnamese_search import fold

Opener = Callable[..., OpenedPage]

SEARCH = {"en": "search", "vi": "chapters/vi/search"}

VIETNAMESE = (
    """
cổng quên|cổng vào|cổng ra|trạng thái ẩn|trạng thái ô nhớ|ứng viên|đầu vào|hàm mất mát|trọng số
ví dụ|đạo hàm|phụ thuộc dài hạn|mạng nơ-ron|hồi tiếp|ký hiệu|ma trận|tích từng phần tử|độ lệch
đường cong|con số|bước|chuỗi|tự tay|bài tập|tóm tắt|tài liệu tham khảo|thử xem|cho thấy|giữ lại
câu hỏi|ghi nhớ|một nửa|chuẩn hóa|lọc|bias|sigmoid là gì
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

ENGLISH = (
    """
gate|gates|forget gate|forgetting|input|memory cell|sigmoid|tanh|squeeze|multiplied|matrix product
exercise|exercises|summary|references|hochreiter|the|to|be|not|worked example|candidate|network
networks|recurrent|bias|starts|weights|weighting|hidden state|normalise|equation|lstm|42|no
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

# Chapters enough to compare: building them all takes longer than all else here.
STOCK = ("02_recurrent_networks", "03_lstm_gates", "04_lstm_from_scratch")

PAGES = """(queries) => queries.map((query) => lstmSearch.find(query).LANG.found)
  .map((found) => found.map(([page, , anchor]) => page + anchor))"""


def find(opened: OpenedPage, lang: str, queries: list[str]) -> list[list[str]]:
    found: list[list[str]] = opened.page.evaluate(PAGES.replace("LANG", lang), queries)
    return found


def links(opened: OpenedPage) -> list[str]:
    """Return the chapters and pages of the results as the reader sees them, from the top."""
    # The summary is written when the search has ended (its dots may go on pulsing).
    opened.page.locator("#search-results .search-summary", has_text=re.compile(r"\S")).wait_for()
    found: list[str] = opened.page.locator("#search-results li a").evaluate_all(
        "all => all.map(link => link.getAttribute('href').split('#')[0].replace(/^(..\\/)+/, ''))"
    )
    return found


def test_the_same_pages_with_and_without_diacritics(kept_page: Opener) -> None:
    assert len(VIETNAMESE) >= 30
    opened = kept_page(SEARCH["vi"])
    for lang in ("vi", "en"):
        composed = find(opened, lang, VIETNAMESE)
        decomposed = find(opened, lang, [unicodedata.normalize("NFD", q) for q in VIETNAMESE])
        bare = find(opened, lang, [fold(q) for q in VIETNAMESE])
        upper = find(opened, lang, [q.upper() for q in VIETNAMESE])
        for query, *found in zip(VIETNAMESE, composed, decomposed, bare, upper, strict=True):
            assert all(sorted(pages) == sorted(found[0]) for pages in found), query


def test_the_course_words_are_found(kept_page: Opener) -> None:
    found = find(kept_page(SEARCH["vi"]), "vi", ["cổng quên", "cong quen", "trang thai an"])
    assert all("chapters/vi/03_lstm_gates" in pages for pages in found)


@pytest.mark.parametrize("word", ["to", "no", "tay", "hay"])
def test_english_rules_do_not_touch_vietnamese(book: Path, word: str) -> None:
    from vietnamese_search import SearchVietnamese

    language = SearchVietnamese({})
    assert language.word_filter(word)
    assert language.stem(word) == word


def test_the_folds_of_both_languages_agree(kept_page: Opener, book: Path) -> None:
    text = (book / "chapters" / "vi" / "03_lstm_gates.html").read_text(encoding="utf-8")
    words = [*sorted(set(text.split()))[:3000], "Đường", "ẴẶỄ", "ﬁ", "Ω", "é"]
    script = "words => words.map(w => lstmSearch.fold(w))"
    assert kept_page(SEARCH["vi"]).page.evaluate(script, words) == [fold(w) for w in words]


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("query", ["sigmoid", "tanh"])
def test_the_readers_own_language_comes_first(open_page: Opener, lang: str, query: str) -> None:
    opened = open_page(SEARCH[lang], suffix=f"?q={query}")
    chapters = [link for link in links(opened) if link.startswith("chapters/")]
    assert chapters[0].startswith(f"chapters/{lang}/")
    assert {link.split("/")[1] for link in chapters} == {"en", "vi"}
    assert len(set(chapters)) == len(chapters)


def test_the_vietnamese_search_page_speaks_vietnamese(open_page: Opener) -> None:
    opened = open_page(SEARCH["vi"], suffix="?q=cong+quen")
    assert "chapters/vi/03_lstm_gates.html" in links(opened)
    text = opened.page.locator("main").inner_text()
    assert "Tìm thấy" in text
    assert "earch" not in text
    assert opened.page.title() == "Tìm kiếm - LSTM trong tầm tay"


@pytest.mark.parametrize(
    "query",
    ["zzqqxx", "constructor", "__proto__", "%3Cimg src=x onerror=alert(1)%3E", "😀", "%20", "-"],
)
def test_a_query_without_results_is_answered(open_page: Opener, query: str) -> None:
    opened = open_page(SEARCH["vi"], suffix=f"?q={query}")
    assert links(opened) == []
    assert opened.page.locator("#search-results img").count() == 0


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give some English chapters in a book of their own, built without any extension of ours."""
    folder = tmp_path_factory.mktemp("stock")
    (folder / "chapters" / "en").mkdir(parents=True)
    for name in STOCK:
        shutil.copy(ROOT / "chapters" / "en" / f"{name}.ipynb", folder / "chapters" / "en")
    chapters = "".join(f"      - file: chapters/en/{name}\n" for name in STOCK)
    toc = f"format: jb-book\nroot: index\nparts:\n  - numbered: true\n    chapters:\n{chapters}"
    (folder / "_toc.yml").write_text(toc, encoding="utf-8")
    (folder / "index.md").write_text("# Stock\n", encoding="utf-8")
    config = "title: Stock\nonly_build_toc_files: true\nexecute:\n  execute_notebooks: 'off'\n"
    (folder / "_config.yml").write_text(config, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(folder), "-q"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "_build" / "html"


def test_english_is_searched_as_in_a_stock_build(
    browser: Browser, kept_page: Opener, stock: Path
) -> None:
    assert len(ENGLISH) >= 30
    script = """queries => queries.map(q => Search._performSearch(...Search._parseQuery(q))
      .map(([page, , anchor]) => page + anchor))"""
    with visit(browser, stock / "search.html", expect_errors=True, wait=False) as opened:
        opened.page.wait_for_function("() => Search.hasIndex()")
        expected: Any = opened.page.evaluate(script, ENGLISH)
    found = find(kept_page(SEARCH["en"]), "en", ENGLISH)
    # The other chapters and the pages that our extensions write are not in the stock book.
    beginnings = tuple(f"chapters/en/{name}" for name in STOCK)
    ours = [[page for page in pages if page.startswith(beginnings)] for pages in found]
    assert dict(zip(ENGLISH, ours, strict=True)) == dict(zip(ENGLISH, expected, strict=True))
    assert sum(map(bool, expected)) > 20
