"""The cache: where it is, what its keys depend on, and that a failed write harms nothing."""

from __future__ import annotations

import errno
import importlib
from pathlib import Path

import numpy as np
import pytest

from lstm_course import cache, cells, text
from lstm_course.cache import cache_folder, code_fingerprint, fingerprint, write_atomically


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LSTM_COURSE_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.setenv("LSTM_COURSE_CACHE", "~/mine")
    assert cache_folder() == Path.home() / "mine"
    monkeypatch.delenv("LSTM_COURSE_CACHE")
    assert cache_folder().name == "lstm-course"


def test_a_write_makes_folders_and_leaves_only_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    for content in ("one", "two"):
        write_atomically(path, lambda place, content=content: place.write_text(content))
        assert path.read_text() == content
    assert list(path.parent.iterdir()) == [path]
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode  # others may read it, too, if they may here


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fill(place: Path) -> None:
        place.write_text("half of the ne")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_atomically(path, fill)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_fingerprint_depends_on_everything() -> None:
    array = np.arange(6, dtype=np.int64)
    parts = [
        (),
        ({"a": 1},),
        ({"a": 2},),
        ({"a": "1"},),
        (b"1",),
        ("1",),
        (1,),
        (array,),
        (array.reshape(2, 3),),
        (array.astype(np.int32),),
        (array[::-1],),
        (array, array),
    ]
    assert len({fingerprint(*part) for part in parts}) == len(parts)
    assert fingerprint(array[::-1]) == fingerprint(array[::-1].copy())


def test_what_has_no_fingerprint_is_refused() -> None:
    for part in (object(), {1, 2}, float("nan")):
        with pytest.raises((TypeError, ValueError)):
            fingerprint(part)


def test_code_has_a_fingerprint() -> None:
    assert code_fingerprint(cells) != code_fingerprint(text) != code_fingerprint(cache, text)


def test_a_package_is_all_its_modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "tiny_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("x = 1")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("tiny_package")
    before = code_fingerprint(module)
    (package / "part.py").write_text("x = 2")
    assert code_fingerprint(module) != before
