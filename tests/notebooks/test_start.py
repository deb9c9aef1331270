"""The chapters without a network in their first screen start at once: no torch before a widget."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sync

# Seconds of processor time, the interpreter's start among them: a busy machine changes nothing.
MOST_SECONDS = 3.0
CHAPTERS = [
    path
    for twin in sync.twins()
    for path in (twin.english, twin.vietnamese)
    if path.name.startswith(("01_", "03_")) and path.is_file()
]
MEASURED = """
import sys, time
print(f"{time.process_time():.2f}", "torch" in sys.modules)
"""


def first_screen(path: Path) -> str:
    """Return the code of a notebook up to and with its first widget, which is shown."""
    sources = []
    for cell in sync.read_notebook(path)["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = cell["source"]
        if sync.is_setup(cell):  # without the lines that install the package in Colab
            source = "import lstm_course\n" + source.splitlines()[-1]
        sources.append(source)
        if "-widget" in cell["id"]:
            break
    *lines, shown = "\n".join(sources).rsplit("\n", 1)
    return "\n".join([*lines, f"shown = {shown}", "shown._repr_mimebundle_()"])


@pytest.mark.parametrize("path", CHAPTERS, ids=sync.short)
def test_the_first_widget_is_there_in_three_seconds_without_torch(
    path: Path, tmp_path: Path
) -> None:
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(sync.ROOT),
        "LSTM_COURSE_CACHE": str(tmp_path),
        "https_proxy": "http://127.0.0.1:9",  # nothing is fetched
    }
    done = subprocess.run(
        [sys.executable, "-c", first_screen(path) + MEASURED],
        capture_output=True,
        text=True,
        env=surroundings,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seconds, torch = done.stdout.split()[-2:]
    assert torch == "False"
    assert float(seconds) < MOST_SECONDS


def test_there_are_chapters_to_start() -> None:
    assert {path.name[:2] for path in CHAPTERS} == {"01", "03"}
