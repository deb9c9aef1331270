"""`make notebooks`: outputs written back whole and alike, or a notebook left as it was."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import notebooks
import sync
from test_sync import code_cell, notebook, text_cell


def silent(_: str) -> None:
    """Say nothing."""


def stored(tmp_path: Path, *sources: str, language: str = "en") -> Path:
    """Write a notebook of code cells that was never executed."""
    cells = [code_cell(f"cell-{number}", source) for number, source in enumerate(sources, 1)]
    for cell in cells:
        cell.update(outputs=[], execution_count=None)
    path = tmp_path / language / "03_gates.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = notebook(language, text_cell("title", "# Cổng"), *cells)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def outputs(path: Path) -> list[list[dict[str, Any]]]:
    """Return the outputs of a notebook's code cells."""
    cells = sync.read_notebook(path)["cells"]
    return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]


WIDGET = """
import ipywidgets
slider = ipywidgets.FloatSlider(description="x")
slider
"""


def test_outputs_are_stored_and_the_same_when_run_again(tmp_path: Path) -> None:
    path = stored(tmp_path, "import sys; print(1.63)\nprint(2.7)", "0.1 + 0.2", WIDGET)
    assert notebooks.update(path, silent)
    first = path.read_bytes()
    printed, computed, widget = outputs(path)
    assert [output["text"] for output in printed] == ["1.63\n2.7\n"]
    assert computed[0]["data"] == {"text/plain": "0.30000000000000004"}
    assert list(widget[0]["data"]) == ["text/plain"], "no number of a model that is gone"
    assert not notebooks.update(path, silent)
    assert path.read_bytes() == first


def test_nothing_of_the_run_is_in_the_metadata(tmp_path: Path) -> None:
    path = stored(tmp_path, WIDGET)
    notebooks.update(path, silent)
    content = sync.read_notebook(path)
    assert set(content["metadata"]) == {"kernelspec", "lang", "language_info"}
    assert content["metadata"]["language_info"] == {"name": "python"}
    assert all(cell["metadata"] == {} for cell in content["cells"])


def test_a_failing_cell_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored(tmp_path, "x = 1", "x / 0", "x")
    before = path.read_bytes()
    assert notebooks.main(["--chapters", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "cell 'cell-2' failed" in said.err
    assert "ZeroDivisionError" in said.err
    assert "1/3 cell-1" in said.out
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_what_is_written_while_it_runs_is_not_overwritten(tmp_path: Path) -> None:
    path = stored(
        tmp_path, "from pathlib import Path", "_ = Path('03_gates.ipynb').write_text('mine')"
    )
    with pytest.raises(notebooks.ExecutionError, match="was changed while it ran"):
        notebooks.update(path, silent)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_dying_kernel_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(tmp_path, "x = 1", "import os\nos._exit(7)")
    assert notebooks.main(["--chapters", str(tmp_path)]) == 1
    assert "cell 'cell-2' failed" in capsys.readouterr().err


def test_an_empty_cell_is_not_executed_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored(tmp_path, "1", "")
    before = path.read_bytes()
    assert notebooks.main(["--chapters", str(tmp_path)]) == 1
    assert "cell 'cell-2' was not executed" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_kernel_runs_in_the_folder_of_its_notebook_with_this_interpreter(tmp_path: Path) -> None:
    path = stored(tmp_path, "import os, sys\nprint(os.getcwd())\nprint(sys.prefix)")
    notebooks.update(path, silent)
    folder, prefix = outputs(path)[0][0]["text"].split()
    assert Path(folder).resolve() == path.parent.resolve()
    assert Path(prefix).resolve() == Path(sys.prefix).resolve()


def test_selection_takes_english_first_and_knows_chapters(tmp_path: Path) -> None:
    english, vietnamese = stored(tmp_path, "1"), stored(tmp_path, "1", language="vi")
    assert notebooks.selected("03", None, tmp_path) == [english, vietnamese]
    assert notebooks.selected("", "vi", tmp_path) == [vietnamese]
    with pytest.raises(notebooks.ExecutionError, match="no notebook begins with '07'"):
        notebooks.selected("07", None, tmp_path)


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, "1")
    before = path.read_bytes()

    def refuse(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="full"):
        sync.write_notebook(sync.read_notebook(path), path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
