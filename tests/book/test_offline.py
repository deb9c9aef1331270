"""The built book asks nobody for anything, and shows maths and widgets all the same."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.errors import ExtensionError

import offline

from .small_books import Book, build, write_chapter, write_frame

FETCHING = {"src", "srcset", "poster", "data", "background"}
LINKS_THAT_FETCH = {"stylesheet", "preload", "modulepreload", "preconnect", "dns-prefetch", "icon"}
FOREIGN = re.compile(r"^(https?:)?//")


@pytest.fixture(params=["real_book", "small_book"])
def book(request: pytest.FixtureRequest) -> Book:
    """The book itself, then the small one."""
    chosen: Book = request.getfixturevalue(request.param)
    return chosen


def foreign_addresses(page: BeautifulSoup) -> list[str]:
    """Return what a page would fetch from another host by itself."""
    found = [
        str(tag[name]) for tag in page.find_all(True) for name in FETCHING if tag.has_attr(name)
    ]
    for link in page.select("link[href]"):
        if LINKS_THAT_FETCH & set(link.get_attribute_list("rel")):
            found.append(str(link["href"]))
    return [address for address in found if FOREIGN.match(address)]


def test_no_page_fetches_from_another_host(book: Book) -> None:
    for name in book.names:
        assert foreign_addresses(book.page(name)) == [], name


def test_no_script_of_a_page_names_another_host(book: Book) -> None:
    for name in book.names:
        for script in book.page(name).find_all("script", src=False):
            assert not re.search(r"https?://", script.string or ""), (name, script.string)


def test_a_foreign_address_would_be_noticed() -> None:
    page = BeautifulSoup(
        '<script src="https://a.org/x.js"></script><link rel="preconnect" href="//b.org">'
        '<a href="https://c.org">only a link</a><link rel="canonical" href="https://d.org">'
        '<img src="here.png">',
        "html.parser",
    )
    assert foreign_addresses(page) == ["https://a.org/x.js", "//b.org"]


def test_thebe_and_require_are_gone(book: Book) -> None:
    for name in book.names:
        page = book.page(name)
        assert not [tag for tag in page.find_all(["script", "link"]) if "thebe" in str(tag)], name
        assert "require.js" not in str(page.head)


def test_maths_comes_from_a_local_file_after_the_widgets(small_book: Book) -> None:
    page = small_book.page("chapters/vi/03_gates")
    assert page.head is not None
    loaders = [tag.string for tag in page.find_all("script") if "MATHJAX" in str(tag).upper()]
    loader = next(text for text in loaders if text and "DOMContentLoaded" in text)
    found = re.search(r"script\.src = (\".*?\");", loader)
    assert found is not None
    address = json.loads(found[1]).partition("?")[0]
    file = small_book.target("chapters/vi/03_gates", address)
    assert file.stat().st_size > 2_000_000
    assert not page.select("script[src*=mathjax]")
    assert page.select_one('link[rel="preload"][href*=mathjax]') is not None


def test_formulas_are_no_tab_stops(small_book: Book) -> None:
    script = next(
        tag.string
        for tag in small_book.page("chapters/en/03_gates").find_all("script")
        if tag.string and tag.string.startswith("window.MathJax = ")
    )
    settings = json.loads(script.removeprefix("window.MathJax = "))
    assert settings["options"]["enableMenu"] is False
    assert settings["options"]["menuOptions"]["settings"]["inTabOrder"] is False


def test_a_page_without_maths_loads_no_mathjax(small_book: Book) -> None:
    assert "mathjax/" not in str(small_book.page("chapters/en/10_last").head)


def test_a_page_loads_the_scripts_of_its_own_widgets(small_book: Book) -> None:
    def scripts(name: str) -> list[str]:
        tags = small_book.page(name).select("script[src*='/lstm/']")
        assert all(tag.has_attr("defer") for tag in tags)
        files = [small_book.target(name, str(tag["src"]).partition("?")[0]) for tag in tags]
        assert all(file.is_file() for file in files)
        return [file.name for file in files]

    assert scripts("chapters/en/03_gates") == ["lstm-core.js", "lstm-memory_decay.js"]
    assert scripts("index") == ["lstm-core.js", "lstm-memory_decay.js"]
    assert scripts("chapters/en/10_last") == []


def test_the_directive_shows_a_widget_in_the_language_that_is_asked_for(small_book: Book) -> None:
    widget = small_book.page("index").select_one('.lstm-widget[data-widget="memory_decay"]')
    assert widget is not None
    state = json.loads(str(widget["data-state"]))
    assert (state["f"], state["lang"]) == (0.5, "vi")


def test_every_fault_is_told_and_fails_the_build(tmp_path: Path) -> None:
    write_frame(tmp_path, {"en": ["03_gates", "10_last"], "vi": ["03_gates"]})
    for name in ("chapters/en/03_gates", "chapters/en/10_last", "chapters/vi/03_gates"):
        write_chapter(tmp_path, name)
    wrong = {
        "{lstm-widget} no_such\n{}": "no widget is called no_such",
        "{lstm-widget} memory_decay\n{f: 1}": "memory_decay is not JSON",
        '{lstm-widget} memory_decay\n{"f": 7}': "memory_decay: f: “7",
    }
    page = ["# Book", "[nowhere](nowhere.md)", *(f"```{directive}\n```" for directive in wrong)]
    (tmp_path / "index.md").write_text("\n\n".join(page) + "\n", encoding="utf-8")
    done = build(tmp_path)
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if re.search("WARNING: |ERROR: ", line)]
    # Each is a warning, of which one is enough to fail a build: nothing else is told.
    expected = [*wrong.values(), "'nowhere.md'", "chapters/vi/10_last is missing"]
    for complaint in expected:
        assert [complaint in line for line in told].count(True) == 1, complaint
    assert len(told) == len(expected), done.stderr


def test_missing_mathjax_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(offline, "distribution", missing)
    with pytest.raises(ExtensionError, match="is not installed: run `make book`"):
        offline.mathjax_source()
