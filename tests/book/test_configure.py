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
UNSET = f"https://github.com/{configure.NOBODY}/lstm-course"
KEPT = ("_config.yml", "README.md", "pyproject.toml", "CITATION.cff")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the files that name the repository."""
    for name in KEPT:
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters")
    return tmp_path


def without_notes(text: str) -> str:
    """Return a file without the line that tells what to do while there is no address."""
    return "".join(line for line in text.splitlines(True) if "has no address yet" not in line)


def setup_cells(copy: Path) -> dict[str, set[str]]:
    """Return the texts of the setup cells by language."""
    found: dict[str, set[str]] = {"en": set(), "vi": set()}
    for path in copy.glob("chapters/*/*.ipynb"):
        cells = sync.read_notebook(path)["cells"]
        found[path.parent.name] |= {cell["source"] for cell in cells if sync.is_setup(cell)}
    return found


def test_the_setup_cell_tells_what_to_do_only_while_there_is_no_address(copy: Path) -> None:
    configure.configure(copy, UNSET)
    unset = {path: path.read_bytes() for path in configure.project_files(copy)}
    for (source,) in setup_cells(copy).values():
        before, told, install = source.partition("    %pip install -q git+" + UNSET)
        note = before.splitlines()[-1]
        assert told
        assert install
        assert note.startswith("    # This copy has no address yet: replace YOUR_NAME")
        assert len(note) <= 100

    configure.configure(copy, NEW)
    for language, (source,) in setup_cells(copy).items():
        assert configure.NOBODY not in source
        assert "no address" not in source
        assert source.count("#") == 1
        assert f"    %pip install -q git+{NEW}\n    import lstm_course\n" in source
        assert source.endswith(f'\nlstm_course.use_language("{language}")')

    configure.configure(copy, UNSET)
    assert {path: path.read_bytes() for path in configure.project_files(copy)} == unset


@pytest.mark.parametrize("language", configure.LANGUAGES)
def test_every_form_of_the_setup_cell_is_python(language: str) -> None:
    for address in (NEW, UNSET):
        source = configure.setup_cell(address, language)
        compile(source.replace("%pip install -q git+", "pass  # "), "setup", "exec")


def test_only_the_setup_cell_of_a_notebook_changes(copy: Path) -> None:
    paths = sorted(copy.glob("chapters/*/*.ipynb"))
    configure.configure(copy, UNSET)
    before = [sync.read_notebook(path) for path in paths]
    configure.configure(copy, NEW)
    for old, path in zip(before, paths, strict=True):
        new = sync.read_notebook(path)
        assert [cell["id"] for cell in new["cells"]] == [cell["id"] for cell in old["cells"]]
        pairs = zip(old["cells"], new["cells"], strict=True)
        assert {one["id"] for one, other in pairs if one != other} == {sync.SETUP}
        new["cells"] = old["cells"]
        assert new == old


def test_every_mention_is_replaced(copy: Path) -> None:
    old = configure.current_address(copy)
    before = {path: path.read_text(encoding="utf-8") for path in configure.project_files(copy)}
    mentioning = {path for path, text in before.items() if old in text}
    assert {path.name for path in mentioning} >= set(KEPT)
    assert len([path for path in mentioning if path.suffix == ".ipynb"]) >= 2

    assert set(configure.configure(copy, NEW)) == mentioning
    assert configure.current_address(copy) == NEW
    for path, text in before.items():
        written = path.read_text(encoding="utf-8")
        assert without_notes(written) == without_notes(text).replace(old, NEW)
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
        "https://github.com/MY_NAME/notes",
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


def test_an_address_without_an_account_is_not_taken_for_one(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configure, "ROOT", copy)
    assert configure.main([UNSET]) == 0
    assert "nobody's account" in capsys.readouterr().out
    assert configure.main([NEW]) == 0
    assert "nobody's account" not in capsys.readouterr().out
