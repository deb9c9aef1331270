"""`make colab-check` in its parts: each way to fail in Colab is found and named.

The whole, with Colab's own versions, is its own target: it makes an environment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import colab_check
import configure
import environment
import notebooks
import sync
from test_sync import code_cell, notebook

REAL = [path for twin in sync.twins() for path in (twin.english, twin.vietnamese)]
REAL = [path for path in REAL if path.suffix == ".ipynb"]
COLAB = {"numpy": "2.1.3", "torch": "2.13.0", "tqdm": "4.67.1"}
SHOW = "from lstm_course.widgets import GateExplorer\nGateExplorer()"
STORED = {
    "text/html": '<div class="lstm-widget" data-widget="gate_explorer" data-state="{}"></div>'
}


def chapter(folder: Path, *sources: str, **outputs: dict[str, str]) -> Path:
    """Write a notebook; an output is given by the number of its cell, as in cell_2."""
    cells = [code_cell(f"cell-{number}", source) for number, source in enumerate(sources, 1)]
    for name, data in outputs.items():
        shown = {"output_type": "display_data", "metadata": {}, "data": data}
        cells[int(name.removeprefix("cell_")) - 1]["outputs"] = [shown]
    path = folder / "03_gates.ipynb"
    path.write_text(json.dumps(notebook("en", *cells)), encoding="utf-8")
    return path


def program(path: Path, *lines: str) -> Path:
    """Write a program that stands for a Python."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)
    return path


# --------------------------------------------------------------------------------- Colab's Python


def test_the_python_on_the_path_is_taken(tmp_path: Path) -> None:
    python = program(tmp_path / "bin" / "python3.13", "echo 3.13")
    found = colab_check.find_python({"PATH": str(python.parent), "HOME": str(tmp_path)})
    assert found == str(python)


@pytest.mark.parametrize("root", ["HOME", "PYENV_ROOT"])
def test_pyenvs_python_is_taken_where_its_shim_does_not_start(tmp_path: Path, root: str) -> None:
    shim = program(tmp_path / "shims" / "python3.13", "echo 'command not found' >&2", "exit 127")
    pyenv = tmp_path / ".pyenv" if root == "HOME" else tmp_path
    program(pyenv / "versions" / "3.12.1" / "bin" / "python3.13", "echo 3.12")
    python = program(pyenv / "versions" / "3.13.0" / "bin" / "python3.13", "echo 3.13")
    found = colab_check.find_python({"PATH": str(shim.parent), root: str(tmp_path)})
    assert found == str(python)


def test_the_python_that_is_named_is_taken_and_no_other(tmp_path: Path) -> None:
    other = program(tmp_path / "python3.13", "echo 3.13")
    named = program(tmp_path / "mine", "echo 3.13")
    surroundings = {"PATH": str(other.parent), "COLAB_PYTHON": str(named)}
    assert colab_check.find_python(surroundings) == str(named)
    program(named, "echo 3.12")
    with pytest.raises(environment.Failure, match=r"mine is not Python 3\.13") as caught:
        colab_check.find_python(surroundings)
    assert "\n" not in str(caught.value)


def test_no_such_python_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(environment.Failure) as caught:
        colab_check.find_python({"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert str(caught.value).startswith("there is no python3.13 here, which Colab has: install it")
    assert "\n" not in str(caught.value)


# -------------------------------------------------------------------------------------- packages


def test_the_file_holds_colabs_versions_and_nothing_loose() -> None:
    text = colab_check.REQUIREMENTS.read_text(encoding="utf-8")
    wanted = colab_check.pins(text)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [f"{name}=={version}" for name, version in wanted.items()] == lines
    colab = {"anywidget": "0.9.21", "ipython": "7.34.0", "ipywidgets": "7.7.1"}
    colab |= {"matplotlib": "3.10.0", "numpy": "2.1.3"}
    assert colab.items() <= wanted.items()
    assert {"torch", "tqdm"} <= set(wanted)


def test_every_change_of_a_package_is_named_and_new_ones_are_welcome() -> None:
    after = {"numpy": "2.4.6", "torch": "2.13.0", "lstm-course": "0.1.0"}
    assert colab_check.replaced(COLAB, after) == [
        "numpy 2.1.3 was replaced by 2.4.6",
        "tqdm 4.67.1 was taken away",
    ]
    assert colab_check.replaced(COLAB, {**COLAB, "lstm-course": "0.1.0"}) == []


def test_another_version_than_colabs_is_named() -> None:
    assert colab_check.other_than_colab(COLAB, {**COLAB, "torch": "2.13.0+cpu", "six": "1"}) == []
    assert colab_check.other_than_colab(COLAB, {"numpy": "2.1.30", "torch": "2.13.0"}) == [
        "numpy is 2.1.30, not 2.1.3",
        "tqdm is missing, not 4.67.1",
    ]


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What `pip list` says, one answer a call; nothing is run or removed."""
    answers: list[dict[str, str]] = []
    monkeypatch.setattr(colab_check, "installed", lambda _: answers.pop(0))
    monkeypatch.setattr(colab_check, "remove_package", lambda _: None)
    monkeypatch.setattr(colab_check, "run", lambda *_: None)
    return answers


@pytest.mark.parametrize("version", ["2.4.6", None])
def test_a_replaced_package_fails(
    tmp_path: Path, lists: list[dict[str, str]], version: str | None
) -> None:
    after = {**COLAB, "lstm-course": "0.1.0"}
    after |= {"numpy": version} if version else {}
    lists += [after]
    if version is None:
        new = colab_check.check_install(tmp_path, COLAB, REAL[0], tmp_path)
        assert new == {"lstm-course": "0.1.0"}
        return
    with pytest.raises(environment.Failure, match=r"numpy 2\.1\.3 was replaced by 2\.4\.6"):
        colab_check.check_install(tmp_path, COLAB, REAL[0], tmp_path)


@pytest.mark.parametrize("after", [COLAB, {**COLAB, "numpy": "2.4.6"}, {**COLAB, "pooch": "1.8"}])
def test_an_environment_that_was_changed_is_made_again(
    tmp_path: Path, lists: list[dict[str, str]], after: dict[str, str]
) -> None:
    stamp = environment.python_stamp_file(tmp_path)
    stamp.touch()
    lists += [COLAB, after]
    with pytest.raises(ZeroDivisionError), colab_check.untouched(tmp_path):
        raise ZeroDivisionError
    assert stamp.exists() == (after == COLAB)


# ------------------------------------------------------------------------------------- notebooks


@pytest.mark.parametrize("path", REAL, ids=sync.short)
def test_the_setup_cell_of_every_chapter_can_install_from_a_folder(path: Path) -> None:
    _, setup, _ = colab_check.first_cells(path, Path("/the/copy"))["cells"]
    language = path.parent.name
    address = configure.current_address(sync.ROOT)
    expected = configure.setup_cell(address, language).replace(f"git+{address}", "/the/copy")
    assert setup["source"] == expected


def test_a_setup_cell_that_finds_the_package_there_already_fails(tmp_path: Path) -> None:
    path = tmp_path / "03_gates.ipynb"
    sync.write_notebook(colab_check.first_cells(REAL[0], tmp_path / "source"), path)
    with pytest.raises(notebooks.ExecutionError, match="cell 'not-there-yet' failed"):
        colab_check.run(path, sys.executable, tmp_path)


def test_a_notebook_runs_quickly_alone_and_not_from_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    empty = tmp_path / "empty"
    empty.mkdir()
    lines = [f'export NAMED="$0" && exec {sys.executable} "$@"']
    python = program(tmp_path / "python3.13", *lines)
    source = (
        "import os, sys\n"
        "print(os.path.basename(os.environ['NAMED']))\n"
        "print(os.environ['LSTM_COURSE_QUICK'], os.listdir())\n"
        "print([path for path in sys.path if 'elsewhere' in path])"
    )
    done = colab_check.run(chapter(tmp_path, source), str(python), empty)
    assert done["cells"][0]["outputs"][0]["text"] == "python3.13\n1 []\n[]\n"


def test_a_failing_cell_is_named_with_its_notebook(tmp_path: Path) -> None:
    path = chapter(tmp_path, "x = 1", "x / 0", "x")
    with pytest.raises(notebooks.ExecutionError) as caught:
        colab_check.check_notebook(path, sys.executable, tmp_path)
    assert f"{path}: cell 'cell-2' failed" in str(caught.value)
    assert "ZeroDivisionError" in str(caught.value)


def test_a_live_widget_with_its_html_passes(tmp_path: Path) -> None:
    path = chapter(tmp_path, "1", SHOW, cell_2=STORED)
    assert colab_check.check_notebook(path, sys.executable, tmp_path) == 1


@pytest.mark.parametrize(
    "source",
    [
        "1",
        SHOW.replace("GateExplorer", "SequenceExplorer"),
        f"from IPython.display import HTML\nHTML({STORED['text/html']!r})",
        "from ipywidgets import FloatSlider\nFloatSlider()",
    ],
)
def test_a_widget_that_is_not_shown_whole_is_named(tmp_path: Path, source: str) -> None:
    path = chapter(tmp_path, "1", source, cell_2=STORED)
    with pytest.raises(notebooks.ExecutionError) as caught:
        colab_check.check_notebook(path, sys.executable, tmp_path)
    assert f"{path}: cell 'cell-2' does not show its widget gate_explorer" in str(caught.value)


@pytest.fixture
def no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Calls of `environment.py`, which do nothing, for two chapters of which one fails."""
    calls: list[list[str]] = []

    def call(command: list[str], **_: Any) -> int:
        calls.append(command)
        return 0

    paths = []
    for language, source in (("en", "1 / 0"), ("vi", "1")):
        (tmp_path / language).mkdir()
        paths.append(chapter(tmp_path / language, source))
    monkeypatch.setattr(colab_check.subprocess, "call", call)
    monkeypatch.setattr(colab_check, "VENV", tmp_path / ".venv-colab")
    monkeypatch.setattr(colab_check, "find_python", lambda _: "python3.13")
    text = colab_check.REQUIREMENTS.read_text(encoding="utf-8")
    monkeypatch.setattr(colab_check, "installed", lambda _: colab_check.pins(text))
    monkeypatch.setattr(colab_check, "remove_package", lambda _: None)
    monkeypatch.setattr(colab_check, "check_install", lambda *_: {"lstm-course": "0.1.0"})
    monkeypatch.setattr(notebooks, "selected", lambda *_: paths)
    monkeypatch.setattr(environment, "venv_python", lambda _: sys.executable)
    return calls


def test_every_notebook_is_reported_and_one_failure_fails_all(
    no_environment: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert colab_check.main([]) == 1
    said = capsys.readouterr()
    failed, passed = said.out.splitlines()[-2:]
    assert failed.startswith(f"[1/2] {tmp_path}/en/03_gates.ipynb: failed, ")
    assert passed.startswith(f"[2/2] {tmp_path}/vi/03_gates.ipynb: 0 widgets, ")
    assert f"error: {tmp_path}/en/03_gates.ipynb: cell 'cell-1' failed" in said.err
    assert no_environment[0][-1] == "colab"


NEED_TORCH = {"02_recurrent_networks.ipynb": True, "03_lstm_gates.ipynb": False}


def test_pytorch_can_be_left_out(no_environment: list[list[str]]) -> None:
    colab_check.main(["--without-torch"])
    assert no_environment[0][-1] == "colab-without-torch"


def test_chapters_with_pytorch_are_known() -> None:
    need = {name: colab_check.needs_torch(sync.CHAPTERS / "en" / name) for name in NEED_TORCH}
    assert need == NEED_TORCH


def test_an_environment_with_other_versions_is_refused_and_made_again(
    no_environment: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stamp = environment.python_stamp_file(colab_check.VENV)
    stamp.parent.mkdir()
    stamp.touch()
    monkeypatch.setattr(colab_check, "installed", lambda _: {"numpy": "2.4.6"})
    assert colab_check.main([]) == 1
    said = capsys.readouterr().err
    assert "numpy is 2.4.6, not 2.1.3" in said
    assert said.count("\n") == 1
    assert not stamp.exists()
