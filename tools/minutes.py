"""Measure how long each notebook runs, for the pages for instructors.

``python tools/minutes.py --only 03`` runs the English notebooks whose names begin so, in quick
mode and in full, each in a fresh kernel on two cores and with nothing reused from earlier runs, and
writes the seconds to ``chapters/minutes.json``. The notebooks stay as they are. Measure on a
machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import notebooks
import sync

FILE = sync.CHAPTERS / "minutes.json"
MODES = {"quick": {"LSTM_COURSE_QUICK": "1"}, "full": {"LSTM_COURSE_QUICK": ""}}
CORES = 2


def measure(path: Path, mode: str, say: Callable[[str], object] = print) -> float:
    """Return the seconds that a notebook takes in one mode. Raises ``ExecutionError``."""
    began = time.monotonic()
    notebooks.execute(path, say, variables={**MODES[mode], "LSTM_COURSE_REUSE": ""})
    return time.monotonic() - began


def stored(file: Path = FILE) -> dict[str, Any]:
    """Return what has been measured so far."""
    empty: dict[str, Any] = {"cores": CORES, "seconds": {}}
    return {**empty, **json.loads(file.read_text(encoding="utf-8"))} if file.is_file() else empty


def store(name: str, mode: str, seconds: float, file: Path = FILE) -> None:
    """Write one measurement into the file, which keeps the others."""
    record = stored(file)
    record["seconds"].setdefault(name, {})[mode] = round(seconds)
    text = json.dumps(record, indent=2, sort_keys=True) + "\n"
    file.write_text(text, encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--only", default="", metavar="03", help="chapters whose names begin so")
    parser.add_argument("--mode", choices=MODES, help="one mode only")
    options = parser.parse_args(argv)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:CORES]))
    try:
        for path in notebooks.selected(options.only, sync.SOURCE, sync.CHAPTERS):
            for mode in [options.mode] if options.mode else list(MODES):
                seconds = measure(path, mode, lambda line: None)
                store(path.stem, mode, seconds)
                print(f"{path.stem}, {mode}: {seconds:.0f} s", flush=True)
    except (notebooks.ExecutionError, sync.NotebookFileError) as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
