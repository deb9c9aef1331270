"""Fixtures for tests of the built pages as files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .small_books import ROOT, Book, build, write_everything

BUILD = Path(os.environ.get("LSTM_COURSE_BOOK", ROOT / "_build" / "html")).resolve()


@pytest.fixture(scope="session")
def real_book() -> Book:
    """The book itself, as `make book` has built it."""
    if not (BUILD / "index.html").is_file():
        pytest.fail(f"the book is not built: no {BUILD / 'index.html'}; run `make book`", False)
    return Book(BUILD)


@pytest.fixture(scope="session")
def small_book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A book of two short chapters with one of everything that a chapter may hold."""
    folder = tmp_path_factory.mktemp("small")
    write_everything(folder)
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return Book(folder / "_build" / "html")
