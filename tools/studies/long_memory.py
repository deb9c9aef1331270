"""How far back each cell remembers: the task of ``lstm_course.long_memory``, ever longer."""

from __future__ import annotations

from pathlib import Path

import torch

from lstm_course import long_memory
from results import Configuration, Figures, Study

DISTANCES = (5, 10, 20, 40, 80)
BATCHES = 1000
#: Cells of about equally many weights; the LSTM with three beginnings of its forget bias.
CELLS: dict[str, Configuration] = {
    "rnn": {"cell": "rnn", "forget_bias": None},
    "gru": {"cell": "gru", "forget_bias": None},
    "lstm": {"cell": "lstm", "forget_bias": None},
    "lstm, forget bias 1": {"cell": "lstm", "forget_bias": 1},
    "lstm, forget bias log": {"cell": "lstm", "forget_bias": "log"},
}


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train one network at one distance; its accuracy is measured on fresh sequences."""
    torch.set_num_threads(1)  # faster than two for networks of this size
    outcome = long_memory.train(
        configuration["cell"],
        configuration["distance"],
        configuration["batches"],
        seed,
        configuration["forget_bias"],
    )
    return {"accuracy": outcome.accuracy, "batches": outcome.batches}


def configuration(cell: Configuration, distance: int) -> Configuration:
    """Return one configuration with all that decides it."""
    return {
        **cell,
        "units": long_memory.UNITS[cell["cell"]],
        "distance": distance,
        "batches": BATCHES,
        "batch": long_memory.BATCH,
        "learning_rate": long_memory.LEARNING_RATE,
        "clip": long_memory.CLIP,
    }


STUDY = Study(
    name="long_memory",
    question="How many steps back may the answer lie before a network no longer learns it?",
    configurations={
        f"{name}, distance {distance}": configuration(cell, distance)
        for distance in DISTANCES
        for name, cell in CELLS.items()
    },
    seeds=(0, 1, 2),
    data=(),
    uses=("long_memory", "models"),
    run=run,
)
