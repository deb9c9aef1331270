"""A progress bar for what takes long: on standard error, only after two seconds."""

from __future__ import annotations

import os
import sys
from typing import Any


def progress(label: str, **options: Any) -> Any:
    """A tqdm bar, silent where notebooks are tested or stored (``training``'s two variables)."""
    from tqdm import tqdm

    quiet = "1" in (os.environ.get("LSTM_COURSE_QUICK"), os.environ.get("LSTM_COURSE_REUSE"))
    return tqdm(
        desc=label,
        delay=2,
        mininterval=0.5,
        leave=False,
        disable=quiet,
        file=sys.stderr,
        **options,
    )
