"""The pages for instructors: only chapters that there are, exercises from the notebooks."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from bs4 import Tag

import minutes
from chapter_numbers import chapter_number
from languages import NAMES
from lessons import MINUTES, TIMES, duration, exercises, markdown_cells, title
from lstm_course.language import text

from .small_books import ROOT, Book, build, write_chapter, write_frame

TIME = tomllib.loads((ROOT / TIMES).read_text(encoding="utf-8"))["chapter"]
MINUTES_IN = {"two hours": "120 minutes"}
CHAPTERS = ["01_words", "03_gates", "04_count"]
PROSE = """
**1 ★ By hand, $x$.** Work.

A **2 ★ no exercise**.
"""


@pytest.fixture(scope="module")
def little_book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A book with all chapters but the second, and with the reference pages as they are."""
    folder = tmp_path_factory.mktemp("lessons")
    names = [*CHAPTERS, "glossary", "references", "instructors"]
    write_frame(folder, dict.fromkeys(NAMES, names))
    for language in NAMES:
        for name in CHAPTERS:
            write_chapter(folder, f"chapters/{language}/{name}", "The *hidden state*.")
        for name in names[len(CHAPTERS) :]:
            shutil.copy(ROOT / f"chapters/{language}/{name}.md", folder / f"chapters/{language}")
        path = folder / f"chapters/{language}/03_gates.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cell = {
            "cell_type": "markdown",
            "id": "exercise-1",
            "metadata": {},
            "source": PROSE.strip(),
        }
        notebook["cells"].append(cell)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    for data in ("glossary.toml", "references.bib", "lessons.toml", "minutes.json"):
        shutil.copy(ROOT / "chapters" / data, folder / "chapters")
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return Book(folder / "_build" / "html")


def test_only_chapters_of_the_book_are_told_of(little_book: Book) -> None:
    for language in NAMES:
        page = little_book.page(f"chapters/{language}/instructors")
        lessons = [str(tag["id"]) for tag in page.select("section[id^=lesson-]")]
        assert lessons == ["lesson-1", "lesson-3", "lesson-4"]
        rows = page.select("article table tbody tr")
        assert len(rows) == len(CHAPTERS)
        assert text("lessons.not_measured", lang=language) in rows[0].get_text()
        listed = page.select(".lc-exercises li")
        assert len(listed) == 1
        assert listed[0].get_text().startswith("★ By hand, ")
        assert listed[0].select("span.math"), "formulas in titles are formulas"


def test_pages_that_are_no_chapters_have_no_number(little_book: Book) -> None:
    for language in NAMES:
        page = little_book.page(f"chapters/{language}/instructors")
        headings = [tag.get_text() for tag in page.select("article :is(h1, h2, h3)")]
        assert len(headings) > 4
        assert [words for words in headings if words[0].isdigit()] == []
        entries = [tag.get_text(strip=True) for tag in page.select(".bd-docs-nav li a")]
        assert [entry[:2] for entry in entries if entry[0].isdigit()] == ["1.", "3.", "4."]


def test_a_small_chapter_links_to_the_glossary(little_book: Book) -> None:
    links = little_book.page("chapters/vi/03_gates").select("a.lc-term")
    assert [link.get_text() for link in links] == []  # its words are English
    links = little_book.page("chapters/en/03_gates").select("a.lc-term")
    assert [str(link["href"]) for link in links] == ["glossary.html#term-hidden-state"]


@pytest.mark.parametrize("language", NAMES)
def test_every_chapter_of_the_book_has_its_lesson(real_book: Book, language: str) -> None:
    folder = f"chapters/{language}/"
    names = [name for name in real_book.names if name.startswith(folder)]
    chapters = {number: name for name in names if (number := chapter_number(name)) is not None}
    page = real_book.page(f"{folder}instructors")
    shown = [str(tag["id"]) for tag in page.select("section[id^=lesson-]")]
    assert shown == [f"lesson-{number}" for number in sorted(chapters)]
    assert len(page.select("article table tbody tr")) == len(chapters)
    for number, name in chapters.items():
        section = page.select_one(f"#lesson-{number}")
        assert isinstance(section, Tag)
        notebook = ROOT / f"{name}.ipynb"
        assert section.h3 is not None
        assert title(notebook) in section.h3.get_text()
        assert len(section.select(".lc-exercises li")) == len(exercises(notebook)) > 3
        numbers = [task[0] for task in exercises(notebook)]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("language", NAMES)
def test_what_the_pages_name_is_there(language: str) -> None:
    page = (ROOT / f"chapters/{language}/instructors.md").read_text(encoding="utf-8")
    assert f"*{text('gate_explorer.share', lang=language)}*" in page
    assert "LSTM_COURSE_QUICK=1" in page
    assert "make dist" in page
    told = [int(number) for number in re.findall(r"```\{lesson\} (\d+)", page)]
    assert told == [time["number"] for time in TIME]


def test_both_pages_tell_the_same_in_the_same_order() -> None:
    outlines = [
        re.findall(
            r"^(#+|```\{.*)",
            (ROOT / f"chapters/{language}/instructors.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        for language in NAMES
    ]
    assert outlines[0] == outlines[1]


def test_reading_times_are_those_that_the_chapters_give() -> None:
    for time in TIME:
        for path in (ROOT / "chapters/en").glob(f"{time['number']:02}_*.ipynb"):
            cells = " ".join(markdown_cells(path))
            given = re.findall(r"\*\*Time:\*\* about (\w+ \w+), and as much again", cells)
            assert [MINUTES_IN.get(words, words) for words in given] == [
                f"{time['reading']} minutes"
            ], path.name
            assert time["exercises"] == time["reading"]


def test_every_notebook_was_measured() -> None:
    measured = json.loads((ROOT / MINUTES).read_text(encoding="utf-8"))
    assert measured["cores"] == minutes.CORES
    for path in (ROOT / "chapters/en").glob("*.ipynb"):
        seconds = measured["seconds"].get(path.stem, {})
        assert set(seconds) == set(minutes.MODES), f"run tools/minutes.py --only {path.stem[:2]}"
        assert all(value > 0 for value in seconds.values())
        assert duration(seconds["full"], "en")


def test_each_mode_is_measured_with_nothing_reused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[dict[str, str]] = []

    def execute(path: Path, say: object, *, variables: dict[str, str]) -> None:
        asked.append(variables)

    monkeypatch.setattr(minutes.notebooks, "execute", execute)
    for mode in minutes.MODES:
        assert minutes.measure(tmp_path / "03_gates.ipynb", mode) >= 0
    assert [variables["LSTM_COURSE_QUICK"] for variables in asked] == ["1", ""]
    assert {variables["LSTM_COURSE_REUSE"] for variables in asked} == {""}


def test_a_measurement_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "minutes.json"
    minutes.store("01_a", "quick", 12.4, file)
    minutes.store("01_a", "full", 200.0, file)
    minutes.store("02_b", "quick", 3.0, file)
    expected = {"01_a": {"quick": 12, "full": 200}, "02_b": {"quick": 3}}
    assert minutes.stored(file) == {"cores": 2, "seconds": expected}
