"""Rules for notebooks under test: a cell without outputs to compare with is a failure."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest


def is_notebook_cell(item: pytest.Item) -> bool:
    """Whether nbval made this item."""
    return type(item).__name__ == "IPyNbCell"


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the cell by its id in a failure, as the chapter does: nbval counts code cells."""
    report = yield
    if is_notebook_cell(item) and report.failed:
        cell: Any = item.cell  # type: ignore[attr-defined]
        report.sections.insert(0, ("cell", f"{item.path}: cell '{cell['id']}'"))
    return report
