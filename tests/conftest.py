"""What every test of functions starts from: the variables of `make test` are for the notebooks."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train as a reader's program would: neither shortened nor from the cache."""
    for name in ("LSTM_COURSE_QUICK", "LSTM_COURSE_REUSE"):
        monkeypatch.delenv(name, raising=False)
