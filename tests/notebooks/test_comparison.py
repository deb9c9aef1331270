"""The comparison of stored outputs is exact, refuses cells never executed, and names the cell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import notebooks
import sync
from test_sync import code_cell, notebook

SANITISING = sync.ROOT / "tests" / "nbval_sanitize.cfg"


def compare(path: Path) -> str:
    """Run nbval on a notebook as `make test` does and return what it says."""
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-c", os.devnull, "-rA"]
    command += ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(SANITISING)]
    done = subprocess.run(
        [*command, "--color=no", "-p", "no:cacheprovider", str(path)],
        capture_output=True,
        text=True,
        cwd=path.parent,
        env={**os.environ, "PYTHONPATH": str(sync.ROOT)},
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the comparison of a notebook whose cells went wrong each in its own way."""
    path = tmp_path_factory.mktemp("chapters") / "03_gates.ipynb"
    figure = "from IPython.display import HTML\nHTML('<svg><path d=\"M0 {}\"/></svg>')"
    content = notebook(
        "en",
        code_cell("as-stored", "1.63 + 2.70 + 1.62"),
        code_cell("last-digit", "2.947567"),
        code_cell("printed", "print('f = 0.997')"),
        code_cell("figure", figure.format("1.25")),
        code_cell("nothing-shown", "x = 1"),
        code_cell("never-executed", "1 + 1"),
    )
    path.write_text(json.dumps(content), encoding="utf-8")
    notebooks.update(path, lambda _: None)
    changed = sync.read_notebook(path)
    shown = [cell["outputs"] for cell in changed["cells"]]
    shown[1][0]["data"]["text/plain"] = "2.947568"
    shown[2][0]["text"] = "f = 0.998\n"
    shown[3][0]["data"]["text/html"] = '<svg><path d="M0 1.26"/></svg>'
    shown[4] += shown[0]
    changed["cells"][5].update(outputs=[], execution_count=None)
    sync.write_notebook(changed, path)
    return compare(path)


def outcome(said: str, number: int) -> str:
    """Return whether a code cell passed or failed."""
    found = re.search(rf"^(PASSED|FAILED|ERROR) \S*03_gates.ipynb::Cell {number}\b", said, re.M)
    assert found, said
    return found.group(1)


def test_an_output_as_stored_passes(said: str) -> None:
    assert outcome(said, 0) == "PASSED"


@pytest.mark.parametrize(
    ("number", "cell_id"),
    [(1, "last-digit"), (2, "printed"), (3, "figure"), (4, "nothing-shown")],
)
def test_any_other_output_fails_and_names_its_cell(said: str, number: int, cell_id: str) -> None:
    assert outcome(said, number) == "FAILED"
    assert f"cell '{cell_id}'" in said


def test_a_cell_that_was_never_executed_fails(said: str) -> None:
    assert outcome(said, 5) == "ERROR"
    assert "cell 'never-executed' was never executed" in said


def test_almost_nothing_is_sanitised() -> None:
    patterns = [
        line for line in SANITISING.read_text(encoding="utf-8").splitlines() if "regex:" in line[:6]
    ]
    assert patterns == []
