"""Archives are strangers: paths that lead outside, links, bombs, damage, passwords, rar."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import shutil
import stat
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_course import use_language
from lstm_course.datasets import DataError, archives, read_imdb, read_ntc_scv, read_vntc
from lstm_course.datasets.archives import members

from .small import Kind, imdb_members, ntc_zips, tar_of, vntc_members, zip_of

OUTSIDE = ["../evil.txt", "a/../../evil.txt", "/etc/evil.txt", "C:/evil.txt", "c:evil.txt"]
OUTSIDE += ["..\\evil.txt", "\\evil.txt", "a\\..\\..\\evil.txt", "a/\u202etxt.exe"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("pack", [tar_of, lambda files: tar_of(files, "gz"), zip_of])
def test_a_path_that_leads_outside_is_refused(
    tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes], name: str
) -> None:
    path = tmp_path / "inner" / "pack"
    path.parent.mkdir()
    path.write_bytes(pack({name: b"evil"}))
    with pytest.raises(DataError, match=r"pack, member .*(evil|exe).*refused"):
        list(members(path))
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as archive:
        info = tarfile.TarInfo("train/pos/0_9.txt")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    path = tmp_path / "pack"
    path.write_bytes(packed.getvalue())
    with pytest.raises(DataError, match=r"train/pos/0_9\.txt: a link or a device"):
        read_imdb(path)


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    info = zipfile.ZipInfo("train/pos/0_9.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match=r"train/pos/0_9\.txt: a link"):
        read_imdb(path)


@pytest.mark.parametrize("name", ["a/1.txt", "./a/1.txt", "a//1.txt", "a\\1.txt"])
def test_a_member_twice_is_refused(tmp_path: Path, name: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as archive:
        for twice in ("a/1.txt", name):
            archive.addfile(tarfile.TarInfo(twice))
    path = tmp_path / "pack"
    path.write_bytes(packed.getvalue())
    with pytest.raises(DataError, match=r"a/1\.txt: stands here twice"):
        list(members(path))


def test_the_same_review_from_two_folders_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pack"
    path.write_bytes(tar_of({"a/train/pos/0_9.txt": b"x", "b/train/pos/0_9.txt": b"y"}))
    with pytest.raises(DataError, match="twice"):
        read_imdb(path)


@pytest.mark.parametrize("pack", [tar_of, lambda files: tar_of(files, "gz"), zip_of])
def test_a_member_too_large_is_refused_before_it_is_read(
    tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pack"
    path.write_bytes(pack({"README": b"0" * 20_000}))
    with monkeypatch.context() as limits:
        limits.setattr(archives, "MEMBER_LIMIT", 20_000)
        assert [name for name, _ in members(path)] == [("README",)]
        limits.setattr(archives, "MEMBER_LIMIT", 19_999)
        with pytest.raises(DataError, match="README: unpacks to more"):
            list(members(path))
    monkeypatch.setattr(archives, "TOTAL_LIMIT", 19_000)
    with pytest.raises(DataError, match="pack: unpacks to more"):
        list(members(path))


def test_a_bomb_in_a_header_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # tarfile reads an extended header whole, whatever its size, before it shows the member.
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 50_000_000
    path = tmp_path / "pack"
    path.write_bytes(lzma.compress(header.tobuf() + bytes(50_000_000), preset=0))
    monkeypatch.setattr(archives, "MEMBER_LIMIT", 1_000_000)
    with pytest.raises(DataError, match="unpacks to more"):
        list(members(path))


def test_a_password_is_named(tmp_path: Path) -> None:
    content = bytearray(zip_of({"train/pos/0_9.txt": b"secret"}))
    content[6] |= 1  # the flag, in the member's header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "pack.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"train/pos/0_9\.txt: locked by a password"):
        read_imdb(path)


@pytest.mark.parametrize("content", [b"", b"<html>Log in", b"PK", b"\x1f\x8b", b"\xfd7zXZ\0"])
def test_what_is_no_archive_is_told_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"pack\.zip"):
        read_imdb(path)


def packs_of(content: dict[str, bytes]) -> dict[str, bytes]:
    return {"xz": tar_of(content), "gz": tar_of(content, "gz"), "zip": zip_of(content)}


@pytest.mark.parametrize("form", ["xz", "gz", "zip"])
def test_a_truncated_archive_never_passes(tmp_path: Path, form: str) -> None:
    whole = packs_of(imdb_members())[form]
    path = tmp_path / "pack"
    for cut in [*range(10, len(whole), len(whole) // 60), len(whole) - 1]:
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError, match="pack"):
            read_imdb(path)


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 7, 8])
@pytest.mark.parametrize("compress", [lzma.compress, gzip.compress])
def test_a_tar_that_ends_between_two_members_never_passes(
    tmp_path: Path, compress: Callable[[bytes], bytes], blocks: int
) -> None:
    # The compressed stream is whole here: only the tar inside is cut, at a block's end.
    tar = lzma.decompress(tar_of(imdb_members()))
    path = tmp_path / "pack"
    path.write_bytes(compress(tar[: 512 * blocks]))
    with pytest.raises(DataError, match="pack"):
        read_imdb(path)
    damaged = bytearray(tar)
    damaged[512 * 2 * blocks + 150] ^= 1  # in the check sum of a member's header
    path.write_bytes(compress(bytes(damaged)))
    with pytest.raises(DataError, match="pack"):
        read_imdb(path)


@pytest.mark.parametrize("form", ["xz", "gz", "zip"])
def test_damage_is_an_error_or_harmless(tmp_path: Path, form: str) -> None:
    whole = packs_of(imdb_members())[form]
    path = tmp_path / "pack"
    path.write_bytes(whole)
    expected = read_imdb(path).checksum
    chance = random.Random(form)
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            assert read_imdb(path).checksum == expected
        except DataError:
            refused += 1
    assert refused > 50


def test_names_that_a_windows_program_wrote_are_mended(tmp_path: Path) -> None:
    content = zip_of({"Xin chào/1.txt": b"x"})
    # Take away the flag that says UTF-8, as old programs do.
    mangled = bytearray(content)
    for start in (6, content.index(b"PK\x01\x02") + 8):
        mangled[start + 1] &= ~0x08
    path = tmp_path / "pack.zip"
    path.write_bytes(mangled)
    assert [name for name, _ in members(path)] == [("Xin chào", "1.txt")]


@pytest.mark.parametrize("key", ["imdb", "ntc_scv", "vntc"])
def test_a_folder_that_was_extracted_gives_the_same(
    make: Callable[[str], Kind], data: Path, key: str
) -> None:
    kind = make(key)
    paths = kind.put(data)
    packed = kind.load(require_full=True)
    for path in paths:
        for name, content in members(path):
            place = data.joinpath(*name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        path.unlink()
    assert kind.load(require_full=True) == packed


def test_two_halves_of_the_reader_s_own(tmp_path: Path) -> None:
    for name, content in ntc_zips().items():
        (tmp_path / name).write_bytes(content)
    both = read_ntc_scv(tmp_path / "data_train.zip", tmp_path / "data_test.zip")
    assert tuple(map(len, (both.train, both.validation, both.test))) == (36, 12, 12)
    # The archive's own name tells the part where its paths begin further in.
    (tmp_path / "data_test.zip").write_bytes(zip_of({"test/pos/1.txt": b"ngon"}))
    assert [review.text for review in read_ntc_scv(tmp_path / "data_test.zip").test] == ["ngon"]


# ---- rar --------------------------------------------------------------------------------------


def vint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def rar_of(files: dict[str, bytes]) -> bytes:
    """A RAR 5 archive that stores files without compressing them."""

    def header(fields: bytes) -> bytes:
        sized = vint(len(fields)) + fields
        return zlib.crc32(sized).to_bytes(4, "little") + sized

    packed = b"Rar!\x1a\x07\x01\x00" + header(vint(1) + vint(0) + vint(0))
    for name, content in files.items():
        encoded, size = name.encode(), vint(len(content))
        fields = vint(2) + vint(2) + size  # a file, with data after it
        fields += vint(4) + size + vint(0o100644) + zlib.crc32(content).to_bytes(4, "little")
        fields += vint(0) + vint(1) + vint(len(encoded)) + encoded  # stored, on Unix
        packed += header(fields) + content
    return packed + header(vint(5) + vint(0) + vint(0))


@pytest.fixture
def rars(tmp_path: Path) -> list[Path]:
    paths = []
    for pack in ("Train_Full", "Test_Full"):
        files = {n: c for n, c in vntc_members().items() if n.startswith(pack)}
        paths.append(tmp_path / f"{pack}.rar")
        paths[-1].write_bytes(rar_of(files))
    return paths


def test_without_a_program_the_reader_is_told_which_would_do(
    rars: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for language, word in (("en", "install"), ("vi", "cài")):
        use_language(language)
        with pytest.raises(DataError, match=rf"Train_Full\.rar: .*{word}.*unrar.*unar.*bsdtar"):
            read_vntc(*rars)


def fake(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is the whole PATH, for programs of ours."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("cp", "ln", "mkdir"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return folder


def test_a_program_extracts_into_a_folder_that_goes_away(
    rars: list[Path], programs: Path, tmp_path: Path
) -> None:
    # unrar gets the folder as its last argument; the next in the table is not asked.
    for name, content in vntc_members().items():
        (tmp_path / "ready" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ready" / name).write_bytes(content)
    fake(programs, "unar", "exit 9")
    last = "for last; do :; done; "
    part = 'case "$*" in *Train*) part=Train_Full;; *) part=Test_Full;; esac; '
    script = f'{last}{part}cp -r "{tmp_path}/ready/$part" "$last"'
    fake(programs, "unrar", script)
    articles = read_vntc(*rars)
    assert (len(articles.train), len(articles.test)) == (40, 20)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_program_that_cannot_start_or_end_gives_way_to_the_next(
    rars: list[Path], programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(programs, "unrar", "while :; do :; done")
    fake(programs, "unar", "")
    (programs / "unar").write_bytes(b"\0no program")
    monkeypatch.setattr(archives, "_EXTRACTION_LIMIT", 0.2)
    with pytest.raises(DataError, match=r"unrar: .*timed out.*; unar: "):
        read_vntc(*rars)


def test_when_every_program_fails_their_words_are_told(
    rars: list[Path], programs: Path, tmp_path: Path
) -> None:
    fake(
        programs,
        "unrar",
        'for last; do :; done; mkdir "$last/half"; echo checksum error >&2; exit 3',
    )
    fake(programs, "bsdtar", "echo unsupported; exit 1")
    with pytest.raises(DataError, match=r"unrar: checksum error; bsdtar: unsupported"):
        read_vntc(*rars)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_link_that_came_out_of_a_rar_is_refused(rars: list[Path], programs: Path) -> None:
    fake(programs, "unrar", 'for last; do :; done; ln -s /etc "$last/Train_Full"')
    with pytest.raises(DataError, match="Train_Full: a link"):
        read_vntc(*rars)


@pytest.mark.parametrize("name", archives.EXTRACTORS)
def test_a_real_program_reads_a_real_rar(
    rars: list[Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed (any of {', '.join(archives.EXTRACTORS)} would do)")
    if (
        name == "7z"
        and "Rar" not in subprocess.run(["7z", "i"], capture_output=True, text=True).stdout
    ):
        pytest.skip("this 7z was built without rar")
    monkeypatch.setattr(archives, "EXTRACTORS", {name: archives.EXTRACTORS[name]})
    articles = read_vntc(*rars)
    assert (len(articles.train), len(articles.test)) == (40, 20)
    rars[0].write_bytes(rars[0].read_bytes()[:-3000])
    with pytest.raises(DataError, match="Train_Full"):
        read_vntc(*rars)
