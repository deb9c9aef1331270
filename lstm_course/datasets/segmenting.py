"""Word segmentation of many texts by several processes.

The workers are programs of their own that answer line by line, not `multiprocessing`: that would
run a reader's script once more in each worker, unless the script is written for it.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from queue import SimpleQueue
from typing import Any

from lstm_course import text
from lstm_course.cache import cache_folder, fingerprint, write_atomically
from lstm_course.datasets.progress import progress
from lstm_course.language import text as words

_CHUNK = 50  # texts handed to a worker at a time: about a quarter of a second of work


def segmenter_fingerprint() -> str:
    """Changes when the same text may be segmented otherwise."""
    code = (inspect.getsource(function) for function in (text.vietnamese_words, text.nfc))
    return fingerprint(version("pyvi"), *code)


def segment(texts: Sequence[str], processes: int | None = None) -> list[str]:
    """Each text with its words separated by spaces, the syllables of one joined by ``_``.

    ``processes`` is two, or one on a machine with one core, unless told. Raises ``ImportError``
    with what to install when pyvi is missing, ``RuntimeError`` when a worker stops.
    """
    text.vietnamese_words("")  # pyvi is there, or the error says so before anything starts
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    if processes is None:
        processes = min(2, os.cpu_count() or 1)
    with contextlib.ExitStack() as stack:
        bar = stack.enter_context(progress(words("datasets.segmenting"), total=len(texts)))
        if processes == 1 or len(chunks) == 1:  # a worker would take longer to start
            return [done for chunk in chunks for done in _counted(bar, _segmented(chunk))]
        idle: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        for _ in range(min(processes, len(chunks))):
            idle.put(stack.enter_context(_worker()))

        def work(chunk: Sequence[str]) -> list[str]:
            worker = idle.get()
            try:
                return _ask(worker, chunk)
            finally:
                idle.put(worker)

        with ThreadPoolExecutor(processes) as threads:
            return [done for chunk in threads.map(work, chunks) for done in _counted(bar, chunk)]


def segment_once(texts: Sequence[str]) -> list[str]:
    """The same, kept in the cache: texts that were segmented before are not segmented again."""
    key = fingerprint(segmenter_fingerprint(), list(texts))
    stored = cache_folder() / "segmented" / f"{key}.json"
    with contextlib.suppress(OSError, ValueError):  # not there, or damaged
        kept: list[str] = json.loads(stored.read_text(encoding="utf-8"))
        return kept
    found = segment(texts)
    content = json.dumps(found)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, no results
        write_atomically(stored, lambda path: path.write_text(content, encoding="utf-8"))
    return found


def _counted(bar: Any, segmented: list[str]) -> list[str]:
    bar.update(len(segmented))
    return segmented


def _segmented(chunk: Sequence[str]) -> list[str]:
    return [" ".join(text.vietnamese_words(one)) for one in chunk]


@contextlib.contextmanager
def _worker() -> Iterator[subprocess.Popen[str]]:
    # The worker finds the package, and pyvi, wherever this process did.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", "from lstm_course.datasets.segmenting import answer; answer()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )
    try:
        yield process
    finally:
        process.kill()
        with contextlib.suppress(OSError):  # what a worker that stopped has not read
            process.communicate()


def _ask(worker: subprocess.Popen[str], chunk: Sequence[str]) -> list[str]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        worker.stdin.write(json.dumps(chunk) + "\n")
        worker.stdin.flush()
        answer = worker.stdout.readline()
    except OSError:
        answer = ""
    if not answer:
        raise RuntimeError(words("datasets.worker_stopped"))
    segmented: list[str] = json.loads(answer)
    return segmented


def answer() -> None:
    """Segment what comes on standard input, a JSON list of texts a line: a worker's whole life."""
    # JSON in ASCII both ways, whatever the encoding of this machine's terminal.
    for line in sys.stdin:
        print(json.dumps(_segmented(json.loads(line))), flush=True)
