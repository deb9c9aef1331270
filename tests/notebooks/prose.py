"""What a chapter's cells print and store, and the decimal numbers of its prose against that."""

from __future__ import annotations

import gzip
import re
from collections.abc import Set
from decimal import Decimal
from html import unescape
from pathlib import Path

import sync

DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)")
EQUATION = r"\*\*\([^)]*\)\*\*|\(\d\.\d+\)"  # the number of an equation is none of the text


MOST_BYTES = 500_000  # of a widget's state in a page, gzipped


def shown(path: Path, cell_id: str) -> str:
    """Return what a code cell prints."""
    cell = sync.index(sync.read_notebook(path))[cell_id]
    return "".join(output.get("text", "") for output in cell["outputs"])


def stored_state(path: Path, cell_id: str) -> str:
    """Return the state of the widget in a cell, as JSON; it must fit into a page."""
    (output,) = sync.index(sync.read_notebook(path))[cell_id]["outputs"]
    found = re.search(r'data-state="([^"]*)"', output["data"]["text/html"])
    assert found
    state = unescape(found[1])
    assert len(gzip.compress(state.encode())) <= MOST_BYTES
    return state


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
