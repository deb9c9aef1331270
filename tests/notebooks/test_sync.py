"""The two languages are in step, and every way to fall out of step is found and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import configure
import sync

REAL = [twin for twin in sync.twins() if twin.english.suffix == ".ipynb"]
ADDRESS = configure.current_address(sync.ROOT)
PROSE = (
    "A gate is a number between zero and one that says how much of another number "
    "may pass through it at this step."
)
PROSE_VI = (
    "Cổng là một số nằm giữa không và một, cho biết ở bước này bao nhiêu phần của một số khác "
    "được phép đi qua."
)

Notebook = dict[str, Any]
Change = Callable[[Notebook], object]


def text_cell(cell_id: str, source: str, **metadata: Any) -> Notebook:
    """Return a Markdown cell."""
    return {"cell_type": "markdown", "id": cell_id, "metadata": metadata, "source": source}


def code_cell(cell_id: str, source: str, tags: list[str] | None = None) -> Notebook:
    """Return a code cell as it stands after `make notebooks`."""
    return {
        "cell_type": "code",
        "execution_count": 1,
        "id": cell_id,
        "metadata": {"tags": tags} if tags else {},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "5.95\n"}],
        "source": source,
    }


def notebook(language: str, *cells: Notebook) -> Notebook:
    """Return a notebook."""
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "lang": language,
    }
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def english() -> Notebook:
    """Return a small chapter."""
    return notebook(
        "en",
        text_cell("title", "# Gates"),
        code_cell("setup", configure.setup_cell(ADDRESS, "en"), ["setup", "remove-cell"]),
        text_cell("what-a-gate-is", PROSE),
        code_cell("forget-gate", "1.63 + 2.70 + 1.62"),
        text_cell("summary", "Gates hold what matters."),
    )


def vietnamese() -> Notebook:
    """Return its translation, up to date."""
    source = english()
    words = {
        "title": "# Các cổng",
        "what-a-gate-is": PROSE_VI,
        "summary": "Cổng giữ điều đáng giữ.",
    }
    for cell in source["cells"]:
        if cell["cell_type"] == "markdown":
            cell["metadata"]["translates"] = sync.source_hash(cell["source"])
            cell["source"] = words[cell["id"]]
    source["cells"][1]["source"] = source["cells"][1]["source"].replace('"en"', '"vi"')
    source["metadata"]["lang"] = "vi"
    return source


def cell_of(content: Notebook, cell_id: str) -> Notebook:
    """Return a cell by its id."""
    return next(cell for cell in content["cells"] if cell["id"] == cell_id)


@pytest.fixture
def chapters(tmp_path: Path) -> Path:
    """Give a folder with one chapter in both languages, in step."""
    for language, content in (("en", english()), ("vi", vietnamese())):
        write(tmp_path / language / "03_gates.ipynb", content)
    return tmp_path


def write(path: Path, content: Notebook) -> None:
    """Store a notebook as it is, sound or not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def read(chapters: Path, language: str) -> Notebook:
    """Read a stored notebook."""
    found: Notebook = sync.read_notebook(chapters / language / "03_gates.ipynb")
    return found


def change(chapters: Path, language: str, how: Change) -> None:
    """Change one of the twins."""
    content = json.loads((chapters / language / "03_gates.ipynb").read_text(encoding="utf-8"))
    how(content)
    write(chapters / language / "03_gates.ipynb", content)


def problems(chapters: Path) -> list[str]:
    """Return what is out of step."""
    return sync.problems(chapters / "en" / "03_gates.ipynb", chapters / "vi" / "03_gates.ipynb")


# -------------------------------------------------------------------------- the book as it is


def test_the_book_is_in_step() -> None:
    assert sync.all_problems() == []


@pytest.mark.parametrize("twin", REAL, ids=lambda twin: twin.name)
def test_a_change_in_any_cell_of_the_book_is_named_and_no_other(twin: sync.Twins) -> None:
    translation = sync.read_notebook(twin.vietnamese)
    for first in (0, 1):  # every second cell, and then the others
        original = sync.read_notebook(twin.english)
        for cell in original["cells"][first::2]:
            cell["source"] += "\n# One thing more."
        found = [problem.message for problem in sync.compared(original, translation, twin)]
        assert all(twin.vietnamese.name in message for message in found)
        for number, cell in enumerate(original["cells"]):
            named = any(f"cell '{cell['id']}'" in message for message in found)
            assert named == (number % 2 == first), cell["id"]


# ------------------------------------------------------------------- every way out of step


def test_twins_in_step_have_no_problems(chapters: Path) -> None:
    assert problems(chapters) == []
    assert sync.main(["--check", "--chapters", str(chapters)]) == 0


def set_source(cell_id: str, source: str) -> Change:
    """Return the change that gives a cell another text."""
    return lambda content: cell_of(content, cell_id).update(source=source)


def remove(cell_id: str) -> Change:
    """Return the change that drops a cell."""
    return lambda content: content["cells"].remove(cell_of(content, cell_id))


def move_last(cell_id: str) -> Change:
    """Return the change that moves a cell to the end."""
    return lambda content: content["cells"].append(
        content["cells"].pop(content["cells"].index(cell_of(content, cell_id)))
    )


def rename(cell_id: str, other: str) -> Change:
    """Return the change that gives a cell another id."""
    return lambda content: cell_of(content, cell_id).update(id=other)


def tag(cell_id: str, *tags: str) -> Change:
    """Return the change that gives a cell other tags."""
    return lambda content: cell_of(content, cell_id)["metadata"].update(tags=list(tags))


def forget_hash(content: Notebook) -> None:
    """Take away what a cell translates."""
    del cell_of(content, "what-a-gate-is")["metadata"]["translates"]


BROKEN: dict[str, tuple[str, Change, str]] = {
    "code changed in English": ("en", set_source("forget-gate", "1.63 + 2.70"), "forget-gate"),
    "code changed in Vietnamese": ("vi", set_source("forget-gate", "1.63 + 2.7"), "forget-gate"),
    "a space more": ("vi", set_source("forget-gate", "1.63 + 2.70 + 1.62 "), "forget-gate"),
    "prose changed": ("en", set_source("what-a-gate-is", f"{PROSE} Always."), "what-a-gate-is"),
    "translation forgotten": ("vi", forget_hash, "what-a-gate-is"),
    "prose left in English": ("vi", set_source("what-a-gate-is", PROSE), "what-a-gate-is"),
    "a paragraph in English": (
        "vi",
        set_source("what-a-gate-is", f"{PROSE_VI}\n\n{PROSE}"),
        "what-a-gate-is",
    ),
    "English, but not the same": (
        "vi",
        set_source("what-a-gate-is", PROSE.replace("number", "figure")),
        "what-a-gate-is",
    ),
    "prose gone": ("vi", set_source("summary", " "), "summary"),
    "cell dropped": ("vi", remove("forget-gate"), "forget-gate"),
    "text dropped": ("vi", remove("summary"), "summary"),
    "cell added in English only": (
        "en",
        lambda content: content["cells"].append(text_cell("more", "More.")),
        "more",
    ),
    "cell added in Vietnamese only": (
        "vi",
        lambda content: content["cells"].append(code_cell("more", "2")),
        "more",
    ),
    "order changed": ("vi", move_last("what-a-gate-is"), "what-a-gate-is"),
    "id changed": ("vi", rename("summary", "ending"), "summary"),
    "id twice": ("vi", rename("summary", "title"), "title"),
    "id twice in English": ("en", rename("summary", "title"), "title"),
    "id made by a machine": ("en", rename("summary", "3f2A_9"), "3f2A_9"),
    "type changed": (
        "vi",
        lambda content: content["cells"].__setitem__(4, code_cell("summary", "1")),
        "summary",
    ),
    "tags changed": ("vi", tag("forget-gate", "hide-input"), "forget-gate"),
    "tags of text changed": ("en", tag("summary", "margin"), "summary"),
    "setup in the wrong language": (
        "vi",
        set_source("setup", configure.setup_cell(ADDRESS, "en")),
        "setup",
    ),
    "setup with other code": (
        "vi",
        set_source("setup", 'import lstm_course as l\nlstm_course.use_language("vi")'),
        "setup",
    ),
    "setup without its tag": ("en", tag("setup", "remove-cell"), "setup"),
    "language code elsewhere": (
        "vi",
        set_source("forget-gate", 'lstm_course.use_language("vi")'),
        "forget-gate",
    ),
}


@pytest.mark.parametrize(("language", "how", "cell_id"), BROKEN.values(), ids=BROKEN)
def test_every_difference_names_its_cell(
    chapters: Path, language: str, how: Change, cell_id: str
) -> None:
    change(chapters, language, how)
    named = [line for line in problems(chapters) if f"'{cell_id}'" in line]
    assert named
    assert all("03_gates.ipynb" in line for line in named)
    assert sync.main(["--check", "--chapters", str(chapters)]) == 1


OTHER_SETUPS = {
    "without the way to install": 'import lstm_course\nlstm_course.use_language("{0}")',
    "with another address": configure.setup_cell("https://github.com/an/other", "{0}"),
    "without what to do": "\n".join(
        line
        for line in configure.setup_cell(ADDRESS, "{0}").splitlines()
        if configure.NOBODY not in line or "%pip" in line
    ),
    "with one line more": configure.setup_cell(ADDRESS, "{0}") + "\nimport torch",
}


@pytest.mark.parametrize("source", OTHER_SETUPS.values(), ids=OTHER_SETUPS)
def test_a_setup_cell_says_nothing_else_even_in_both_languages(chapters: Path, source: str) -> None:
    if source == configure.setup_cell(ADDRESS, "{0}"):
        pytest.skip("this copy has an address, and nothing to say about it")
    for language in ("en", "vi"):
        change(chapters, language, set_source("setup", source.format(language)))
    found = problems(chapters)
    assert len(found) == 2
    for language, line in zip(("en", "vi"), found, strict=True):
        assert f"{language}/03_gates.ipynb: cell 'setup' must hold this" in line
        assert configure.setup_cell(ADDRESS, language) in line
    assert sync.main(["--check", "--chapters", str(chapters)]) == 1
    assert sync.main(["--chapters", str(chapters)]) == 1


def test_the_setup_cell_names_the_address_of_its_own_book(chapters: Path) -> None:
    other = "https://github.com/an/other"
    (chapters / configure.CONFIG).write_text(f"repository:\n  url: {other}\n", encoding="utf-8")
    assert len(problems(chapters)) == 2
    for language in ("en", "vi"):
        change(chapters, language, set_source("setup", configure.setup_cell(other, language)))
    assert problems(chapters) == []


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_missing_twin_is_named(chapters: Path, language: str) -> None:
    path = chapters / language / "03_gates.ipynb"
    path.unlink()
    assert [str(path) in line for line in sync.all_problems(chapters)] == [True]


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_missing_text_page_is_named(chapters: Path, language: str) -> None:
    (chapters / language / "glossary.md").write_text("# Words", encoding="utf-8")
    assert "glossary.md" in "".join(sync.all_problems(chapters))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        '{"cells": []}',
        '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": "no id"}], '
        '"metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    ],
)
def test_a_file_that_is_no_notebook_is_named(chapters: Path, content: str) -> None:
    (chapters / "vi" / "03_gates.ipynb").write_text(content, encoding="utf-8")
    assert [str(chapters / "vi" / "03_gates.ipynb") in line for line in problems(chapters)] == [
        True
    ]
    assert sync.main(["--chapters", str(chapters)]) == 1


def test_a_book_without_chapters_is_a_problem(tmp_path: Path) -> None:
    assert sync.all_problems(tmp_path)
    assert sync.main(["--chapters", str(tmp_path)]) == 1


def test_notebook_metadata_is_compared(chapters: Path) -> None:
    change(chapters, "vi", lambda content: content["metadata"].update(lang="en"))
    change(chapters, "en", lambda content: content["metadata"].update(authors=[]))
    assert len(problems(chapters)) == 2


# ------------------------------------------------------- what may well be the same or differ


@pytest.mark.parametrize(
    "source",
    [
        "$$ f_t = \\sigma(W_f x_t + U_f h_{t-1} + b_f) $$",
        "> The young woman who had won a ticket at the fair went to the movies with her friends.",
        f"```text\n{PROSE}\n```",
        "[Cổng](https://example.org/a/gate/is/a/number/between/zero/and/one/that/says/how/much)",
    ],
)
def test_what_no_one_translates_may_stay(chapters: Path, source: str) -> None:
    change(chapters, "en", set_source("summary", source))
    change(chapters, "vi", set_source("summary", source))
    assert sync.accept(["summary"], chapters).errors == []
    assert problems(chapters) == []


def test_references_may_be_the_same(chapters: Path) -> None:
    for language in ("en", "vi"):
        change(chapters, language, set_source("summary", PROSE))
        change(chapters, language, tag("summary", "references"))
    assert sync.main(["--accept", "summary", "--chapters", str(chapters)]) == 0
    assert problems(chapters) == []


def test_outputs_may_differ(chapters: Path) -> None:
    change(chapters, "vi", lambda content: cell_of(content, "forget-gate").update(outputs=[]))
    assert problems(chapters) == []


def test_the_hash_knows_no_difference_between_forms_of_a_letter() -> None:
    assert sync.source_hash("c\u1ed5ng") == sync.source_hash("co\u0302\u0309ng")


# ------------------------------------------------------------------------------ make sync


def test_sync_carries_code_over_and_takes_old_outputs_away(chapters: Path) -> None:
    change(chapters, "en", set_source("forget-gate", "1.63 + 2.70"))
    change(chapters, "en", tag("forget-gate", "hide-input"))
    assert sync.main(["--chapters", str(chapters)]) == 0
    assert problems(chapters) == []
    found = read(chapters, "vi")
    assert cell_of(found, "forget-gate")["outputs"] == []
    assert cell_of(found, "forget-gate")["execution_count"] is None
    assert cell_of(found, "setup")["outputs"], "what did not change keeps its outputs"
    assert cell_of(found, "what-a-gate-is")["source"] == PROSE_VI


def test_sync_makes_a_twin_that_waits_for_its_translation(
    chapters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (chapters / "vi" / "03_gates.ipynb").unlink()
    assert sync.main(["--chapters", str(chapters)]) == 1
    said = capsys.readouterr().err
    assert all(f"'{cell_id}'" in said for cell_id in ("title", "what-a-gate-is", "summary"))
    assert 'use_language("vi")' in cell_of(read(chapters, "vi"), "setup")["source"]
    assert sync.MARKER in cell_of(read(chapters, "vi"), "summary")["source"]
    for cell_id, source in (("title", "# Cổng"), ("what-a-gate-is", PROSE_VI), ("summary", "Hết.")):
        assert sync.main(["--accept", cell_id, "--chapters", str(chapters)]) == 1
        change(chapters, "vi", set_source(cell_id, source))
        assert sync.main(["--accept", cell_id, "--chapters", str(chapters)]) == 0
    assert problems(chapters) == []
    assert sync.main(["--chapters", str(chapters)]) == 0


def test_sync_adds_new_cells_in_their_place(chapters: Path) -> None:
    change(chapters, "en", lambda c: c["cells"].insert(3, text_cell("new", "A new thought.")))
    assert sync.main(["--chapters", str(chapters)]) == 1
    assert [cell["id"] for cell in read(chapters, "vi")["cells"]][3] == "new"
    assert len(problems(chapters)) == 1


def test_sync_lists_stale_prose_without_touching_it(
    chapters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(chapters, "en", set_source("summary", "Gates keep what matters."))
    assert sync.main(["--chapters", str(chapters)]) == 0
    assert "'summary'" in capsys.readouterr().out
    assert cell_of(read(chapters, "vi"), "summary")["source"] == "Cổng giữ điều đáng giữ."
    assert sync.main(["--check", "--chapters", str(chapters)]) == 1
    assert sync.main(["--accept", "summary", "--chapters", str(chapters)]) == 0
    assert sync.main(["--check", "--chapters", str(chapters)]) == 0


@pytest.mark.parametrize(
    "how", [rename("summary", "ending"), rename("summary", "title"), move_last("title")]
)
def test_sync_does_not_guess(chapters: Path, how: Change) -> None:
    change(chapters, "vi", how)
    before = (chapters / "vi" / "03_gates.ipynb").read_bytes()
    assert sync.main(["--chapters", str(chapters)]) == 1
    assert (chapters / "vi" / "03_gates.ipynb").read_bytes() == before


def test_sync_writes_the_same_bytes_again(chapters: Path) -> None:
    sync.main(["--chapters", str(chapters)])
    paths = [chapters / language / "03_gates.ipynb" for language in ("en", "vi")]
    before = [path.read_bytes() for path in paths]
    assert before[1].endswith(b"}\n")
    assert "Cổng".encode() in before[1]
    assert sync.main(["--chapters", str(chapters)]) == 0
    assert [path.read_bytes() for path in paths] == before


def test_accept_asks_which_chapter_is_meant(
    chapters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for language in ("en", "vi"):
        folder = chapters / language
        shutil.copy(folder / "03_gates.ipynb", folder / "04_more.ipynb")
    assert sync.main(["--accept", "summary", "--chapters", str(chapters)]) == 1
    assert "04_more/summary" in capsys.readouterr().err
    assert sync.main(["--accept", "04_more/summary", "--chapters", str(chapters)]) == 0
    assert sync.main(["--accept", "nowhere", "--chapters", str(chapters)]) == 1
