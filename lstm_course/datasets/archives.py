"""The files in an archive (tar.xz, tar.gz, zip, rar) or a folder, one by one, in memory.

Nothing is written to the disk, but for rar, which only an installed program can open: that goes
into a temporary folder. An archive is a stranger: what it says of names and sizes is checked.
"""

from __future__ import annotations

import gzip
import lzma
import os
import re
import shutil
import stat
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lstm_course.datasets.decoding import at, member_of
from lstm_course.datasets.records import DataError
from lstm_course.language import text as words

MEMBER_LIMIT = 50_000_000  # bytes; the largest text of all the sets has 153,090
TOTAL_LIMIT = 4_000_000_000

#: Programs that open a rar, in the order in which they are tried, with their arguments.
EXTRACTORS: dict[str, tuple[str, ...]] = {
    "unrar": ("x", "-y", "-p-", "-idq", "{archive}", "{folder}/"),
    "unar": ("-quiet", "-no-directory", "-output-directory", "{folder}", "{archive}"),
    "7zz": ("x", "-y", "-p", "-bd", "-o{folder}", "{archive}"),
    "7z": ("x", "-y", "-p", "-bd", "-o{folder}", "{archive}"),
    "bsdtar": ("-xf", "{archive}", "-C", "{folder}"),
}
_EXTRACTION_LIMIT = 1800  # seconds

_JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
_BROKEN = (
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    RuntimeError,  # also NotImplementedError: a compression that zipfile does not know
    ValueError,
)

Member = tuple[tuple[str, ...], bytes]


def members(archive: Path) -> Iterator[Member]:
    """The path, in parts, and the content of every file of an archive or folder.

    What macOS and Windows add of their own (``__MACOSX``, ``Thumbs.db``) is left out. Raises
    ``DataError`` naming the archive, and the member where there is one: truncated or damaged, no
    archive at all, a password, a path that leads outside, a link, a member twice or too large;
    for a rar, no program that opens it.
    """
    seen = set()
    try:
        for parts, content in _members(archive):
            if parts in seen:
                raise at(member_of(archive, "/".join(parts)), words("datasets.twice"))
            seen.add(parts)
            yield parts, content
    except DataError:
        raise
    except _BROKEN as error:
        # The system's own errors have a number; gzip's, of a damaged file, have none.
        own = isinstance(error, OSError) and error.errno is not None
        key = "datasets.unreadable" if own else "datasets.broken_archive"
        raise at(archive, words(key, reason=error)) from error


def _members(archive: Path) -> Iterator[Member]:
    if archive.is_dir():
        yield from _folder(archive, archive)
        return
    with archive.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"\xfd7zXZ\0"):
        with lzma.open(archive) as stream:
            yield from _tar(archive, stream)
    elif start.startswith(b"\x1f\x8b"):
        with gzip.open(archive) as unzipped:
            yield from _tar(archive, unzipped)
    elif start.startswith(b"PK"):
        yield from _zip(archive)
    elif start.startswith(b"Rar!\x1a\x07"):
        yield from _rar(archive)
    else:
        raise at(archive, words("datasets.no_archive"))


def _parts(archive: Path, name: str) -> tuple[str, ...] | None:
    # None for what an operating system added.
    parts = tuple(part for part in re.split(r"[/\\]", name) if part not in {"", "."})
    outside = name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name)
    if outside or not parts or not name.isprintable():
        shown = name.encode("unicode_escape").decode()
        raise at(member_of(archive, shown), words("datasets.outside"))
    if _JUNK & set(parts) or any(part.startswith("._") for part in parts):
        return None
    return parts


def _check_size(archive: Path, name: str, size: int) -> None:
    if size > MEMBER_LIMIT:
        raise at(member_of(archive, name), words("datasets.too_large", most=MEMBER_LIMIT))


# ---- tar ------------------------------------------------------------------------------------


class _Watched:
    """A stream that keeps its last bytes, and stops what unpacks to more than is sane."""

    def __init__(self, archive: Path, stream: IO[bytes] | gzip.GzipFile) -> None:
        self.archive = archive
        self.stream = stream
        self.position = 0
        self.since_member = 0
        self.tail = b""

    def read(self, size: int) -> bytes:
        content = self.stream.read(size)
        self.position += len(content)
        self.since_member += len(content)
        if self.since_member > 2 * MEMBER_LIMIT or self.position > TOTAL_LIMIT:
            raise at(self.archive, words("datasets.too_large", most=MEMBER_LIMIT))
        self.tail = (self.tail + content)[-4 * tarfile.RECORDSIZE :]
        return content


def _tar(archive: Path, stream: IO[bytes] | gzip.GzipFile) -> Iterator[Member]:
    watched = _Watched(archive, stream)
    with tarfile.open(fileobj=watched, mode="r|") as tar:  # type: ignore[call-overload]
        for member in tar:
            watched.since_member = 0
            _check_size(archive, member.name, member.size)
            if not (member.isreg() or member.isdir()):
                raise at(member_of(archive, member.name), words("datasets.link"))
            if member.isdir() and member.name in {"", "."}:
                continue
            parts = _parts(archive, member.name)
            if parts is None or member.isdir():
                continue
            content = tar.extractfile(member)
            assert content is not None  # a regular file
            yield parts, content.read()
            tar.members.clear()  # else a hundred thousand headers stay in memory
        # tarfile takes a damaged header, and an end in the middle, for the end of the archive.
        # A real end is blocks of zeros, and nothing after it; reading on also checks the sum.
        rest = watched.tail[len(watched.tail) - (watched.position - tar.offset) :]
        while more := watched.read(tarfile.RECORDSIZE):
            rest += more
        if len(rest) < tarfile.BLOCKSIZE or rest.strip(b"\0"):
            raise at(archive, words("datasets.broken_archive", reason="tar"))


# ---- zip ------------------------------------------------------------------------------------


def _zip(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as pack:
        # zipfile does not compare the directory, which has no sum, with the count at the end.
        if _zip_count(archive) not in {len(pack.infolist()), 0xFFFF}:  # the latter: see elsewhere
            raise at(archive, words("datasets.broken_archive", reason="zip"))
        if sum(info.file_size for info in pack.infolist()) > TOTAL_LIMIT:
            raise at(archive, words("datasets.too_large", most=MEMBER_LIMIT))
        for info in pack.infolist():
            name = _zip_name(info)
            _check_size(archive, name, info.file_size)
            if stat.S_ISLNK(info.external_attr >> 16):
                raise at(member_of(archive, name), words("datasets.link"))
            parts = _parts(archive, name)
            if parts is None or name.endswith(("/", "\\")):
                continue
            if info.flag_bits & 1:
                raise at(member_of(archive, name), words("datasets.password"))
            with pack.open(info) as file:
                yield parts, file.read()  # no more than file_size, and checks the sum


def _zip_count(archive: Path) -> int:
    with archive.open("rb") as file:
        file.seek(max(0, archive.stat().st_size - 22 - 0xFFFF))  # the end record, and a comment
        tail = file.read()
    start = tail.rindex(b"PK\x05\x06") + 10
    return int.from_bytes(tail[start : start + 2], "little")


def _zip_name(info: zipfile.ZipInfo) -> str:
    # Without the flag, zipfile reads names as cp437, while most programs wrote them as UTF-8.
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


# ---- folders and rar ------------------------------------------------------------------------


def _folder(archive: Path, folder: Path, links: bool = True) -> Iterator[Member]:
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted(files) if links else sorted(folders + files):
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if not links and path.is_symlink():
                raise at(member_of(archive, inside), words("datasets.link"))
            parts = _parts(archive, inside)
            if parts is None or path.is_dir():
                continue
            _check_size(archive, inside, path.stat().st_size)
            yield parts, path.read_bytes()


def _raise(error: OSError) -> None:
    raise error  # os.walk would pass over a folder that it may not read


def check_extractor(archive: Path | str) -> None:
    """Raise ``DataError`` naming ``archive`` and the programs that would do, if there is none."""
    if not any(shutil.which(name) for name in EXTRACTORS):
        raise at(archive, words("datasets.no_extractor", programs=", ".join(EXTRACTORS)))


def _rar(archive: Path) -> Iterator[Member]:
    check_extractor(archive)
    with tempfile.TemporaryDirectory(prefix="lstm-course-") as folder:
        _extract(archive.resolve(), Path(folder))
        yield from _folder(archive, Path(folder), links=False)


def _extract(archive: Path, folder: Path) -> None:
    failures = []
    for name, arguments in EXTRACTORS.items():
        program = shutil.which(name)
        if program is None:
            continue
        command = [a.format(archive=archive, folder=folder) for a in arguments]
        try:
            subprocess.run(
                [program, *command],
                stdin=subprocess.DEVNULL,  # nobody is there to type a password
                capture_output=True,
                timeout=_EXTRACTION_LIMIT,
                check=True,
            )
            return
        except subprocess.CalledProcessError as error:
            told = (error.stderr or error.stdout).decode(errors="replace").split("\n")
            last = next((line.strip() for line in reversed(told) if line.strip()), "")
            failures.append(f"{name}: {last or error.returncode}")
        except (OSError, subprocess.TimeoutExpired) as error:
            failures.append(f"{name}: {error}")
        for path in folder.iterdir():  # the next program starts in an empty folder
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    raise at(archive, words("datasets.broken_archive", reason="; ".join(failures)))
