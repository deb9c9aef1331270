"""What the notebooks store: complete, free of any machine's traces, the same in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import notebooks
import sync

TWINS = [twin for twin in sync.twins() if twin.english.suffix == ".ipynb"]
PATHS = [path for twin in TWINS for path in (twin.english, twin.vietnamese)]
every_notebook = pytest.mark.parametrize("path", PATHS, ids=sync.short)
every_chapter = pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name)

# Folders in which some machine keeps its files, and addresses of objects in memory.
HERE = [str(path) for path in (sync.ROOT, Path.home()) if len(path.parts) > 1]
TRACES = re.compile(
    r"(?:/(?:home|Users|root|tmp|mnt|content|private|var/folders)/|\b[A-Z]:\\{1,2})[\w.~-]*"
    r"|site-packages|<ipython-input|ipykernel_\d+|\bat 0x[0-9a-f]{6,}"
    + "".join(rf"|{re.escape(path)}\b" for path in HERE)
)
NUMBER = re.compile(r"[-−+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
# Every output is compared, exactly: nothing may ask nbval to look away.
NBVAL_TAGS = {"nbval-ignore-output", "nbval-skip", "nbval-raises-exception", "raises-exception"}


def stored(path: Path) -> sync.Notebook:
    """Read a notebook."""
    return sync.read_notebook(path)


def code_cells(notebook: sync.Notebook) -> list[sync.Cell]:
    """Return a notebook's code cells."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def texts(output: dict[str, Any]) -> Iterator[str]:
    """Yield every text that an output holds."""
    yield output.get("text", "")
    for part in output.get("data", {}).values():
        yield part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)


def traces(cell: sync.Cell) -> list[str]:
    """Return what a cell's outputs tell of the machine that made them."""
    return [
        match.group()
        for output in cell["outputs"]
        for text in texts(output)
        for match in TRACES.finditer(text)
    ]


def numbers(cell: sync.Cell) -> list[str]:
    """Return the numbers that a cell prints, and those that its widgets and figures hold."""
    found: list[str] = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        for text in (output.get("text", ""), data.get("text/plain", "")):
            found += NUMBER.findall(text)
        html = data.get("text/html", "")
        for value in re.findall(r"""data-(?:state|value)=(?:"([^"]*)"|'([^']*)')""", html):
            found += NUMBER.findall(without_prose(unescape("".join(value))))
    return found


def without_prose(state: str) -> str:
    """Return a widget's state without questions, whose numbers are written as each language does.

    >>> without_prose('{"x": 1.5, "questions": [{"en": "12,600?"}]}')
    '{"x": 1.5}'
    """
    try:
        content = json.loads(state)
    except ValueError:
        return state
    if isinstance(content, dict):
        content.pop("questions", None)
    return json.dumps(content, ensure_ascii=False)


def unnamed_pictures(markdown: str) -> list[str]:
    """Return pictures without alternative text in Markdown or in a cell's HTML.

    >>> unnamed_pictures('![](a.svg) ![a gate](b.svg) <img src="c.svg"> <img alt="d" src="d.svg">')
    ['![](a.svg)', '<img src="c.svg">']
    """
    found = re.findall(r"!\[\s*\]\([^)]*\)", markdown)
    found += [
        tag
        for tag in re.findall(r"<img\b[^>]*>", markdown)
        if not re.search(r"""\balt\s*=\s*(["'])\s*[^"'\s]""", tag)
    ]
    return found


def unnamed_drawings(html: str) -> list[str]:
    """Return inline drawings that are neither named nor marked as decoration."""
    return [
        tag
        for tag in re.findall(r"<svg\b[^>]*>", html)
        if "aria-hidden" not in tag
        and not ("role=" in tag and re.search(r"""aria-label(?:ledby)?\s*=\s*["'][^"']""", tag))
    ]


def test_there_are_chapters() -> None:
    assert TWINS


@every_notebook
def test_every_code_cell_was_executed_in_order(path: Path) -> None:
    assert notebooks.unexecuted(stored(path)) == [], "run `make notebooks`"


@every_notebook
def test_every_code_cell_is_compared(path: Path) -> None:
    escaping = [
        cell["id"]
        for cell in code_cells(stored(path))
        if NBVAL_TAGS & set(sync.tags(cell)) or re.search(r"#\s*(?:NBVAL|PYTEST)_", cell["source"])
    ]
    assert escaping == []


@every_notebook
def test_no_cell_failed(path: Path) -> None:
    failed = [
        cell["id"]
        for cell in code_cells(stored(path))
        for output in cell["outputs"]
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    assert failed == []


@every_notebook
def test_outputs_tell_nothing_of_a_machine(path: Path) -> None:
    found = {cell["id"]: traces(cell) for cell in code_cells(stored(path)) if traces(cell)}
    assert found == {}


@every_notebook
def test_no_kernel_state_is_stored(path: Path) -> None:
    notebook = stored(path)
    assert set(notebook["metadata"]) == {"kernelspec", "lang", "language_info"}
    assert notebook["metadata"]["language_info"] == {"name": "python"}
    views = [
        cell["id"]
        for cell in code_cells(notebook)
        for output in cell["outputs"]
        if notebooks.WIDGET_VIEW in output.get("data", {}) or "execution" in cell["metadata"]
    ]
    assert views == []


@every_notebook
def test_pictures_have_alternative_text(path: Path) -> None:
    found = []
    for cell in stored(path)["cells"]:
        if cell["cell_type"] == "markdown":
            found += [(cell["id"], picture) for picture in unnamed_pictures(cell["source"])]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            html = data.get("text/html", "")
            pictures = unnamed_pictures(html) + unnamed_drawings(html)
            found += [(cell["id"], picture) for picture in pictures]
            # A bare picture cannot carry words; lstm_course.plots shows it as HTML that does.
            if not html:
                found += [(cell["id"], kind) for kind in data if kind.startswith("image/")]
    assert found == []


@every_notebook
def test_the_file_is_in_its_stored_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == sync.notebook_text(stored(path)), "run `make sync`"


@every_chapter
def test_both_languages_show_the_same_numbers(twin: sync.Twins) -> None:
    english, vietnamese = (code_cells(stored(path)) for path in (twin.english, twin.vietnamese))
    differing = {
        one["id"]: (numbers(one), numbers(other))
        for one, other in zip(english, vietnamese, strict=True)
        if numbers(one) != numbers(other)
    }
    assert differing == {}


@every_chapter
def test_both_languages_tell_the_same_numbers(twin: sync.Twins) -> None:
    decimals = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)")
    vietnamese = sync.index(stored(twin.vietnamese))
    differing = {}
    for cell in stored(twin.english)["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        one = set(decimals.findall(cell["source"]))
        other = set(decimals.findall(vietnamese[cell["id"]]["source"]))
        if one != other:
            differing[cell["id"]] = sorted(one ^ other)
    assert differing == {}


def output_of(**data: Any) -> sync.Cell:
    """Return a cell that shows something."""
    shown = {"output_type": "display_data", "metadata": {}, "data": data}
    return {"cell_type": "code", "id": "shown", "metadata": {}, "source": "", "outputs": [shown]}


@pytest.mark.parametrize(
    "text",
    [
        "/home/ana/book/x.py:3",
        "/Users/ana/x",
        "C:\\Users\\ana",
        "/tmp/x",
        "<Widget at 0x7f00aa12bc>",
        "/root/.cache/y",
        *HERE,
    ],
)
def test_traces_are_found(text: str) -> None:
    assert traces(output_of(**{"text/plain": f"saved to {text}"}))


def test_a_different_number_is_found() -> None:
    one = output_of(**{"text/html": """<div data-state='{"x": 1.0}'><p>5.95</p></div>"""})
    other = output_of(**{"text/html": """<div data-state='{"x": 1.5}'><p>5.95</p></div>"""})
    assert numbers(one) == ["1.0"]
    assert numbers(one) != numbers(other)


def test_an_unnamed_drawing_is_found() -> None:
    assert unnamed_drawings("<svg viewBox='0 0 1 1'>")
    assert not unnamed_drawings("""<svg role="img" aria-label="a gate"><svg aria-hidden="true">""")
