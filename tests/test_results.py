"""Figures of studies as the chapters read them."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_course import results
from lstm_course.results import Results

RECORD = {
    "study": "small",
    "configurations": {"lstm": {"units": 32}, "linear": {"C": 1.0}},
    "runs": [
        {"configuration": "lstm", "seed": 0, "figures": {"accuracy": 0.80}, "seconds": 10.0},
        {"configuration": "lstm", "seed": 1, "figures": {"accuracy": 0.84}, "seconds": 12.0},
        {"configuration": "lstm", "seed": 2, "figures": {"accuracy": 0.82}, "seconds": 11.0},
        {"configuration": "linear", "seed": 0, "figures": {"accuracy": 0.85}, "seconds": 1.0},
    ],
}


def test_mean_and_deviation_over_the_seeds() -> None:
    small = Results(RECORD)
    np.testing.assert_array_equal(small.values("lstm", "accuracy"), [0.80, 0.84, 0.82])
    np.testing.assert_array_equal(small.seconds("lstm"), [10, 12, 11])
    # Squares of -0.02, 0.02, 0 add to 0.0008; divided by n - 1 = 2 the root is 0.02.
    assert small.told("lstm", "accuracy", digits=4) == "0.8200 ± 0.0200"
    assert small.told("linear", "accuracy") == "0.850"


def test_what_was_not_run_is_named() -> None:
    with pytest.raises(KeyError, match="small has no configuration 'gru': lstm, linear"):
        Results(RECORD).values("gru", "accuracy")
    with pytest.raises(KeyError, match="f1"):
        Results(RECORD).values("lstm", "f1")
    with pytest.raises(FileNotFoundError, match=r"results.nothing\.json"):
        results.load("nothing")
