"""`make configure` writes the repository's address everywhere, and only a sound address."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import configure
import sync
from bilingual import pages_address

from .small_books import ROOT

NEW = "https://github.com/An-Nguyen/lstm.notes"
KEPT = ("_config.yml", "README.md", "pyproject.toml", "CITATION.cff")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the files that name the repository."""
    for name in KEPT:
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters")
    return tmp_path


def test_every_mention_is_replaced(copy: Path) -> None:
    old = configure.current_address(copy)
    before = {path: path.read_text(encoding="utf-8") for path in configure.project_files(copy)}
    mentioning = {path for path, text in before.items() if old in text}
    assert {path.name for path in mentioning} >= set(KEPT)
    assert len([path for path in mentioning if path.suffix == ".ipynb"]) >= 2

    assert set(configure.configure(copy, NEW)) == mentioning
    assert configure.current_address(copy) == NEW
    for path, text in before.items():
        assert path.read_text(encoding="utf-8") == text.replace(old, NEW)
    for path in copy.rglob("*.ipynb"):
        json.loads(path.read_text(encoding="utf-8"))


def test_the_languages_stay_in_step(copy: Path) -> None:
    configure.configure(copy, NEW)
    for english in sorted((copy / "chapters" / "en").glob("*.ipynb")):
        assert sync.problems(english, copy / "chapters" / "vi" / english.name) == []


def test_a_second_run_changes_nothing_and_one_can_move_on(copy: Path) -> None:
    configure.configure(copy, NEW)
    before = {path: path.read_bytes() for path in configure.project_files(copy)}
    assert configure.configure(copy, f"{NEW}.git/") == []
    configure.configure(copy, "https://github.com/binh/moved")
    assert configure.current_address(copy) == "https://github.com/binh/moved"
    configure.configure(copy, NEW)
    assert {path: path.read_bytes() for path in configure.project_files(copy)} == before


def test_an_address_inside_a_longer_one_is_left_alone(copy: Path) -> None:
    old = configure.current_address(copy)
    (copy / "notes.md").write_text(f"{old}-other {old}/issues {old}.", encoding="utf-8")
    configure.configure(copy, NEW)
    text = (copy / "notes.md").read_text(encoding="utf-8")
    assert text == f"{old}-other {NEW}/issues {NEW}."


def test_only_tracked_files_are_touched(copy: Path) -> None:
    old = configure.current_address(copy)
    git = ["git", "-C", str(copy)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    (copy / "untracked.md").write_text(old, encoding="utf-8")
    configure.configure(copy, NEW)
    assert (copy / "untracked.md").read_text(encoding="utf-8") == old
    assert configure.current_address(copy) == NEW


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lstm-course",
        "http://github.com/an/notes",
        "https://example.org/an/notes",
        "https://github.com/an",
        "https://github.com/an/notes/tree/main",
        "https://github.com/an/no tes",
        "https://github.com/-an/notes",
        'https://github.com/an/notes"; rm',
        "git@github.com:an/notes.git",
    ],
)
def test_another_address_is_refused_in_one_line(
    copy: Path, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configure, "ROOT", copy)
    before = {path: path.read_bytes() for path in configure.project_files(copy)}
    assert configure.main([address]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: REPO must look like https://github.com/you/your-copy")
    assert output.err.count("\n") == 1
    assert {path: path.read_bytes() for path in configure.project_files(copy)} == before


def test_the_published_address_follows_from_the_repository() -> None:
    assert pages_address("https://github.com/YOUR" + "_NAME/lstm-course") == ""
    assert pages_address(NEW) == "https://an-nguyen.github.io/lstm.notes/"
    assert pages_address("") == ""
