"""Run a study and record its figures: ``make results STUDY=name`` writes ``results/name.json``.

A study is what takes longer than a reader would wait for: several seeds, ablations, large models.
Each stands in ``tools/studies/``. Every finished run is kept at once, so a study that was stopped
goes on where it was; what it has computed with other code, data or configuration is not reused.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

from lstm_course import cache, datasets

ROOT = Path(__file__).resolve().parent.parent
STUDIES = Path(__file__).resolve().parent / "studies"
RESULTS = ROOT / "results"
PACKAGES = ("numpy", "scikit-learn", "torch", "pyvi")

Configuration = Mapping[str, Any]
Figures = dict[str, Any]
Say = Callable[[str], object]


@dataclass(frozen=True)
class Study:
    """Configurations to compare, each run with every seed.

    ``run(configuration, seed, folder)`` returns the figures of one run; ``folder`` keeps its
    checkpoint, so that a run, too, can go on where it was. ``data`` names loaders of
    ``lstm_course.datasets`` (``"headlines"`` for ``load_headlines``), ``uses`` the modules of the
    package whose code decides the figures.
    """

    name: str
    question: str
    configurations: Mapping[str, Configuration]
    seeds: tuple[int, ...]
    data: tuple[str, ...]
    uses: tuple[str, ...]
    run: Callable[[Configuration, int, Path], Figures]

    def recorded(self) -> dict[str, Any]:
        """Return what decides the figures, as JSON has it."""
        plan = {"configurations": self.configurations, "seeds": self.seeds, "data": self.data}
        copy: dict[str, Any] = json.loads(json.dumps(plan, default=dict))
        return copy


class StudyError(Exception):
    """What is wrong with a request for a study, in one line."""


# ------------------------------------------------------------------------------------- studies


def names(folder: Path = STUDIES) -> list[str]:
    """Return the names of the studies in a folder."""
    return sorted(path.stem for path in folder.glob("[a-z]*.py"))


def find(name: str, folder: Path = STUDIES) -> Study:
    """Return a study by its name."""
    if name not in names(folder):
        asked = f"there is no study '{name}'" if name else "name a study"
        raise StudyError(f"{asked}: make results STUDY={'|'.join(names(folder))}")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    study: Study = importlib.import_module(name).STUDY
    return study


def checksums(study: Study) -> dict[str, str]:
    """Return the content checksum of every data set of a study. Raises DataError without one."""
    loaders = {name: getattr(datasets, f"load_{name}") for name in study.data}
    return {name: load(require_full=True).checksum for name, load in loaders.items()}


def code(study: Study) -> str:
    """Return the fingerprint of the code that decides a study's figures."""
    modules = [importlib.import_module(f"lstm_course.{name}") for name in study.uses]
    return cache.code_fingerprint(*modules, sys.modules[study.run.__module__])


# ---------------------------------------------------------------------------------------- runs


def key(label: str, seed: int) -> str:
    """Return the name under which a run is kept.

    >>> key("words 1-2", 0)
    'words-1-2_seed-0'
    """
    return f"{re.sub(r'[^a-z0-9]+', '-', label.lower()).strip('-')}_seed-{seed}"


def kept_folder(study: Study, data: Mapping[str, str]) -> Path:
    """Return the folder in which the finished runs of a study wait for the others."""
    total = cache.fingerprint(study.recorded(), dict(data), code(study), versions())
    return cache.cache_folder() / "studies" / f"{study.name}-{total[:16]}"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that compute."""
    found = {"python": platform.python_version()}
    return {**found, **{name: metadata.version(name) for name in PACKAGES}}


def commit(root: Path = ROOT) -> str:
    """Return the commit of the project, marked when files differ from it; empty without git."""
    git = ["git", "-C", str(root)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--", "lstm_course", "tools"], capture_output=True
        )
    except OSError:
        return ""
    return head.stdout.strip() + ("+changes" if changed.stdout else "")


def run_one(name: str, folder: Path, kept: Path, label: str, seed: int) -> dict[str, Any]:
    """Run one configuration with one seed, in a process of its own, and keep its figures."""
    study = find(name, folder)
    place = kept / key(label, seed)
    resumed = place.is_dir()
    place.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    figures = study.run(study.configurations[label], seed, place)
    row = {"configuration": label, "seed": seed, "figures": figures}
    row["seconds"] = round(time.monotonic() - began, 1)
    if resumed:  # then these are the seconds of its last part
        row["resumed"] = True
    row["commit"] = commit()
    write_json(kept / f"{place.name}.json", row)
    shutil.rmtree(place)
    return row


def end_with_parent() -> None:
    """Make this process end when the one that started it does: a pool's workers would wait on."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def write_json(path: Path, content: object) -> None:
    """Write JSON that people can read and compare, whole or not at all."""
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    cache.write_atomically(path, lambda place: place.write_text(text, encoding="utf-8"))


def finished(study: Study, kept: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the runs that are done, in the study's order."""
    rows = {}
    for label in study.configurations:
        for seed in study.seeds:
            path = kept / f"{key(label, seed)}.json"
            if path.is_file():
                rows[label, seed] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def complete(study: Study, folder: Path, kept: Path, jobs: int, say: Say) -> list[dict[str, Any]]:
    """Run what is missing, ``jobs`` runs at a time, and return all runs in the study's order."""
    done = finished(study, kept)
    todo = [
        (label, seed)
        for label in study.configurations
        for seed in study.seeds
        if (label, seed) not in done
    ]
    total = len(done) + len(todo)
    if done:
        say(f"{len(done)} of {total} runs were done before.")
    began = time.monotonic()
    workers = min(jobs, len(todo)) or 1
    spawn = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=end_with_parent) as pool:
        job = partial(run_one, study.name, folder, kept)
        runs = {pool.submit(job, label, seed): (label, seed) for label, seed in todo}
        for future in as_completed(runs):
            row = future.result()
            done[runs[future]] = row
            minutes = (time.monotonic() - began) / 60
            told = ", ".join(f"{name} {value}" for name, value in short(row["figures"]))
            say(
                f"[{len(done)}/{total}] {row['configuration']}, seed {row['seed']}: {told}"
                f" ({row['seconds']:.0f} s; {minutes:.1f} min in all)"
            )
    return list(finished(study, kept).values())


def short(figures: Figures) -> Iterator[tuple[str, str]]:
    """Yield the plain numbers of a run, for one line."""
    for name, value in figures.items():
        if isinstance(value, (int, float)):
            yield name, f"{value:.4g}"


def conduct(
    name: str,
    *,
    folder: Path = STUDIES,
    results: Path = RESULTS,
    jobs: int = 1,
    fresh: bool = False,
    say: Say = print,
) -> Path:
    """Run a study to its end and write its results; return their file."""
    study = find(name, folder)
    os.environ.pop("LSTM_COURSE_QUICK", None)  # a study is always run in full
    say(f"{study.name}: {study.question}")
    data = checksums(study)
    kept = kept_folder(study, data)
    if fresh:
        shutil.rmtree(kept, ignore_errors=True)
    rows = complete(study, folder, kept, jobs, say)
    path = results / f"{study.name}.json"
    content = {
        "study": study.name,
        "question": study.question,
        **study.recorded(),
        "data": data,
        "versions": versions(),
        "machine": {"cores": os.cpu_count(), "processor": processor(), "jobs": jobs},
        "seconds": round(sum(row["seconds"] for row in rows), 1),
        "runs": rows,
    }
    write_json(path, content)
    say(f"Written: {path}")
    return path


def processor() -> str:
    """Return what the system calls its processor."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*:\s*(.+)", told)
    return found[1] if found else platform.machine()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("study", nargs="?", default="", help=" | ".join(names()))
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, one core each")
    parser.add_argument("--fresh", action="store_true", help="forget the runs that are done")
    options = parser.parse_args(argv)
    try:
        conduct(
            options.study,
            jobs=max(1, options.jobs),
            fresh=options.fresh,
            say=partial(print, flush=True),
        )
    except (StudyError, datasets.DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except Exception:
        traceback.print_exc()
        print("error: a run failed; the runs before it are kept", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
