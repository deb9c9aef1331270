"""Figures of the studies, for the chapters: what took longer than a reader would wait for.

`make results` computes them with the functions of this package and records each study in one file,
with its configuration, data, versions and time. Nothing here computes anything but mean, deviation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PACKAGE = Path(__file__).resolve().parent
#: Inside the package where it is installed; beside it in the project.
FOLDER = _PACKAGE / "recorded" if (_PACKAGE / "recorded").is_dir() else _PACKAGE.parent / "results"


@dataclass(frozen=True)
class Results:
    """One recorded study; ``record`` is the whole of its file."""

    record: dict[str, Any]

    @property
    def configurations(self) -> dict[str, dict[str, Any]]:
        """What was compared, by name."""
        return dict(self.record["configurations"])

    def runs(self, configuration: str) -> Iterator[dict[str, Any]]:
        """The runs of a configuration, a seed each. Raises ``KeyError`` for an unknown one."""
        if configuration not in self.record["configurations"]:
            study, known = self.record["study"], ", ".join(self.record["configurations"])
            raise KeyError(f"{study} has no configuration {configuration!r}: {known}")
        return (run for run in self.record["runs"] if run["configuration"] == configuration)

    def values(self, configuration: str, figure: str) -> NDArray[np.float64]:
        """A figure of every seed, shape ``(seeds, ...)``. ``KeyError``: there is no such figure."""
        return np.array([run["figures"][figure] for run in self.runs(configuration)])

    def seconds(self, configuration: str) -> NDArray[np.float64]:
        """How long each run took, shape ``(seeds,)``, on the machine in ``record``."""
        return np.array([run["seconds"] for run in self.runs(configuration)])

    def told(self, configuration: str, figure: str, digits: int = 3) -> str:
        """A figure as ``mean ± standard deviation`` over the seeds (of the sample: n - 1).

        A configuration that was run once, because nothing in it is random, has no deviation.

        >>> runs = [{"configuration": "a", "figures": {"accuracy": x}} for x in (0.8, 0.9)]
        >>> study = Results({"study": "s", "configurations": {"a": {}}, "runs": runs})
        >>> study.told("a", "accuracy")
        '0.850 ± 0.071'
        """
        values = self.values(configuration, figure)
        if len(values) == 1:
            return f"{values[0]:.{digits}f}"
        return f"{values.mean():.{digits}f} ± {values.std(ddof=1):.{digits}f}"


def load(name: str) -> Results:
    """A recorded study. Raises ``FileNotFoundError`` naming the file that is missing."""
    path = FOLDER / f"{name}.json"
    return Results(json.loads(path.read_text(encoding="utf-8")))
