"""Measure our training beside the source's Keras pipeline: ``make bench``.

Both train the same network on the same numbers of words (``bench_sides.py``), by turns in one run,
so that whatever else the machine does slows both. Keras gets an environment of its own,
``.venv-bench``, and a process of its own; where it cannot be installed, nothing is compared and the
command fails. The figures go to ``results/benchmark.json``, in the form of a study.

Accuracy on the test part is followed during training here, and only here: nothing is chosen by it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import bench_sides
import environment
import results
from bench_sides import BATCH, LENGTH, PARAMETERS, SETTINGS, TARGET, VOCABULARY
from lstm_course import datasets

ROOT = environment.ROOT
VENV = ROOT / ".venv-bench"
RECORD = results.RESULTS / "benchmark.json"
SIDES = Path(bench_sides.__file__)
SEEDS = (1, 2, 3)
LEAST_EPOCHS, MOST_EPOCHS = 2, 6  # of Keras with a seed; it ends where the target is reached
LENGTHS = (30, 60, 120, 240)
TURNS = 3  # of each length
LENGTH_EXAMPLES = 5_000  # a quarter of the training part, or this alone would take ten minutes

Ask = Callable[..., dict[str, Any]]
Run = dict[str, Any]
Seconds = Sequence[float]  # by the clock, and of processors
Say = Callable[[str], object]


# ------------------------------------------------------------------------------------------ data

# What Keras' Tokenizer takes away, every punctuation mark but the apostrophe.
FILTERED = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


def words_of(text: str) -> list[str]:
    """Return the words of a headline as the source takes them.

    >>> words_of("Area man's 3-word headline: too LONG!")
    ['area', "man's", '3', 'word', 'headline', 'too', 'long']
    """
    return text.lower().translate(FILTERED).split()


def numbers_of(texts: Sequence[str]) -> dict[str, int]:
    """Return the number of each known word: the most frequent from 2 on; 1 stands for the others.

    0 is the padding, so 998 words are known.

    >>> numbers_of(["b a", "A c a"])
    {'a': 2, 'b': 3, 'c': 4}
    """
    counts = Counter(word for text in texts for word in words_of(text))
    frequent = counts.most_common(VOCABULARY - 2)
    return {word: number for number, (word, _) in enumerate(frequent, start=2)}


def prepared(data: datasets.Splits[datasets.Headline]) -> bench_sides.Data:
    """Return the numbers and labels that both sides train on and are tested with."""
    numbers = numbers_of([record.text for record in data.train])
    content: bench_sides.Data = {}
    for name, part in (("train", data.train), ("test", data.test)):
        content[name] = [
            [numbers.get(word, 1) for word in words_of(record.text)][:LENGTH] for record in part
        ]
        content[f"{name}_labels"] = [record.label for record in part]
    return content


# ------------------------------------------------------------------------------------- processes


@contextmanager
def side(name: str, python: Path, data: Path, log: Path) -> Iterator[Ask]:
    """Start a side in a process of its own, and give the function that asks it."""
    surroundings = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    for variable in ("LSTM_COURSE_QUICK", "LSTM_COURSE_REUSE"):  # everything is trained, in full
        surroundings.pop(variable, None)
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [str(python), str(SIDES), name, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=surroundings,
        )

    def ask(*request: object) -> dict[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            told = log.read_text(encoding="utf-8", errors="replace").split("\n")
            last = next((line for line in reversed(told) if line.strip()), "it said nothing")
            raise environment.Failure(f"the process of {name} ended: {last}")
        reply: dict[str, Any] = json.loads(answer)
        return reply

    try:
        with process:
            try:
                yield ask
            finally:
                process.terminate()
    except BrokenPipeError:  # what a dead process was still to be told
        pass


# -------------------------------------------------------------------------------------- measuring


def run_of(configuration: str, seed: int, seconds: Seconds, **figures: object) -> Run:
    """Return one measurement, as a study records it."""
    clock, processor = (round(float(number), 3) for number in seconds)
    figures["processor_seconds"] = processor
    return {"configuration": configuration, "seed": seed, "figures": figures, "seconds": clock}


def shown(seconds: Seconds) -> str:
    """Return both kinds of seconds for one line.

    >>> shown([20.04, 31.5])
    '20.0 s (processors 31.5 s)'
    """
    return f"{seconds[0]:.1f} s (processors {seconds[1]:.1f} s)"


def compare(keras: Ask, ours: Ask, say: Say) -> Iterator[Run]:
    """Yield epochs of Keras and of ours by turns, then how long each took to the target."""
    for seed in SEEDS:
        keras("start", seed)
        before, reached, epoch = np.zeros(2), None, 0
        while reached is None or epoch < LEAST_EPOCHS:
            epoch += 1
            if epoch > MOST_EPOCHS:
                raise environment.Failure(
                    f"Keras did not reach {TARGET} with seed {seed} in {MOST_EPOCHS} epochs"
                )
            told = keras("epoch")
            own = ours("epoch", seed)
            accuracy = round(told["accuracy"], 4)
            yield run_of("epoch, Keras", seed, told["seconds"], epoch=epoch, accuracy=accuracy)
            yield run_of("epoch, ours", seed, own["seconds"], epoch=epoch)
            say(
                f"seed {seed}, epoch {epoch}: Keras {shown(told['seconds'])}"
                f" (test {accuracy:.3f}), ours {shown(own['seconds'])}"
            )
            if reached is None and told["reached"] is not None:
                reached, epochs = before + told["reached"], epoch
            before = before + told["seconds"]
        yield run_of("target, Keras", seed, reached, epochs=epochs)
        said = f"seed {seed}, to {TARGET}: Keras {shown(reached)}"
        for name in SETTINGS if seed == SEEDS[0] else ["own"]:  # "same" takes long: once
            told = ours("target", name, seed)
            if told["reached"] is None:
                all_of = ", ".join(f"{accuracy:.3f}" for accuracy in told["accuracies"])
                raise environment.Failure(f"ours did not reach {TARGET} with seed {seed}: {all_of}")
            yield run_of(f"target, ours ({name})", seed, told["reached"], epochs=told["epochs"])
            said += f", ours ({name}) {shown(told['reached'])}"
        say(said)


def by_length(ours: Ask, say: Say) -> Iterator[Run]:
    """Yield what an epoch of ours costs packed, and padded to each length, by turns."""
    for turn in range(1, TURNS + 1):
        for length in (None, *LENGTHS):
            seconds = ours("padded", length, turn)["seconds"]
            yield run_of(length_name(length), turn, seconds)
            say(f"turn {turn}, {length_name(length)}: {shown(seconds)}")


def length_name(length: int | None) -> str:
    """Return the name of the configuration in which headlines are padded to a length."""
    return "length, packed" if length is None else f"length, padded to {length}"


def configurations() -> dict[str, results.Configuration]:
    """Return what is compared, as it is recorded."""
    source = {"batch_size": BATCH, "learning_rate": 0.001}
    keras = {**source, "padded_to": LENGTH, "threads": "default"}
    ours = {**source, "packed": True, "threads": 1}
    part = {**ours, "examples": LENGTH_EXAMPLES}
    return {
        "epoch, Keras": keras,
        "epoch, ours": ours,
        "target, Keras": keras,
        **{f"target, ours ({name})": {**ours, **changed} for name, changed in SETTINGS.items()},
        length_name(None): part,
        **{length_name(n): {**part, "packed": False, "padded_to": n} for n in LENGTHS},
    }


def measure(data: bench_sides.Data, say: Say) -> dict[str, Any]:
    """Run the whole benchmark; return its runs, and what is known of each process."""
    keras_python, python = environment.venv_python(VENV), Path(sys.executable)
    with tempfile.TemporaryDirectory() as name, ExitStack() as processes:
        folder = Path(name)

        def begin(side_name: str, program: Path, content: bench_sides.Data, label: str) -> Ask:
            path = folder / f"{label}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            log = folder / f"{label}.log"
            return processes.enter_context(side(side_name, program, path, log))

        keras = begin("keras", keras_python, data, "keras")
        ours = begin("ours", python, data, "ours")
        about = {"Keras": keras("about"), "ours": ours("about")}
        for label, told in about.items():
            if told["parameters"] != PARAMETERS:
                raise environment.Failure(f"{label} has {told['parameters']} parameters")
        load = os.getloadavg()[0]
        runs = list(compare(keras, ours, say))
        about = {"Keras": keras("about"), "ours": ours("about")}
        part = {name: values[:LENGTH_EXAMPLES] for name, values in data.items()}
        runs += by_length(begin("ours", python, part, "lengths"), say)
    return {
        "load": [round(number, 1) for number in (load, os.getloadavg()[0])],
        "versions": {label: told["versions"] for label, told in about.items()},
        "peak_mib": {label: round(told["peak_mib"]) for label, told in about.items()},
        "tracing_seconds": round(about["Keras"]["tracing_seconds"], 1),
        "runs": runs,
    }


# -------------------------------------------------------------------------------------- the record


def recorded(measured: dict[str, Any], checksum: str) -> dict[str, Any]:
    """Return the whole record: what was compared, on which machine, when, and every run."""
    versions = measured["versions"]
    return {
        "study": "benchmark",
        "question": "How long does the source's pipeline train, and how long does ours?",
        "configurations": configurations(),
        "seeds": SEEDS,
        "target": TARGET,
        "parameters": PARAMETERS,
        "data": {"headlines": checksum},
        "versions": {**results.versions(), **versions["Keras"], **versions["ours"]},
        # Load: processes that wanted a core before and after; the benchmark's own are one or two.
        "machine": {
            "cores": os.cpu_count(),
            "processor": results.processor(),
            "load": measured["load"],
        },
        "date": date.today().isoformat(),
        "commit": results.commit(),
        "peak_mib": measured["peak_mib"],
        "tracing_seconds": measured["tracing_seconds"],
        "runs": measured["runs"],
    }


def middle(record: dict[str, Any], configuration: str, processor: bool = False) -> float:
    """Return the median of the seconds of a configuration, or of those of processors."""
    runs = [run for run in record["runs"] if run["configuration"] == configuration]
    return float(
        median(run["figures"]["processor_seconds"] if processor else run["seconds"] for run in runs)
    )


def table(record: dict[str, Any]) -> str:
    """Return the figures as lines to print; seconds are medians."""
    machine, versions = record["machine"], record["versions"]
    lines = [f"{'':54}{'Keras':>9}{'ours':>9}{'ratio':>8}"]
    for title, keras, ours in (
        (f"an epoch, batches of {BATCH}", "epoch, Keras", "epoch, ours"),
        (f"to {TARGET} on the test part, our settings", "target, Keras", "target, ours (own)"),
        (f"to {TARGET} on the test part, Keras' settings", "target, Keras", "target, ours (same)"),
    ):
        for unit, processor in (("seconds", False), ("processor seconds", True)):
            pair = middle(record, keras, processor), middle(record, ours, processor)
            name = f"{title}: {unit}" if not processor else f"  {unit}"
            lines.append(f"{name:54}{pair[0]:9.2f}{pair[1]:9.2f}{pair[0] / pair[1]:8.1f}")
    peak = record["peak_mib"]["Keras"], record["peak_mib"]["ours"]
    lines += [
        f"{'peak memory, MiB':54}{peak[0]:9}{peak[1]:9}{peak[0] / peak[1]:8.1f}",
        f"Before its first epoch Keras traced its graph for {record['tracing_seconds']} s"
        " (not counted above).",
        "",
        f"{f'Ours, an epoch of {LENGTH_EXAMPLES} headlines, batches of {BATCH}':54}"
        f"{'seconds':>9}{'processor':>11}",
    ]
    for name in map(length_name, (*LENGTHS, None)):
        pair = middle(record, name), middle(record, name, processor=True)
        lines.append(f"  {name.removeprefix('length, '):52}{pair[0]:9.2f}{pair[1]:11.2f}")
    lines += [
        "",
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load'][0]} before and"
        f" {machine['load'][1]} after; Keras {versions['keras']}"
        f" on TensorFlow {versions['tensorflow']}, PyTorch {versions['torch']}; {record['date']}",
    ]
    return "\n".join(lines)


def install() -> None:
    """Make the environment of Keras. Raises Failure when that cannot be."""
    command = [sys.executable, str(ROOT / "tools" / "environment.py"), "bench"]
    if subprocess.call(command, env={**os.environ, "VENV": str(VENV)}) != 0:
        raise environment.Failure(
            "without Keras there is nothing to compare with, and nothing was measured"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    say = partial(print, flush=True)
    try:
        data = datasets.load_headlines(require_full=True)
        install()
        began = time.monotonic()
        record = recorded(measure(prepared(data), say), data.checksum)
    except (environment.Failure, datasets.DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was recorded", file=sys.stderr)
        return 130
    results.write_json(RECORD, record)
    say(f"\n{table(record)}\nWritten: {RECORD} ({(time.monotonic() - began) / 60:.0f} min)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
