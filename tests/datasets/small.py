"""Small data sets in the originals' forms, and a server for them."""

from __future__ import annotations

import io
import json
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from lstm_course import datasets
from lstm_course.datasets import loaders
from lstm_course.datasets.records import PARTS

SAMPLES = files("lstm_course") / "samples"


def tar_of(members: dict[str, bytes], compression: str = "xz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f"w:{compression}") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def zip_of(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def rows_of(name: str) -> list[dict[str, Any]]:
    content = (SAMPLES / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in content.splitlines()]


def review_members(name: str, folders: dict[str, str]) -> dict[str, bytes]:
    return {
        f"{folders[row['part']]}/{'pos' if row['label'] else 'neg'}/{row['name']}": (
            row["text"].encode()
        )
        for row in rows_of(name)
    }


IMDB_FOLDERS = {"train": "aclImdb/train", "test": "aclImdb/test"}
NTC_FOLDERS = {
    "train": "data_train/train",
    "validation": "data_train/test",
    "test": "data_test/test",
}


def imdb_members() -> dict[str, bytes]:
    return review_members("imdb.jsonl", IMDB_FOLDERS)


def ntc_members() -> dict[str, bytes]:
    return review_members("ntc_scv.jsonl", NTC_FOLDERS)


def vntc_members() -> dict[str, bytes]:
    folders = {"train": "Train_Full", "test": "Test_Full"}
    return {
        f"{folders[row['part']]}/{datasets.VNTC_TOPICS[row['label']]}/{row['name']}": (
            ("\r\n" + row["text"] + "\r\n").encode("utf-16")
        )
        for row in rows_of("articles.jsonl")
    }


def ntc_zips() -> dict[str, bytes]:
    members = ntc_members()
    return {
        f"{pack}.zip": zip_of({n: c for n, c in members.items() if n.startswith(pack)})
        for pack in ("data_train", "data_test")
    }


@dataclass
class Kind:
    """A loader whose whole data set is small files in the original's form."""

    key: str
    constant: str
    load: Callable[..., Any]
    read: Callable[..., Any]
    files: dict[str, bytes]

    def put(self, folder: Path) -> list[Path]:
        """Write the files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / name for name in self.files]
        for path, content in zip(paths, self.files.values(), strict=True):
            path.write_bytes(content)
        return paths


LINES = {
    "headlines": ("Sarcasm_Headlines_Dataset.json", "headlines.jsonl"),
    "kieu": ("truyen_kieu.txt", "luc_bat.txt"),
    "stop_words": ("vietnamese-stopwords.txt", "stop_words.txt"),
}


def small_files(key: str) -> dict[str, bytes]:
    if key in LINES:
        original, sample = LINES[key]
        return {original: (SAMPLES / sample).read_bytes()}
    if key == "imdb":
        return {"aclImdb_v1.tar.gz": tar_of(imdb_members(), "gz")}
    if key == "ntc_scv":
        return ntc_zips()
    return {"vntc.tar.xz": tar_of({f"vntc/{n}": c for n, c in vntc_members().items()})}


KEYS = ["headlines", "kieu", "stop_words", "imdb", "ntc_scv", "vntc"]
LINE_KEYS, ARCHIVE_KEYS = KEYS[:3], KEYS[3:]


def make_kind(key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """A loader that believes that its data set is the small one, written into ``folder``."""
    kind = Kind(
        key,
        key.upper(),
        getattr(datasets, f"load_{key}"),
        getattr(datasets, f"read_{key}"),
        small_files(key),
    )
    whole = getattr(loaders, kind.constant)
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("LSTM_COURSE_CACHE", str(folder / "cache"))
        splits = whole.read(kind.put(folder), whole.source)
    parts = [part for part in PARTS if getattr(splits, part)]
    counts: dict[str, dict[int | None, int]] = {}
    for part in parts:
        labels = [getattr(record, "label", None) for record in getattr(splits, part)]
        counts[part] = {label: labels.count(label) for label in set(labels)}
    checksums = {part: splits.part_checksums[part] for part in parts}
    small = replace(whole, counts=counts, checksums=checksums, hashes={})
    monkeypatch.setattr(loaders, kind.constant, small)
    return kind


class Server:
    """Serves ``files``; can be slow, refuse, or promise more bytes than it sends."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.status = 200
        self.promise = 0
        self.delay = 0.0
        self.asked: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.lstrip("/")
                owner.asked.append(name)
                time.sleep(owner.delay)
                content = owner.files.get(name)
                self.send_response(owner.status if content is not None else 404)
                content = content or b""
                self.send_header("Content-Length", str(len(content) + owner.promise))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/{name}"


def serve(kind: Kind, server: Server, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Give a loader addresses of the server, which has its files."""
    server.files.update(kind.files)
    whole = getattr(loaders, kind.constant)
    source = replace(whole.source, addresses=tuple(map(server.address, kind.files)))
    monkeypatch.setattr(loaders, kind.constant, replace(whole, source=source))
    return kind
