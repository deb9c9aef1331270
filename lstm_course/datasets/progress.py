"""A progress bar for what takes long: on standard error, only after two seconds."""

from __future__ import annotations

import os
import sys
from typing import Any


def progress(label: str, **options: Any) -> Any:
    """A tqdm bar, silent in quick mode (``LSTM_COURSE_QUICK=1``)."""
    from tqdm import tqdm

    quick = os.environ.get("LSTM_COURSE_QUICK") == "1"
    return tqdm(
        desc=label,
        delay=2,
        mininterval=0.5,
        leave=False,
        disable=quick,
        file=sys.stderr,
        **options,
    )
