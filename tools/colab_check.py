"""Run every notebook as Colab would: ``make colab-check``, or ``TORCH=no make colab-check``.

An environment of its own, ``.venv-colab``, gets Python 3.13 and the versions that Colab has
(``requirements-colab.txt``). The setup cell of a notebook then installs the package there, from a
copy of this folder in place of the repository's address. That must replace nothing that was there,
and every notebook must run to its end and show its widgets.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import nbformat

import environment
import notebooks
import sync

ROOT = sync.ROOT
VENV = ROOT / ".venv-colab"
REQUIREMENTS = ROOT / environment.REQUIREMENTS["colab"][0]
VERSION = "3.13"
# What the kernel may know: only its own packages, and that there is no time.
SURROUNDINGS = {"LSTM_COURSE_QUICK": "1", "PYTHONNOUSERSITE": "1", "PYTHONPATH": ""}
WIDGET = re.compile(r'<div class="lstm-widget" data-widget="([^"]*)"')
TORCH = re.compile(
    r"^\s*(?:import torch|from (?:torch|lstm_course\.(?:models|training|long_memory))\b)", re.M
)
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

Packages = dict[str, str]


# --------------------------------------------------------------------------------- Colab's Python


def candidates(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield the Pythons that may be Colab's: the one named, the one on the path, pyenv's."""
    if named := variables.get("COLAB_PYTHON"):
        yield named
        return
    if found := shutil.which(f"python{VERSION}", path=variables.get("PATH", os.defpath)):
        yield found
    pyenv = Path(variables.get("PYENV_ROOT") or Path(variables.get("HOME", "/")) / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{VERSION}.*/bin/python{VERSION}")))


def version_of(python: str) -> str:
    """Return a Python's version such as 3.13, or nothing if it does not start."""
    show = "import sys; print('{}.{}'.format(*sys.version_info))"
    try:
        done = subprocess.run([python, "-c", show], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def find_python(variables: Mapping[str, str]) -> str:
    """Return a Python of Colab's version."""
    for python in candidates(variables):
        if version_of(python) == VERSION:
            return python
    named = variables.get("COLAB_PYTHON")
    raise environment.Failure(
        (f"{named} is not Python {VERSION}" if named else f"there is no python{VERSION} here")
        + f", which Colab has: install it, or name one: make colab-check COLAB_PYTHON=/path/to/"
        f"python{VERSION}"
    )


# -------------------------------------------------------------------------------------- packages


def normal(name: str) -> str:
    """Return a package's name as pip compares it.

    >>> normal("Lstm_Course")
    'lstm-course'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> Packages:
    """Return the versions that a requirements file holds.

    >>> pins("numpy==2.1.3")
    {'numpy': '2.1.3'}
    """
    lines = (line.partition("==") for line in text.splitlines() if not line.startswith("#"))
    return {normal(name): version for name, _, version in lines if version}


def installed(venv: Path) -> Packages:
    """Return what `pip list` says of an environment."""
    command = [str(environment.venv_python(venv)), "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run([*command, "list", "--format=json"], capture_output=True, check=True)
    return {normal(found["name"]): found["version"] for found in json.loads(done.stdout)}


def replaced(before: Packages, after: Packages) -> list[str]:
    """Say which packages are no longer what they were.

    >>> replaced({"numpy": "2.1.3", "tqdm": "4.67.1"}, {"numpy": "2.4.6", "tqdm": "4.67.1"})
    ['numpy 2.1.3 was replaced by 2.4.6']
    """
    return [
        f"{name} {version} was " + (f"replaced by {after[name]}" if name in after else "taken away")
        for name, version in before.items()
        if after.get(name) != version
    ]


def other_than_colab(wanted: Packages, found: Packages) -> list[str]:
    """Say which packages have another version than Colab; a local label (+cpu) is none."""
    return [
        f"{name} is {found.get(name, 'missing')}, not {version}"
        for name, version in wanted.items()
        if found.get(name, "").partition("+")[0] != version
    ]


def remove_package(venv: Path) -> None:
    """Take the course's package out of an environment, if it is there."""
    command = [str(environment.venv_python(venv)), "-m", "pip", "uninstall", "-q", "-y"]
    subprocess.run([*command, "lstm_course"], capture_output=True, check=True)


@contextmanager
def untouched(venv: Path) -> Iterator[Packages]:
    """Give the packages of an environment, and leave it with those or have it made again."""
    remove_package(venv)
    before = installed(venv)
    try:
        yield before
    finally:
        remove_package(venv)
        if installed(venv) != before:
            environment.python_stamp_file(venv).unlink(missing_ok=True)


def copy_package(target: Path) -> None:
    """Copy what the package is built from, and nothing that a build has left."""
    target.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("lstm_course", "results"):
        shutil.copytree(ROOT / name, target / name, ignore=ignored)


# ------------------------------------------------------------------------------------- notebooks


def first_cells(path: Path, source: Path) -> sync.Notebook:
    """Return a notebook's setup cell, told to install from a folder, between two checks.

    The cell must have something to do, and must bring its package into the environment.
    """
    notebook = sync.read_notebook(path)
    (setup,) = (cell for cell in notebook["cells"] if sync.is_setup(cell))
    address = re.compile(r"(?<=%pip install -q )git\+\S+")
    setup["source"], count = address.subn(lambda _: str(source), setup["source"])
    if count != 1:
        raise notebooks.ExecutionError(f"{sync.short(path)}: cell 'setup' installs nothing")
    before = "import importlib.util\nassert importlib.util.find_spec('lstm_course') is None"
    after = "import sys\nassert lstm_course.__file__.startswith(sys.prefix)"
    notebook["cells"] = [
        nbformat.v4.new_code_cell(before, id="not-there-yet"),  # type: ignore[no-untyped-call]
        setup,
        nbformat.v4.new_code_cell(after, id="installed-here"),  # type: ignore[no-untyped-call]
    ]
    return notebook


def widgets(cell: sync.Cell, state: Mapping[str, object] | None = None) -> list[str]:
    """Return the names of the widgets that a cell shows, alive in `state` if that is given."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        alive = data.get(notebooks.WIDGET_VIEW, {}).get("model_id")
        if state is None or alive in state:
            found += WIDGET.findall(data.get("text/html", ""))
    return found


def missing_widgets(stored: sync.Notebook, shown: sync.Notebook) -> list[str]:
    """Say which cells do not show their widgets, both as a live view and as HTML."""
    state = shown["metadata"].get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    cells = sync.index(shown)
    return [
        f"cell '{cell['id']}' does not show its widget {name}"
        for cell in stored["cells"]
        for name in widgets(cell)
        if name not in widgets(cells[cell["id"]], state)
    ]


def needs_torch(path: Path) -> bool:
    """Tell whether a cell of a notebook imports PyTorch."""
    cells = sync.read_notebook(path)["cells"]
    return any(notebooks.is_run(cell) and TORCH.search(cell["source"]) for cell in cells)


def run(path: Path, python: str, folder: Path) -> sync.Notebook:
    """Run a notebook in a folder that holds nothing, with the kernel of another Python."""
    return notebooks.execute(
        path, lambda _: None, python=python, folder=folder, variables=SURROUNDINGS
    )


def check_notebook(path: Path, python: str, folder: Path) -> int:
    """Run a notebook and return how many widgets it shows."""
    stored = sync.read_notebook(path)
    missing = missing_widgets(stored, run(path, python, folder))
    if missing:
        raise notebooks.ExecutionError(f"{sync.short(path)}: {'; '.join(missing)}")
    return sum(len(widgets(cell)) for cell in stored["cells"])


def check_install(venv: Path, before: Packages, path: Path, folder: Path) -> Packages:
    """Let a notebook's setup cell install the package; return the packages that came with it."""
    copy_package(folder / "source")
    setup = folder / path.name
    sync.write_notebook(first_cells(path, folder / "source"), setup)
    run(setup, str(environment.venv_python(venv)), folder / "empty")
    after = installed(venv)
    if wrong := replaced(before, after):
        raise environment.Failure(f"Colab would not keep its packages: {'; '.join(wrong)}")
    return {name: version for name, version in after.items() if name not in before}


def check_all(venv: Path, before: Packages, paths: Sequence[Path]) -> list[str]:
    """Install the package beside those there and run the notebooks; return what went wrong."""
    say = partial(print, flush=True)
    python, wrong = str(environment.venv_python(venv)), []
    with tempfile.TemporaryDirectory(prefix="lstm-course-") as name:
        folder = Path(name)
        (folder / "empty").mkdir()
        new = check_install(venv, before, paths[0], folder)
        listed = ", ".join(f"{package} {version}" for package, version in new.items())
        say(f"The setup cell installed {listed} and replaced nothing.")
        for number, path in enumerate(paths, start=1):
            began = time.monotonic()
            try:
                told = f"{check_notebook(path, python, folder / 'empty')} widgets"
            except (notebooks.ExecutionError, sync.NotebookFileError) as error:
                wrong.append(str(error))
                told = "failed"
            seconds = time.monotonic() - began
            say(f"[{number}/{len(paths)}] {sync.short(path)}: {told}, {seconds:.1f} s")
    return wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--without-torch", action="store_true", help="do not install PyTorch")
    options = parser.parse_args(argv)
    wanted = pins(REQUIREMENTS.read_text(encoding="utf-8"))
    level = "colab-without-torch" if options.without_torch else "colab"
    try:
        paths = notebooks.selected("", None, sync.CHAPTERS)
        if options.without_torch:
            del wanted["torch"]
            left_out = [path for path in paths if needs_torch(path)]
            paths = [path for path in paths if path not in left_out]
            print("Left out without PyTorch:", ", ".join(map(sync.short, left_out)))
        command = [find_python(os.environ), str(ROOT / "tools" / "environment.py"), level]
        if subprocess.call(command, env={**os.environ, "VENV": str(VENV)}) != 0:
            return 1
        with untouched(VENV) as before:
            if wrong := other_than_colab(wanted, before):
                environment.python_stamp_file(VENV).unlink(missing_ok=True)
                raise environment.Failure(
                    f"{VENV.name} was changed by hand ({'; '.join(wrong)}); "
                    "run this again to have it made afresh"
                )
            wrong = check_all(VENV, before, paths)
    except (environment.Failure, notebooks.ExecutionError) as error:
        wrong = [str(error)]
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
