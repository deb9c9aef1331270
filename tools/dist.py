"""Pack the built book into one zip file to carry, with its checksum: ``make dist``.

The archive unpacks into one folder whose ``index.html`` opens from disk, without a server or a
network. The same book gives the same archive, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "_build" / "html"
NAME = "lstm-course"

# What only the builder reads.
LEFT_OUT = {".buildinfo", ".nojekyll", "objects.inv"}
# Zip files hold dates; a fixed one (the earliest they can hold) keeps the archive reproducible.
DATE = (1980, 1, 1, 0, 0, 0)


class DistError(Exception):
    """The book cannot be packed; the message says why and what to do."""


def pack(book: Path, folder: Path) -> Path:
    """Write ``lstm-course.zip`` and ``lstm-course.zip.sha256`` into a folder; return the archive.

    Raises ``DistError`` when the book is not built or the folder cannot take the archive; a
    half-written archive is never left under its name.
    """
    if not (book / "index.html").is_file():
        raise DistError(f"there is no built book in {book}: run `make book`")
    archive = folder / f"{NAME}.zip"
    unfinished = archive.with_suffix(".unfinished")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(book, unfinished)
        unfinished.replace(archive)
        line = f"{checksum(archive)}  {archive.name}\n"  # the format of sha256sum
        archive.with_name(f"{archive.name}.sha256").write_text(line, encoding="ascii")
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise DistError(f"{archive} cannot be written: {error.strerror or error}") from error
    return archive


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(book: Path, target: Path) -> None:
    files = sorted(path for path in book.rglob("*") if path.is_file() and path.name not in LEFT_OUT)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files:
            entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(book).as_posix()}", DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Pack the built book into one zip file.")
    parser.add_argument("--book", type=Path, default=BOOK, help="the built book")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="where the zip goes")
    options = parser.parse_args(arguments)
    try:
        archive = pack(options.book, options.output)
    except DistError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"The book to carry ({archive.stat().st_size / 1e6:.1f} MB):", archive, sep="\n  ")
    print(f"Check a copy with: cd {archive.parent} && sha256sum -c {archive.name}.sha256")
    return 0


if __name__ == "__main__":
    sys.exit(main())
