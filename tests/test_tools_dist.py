"""The copy to carry: complete, reproducible, checked, and readable from wherever it is put."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import dist


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    book = tmp_path / "html"
    (book / "chapters" / "vi").mkdir(parents=True)
    (book / "index.html").write_text("<p>LSTM</p>", encoding="utf-8")
    (book / "chapters" / "vi" / "trang đầu.html").write_text("Cổng quên", encoding="utf-8")
    (book / ".buildinfo").write_text("x", encoding="utf-8")
    return book


def test_the_archive_holds_the_book_in_one_folder(small_book: Path, tmp_path: Path) -> None:
    archive = dist.pack(small_book, tmp_path / "out")
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == [
            "lstm-course/chapters/vi/trang đầu.html",
            "lstm-course/index.html",
        ]
        text = packed.read("lstm-course/chapters/vi/trang đầu.html").decode("utf-8")
    assert text == "Cổng quên"


def test_the_checksum_is_that_of_the_archive(small_book: Path, tmp_path: Path) -> None:
    archive = dist.pack(small_book, tmp_path)
    written = (tmp_path / "lstm-course.zip.sha256").read_text(encoding="ascii").split()
    assert written == [hashlib.sha256(archive.read_bytes()).hexdigest(), "lstm-course.zip"]
    archive.write_bytes(archive.read_bytes()[:-1])
    assert dist.checksum(archive) != written[0]


def test_the_same_book_gives_the_same_archive(small_book: Path, tmp_path: Path) -> None:
    first = dist.pack(small_book, tmp_path / "a").read_bytes()
    (small_book / "index.html").touch()
    assert dist.pack(small_book, tmp_path / "b").read_bytes() == first


def test_without_a_book_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    output = tmp_path / "out"
    assert dist.main(["--book", str(tmp_path), "--output", str(output)]) == 1
    assert "make book" in capsys.readouterr().err
    assert not output.exists()


def test_a_full_disk_leaves_the_last_good_archive(
    small_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = dist.pack(small_book, tmp_path).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dist.zipfile.ZipFile, "writestr", full)
    with pytest.raises(dist.DistError, match="No space left"):
        dist.pack(small_book, tmp_path)
    assert (tmp_path / "lstm-course.zip").read_bytes() == good
    assert sorted(path.name for path in tmp_path.glob("lstm-course*")) == [
        "lstm-course.zip",
        "lstm-course.zip.sha256",
    ]


def test_the_command_names_the_archive(small_book: Path, tmp_path: Path) -> None:
    command = [sys.executable, dist.__file__, "--book", str(small_book), "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert str(tmp_path / "lstm-course.zip") in done.stdout
