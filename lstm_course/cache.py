"""One folder for what was fetched or computed once: data sets, segmented text, trained models.

Everything in it can be deleted: it is fetched or computed again. What was computed is kept under a
fingerprint of all that it came from (code, data, configuration), so a change of any is a new entry.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np


def cache_folder() -> Path:
    """The folder that ``LSTM_COURSE_CACHE`` names, or ``lstm-course`` among the user's caches.

    It need not exist yet.
    """
    if named := os.environ.get("LSTM_COURSE_CACHE"):
        return Path(named).expanduser()
    import pooch

    return Path(pooch.os_cache("lstm-course"))


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Make ``path`` by calling ``write`` on a temporary name beside it, which then takes its place.

    A reader of ``path`` sees the old file or the whole new one; after an error (a full disk) the
    old one is still there. Raises what ``write`` raises, and ``OSError``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{uuid.uuid4().hex}{path.suffix}")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def fingerprint(*parts: object) -> str:
    """SHA-256 of bytes, NumPy arrays (with shape and type) and JSON values, in hexadecimal.

    Raises ``TypeError`` for anything else.

    >>> fingerprint({"units": 32, "seed": 1}) == fingerprint({"seed": 1, "units": 32})
    True
    >>> fingerprint("ab", "c") == fingerprint("a", "bc")
    False
    """
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            kind, content = f"array {part.dtype.str} {part.shape}", part.tobytes()
        elif isinstance(part, bytes):
            kind, content = "bytes", part
        else:
            kind, content = "json", json.dumps(part, sort_keys=True, allow_nan=False).encode()
        total.update(f"{kind} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def code_fingerprint(*modules: ModuleType) -> str:
    """SHA-256 of the source of modules, of a package with all modules in it.

    A result that other code has computed has another one.
    """
    files = [Path(inspect.getfile(module)) for module in modules]
    sources = [
        path.read_bytes()
        for file in files
        for path in (sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file])
    ]
    return fingerprint(*sources)
