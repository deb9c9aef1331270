"""The benchmark without Keras: data, turns, processes, refusal, table, and what it recorded."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import bench
import bench_sides
import environment
import results
from lstm_course import datasets
from lstm_course import results as package_results
from lstm_course.datasets import Headline, Splits

Turns = list[tuple[object, ...]]


def headlines(*texts: str) -> tuple[Headline, ...]:
    return tuple(Headline(text, number % 2, "") for number, text in enumerate(texts))


# ------------------------------------------------------------------------------------------- data


def test_words_are_those_of_keras_tokenizer() -> None:
    every_mark = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
    assert bench.words_of(f"A{every_mark}B'S \u201cÉté\u201d") == ["a", "b's", "\u201cété\u201d"]
    assert bench.words_of("?!") == []


def test_the_vocabulary_has_a_thousand_numbers_and_the_frequent_words() -> None:
    # Word n stands 1,200 - n times, so that the order is known.
    texts = [" ".join(f"w{n}" for n in range(1200 - times)) for times in range(1200)]
    numbers = bench.numbers_of(texts)
    assert numbers["w0"] == 2
    assert numbers["w997"] == 999
    assert "w998" not in numbers
    assert len(numbers) == bench.VOCABULARY - 2


def test_numbers_come_from_the_training_part_and_are_cut_at_120() -> None:
    train, test = headlines("a a b", " ".join(["a"] * 130)), headlines("b new A", "")
    data = bench.prepared(Splits(train, (), test, False, "here"))
    assert data["train"] == [[2, 2, 3], [2] * 120]
    assert data["test"] == [[3, 1, 2], []]
    assert (data["train_labels"], data["test_labels"]) == ([0, 1], [0, 1])
    array = bench_sides.padded(data["test"])
    assert array.shape == (2, 120)
    assert array[:, :4].tolist() == [[3, 1, 2, 0], [0, 0, 0, 0]]


# ------------------------------------------------------------------------------------------ turns


class Sides:
    """Two sides that answer at once, and remember in which order they were asked."""

    def __init__(self, accuracies: Sequence[float] = (0.81, 0.83)) -> None:
        self.turns: Turns = []
        self.accuracies, self.epochs = accuracies, 0

    def keras(self, *request: object) -> dict[str, Any]:
        self.turns.append(("keras", *request))
        if request[0] == "start":
            self.epochs = 0
            return {}
        accuracy = self.accuracies[min(self.epochs, len(self.accuracies) - 1)]
        self.epochs += 1
        return {
            "seconds": [20.0, 30.0],
            "accuracy": accuracy,
            "reached": [8.0, 12.0] if accuracy >= bench.TARGET else None,
        }

    def ours(self, *request: object) -> dict[str, Any]:
        self.turns.append(("ours", *request))
        both = {"seconds": [4.0, 3.0], "reached": [2.0, 1.0]}
        return {**both, "epochs": 2, "accuracies": [0.8, 0.83]}


def quiet(line: str) -> None:
    pass


def rows(runs: list[bench.Run], configuration: str) -> list[float]:
    return [run["seconds"] for run in runs if run["configuration"] == configuration]


def test_the_sides_take_turns() -> None:
    sides = Sides()
    runs = list(bench.compare(sides.keras, sides.ours, quiet))
    epochs = [("keras", "epoch"), ("ours", "epoch", 1)] * 2
    targets = [("ours", "target", "own", 1), ("ours", "target", "same", 1), ("keras", "start", 2)]
    assert sides.turns[:8] == [("keras", "start", 1), *epochs, *targets]
    assert rows(runs, "epoch, Keras") == [20.0] * 6
    assert rows(runs, "epoch, ours") == [4.0] * 6
    # The first epoch whole, and of the second what was needed.
    assert rows(runs, "target, Keras") == [28.0] * 3
    assert rows(runs, "target, ours (own)") == [2.0] * 3
    assert rows(runs, "target, ours (same)") == [2.0]


def test_keras_trains_on_until_the_target_and_no_longer() -> None:
    sides = Sides(accuracies=(0.7, 0.8, 0.82))
    runs = list(bench.compare(sides.keras, sides.ours, quiet))
    assert rows(runs, "target, Keras") == [48.0] * 3
    early = Sides(accuracies=(0.9,))
    runs = list(bench.compare(early.keras, early.ours, quiet))
    assert rows(runs, "target, Keras") == [8.0] * 3
    assert len(rows(runs, "epoch, Keras")) == 3 * bench.LEAST_EPOCHS


def test_a_target_that_is_not_reached_is_no_result() -> None:
    sides = Sides(accuracies=(0.5,))
    with pytest.raises(environment.Failure, match=r"Keras did not reach 0\.82 with seed 1 in 6 ep"):
        list(bench.compare(sides.keras, sides.ours, quiet))
    sides = Sides()

    def poor(*request: object) -> dict[str, Any]:
        return {**sides.ours(*request), "reached": None}

    with pytest.raises(environment.Failure, match=r"ours did not reach 0\.82 .* 0\.800, 0\.830"):
        list(bench.compare(sides.keras, poor, quiet))


def test_every_length_has_its_turn() -> None:
    sides = Sides()
    runs = list(bench.by_length(sides.ours, quiet))
    assert [turn[2:] for turn in sides.turns[:6]] == [
        (None, 1),
        (30, 1),
        (60, 1),
        (120, 1),
        (240, 1),
        (None, 2),
    ]
    assert rows(runs, "length, packed") == [4.0] * bench.TURNS


def test_every_run_belongs_to_a_configuration() -> None:
    sides = Sides()
    runs = [*bench.compare(sides.keras, sides.ours, quiet), *bench.by_length(sides.ours, quiet)]
    assert {run["configuration"] for run in runs} == set(bench.configurations())


# ------------------------------------------------------------------------------------ processes


def few(path: Path) -> Path:
    train = headlines(*["cat sat", "dog ran away"] * 32)
    data = bench.prepared(Splits(train, (), train[:8], False, "here"))
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_ours_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTM_COURSE_QUICK", "1")  # must not shorten what is measured
    data = few(tmp_path / "data.json")
    with bench.side("ours", Path(sys.executable), data, tmp_path / "log") as ask:
        about = ask("about")
        assert about["parameters"] == bench_sides.PARAMETERS
        assert 50 < about["peak_mib"] < 4000
        for seconds in (ask("epoch", 1)["seconds"], ask("padded", 30, 1)["seconds"]):
            assert all(0 < number < 60 for number in seconds)
        told = ask("target", "own", 1)
        assert len(told["accuracies"]) == bench_sides.SETTINGS["own"]["epochs"]


def test_the_clock_of_ours_stops_at_the_first_epoch_that_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LSTM_COURSE_QUICK", raising=False)
    ours = bench_sides.Ours(json.loads(few(tmp_path / "data.json").read_text(encoding="utf-8")))
    told = ours.target("same", 1)
    first = next(n for n, accuracy in enumerate(told["accuracies"]) if accuracy >= 0.82)
    assert told["epochs"] == first + 1 < len(told["accuracies"])
    assert all(0 < number < 60 for number in told["reached"])
    monkeypatch.setattr(bench_sides, "TARGET", 1.1)
    assert ours.target("own", 1)["reached"] is None


def test_a_process_that_ends_says_why(tmp_path: Path) -> None:
    data = few(tmp_path / "data.json")
    python = Path(sys.executable)
    failure = pytest.raises(environment.Failure, match=r"keras ended: ModuleNotFoundError: .*ker")
    with failure, bench.side("keras", python, data, tmp_path / "log") as ask:
        ask("about")


def test_without_keras_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(datasets, "load_headlines", lambda require_full: None)
    monkeypatch.setattr(bench.subprocess, "call", lambda command, env: 1)
    monkeypatch.setattr(bench, "RECORD", tmp_path / "benchmark.json")
    assert bench.main() == 1
    message = capsys.readouterr().err
    assert message.startswith("error: without Keras there is nothing to compare with")
    assert not bench.RECORD.exists()


def test_without_the_data_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(require_full: bool) -> None:
        assert require_full
        raise datasets.DataError("no headlines")

    monkeypatch.setattr(datasets, "load_headlines", missing)
    monkeypatch.setattr(bench, "install", lambda: pytest.fail("installed"))
    assert bench.main() == 1
    assert capsys.readouterr().err == "error: no headlines\n"


# --------------------------------------------------------------------------------- table, record


def test_the_table_shows_medians_and_ratios() -> None:
    sides = Sides()
    runs = [*bench.compare(sides.keras, sides.ours, quiet), *bench.by_length(sides.ours, quiet)]
    runs[0]["seconds"] = 1000.0  # one disturbed epoch changes no median
    versions = {"Keras": {"keras": "3", "tensorflow": "2"}, "ours": {"torch": "1"}}
    peak = {"Keras": 600, "ours": 300}
    measured = {"versions": versions, "peak_mib": peak, "tracing_seconds": 9.0, "runs": runs}
    measured["load"] = [0.5, 1.5]
    record = bench.recorded(measured, "checksum")
    lines = [line.split() for line in bench.table(record).splitlines()]
    assert [line[-3:] for line in lines[1:8]] == [
        ["20.00", "4.00", "5.0"],
        ["30.00", "3.00", "10.0"],
        ["28.00", "2.00", "14.0"],
        ["42.00", "1.00", "42.0"],
        ["28.00", "2.00", "14.0"],
        ["42.00", "1.00", "42.0"],
        ["600", "300", "2.0"],
    ]
    assert lines[11] == ["padded", "to", "30", "4.00", "3.00"]
    assert "traced its graph for 9.0 s" in bench.table(record)
    json.dumps(record, allow_nan=False)


def test_the_record_is_that_of_the_code_and_keeps_its_promises() -> None:
    record = package_results.load("benchmark").record
    assert record["configurations"] == json.loads(json.dumps(bench.configurations()))
    assert (record["target"], record["parameters"]) == (bench.TARGET, bench.PARAMETERS)
    assert {run["configuration"] for run in record["runs"]} == set(record["configurations"])
    assert {"keras", "tensorflow", "torch", "python"} <= set(record["versions"])
    assert record["date"]
    assert record["machine"]["processor"]
    study = package_results.load("benchmark")
    for figure, least in (("epoch, {}", 4), ("target, {}", 6)):
        keras = study.seconds(figure.format("Keras"))
        own = "ours" if figure.startswith("epoch") else "ours (own)"
        ours = study.seconds(figure.format(own))
        assert sorted(keras)[len(keras) // 2] / sorted(ours)[len(ours) // 2] >= least
    assert results.RESULTS / "benchmark.json" == bench.RECORD
