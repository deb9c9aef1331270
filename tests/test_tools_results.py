"""Studies: each recorded as it stands in the code; one that was killed goes on where it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import results
from lstm_course import datasets

ROOT = results.ROOT
NAMES = results.names()
every_study = pytest.mark.parametrize("name", NAMES)

# A study of six runs. Each writes that it began; the figures depend on the seed alone.
TINY = """
    import random
    import time
    from pathlib import Path

    from results import Study

    LOG = Path({log!r})


    def run(configuration, seed, folder):
        with LOG.open("a") as log:
            log.write(f"{{configuration['units']}} {{seed}}\\n")
        time.sleep({wait})
        if (LOG.parent / "fail").exists() and seed == 2:
            raise ValueError("out of luck")
        draw = random.Random(seed)
        return {{"accuracy": configuration["units"] + draw.random()}}


    STUDY = Study(
        name="tiny",
        question="Does it go on?",
        configurations={{"small": {{"units": 1}}, "large": {{"units": 2}}}},
        seeds=(0, 1, 2),
        data=(),
        uses=("text",),
        run=run,
    )
"""


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with one small study, and a cache of its own."""
    monkeypatch.setenv("LSTM_COURSE_CACHE", str(tmp_path / "cache"))
    write_study(tmp_path)
    return tmp_path


def write_study(folder: Path, wait: float = 0.0) -> None:
    text = dedent(TINY).format(log=str(folder / "log"), wait=wait)
    (folder / "tiny.py").write_text(text, encoding="utf-8")


def conduct(folder: Path, *more: str) -> subprocess.Popen[str]:
    """Start the study in a process of its own, as `make results` does."""
    program = (
        "import sys; from pathlib import Path; import results\n"
        "if __name__ == '__main__':\n"
        "    folder = Path(sys.argv[1])\n"
        "    results.conduct('tiny', folder=folder, results=folder / 'results',"
        " jobs=int(sys.argv[2]), fresh='fresh' in sys.argv)\n"
    )
    (folder / "conduct.py").write_text(program, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(folder / "conduct.py"), str(folder), *(more or ["1"])],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tools'}"},
        start_new_session=True,
    )


def finish(folder: Path, *more: str) -> str:
    """Run the study to its end and return what it said."""
    process = conduct(folder, *more)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said


def begun(folder: Path) -> list[str]:
    log = folder / "log"
    return log.read_text().splitlines() if log.exists() else []


def recorded(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results" / "tiny.json").read_text())
    return found


def figures(folder: Path) -> list[tuple[str, int, dict[str, float]]]:
    return [(run["configuration"], run["seed"], run["figures"]) for run in recorded(folder)["runs"]]


# ------------------------------------------------------------------------------------ running


def test_a_killed_study_goes_on_where_it_was(studies: Path) -> None:
    write_study(studies, wait=0.2)
    process = conduct(studies)
    limit = time.monotonic() + 60
    while len(begun(studies)) < 4 and time.monotonic() < limit:
        time.sleep(0.02)
    process.kill()  # the program alone: its workers must notice
    process.communicate(timeout=20)  # which waits for all that could still write there
    assert not (studies / "results").exists()
    before = begun(studies)
    assert len(before) == 4

    said = finish(studies)
    assert "3 of 6 runs were done before" in said
    # The run that was killed is begun again, those that were done are not.
    assert begun(studies)[4:] == [before[3], "2 1", "2 2"]
    once = figures(studies)
    assert [run.get("resumed") for run in recorded(studies)["runs"]].count(True) == 1
    finish(studies, "2", "fresh")
    assert figures(studies) == once
    assert len(begun(studies)) == 13


def test_what_is_recorded(studies: Path) -> None:
    said = finish(studies)
    record = recorded(studies)
    assert record["study"] == "tiny"
    assert record["configurations"] == {"small": {"units": 1}, "large": {"units": 2}}
    assert record["seeds"] == [0, 1, 2]
    assert record["versions"]["python"].startswith("3.")
    assert {"numpy", "torch", "scikit-learn"} <= set(record["versions"])
    assert [(run["configuration"], run["seed"]) for run in record["runs"]] == [
        (label, seed) for label in ("small", "large") for seed in range(3)
    ]
    for run in record["runs"]:
        assert run["seconds"] >= 0
        assert run["commit"] == results.commit()
    assert "[6/6] large, seed 2: accuracy 2.9" in said
    assert not [path for path in (studies / "cache").rglob("*") if path.name == "small_seed-0"]


def test_a_second_time_runs_nothing(studies: Path) -> None:
    finish(studies)
    first = (studies / "results" / "tiny.json").read_text()
    assert "6 of 6 runs were done before" in finish(studies)
    assert len(begun(studies)) == 6
    assert (studies / "results" / "tiny.json").read_text() == first


def test_another_configuration_starts_anew(studies: Path) -> None:
    finish(studies)
    text = (studies / "tiny.py").read_text()
    (studies / "tiny.py").write_text(text.replace('{"units": 2}', '{"units": 3}'))
    finish(studies)
    assert len(begun(studies)) == 12
    assert figures(studies)[3][2]["accuracy"] > 3


def test_a_failed_run_keeps_the_others(studies: Path) -> None:
    (studies / "fail").touch()
    process = conduct(studies)
    said, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "out of luck" in said
    (studies / "fail").unlink()
    assert " of 6 runs were done before" in finish(studies)
    assert [run[1] for run in figures(studies)] == [0, 1, 2, 0, 1, 2]


def test_an_unknown_study_is_refused_with_the_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert results.main(["nothing"]) == 1
    assert "there is no study 'nothing': make results STUDY=" in capsys.readouterr().err
    assert results.main([]) == 1
    assert "name a study" in capsys.readouterr().err


# ------------------------------------------------------------------------------------ recorded


def stored(name: str) -> dict[str, Any]:
    path = results.RESULTS / f"{name}.json"
    assert path.is_file(), f"run `make results STUDY={name}`"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@every_study
def test_the_recorded_configuration_is_the_one_in_code(name: str) -> None:
    study, record = results.find(name), stored(name)
    assert study.name == name
    plan = study.recorded()
    assert {key: record[key] for key in ("configurations", "seeds")} == {
        key: plan[key] for key in ("configurations", "seeds")
    }, f"run `make results STUDY={name}` again"
    assert sorted(record["data"]) == sorted(study.data)


@every_study
def test_every_run_is_recorded(name: str) -> None:
    study, record = results.find(name), stored(name)
    expected = [(label, seed) for label in study.configurations for seed in study.seeds]
    assert [(run["configuration"], run["seed"]) for run in record["runs"]] == expected
    shown = {frozenset(run["figures"]) for run in record["runs"] if run["figures"]}
    assert shown
    assert record["versions"]["torch"]
    assert all(run["commit"] for run in record["runs"])


@every_study
def test_the_data_are_those_recorded(name: str) -> None:
    if not os.environ.get("LSTM_COURSE_DATA"):
        pytest.skip(f"{name}: LSTM_COURSE_DATA names no folder of real data")
    for data, checksum in stored(name)["data"].items():
        if data != "vntc":  # its facts have tests of their own; reading it takes long
            assert getattr(datasets, f"load_{data}")(require_full=True).checksum == checksum


def test_every_record_belongs_to_a_study_or_is_the_benchmark() -> None:
    found = {path.stem for path in results.RESULTS.glob("*.json")}
    assert found - {"benchmark"} == set(NAMES)
