"""The Vietnamese of the book: the glossary's terms, one form of each letter, decimal points."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

import glossary
import sync
from glossary import Term

DATA = sync.ROOT / glossary.DATA
TERMS = glossary.read(DATA)
SUFFIXES = {
    *(".bib", ".cff", ".css", ".html", ".ipynb", ".js", ".md", ".mjs", ".py", ".svg"),
    *(".toml", ".txt", ".yaml", ".yml"),
}


def banned(text: str) -> list[str]:
    r"""Return the bad renderings in a text, each with the term to use.

    >>> banned("Cổng quên mở.")
    []
    >>> banned("Cổng\nquê mở.")
    ["'cổng quê': say 'cổng quên' (forget gate)"]
    """
    plain = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return [
        f"'{rendering}': say '{term.names['vi']}' ({term.names['en']})"
        for term in TERMS
        for rendering in term.banned
        # To look for the letters first is many times quicker, and hardly ever finds any.
        if rendering.casefold() in plain
        and re.search(rf"(?<!\w){re.escape(rendering.casefold())}(?!\w)", plain)
    ]


def text_files(folder: Path = sync.ROOT) -> Iterator[Path]:
    """Yield the project's text files: nothing built, nothing installed, nothing hidden."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_build")) or path.name == "__pycache__":
            continue
        if path.is_dir() and not (path / "pyvenv.cfg").exists():
            yield from text_files(path)
        elif path.suffix in SUFFIXES and path not in {DATA, Path(__file__)}:
            yield path


def passages(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the texts of a file with where they stand: cell by cell in a notebook."""
    content = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        yield sync.short(path), content
        return
    for cell in json.loads(content)["cells"]:
        name = f"{sync.short(path)}: cell '{cell['id']}'"
        yield name, "".join(cell["source"])
        for output in cell.get("outputs", []):
            for part in [output.get("text", []), *output.get("data", {}).values()]:
                yield f"{name} (output)", "".join(part) if isinstance(part, list) else str(part)


def test_no_bad_rendering_anywhere() -> None:
    found = [
        f"{place}: {fault}"
        for path in text_files()
        for place, text in passages(path)
        for fault in banned(text)
    ]
    assert found == []


def test_every_letter_is_in_its_composed_form() -> None:
    found = []
    for path in text_files():
        found += [sync.short(path)] * (not unicodedata.is_normalized("NFC", path.name))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not unicodedata.is_normalized("NFC", line):
                found.append(f"{sync.short(path)}:{number}: letters in parts; save it in NFC")
    assert found == []


def comma_numbers(markdown: str) -> list[str]:
    """Return numbers written with a comma: Vietnamese prose here has the decimal point.

    >>> comma_numbers("Tổng là 5,95; còn $x_{1,2}$ thì không tính, 1, 2 cũng vậy.")
    ['5,95']
    """
    return re.findall(r"\d+(?:,\d+)+", "\n".join(sync.prose_blocks(markdown)))


def test_numbers_have_a_decimal_point_in_vietnamese() -> None:
    found = [
        f"{sync.short(twin.vietnamese)}: cell '{cell['id']}': {comma_numbers(cell['source'])}"
        for twin in sync.twins()
        if twin.vietnamese.suffix == ".ipynb"
        for cell in sync.read_notebook(twin.vietnamese)["cells"]
        if cell["cell_type"] == "markdown" and sync.SAME_IN_BOTH not in sync.tags(cell)
        if comma_numbers(cell["source"])
    ]
    assert found == []


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.id)
def test_the_list_bans_what_it_says_and_not_what_it_uses_itself(term: Term) -> None:
    for rendering in term.banned:
        assert banned(f"Đây là {rendering.upper()}, rồi thôi.")
        assert unicodedata.is_normalized("NFC", rendering)
    used = [*term.names.values(), *term.meanings.values(), *term.forms["vi"], *term.everyday["vi"]]
    assert [fault for text in used for fault in banned(text)] == []


def test_the_walk_sees_chapters_words_and_widgets() -> None:
    seen = {sync.short(path).split("/")[0] for path in text_files()}
    assert {"chapters", "lstm_course", "index.md"} <= seen
