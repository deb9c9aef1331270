"""The two sides of ``make bench``: ``python bench_sides.py keras|ours DATA``, a process for each.

Both train the source's classifier of headlines on the same numbers of words. ``Keras`` is its
pipeline at its own settings, written for this comparison; ``Ours`` is this book's. A side answers
requests, a line of JSON each, and waits in between: the other one then has the machine. Seconds are
pairs: what a clock showed, and what processors gave, which other programs disturb much less.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VOCABULARY, DIMENSION, UNITS, DENSE = 1000, 16, 32, 24
LENGTH, BATCH = 120, 32  # the source pads and cuts every headline to 120 words
PARAMETERS = 30_129
TARGET = 0.82  # share of right answers on the test part
EVALUATIONS = 4  # of Keras in an epoch; ours is evaluated after an epoch only
# Of ours: the lab's, chosen on a fifth of the training part that was held out, and the source's.
SETTINGS: dict[str, dict[str, Any]] = {
    "own": {"epochs": 2, "batch_size": 64, "learning_rate": 0.01, "schedule": "linear"},
    "same": {"epochs": 4, "batch_size": BATCH, "learning_rate": 0.001, "schedule": None},
}

Data = dict[str, Any]
Reply = dict[str, Any]


class Keras:
    """The source's pipeline: padded to 120 words and read without a mask, Adam, batches of 32."""

    def __init__(self, data: Data) -> None:
        os.environ.update(KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="-1")
        import keras
        import tensorflow

        self.keras = keras
        self.versions = {"keras": keras.__version__, "tensorflow": tensorflow.__version__}
        self.x, self.test_x = padded(data["train"]), padded(data["test"])
        self.y, self.test_y = np.array(data["train_labels"]), np.array(data["test_labels"])
        self.model = self._made()
        self.model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
        self.model.optimizer.build(self.model.trainable_variables)
        self.unused = [variable.numpy() for variable in self.model.optimizer.variables]
        began = time.perf_counter()
        self._first_batches()
        self.tracing = time.perf_counter() - began

    def _made(self) -> Any:
        layers = self.keras.layers
        return self.keras.Sequential(
            [
                self.keras.Input((LENGTH,)),
                layers.Embedding(VOCABULARY, DIMENSION),
                layers.Bidirectional(layers.LSTM(UNITS)),
                layers.Dense(DENSE, activation="relu"),
                layers.Dense(1, activation="sigmoid"),
            ]
        )

    def _accuracy(self) -> float:
        answers = self.model.predict(self.test_x, batch_size=512, verbose=0)[:, 0]
        return float(np.mean((answers > 0.5) == (self.test_y == 1)))

    def about(self) -> Reply:
        """Tell what runs here, and how long Keras took to trace its graph."""
        parameters = self.model.count_params()
        return {
            "parameters": parameters,
            "versions": self.versions,
            "tracing_seconds": self.tracing,
        }

    def _first_batches(self) -> None:
        for _ in range(2):
            self.model.fit(self.x[: 2 * BATCH], self.y[: 2 * BATCH], batch_size=BATCH, verbose=0)
        self._accuracy()

    def start(self, seed: int) -> Reply:
        """Begin anew: other first weights, an optimizer that has seen nothing, the graph kept."""
        self.keras.utils.set_random_seed(seed)
        weights = self._made().get_weights()
        self._first_batches()  # a new seed empties TensorFlow's caches; filling them costs no epoch
        self.model.set_weights(weights)
        for variable, value in zip(self.model.optimizer.variables, self.unused, strict=True):
            variable.assign(value)
        return {}

    def epoch(self) -> Reply:
        """Train for an epoch; the clock stands still during evaluations."""
        batches = math.ceil(len(self.x) / BATCH)
        every = math.ceil(batches / EVALUATIONS)
        reply: Reply = {"reached": None}
        evaluating, began = np.zeros(2), clocks()

        def look(batch: int, logs: object) -> None:
            nonlocal evaluating
            if (batch + 1) % every and batch + 1 < batches:
                return
            paused = clocks()
            reply["accuracy"] = self._accuracy()
            if reply["reached"] is None and reply["accuracy"] >= TARGET:
                reply["reached"] = (paused - began - evaluating).tolist()
            evaluating = evaluating + clocks() - paused

        watch = self.keras.callbacks.LambdaCallback(on_train_batch_end=look)
        self.model.fit(self.x, self.y, batch_size=BATCH, verbose=0, callbacks=[watch])
        return {**reply, "seconds": (clocks() - began - evaluating).tolist()}


class Ours:
    """The book's own: packed sequences, batches of about equally long headlines, one thread."""

    def __init__(self, data: Data) -> None:
        import torch

        from lstm_course import models, training
        from studies.sarcasm_source import as_keras_begins

        self.models, self.training, self.begin = models, training, as_keras_begins
        self.versions = {"torch": torch.__version__}
        self.train = training.Examples(data["train"], data["train_labels"])
        self.test = training.Examples(data["test"], data["test_labels"])
        self.model = self._made(seed=1)
        few = self.train.take(range(min(2 * BATCH, len(self.train))))
        self._epoch(self.model, few, turn=0)  # what happens only once costs no epoch, as for Keras

    def _made(self, seed: int, length: int | None = None) -> Any:
        self.training.seed_everything(seed)
        model = self.models.RecurrentClassifier(
            VOCABULARY,
            classes=1,
            dimension=DIMENSION,
            units=UNITS,
            bidirectional=True,
            dense=[DENSE],
            packed=length is None,
            length=length,
        )
        self.begin(model)
        return model

    def about(self) -> Reply:
        """Tell what runs here; PyTorch's second bias of an LSTM is not counted twice."""
        parameters = self.models.count_parameters(self.model, one_bias=True)
        return {"parameters": parameters, "versions": self.versions}

    def _epoch(self, model: Any, examples: Any, turn: int) -> Reply:
        settings = self.training.Settings(epochs=1, batch_size=BATCH, seed=turn)
        began = clocks()
        self.training.fit(model, examples, None, settings, progress=False, device="cpu")
        return {"seconds": (clocks() - began).tolist()}

    def epoch(self, turn: int) -> Reply:
        """Train for an epoch with the source's batches of 32."""
        return self._epoch(self.model, self.train, turn)

    def padded(self, length: int | None, turn: int) -> Reply:
        """Train for an epoch on headlines padded to a length and not packed; None: packed."""
        return self._epoch(self._made(turn, length), self.train, turn)

    def target(self, name: str, seed: int) -> Reply:
        """Train with the settings of a name until the first epoch that reaches the target.

        All epochs are trained, as the schedule wants; those after that one do not count.
        """
        settings = self.training.Settings(seed=seed, **SETTINGS[name])
        model = self._made(seed)
        began = clocks()
        history = self.training.fit(
            model,
            self.train,
            None,
            settings,
            progress=False,
            watch={"test": self.test},
            device="cpu",
        )
        _, processor = clocks() - began
        # An epoch's seconds hold its evaluation. The fastest of three takes away too little
        # rather than too much.
        evaluation, busy = np.min([self._evaluation(model) for _ in range(3)], axis=0)
        accuracies = [scores["test"]["accuracy"] for scores in history.column("watched")]
        seconds = np.cumsum([epoch - evaluation for epoch in history.column("seconds")])
        reached = next((n for n, accuracy in enumerate(accuracies) if accuracy >= TARGET), None)
        if reached is None:
            return {"reached": None, "accuracies": accuracies}
        # Every epoch has the same work for the processor.
        share = (reached + 1) * (processor / len(accuracies) - busy)
        return {
            "reached": [float(seconds[reached]), float(share)],
            "epochs": reached + 1,
            "accuracies": accuracies,
        }

    def _evaluation(self, model: Any) -> NDArray[np.float64]:
        began = clocks()
        self.training.evaluate(model, self.test, device="cpu")
        return clocks() - began


def clocks() -> NDArray[np.float64]:
    """Return the time, and the time that processors gave to this process, all threads together."""
    return np.array([time.perf_counter(), time.process_time()])


def padded(sequences: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """Return sequences as one array, zeros after each, cut after 120 numbers.

    >>> padded([[5, 6], list(range(200))])[:, [0, 1, 2, 119]].tolist()
    [[5, 6, 0, 0], [0, 1, 2, 119]]
    """
    array = np.zeros((len(sequences), LENGTH), dtype=np.int32)
    for row, sequence in zip(array, sequences, strict=True):
        row[: len(sequence)] = sequence[:LENGTH]
    return array


# ------------------------------------------------------------------------------------ a process


def peak_memory() -> float:
    """Return the most memory that this process has had, in MiB."""
    try:  # getrusage would also count what the process that started this one had
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024**2 if sys.platform == "darwin" else 1024)


def serve(name: str, path: Path) -> None:
    """Answer requests until there are no more: ``["epoch", 1]`` calls ``epoch(1)``."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no reply
    side = {"keras": Keras, "ours": Ours}[name](json.loads(path.read_text(encoding="utf-8")))
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        reply = getattr(side, method)(*arguments)
        print(json.dumps({**reply, "peak_mib": peak_memory()}), file=replies, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
