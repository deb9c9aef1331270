"""Where data are looked for, what is said when they cannot be had, and downloads that go wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import pytest
import requests

from lstm_course import use_language
from lstm_course.cache import cache_folder
from lstm_course.datasets import DataError, Splits, load_stop_words, load_vntc, loaders, lookup
from lstm_course.datasets.progress import progress

from .small import ARCHIVE_KEYS, Kind, Server, serve, tar_of


def cached() -> Path:
    return cache_folder() / "data"


# ---- Nothing can be had -----------------------------------------------------------------------


@pytest.mark.parametrize(("language", "loud"), [("en", "ONLY A SAMPLE"), ("vi", "CHỈ CÓ MẪU THỬ")])
def test_without_data_and_network_the_sample_says_so_once(
    kind: Kind, capsys: pytest.CaptureFixture[str], language: str, loud: str
) -> None:
    use_language(language)
    source = getattr(loaders, kind.constant).source
    first = kind.load()
    said = capsys.readouterr()
    assert said.out == ""
    assert loud in said.err
    assert all(address in said.err for address in source.addresses)
    host = source.addresses[0].split("/")[2]
    assert host in said.err.split(loud)[0].replace(source.addresses[0], "") or "rar" in said.err
    assert str(cached()) in said.err
    assert kind.load() == first
    assert capsys.readouterr().err == ""
    if isinstance(first, Splits):
        assert first.is_sample
        assert first.source.addresses == ()
        assert first.source.licence
    assert not [path for path in cached().iterdir() if path.is_file()]


def test_require_full_raises_the_same_explanation(
    kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, words in (("en", "cannot be had"), ("vi", "không lấy được")):
        use_language(language)
        with pytest.raises(DataError, match=words) as raised:
            kind.load(require_full=True)
        address = getattr(loaders, kind.constant).source.addresses[0]
        assert address in str(raised.value)
        assert str(cached()) in str(raised.value)
        assert capsys.readouterr().err == ""
        kind.load()
        if language == "en":
            assert str(raised.value) in capsys.readouterr().err


def test_downloads_can_be_switched_off(
    served: Kind, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSTM_COURSE_OFFLINE", "1")
    with pytest.raises(DataError, match="nothing is downloaded while LSTM_COURSE_OFFLINE is set"):
        served.load(require_full=True)
    assert server.asked == []
    monkeypatch.delenv("LSTM_COURSE_OFFLINE")
    served.load(require_full=True)
    assert server.asked


def test_each_data_set_has_its_own_notice(
    make: Callable[[str], Kind], capsys: pytest.CaptureFixture[str]
) -> None:
    for key in ("kieu", "headlines"):
        make(key).load()
        assert capsys.readouterr().err.count("ONLY A SAMPLE") == 1


def test_the_folder_that_was_named_is_in_the_notice(
    kind: Kind, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match=f"LSTM_COURSE_DATA.*{data}.*{next(iter(kind.files))}"):
        kind.load(require_full=True)
    monkeypatch.setenv("LSTM_COURSE_DATA", str(data / "typo"))
    with pytest.raises(DataError, match="typo, and there is no such folder"):
        kind.load(require_full=True)


def test_half_of_a_pair_is_in_the_notice(make: Callable[[str], Kind], data: Path) -> None:
    make("ntc_scv").put(data)[1].unlink()
    with pytest.raises(DataError, match=r"data_train\.zip is there, but.*data_test\.zip"):
        loaders.load_ntc_scv(require_full=True)


# ---- Found ------------------------------------------------------------------------------------


def test_the_folder_comes_before_the_cache(kind: Kind, data: Path, server: Server) -> None:
    kind.put(data)
    cached().mkdir(parents=True)
    for name in kind.files:
        (cached() / name).write_bytes(b"broken")
    assert kind.load(require_full=True)
    for name in kind.files:
        (data / name).unlink()
    with pytest.raises(DataError, match=str(cached())):
        kind.load()


def test_a_file_put_into_the_cache_by_hand_is_found(
    kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    kind.put(cached())
    loaded = kind.load()
    assert isinstance(loaded, tuple) or not loaded.is_sample
    assert capsys.readouterr().err == ""


def test_a_tilde_in_the_name_is_the_home_folder(
    make: Callable[[str], Kind], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LSTM_COURSE_DATA", "~/mine")
    kind = make("kieu")
    kind.put(tmp_path / "mine")
    assert not kind.load().is_sample


# ---- There, but bad: an error, never the sample -----------------------------------------------


def test_a_changed_record_is_refused_and_read_by_the_reader_s_own_function(
    kind: Kind, data: Path
) -> None:
    paths = kind.put(data)
    small = getattr(loaders, kind.constant)
    loaders_constant = replace(small, checksums=dict.fromkeys(small.checksums, "0" * 64))
    setattr(loaders, kind.constant, loaders_constant)  # put back by the fixture's monkeypatch
    with pytest.raises(DataError) as raised:
        kind.load()
    assert str(paths[0]) in str(raised.value)
    assert "has the right form but is not the data set" in str(raised.value)
    assert f"{small.reader}(path)" in str(raised.value)
    assert small.checksums["train"][:16] in str(raised.value)
    assert kind.read(*paths)


@pytest.mark.parametrize("key", ["headlines", "kieu", "stop_words"])
def test_one_changed_letter_is_refused(make: Callable[[str], Kind], data: Path, key: str) -> None:
    kind = make(key)
    (path,) = kind.put(data)
    text = path.read_text(encoding="utf-8")
    old, new = {
        "headlines": ("heavy", "heave"),
        "kieu": ("hiên", "hiền"),
        "stop_words": ("hay", "hây"),
    }[key]
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match="content checksum"):
        kind.load()
    assert kind.read(path)


def test_a_truncated_file_is_refused(kind: Kind, data: Path) -> None:
    paths = kind.put(data)
    whole = paths[0].read_bytes()
    for share in (0.3, 0.6, 0.9, 0.99):
        paths[0].write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(DataError, match=paths[0].name):
            kind.load()


def test_whole_lines_too_few_are_refused(line_kind: Kind, data: Path) -> None:
    (path,) = line_kind.put(data)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-4]))
    with pytest.raises(DataError, match=r"is not the data set: \d+"):
        line_kind.load()


@pytest.mark.parametrize("key", ARCHIVE_KEYS)
def test_a_member_too_few_is_refused(make: Callable[[str], Kind], data: Path, key: str) -> None:
    kind = make(key)
    kind.put(data)
    small = getattr(loaders, kind.constant)
    more = {part: dict.fromkeys(count, 99) for part, count in small.counts.items()}
    setattr(loaders, kind.constant, replace(small, counts=more))
    with pytest.raises(DataError, match=r"expected 99 \+ 99"):
        kind.load()


def test_imdb_without_a_test_part_is_fine_and_with_half_of_one_is_not(
    make: Callable[[str], Kind], data: Path
) -> None:
    kind = make("imdb")
    kind.put(data)
    known = kind.load(require_full=True)
    part = dict(loaders.IMDB.checksums)
    del part["test"]  # as it is for the whole set, whose test part has counts alone
    setattr(loaders, "IMDB", replace(loaders.IMDB, checksums=part))  # noqa: B010
    train = {f"train/{'pos' if r.label else 'neg'}/{r.name}": r.text.encode() for r in known.train}
    test = {f"test/{'pos' if r.label else 'neg'}/{r.name}": r.text.encode() for r in known.test}
    (data / "aclImdb_v1.tar.gz").write_bytes(tar_of(train, "gz"))
    assert kind.load(require_full=True).test == ()
    test.popitem()
    (data / "aclImdb_v1.tar.gz").write_bytes(tar_of({**train, **test}, "gz"))
    with pytest.raises(DataError, match="in the part “test”"):
        kind.load()


def test_a_foreign_file_is_refused(kind: Kind, data: Path) -> None:
    for path in kind.put(data):
        path.write_bytes(b"<!doctype html><title>Log in</title>")
    with pytest.raises(DataError, match=next(iter(kind.files))):
        kind.load()


# ---- Downloads --------------------------------------------------------------------------------


def nothing_half() -> bool:
    """Whether no download left anything unfinished in the cache."""
    return not [path for path in cached().iterdir() if path.name.startswith(".")]


def test_a_download_is_kept_and_not_made_twice(
    served: Kind, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    first = served.load(require_full=True)
    assert server.asked == list(served.files)
    assert served.load(require_full=True) == first
    assert server.asked == list(served.files)
    assert {path.name: path.read_bytes() for path in cached().iterdir()} == served.files
    assert capsys.readouterr().err == ""


def test_two_at_once_do_no_harm(served: Kind) -> None:
    start, found = threading.Barrier(4), []

    def load() -> None:
        start.wait()
        found.append(served.load(require_full=True))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(one == found[0] for one in found)
    assert nothing_half()


LOGIN = b"<!doctype html><title>Welcome to the hotel</title>"


@pytest.mark.parametrize("trouble", ["login page", "404", "503", "cut off", "changed"])
def test_a_bad_download_leaves_the_sample_and_no_file(
    served: Kind, server: Server, capsys: pytest.CaptureFixture[str], trouble: str
) -> None:
    last = list(served.files)[-1]
    if trouble == "login page":
        server.files[last] = LOGIN
    elif trouble == "404":
        del server.files[last]
    elif trouble == "503":
        server.status = 503
    elif trouble == "cut off":
        server.promise = 100
    else:
        small = getattr(loaders, served.constant)
        wrong = dict.fromkeys(served.files, f"sha256:{'0' * 64}")
        setattr(loaders, served.constant, replace(small, hashes=wrong))
    told = {"404": "404", "503": "503", "cut off": "127.0.0.1", "changed": "expected 0000"}
    with pytest.raises(DataError, match=told.get(trouble, last)):
        served.load(require_full=True)
    served.load()
    assert "ONLY A SAMPLE" in capsys.readouterr().err
    assert list(cached().iterdir()) == []


def test_a_known_hash_lets_the_right_file_pass(
    served: Kind, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hashes = {
        path.name: f"md5:{pooch.file_hash(str(path), alg='md5')}"
        for path in served.put(tmp_path / "there")
    }
    small = getattr(loaders, served.constant)
    monkeypatch.setattr(loaders, served.constant, replace(small, hashes=hashes))
    assert served.load(require_full=True)


def test_a_good_file_is_never_fetched_over(served: Kind, server: Server) -> None:
    served.load(require_full=True)
    server.files = dict.fromkeys(served.files, LOGIN)
    assert served.load(require_full=True)
    assert {path.name: path.read_bytes() for path in cached().iterdir()} == served.files


def test_a_server_that_does_not_answer_is_given_up(
    make: Callable[[str], Kind],
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(lookup, "TIMEOUT", (0.3, 0.3))
    server.delay = 2
    kind = serve(make("kieu"), server, monkeypatch)
    start = time.monotonic()
    assert kind.load().is_sample
    assert time.monotonic() - start < 1.5
    assert "127.0.0.1 did not answer in time" in capsys.readouterr().err


def fail_with(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    """Every download writes half a file, then fails."""

    def half(self: object, address: str, file: Any, of: object) -> None:
        file.write(b"half of ")
        raise error

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", half)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no room left"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only"),
        (requests.ConnectionError("reset"), "no connection"),
        (requests.exceptions.ChunkedEncodingError("broken"), "no connection"),
        (requests.ConnectTimeout("late"), "did not answer in time"),
        (requests.exceptions.InvalidURL("odd"), "no connection"),
    ],
)
def test_whatever_stops_a_download_is_told_and_leaves_nothing(
    served: Kind, monkeypatch: pytest.MonkeyPatch, error: OSError, told: str
) -> None:
    fail_with(monkeypatch, error)
    with pytest.raises(DataError, match=told):
        served.load(require_full=True)
    served.load()
    assert list(cached().iterdir()) == []


def test_a_cache_that_cannot_be_made(
    served: Kind, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    served.load()
    said = capsys.readouterr().err
    assert "nothing can be written to" in said
    assert "ONLY A SAMPLE" in said


def test_a_read_only_cache(
    served: Kind, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "mkdir", refuse)
    served.load()
    assert "Permission denied" in capsys.readouterr().err


def test_without_a_program_for_rar_nothing_is_fetched(
    make: Callable[[str], Kind],
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    make("vntc")
    names = ("Train_Full.rar", "Test_Full.rar")
    source = replace(loaders.VNTC.source, addresses=tuple(map(server.address, names)))
    monkeypatch.setattr(loaders, "VNTC", replace(loaders.VNTC, source=source))
    with pytest.raises(DataError, match=r"cannot be had.*\n.*install one of these: unrar"):
        load_vntc(require_full=True)
    assert server.asked == []


# ---- What was read is kept --------------------------------------------------------------------


def parsed() -> list[Path]:
    folder = cache_folder() / "parsed"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_an_archive_is_unpacked_once(
    archive_kind: Kind, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive_kind.put(data)
    first = archive_kind.load(require_full=True)
    (kept,) = parsed()
    with monkeypatch.context() as patch:
        patch.setattr(loaders.readers, "members", None)  # whoever unpacks again fails
        assert archive_kind.load(require_full=True) == first
    # Whatever happens to what is kept, it is made again.
    for content in (b"", kept.read_bytes()[:-200], b"PK\x03\x04", np.zeros(3).tobytes()):
        kept.write_bytes(content)
        assert loaders.store._load(kept, first.source) is None


def test_old_entries_do_not_pile_up(archive_kind: Kind, data: Path) -> None:
    folder = cache_folder() / "parsed"
    folder.mkdir(parents=True)
    for age, name in enumerate((f"{archive_kind.key}-segmented-9", f"{archive_kind.key}-1", "x-1")):
        (folder / f"{name}.npz").touch()
        os.utime(folder / f"{name}.npz", (age, age))
    for age in (10, 11):
        path = folder / f"{archive_kind.key}-{age}.npz"
        path.touch()
        os.utime(path, (age, age))
    archive_kind.put(data)
    archive_kind.load(require_full=True)
    names = {path.stem for path in parsed()} - {f"{archive_kind.key}-segmented-9", "x-1"}
    assert len(names) == 2
    assert f"{archive_kind.key}-11" in names


def test_an_entry_that_was_damaged_is_made_again(archive_kind: Kind, data: Path) -> None:
    archive_kind.put(data)
    first = archive_kind.load(require_full=True)
    (kept,) = parsed()
    whole = kept.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    kept.write_bytes(damaged)
    assert archive_kind.load(require_full=True) == first
    assert loaders.store._load(kept, first.source) == first


@pytest.mark.parametrize("trouble", ["full", "refused", "a file in the way"])
def test_a_cache_that_cannot_be_written_is_told_once(
    make: Callable[[str], Kind],
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    trouble: str,
) -> None:
    kinds = [make(key) for key in ARCHIVE_KEYS]
    if trouble == "a file in the way":
        cache_folder().mkdir()
        (cache_folder() / "parsed").write_text("in the way")
    else:
        code = errno.ENOSPC if trouble == "full" else errno.EACCES

        def half(place: Path, **columns: object) -> None:
            Path(place).write_bytes(b"half")
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(np, "savez", half)
    for kind in kinds:
        kind.put(data)
        assert not kind.load(require_full=True).is_sample
    assert capsys.readouterr().err.count("Nothing can be kept in") == 1
    assert parsed() == []


# ---- Segmentation -----------------------------------------------------------------------------


def test_articles_are_segmented_by_two_processes_and_kept(
    make: Callable[[str], Kind], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("vntc").put(data)
    monkeypatch.setattr(loaders.segmenting, "_CHUNK", 7)
    plain, segmented = load_vntc(), load_vntc(segmented=True, processes=2)
    one = loaders.segmenting.segment([article.text for article in plain.train[:3]], processes=1)
    assert [article.text for article in segmented.train[:3]] == one
    for part in ("train", "test"):
        before, after = getattr(plain, part), getattr(segmented, part)
        assert [a.name for a in before] == [a.name for a in after]
        for article, words in zip(before, after, strict=True):
            letters = "".join(article.text.split())
            assert words.text.replace("_", "").replace(" ", "") == letters
    assert any("_" in article.text for article in segmented.train)
    assert not segmented.is_sample
    monkeypatch.setattr(loaders.segmenting, "segment", None)  # whoever segments again fails
    assert load_vntc(segmented=True) == segmented


def test_texts_are_segmented_once(monkeypatch: pytest.MonkeyPatch) -> None:
    segmenting = loaders.segmenting
    once = segmenting.segment_once(["Sinh viên thi", "mưa"])
    assert once == ["Sinh_viên thi", "mưa"]
    (stored,) = (cache_folder() / "segmented").iterdir()
    stored.write_text("[", encoding="utf-8")  # damaged: segmented again
    assert segmenting.segment_once(["Sinh viên thi", "mưa"]) == once
    monkeypatch.setattr(segmenting, "segment", None)  # whoever segments again fails
    assert segmenting.segment_once(["Sinh viên thi", "mưa"]) == once
    with pytest.raises(TypeError):
        segmenting.segment_once(["mưa", "Sinh viên thi"])


def test_the_sample_is_segmented_too(capsys: pytest.CaptureFixture[str]) -> None:
    segmented = load_vntc(segmented=True)
    assert segmented.is_sample
    assert "_" in segmented.train[0].text
    assert parsed() == []


def test_a_worker_that_stops_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders.segmenting.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="has stopped"):
        loaders.segmenting.segment(["mưa"] * 200, processes=2)


def test_stop_words_are_a_tuple(make: Callable[[str], Kind], data: Path) -> None:
    kind = make("stop_words")
    kind.put(data)
    assert load_stop_words()[:2] == ("và", "là")


def test_bars_are_for_what_takes_long_and_never_in_quick_mode(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("tqdm.std.time", lambda: now)
    for quick, seconds in (("1", 3.0), ("", 1.0), ("", 3.0)):
        monkeypatch.setenv("LSTM_COURSE_QUICK", quick)
        with progress("reading", total=2) as bar:
            now += seconds
            bar.update(2)
        shown = "reading: 100%" in capsys.readouterr().err
        assert shown == (not quick and seconds > 2)


def test_importing_is_light() -> None:
    heavy = "{'torch', 'pooch', 'requests', 'tqdm', 'sklearn', 'pyvi', 'matplotlib'}"
    code = f"import sys, lstm_course.datasets; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
