"""The virtual environment is made once, made again when it must be, and fails in one line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import environment

from .small_books import ROOT

Messages = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the real requirement files, and pip replaced by a log of its calls."""
    for name in {name for names in environment.REQUIREMENTS.values() for name in names}:
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment.stamp, "__defaults__", (tmp_path,))
    monkeypatch.setattr(environment.is_current, "__defaults__", (tmp_path,))
    monkeypatch.setenv("VENV", str(tmp_path / ".venv"))
    return tmp_path


@pytest.fixture
def calls(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `prepare` had to do, without doing it."""
    done: list[str] = []

    def create(venv: Path) -> None:
        shutil.rmtree(venv, ignore_errors=True)
        venv.mkdir()
        python_stamp = venv / "lstm-course-python.stamp"
        python_stamp.write_text(environment.identity(), encoding="utf-8")
        program = environment.venv_python(venv)
        program.parent.mkdir()
        program.symlink_to(shutil.which("true") or "/bin/true")
        done.append("create")

    def install(venv: Path, level: str) -> None:
        done.append(f"install {level}")

    monkeypatch.setattr(environment, "create", create)
    monkeypatch.setattr(environment, "install", install)
    return done


def test_a_second_run_does_nothing(calls: list[str]) -> None:
    assert environment.main(["book"]) == 0
    assert calls == ["create", "install book"]
    assert environment.main(["book"]) == 0
    assert calls == ["create", "install book"]


def test_the_test_level_adds_to_the_book_level_and_includes_it(calls: list[str]) -> None:
    environment.main(["book"])
    environment.main(["test"])
    assert calls == ["create", "install book", "install test"]
    environment.main(["book"])
    environment.main(["test"])
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("file", "level", "again"),
    [
        ("requirements-book.txt", "book", True),
        ("requirements-book.txt", "test", True),
        ("requirements.txt", "test", True),
        ("requirements.txt", "book", False),
    ],
)
def test_changed_requirements_are_installed(
    project: Path, calls: list[str], file: str, level: str, again: bool
) -> None:
    environment.main([level])
    calls.clear()
    with (project / file).open("a", encoding="utf-8") as requirements:
        requirements.write("# changed\n")
    environment.main([level])
    assert calls == ([f"install {level}"] if again else [])


def test_another_python_makes_a_new_environment(
    calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.main(["book"])
    calls.clear()
    monkeypatch.setattr(environment, "identity", lambda: "another Python")
    environment.main(["book"])
    assert calls == ["create", "install book"]


def test_a_broken_environment_is_made_again(project: Path, calls: list[str]) -> None:
    environment.main(["book"])
    environment.venv_python(project / ".venv").unlink()
    calls.clear()
    environment.main(["book"])
    assert calls == ["create", "install book"]


def test_a_failed_install_leaves_no_stamp(
    project: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Messages
) -> None:
    def fail(venv: Path, level: str) -> None:
        raise environment.Failure("pip could not install book: no network")

    monkeypatch.setattr(environment, "install", fail)
    assert environment.main(["book"]) == 1
    assert capsys.readouterr().err == "error: pip could not install book: no network\n"
    assert not environment.is_current(project / ".venv", "book")


def test_an_old_python_is_refused_in_one_line(
    calls: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Messages
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
    assert environment.main(["book"]) == 1
    assert capsys.readouterr().err == (
        "error: Python 3.10 is too old: the course needs 3.11 or newer. "
        "Name another one like this: make PYTHON=python3.12\n"
    )
    assert calls == []


def test_a_python_without_ensurepip_is_told_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Messages
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert environment.main(["book"]) == 1
    message = capsys.readouterr().err
    assert "ensurepip is missing" in message
    assert f"sudo apt install python3.{sys.version_info.minor}-venv" in message
    assert message.count("\n") == 1


@pytest.fixture
def commands(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The calls of pip, which do nothing, for an environment with a place for packages."""
    done: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        done.append(command)
        return 0

    folder = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (project / ".venv" / "lib" / folder / "site-packages").mkdir(parents=True)
    monkeypatch.setattr(environment.subprocess, "call", call)
    return done


@pytest.mark.parametrize("level", environment.REQUIREMENTS)
def test_an_environment_apart_does_not_see_the_package_in_this_folder(
    project: Path, commands: list[list[str]], level: str
) -> None:
    environment.install(project / ".venv", level)
    paths = list((project / ".venv").rglob("*.pth"))
    assert len(paths) == (1 if level in ("book", "test") else 0)


def test_colabs_environment_can_do_without_pytorch(
    project: Path, commands: list[list[str]]
) -> None:
    file = project / environment.REQUIREMENTS["colab"][0]
    environment.install(project / ".venv", "colab")
    environment.install(project / ".venv", "colab-without-torch")
    whole, part = commands
    assert whole[-2:] == ["-r", str(file)]
    wanted = [line for line in file.read_text(encoding="utf-8").splitlines() if "==" in line]
    asked = [argument for argument in part if "==" in argument]
    assert [line for line in wanted if line not in asked] == ["torch==2.13.0"]
    assert set(asked) < set(wanted)


def test_with_pytorch_serves_those_who_need_none_but_not_the_other_way(calls: list[str]) -> None:
    environment.main(["colab-without-torch"])
    environment.main(["colab"])
    environment.main(["colab-without-torch"])
    assert calls == ["create", "install colab-without-torch", "install colab"]
    environment.main(["book"])
    assert calls[-1] == "install book"


def test_pips_own_error_is_the_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Messages
) -> None:
    (project / "requirements-book.txt").write_text("./no-such-package\n", encoding="utf-8")
    assert environment.main(["book"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: pip could not install book: ERROR: ")
    assert "no-such-package" in message
    assert message.count("\n") == 1
    log = (project / ".venv" / "lstm-course-pip.log").read_text(encoding="utf-8")
    assert "no-such-package" in log


def test_a_missing_python_is_one_line() -> None:
    done = subprocess.run(
        ["make", "-s", "book", "PYTHON=no-such-python"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.startswith("error: there is no Python called no-such-python here: install")


def test_the_book_needs_no_torch() -> None:
    lines = (ROOT / "requirements-book.txt").read_text(encoding="utf-8").splitlines()
    packages = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert not packages & {"torch", "matplotlib", "playwright", "scikit-learn"}


def test_every_requirement_has_its_reason_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = "".join(line for line in readme.splitlines() if line.startswith("| "))
    for name in {name for names in environment.REQUIREMENTS.values() for name in names}:
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r")):
                package = line.partition("=")[0].rstrip("<>!~")
                assert package in table, f"{package} has no reason in the README's table"
