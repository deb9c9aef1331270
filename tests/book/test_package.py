"""What `pip install` of the repository brings, as Colab does it: the package with all its files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from .small_books import ROOT


def test_a_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("lstm_course", "results"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    command += ["--no-index", "--disable-pip-version-check", "-w", str(tmp_path), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr

    (wheel,) = tmp_path.glob("*.whl")
    package = source / "lstm_course"
    expected = {
        path.relative_to(source).as_posix() for path in package.rglob("*") if path.is_file()
    }
    # Beside the package in the project: chapters in Colab show the figures of the studies, too.
    recorded = {f"lstm_course/recorded/{path.name}" for path in (source / "results").iterdir()}
    assert recorded
    expected |= recorded
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("lstm_course/")}
    assert packed == expected


def test_the_package_asks_for_ranges_only() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for requirement in [*project["dependencies"], *extras["train"]]:
        assert ">=" in requirement
        assert "==" not in requirement
    # Gigabytes that a reader of the first chapters does not need, and that Colab has.
    assert not [name for name in project["dependencies"] if name.startswith("torch")]
