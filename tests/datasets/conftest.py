"""Every test of data sets: its own cache, no data folder, the network cut."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lstm_course import use_language
from lstm_course.datasets import lookup, store

from .small import ARCHIVE_KEYS, KEYS, LINE_KEYS, Kind, Server, make_kind, serve

REAL_DATA = os.environ.get("LSTM_COURSE_DATA")  # as they are outside the tests
REAL_CACHE = os.environ.get("LSTM_COURSE_CACHE")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An empty cache, no data folder, nothing said yet, no network but this machine's own."""
    monkeypatch.setenv("LSTM_COURSE_CACHE", str(tmp_path / "cache"))
    for name in ("LSTM_COURSE_DATA", "LSTM_COURSE_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(lookup, "_told", set())
    monkeypatch.setattr(store, "_told", set())
    look_up = socket.getaddrinfo

    def only_here(host: str, *rest: Any, **options: Any) -> Any:
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "the network is cut")
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    yield
    use_language("en")


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder that LSTM_COURSE_DATA names, empty."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("LSTM_COURSE_DATA", str(folder))
    return folder


@pytest.fixture
def make(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Kind]:
    """The loader of a key, on its small data set."""
    return lambda key: make_kind(key, tmp_path_factory.mktemp("small"), monkeypatch)


@pytest.fixture(params=KEYS)
def kind(request: pytest.FixtureRequest, make: Callable[[str], Kind]) -> Kind:
    """Each of the six loaders."""
    return make(request.param)


@pytest.fixture(params=LINE_KEYS)
def line_kind(request: pytest.FixtureRequest, make: Callable[[str], Kind]) -> Kind:
    """Each loader of a file with one record a line."""
    return make(request.param)


@pytest.fixture(params=ARCHIVE_KEYS)
def archive_kind(request: pytest.FixtureRequest, make: Callable[[str], Kind]) -> Kind:
    """Each loader of archives."""
    return make(request.param)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on this machine."""
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def served(kind: Kind, server: Server, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Each loader, its files at addresses of the server."""
    return serve(kind, server, monkeypatch)
