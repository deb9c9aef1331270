"""Rules for all tests, and for notebooks under test: what is compared, and what cannot be.

A cell without outputs to compare with is a failure. Two tags make exceptions:

``real-data``  the output needs a real data set: compared where there is one; elsewhere the cell is
               executed on the sample and counted as skipped, by name.
``trained``    the output depends on how long a model was trained, which is short under test: the
               cell is executed, its output not compared.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from lstm_course import use_language


@pytest.fixture(autouse=True, scope="module")  # before a module's own fixtures, which may train
def in_full() -> Iterator[None]:
    """Train in tests as a reader's program would; `make test` shortens it for notebooks alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("LSTM_COURSE_QUICK", "LSTM_COURSE_REUSE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """Go back to English, whatever language a test has chosen."""
    yield
    use_language("en")


def is_notebook_cell(item: pytest.Item) -> bool:
    """Whether nbval made this item."""
    return type(item).__name__ == "IPyNbCell"


def tags(item: pytest.Item) -> list[str]:
    """Return the tags of a notebook's cell."""
    found: list[str] = item.cell.metadata.get("tags", [])  # type: ignore[attr-defined]
    return found


def has_real_data() -> bool:
    """Whether the environment names a folder of real data sets."""
    return Path(os.environ.get("LSTM_COURSE_DATA") or "/nowhere").is_dir()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a cell that was never executed: nbval would run it and compare nothing."""
    if not is_notebook_cell(item):
        return
    cell: Any = item.cell  # type: ignore[attr-defined]
    if cell.execution_count is None:
        pytest.fail(
            f"{item.path.name}: cell '{cell['id']}' was never executed; run `make notebooks`",
            pytrace=False,
        )
    if "trained" in tags(item) or ("real-data" in tags(item) and not has_real_data()):
        item.options["check"] = False  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the cell by its id in a failure, as the chapter does: nbval counts code cells."""
    report = yield
    if not is_notebook_cell(item):
        return report
    name = f"{item.path}: cell '{item.cell['id']}'"  # type: ignore[attr-defined]
    if report.failed:
        report.sections.insert(0, ("cell", name))
    elif call.when == "call" and "real-data" in tags(item) and not has_real_data():
        report.outcome = "skipped"
        why = f"{name} ran on the sample: LSTM_COURSE_DATA names no folder of real data"
        report.longrepr = (str(item.path), 0, why)
    return report
