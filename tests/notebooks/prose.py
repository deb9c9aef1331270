"""The decimal numbers in a chapter's prose, against those that its cells print."""

from __future__ import annotations

import re
from collections.abc import Set
from decimal import Decimal
from pathlib import Path

import sync

DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)")
EQUATION = r"\*\*\([^)]*\)\*\*|\(\d\.\d+\)"  # the number of an equation is none of the text


def printed(path: Path) -> set[Decimal]:
    """Return every number that a notebook prints, or says of a figure."""
    cells = sync.read_notebook(path)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    texts = [
        output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs
    ]
    return {Decimal(n) for text in texts for n in re.findall(r"\d+\.\d+|\d+", text)}


def unprinted(path: Path, english: Path, given: Set[str]) -> set[tuple[str, str]]:
    """Return the decimal numbers of the prose that no cell of the English notebook prints.

    Each with the id of its cell. ``given`` are those that are chosen, or reckoned on the spot.
    """
    known = printed(english)
    return {
        (cell["id"], number)
        for cell in sync.read_notebook(path)["cells"]
        if cell["cell_type"] == "markdown" and cell["id"] != "references"
        for number in DECIMAL.findall(re.sub(EQUATION, "", cell["source"]))
        if number not in given
        and not any(value.quantize(Decimal(number)) == Decimal(number) for value in known)
    }
