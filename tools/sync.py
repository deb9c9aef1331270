"""Keep every Vietnamese chapter cell by cell beside its English original.

English is the source: the Vietnamese notebook has the same cells in the same order with the same
ids and the same code, and each of its Markdown cells records the hash of the English text that it
translates. ``python tools/sync.py`` carries code over and lists prose to translate again;
``--check`` changes nothing and fails on the slightest difference, and so does the test suite.
"""

from __future__ import annotations

import argparse
import copy
import enum
import hashlib
import json
import os
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.validator import iter_validate

import configure

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
SOURCE, TARGET = "en", "vi"
SETUP = "setup"
# Entries of a bibliography are the same in both languages.
SAME_IN_BOTH = "references"
MARKER = "<!-- not translated yet -->"
MOST_EQUAL_WORDS = 12

# One notebook cell as stored: a mapping that nbformat made.
Cell = Any
Notebook = Any

CELL_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Letters that Vietnamese has and English has not; any honest sentence of a dozen words holds some.
VIETNAMESE_LETTER = re.compile(
    "[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE
)


class NotebookFileError(ValueError):
    """A file that cannot be read as a notebook of this book; the message says what to do."""


@dataclass(frozen=True)
class Twins:
    """A page in both languages; either file may be missing."""

    english: Path
    vietnamese: Path

    @property
    def name(self) -> str:
        """The chapter's name, the same in both languages."""
        return self.english.stem


class Kind(enum.Enum):
    """What sort of difference a problem is: it decides what `make sync` may do about it."""

    FILE = "a file missing or unreadable"
    IDENTITY = "ids, order or types of cells; settling it by program would lose words"
    MISSING = "a cell is not there yet"
    CODE = "code or metadata, carried over by make sync"
    PROSE = "text still to be translated"
    STALE = "text translated from an older original"


@dataclass(frozen=True)
class Problem:
    """One difference between twins: its kind, and a message with file, cell and cure."""

    kind: Kind
    message: str


@dataclass
class Outcome:
    """What one run of `synchronise` did and what is left for a person to do."""

    changed: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def short(path: Path) -> str:
    """Return the path as a person would type it from the project's root."""
    path = path.resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def source_hash(source: str) -> str:
    """Return the mark that a translation keeps of its English source: 16 hexadecimal digits.

    >>> source_hash("A gate.")
    '36854115db548abb'
    """
    text = unicodedata.normalize("NFC", source)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


# ------------------------------------------------------------------------------ reading, writing


def read_notebook(path: Path) -> Notebook:
    """Read a notebook as it stands: nothing repaired, so that a duplicate id stays one."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotebookFileError(f"{short(path)}: cannot be read ({error})") from None
    for fault in iter_validate(stored, version=4, version_minor=5):  # type: ignore[no-untyped-call]
        place = "/".join(map(str, fault.absolute_path)) or "the file"
        raise NotebookFileError(
            f"{short(path)}: is not a notebook in format 4.5 with an id for each cell "
            f"({place}: {fault.message[:80]}); save it again from JupyterLab"
        )
    return nbformat.v4.to_notebook(stored)  # type: ignore[no-untyped-call]


def notebook_text(notebook: Notebook) -> str:
    """Return the one text form in which this book stores a notebook."""
    return str(nbformat.v4.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def write_notebook(notebook: Notebook, path: Path) -> bool:
    """Write a notebook in one step, so that a reader never sees half of it.

    Returns whether the file changed.
    """
    text = notebook_text(notebook)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        # mkstemp makes a private file; a notebook is as readable as its neighbours.
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def pages(folder: Path) -> Iterator[Path]:
    """Yield the notebooks and text pages below a language's folder, relative to it."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith((".", "_")) for part in relative.parts)
        if path.suffix in {".ipynb", ".md"} and path.is_file() and not hidden:
            yield relative


def twins(chapters: Path = CHAPTERS) -> list[Twins]:
    """Return every page of either language with the place where its twin belongs."""
    english, vietnamese = chapters / SOURCE, chapters / TARGET
    relative = sorted({*pages(english), *pages(vietnamese)})
    return [Twins(english / name, vietnamese / name) for name in relative]


# ------------------------------------------------------------------------------------- comparing


def tags(cell: Cell) -> list[str]:
    """Return a cell's tags."""
    return list(cell["metadata"].get("tags", []))


def is_setup(cell: Cell) -> bool:
    """Whether this is the one cell whose code names the notebook's language."""
    return cell["cell_type"] == "code" and SETUP in tags(cell)


def use_language(language: str) -> str:
    """Return the call that a setup cell of this language must hold."""
    return f'lstm_course.use_language("{language}")'


def setup_code(path: Path, language: str) -> str:
    """Return the setup cell of a notebook: it names the address in the settings of its book."""
    roots = [folder for folder in path.resolve().parents if (folder / configure.CONFIG).is_file()]
    return configure.setup_cell(configure.current_address([*roots, ROOT][0]), language)


def expected_code(cell: Cell) -> str:
    """Return the code that the Vietnamese twin of an English cell must hold."""
    source = str(cell["source"])
    return source.replace(use_language(SOURCE), use_language(TARGET)) if is_setup(cell) else source


def expected_metadata(cell: Cell) -> dict[str, Any]:
    """Return a cell's metadata less what belongs to one language only."""
    return {key: value for key, value in cell["metadata"].items() if key != "translates"}


def prose_blocks(source: str) -> list[str]:
    """Split Markdown into paragraphs, leaving out what is the same in every language.

    Code, mathematics, addresses, HTML tags and quotations go.
    """
    for pattern in (
        r"^(```+|~~~+).*?^\1",
        r"\$\$.*?\$\$",
        r"<!--.*?-->",
        r"<[^>]*>",
        r"`[^`\n]*`",
        r"\$[^$\n]*\$",
        r"\]\([^)]*\)",
        r"https?://\S+",
        r"^\s*>.*$",
    ):
        source = re.sub(pattern, " ", source, flags=re.DOTALL | re.MULTILINE)
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|#+|\|)\s)", source)
    return [" ".join(block.split()) for block in blocks if block.split()]


def word_count(text: str) -> int:
    """Count words: runs of letters, so that bare numbers and signs do not count."""
    return len(re.findall(r"[^\W\d_]+", text))


def untranslated(english: Cell, vietnamese: Cell) -> str | None:
    """Say why a Vietnamese text cell is still English, or None if it is not."""
    if MARKER in vietnamese["source"]:
        return f"is not translated yet: translate it and take the line {MARKER} away"
    if SAME_IN_BOTH in tags(english):
        return None
    if english["source"].strip() and not vietnamese["source"].strip():
        return "is empty: translate it"
    originals = set(prose_blocks(english["source"]))
    for block in prose_blocks(unicodedata.normalize("NFC", vietnamese["source"])):
        if word_count(block) <= MOST_EQUAL_WORDS:
            continue
        if block in originals or not VIETNAMESE_LETTER.search(block):
            return f'still holds English prose ("{block[:50]}..."): translate it'
    return None


def index(notebook: Notebook) -> dict[str, Cell]:
    """Return a notebook's cells by id."""
    return {cell["id"]: cell for cell in notebook["cells"]}


def identity_problems(path: Path, notebook: Notebook) -> list[Problem]:
    """Return ids that do not name one cell each."""
    counts = Counter(cell["id"] for cell in notebook["cells"])
    found = [
        f"cell id '{cell_id}' stands {count} times; give each cell its own id"
        for cell_id, count in counts.items()
        if count > 1
    ]
    found += [
        f"cell id '{cell_id}' is not a kebab-case name; call it after what it shows"
        for cell_id in counts
        if not CELL_ID.fullmatch(cell_id)
    ]
    return [Problem(Kind.IDENTITY, f"{short(path)}: {message}") for message in found]


def language_problems(path: Path, notebook: Notebook, language: str) -> list[Problem]:
    """Return where a notebook does not say which language it is in."""
    name, found = short(path), []
    if notebook["metadata"].get("lang") != language:
        cure = "add it" if language == SOURCE else "run `make sync`"
        found.append(f'{name}: notebook metadata must say "lang": "{language}"; {cure}')
    setups = [cell for cell in notebook["cells"] if is_setup(cell)]
    if [cell["id"] for cell in setups] != [SETUP]:
        found.append(f"{name}: needs exactly one code cell with id and tag '{SETUP}'; add it")
    for cell in setups:
        if cell["source"] != (wanted := setup_code(path, language)):
            found.append(f"{name}: cell '{cell['id']}' must hold this and nothing else:\n{wanted}")
    return [Problem(Kind.CODE, message) for message in found]


def order_problems(english: Notebook, vietnamese: Notebook, twin: Twins) -> list[Problem]:
    """Return missing and extra cells, and the first cell that is out of order."""
    wanted = [cell["id"] for cell in english["cells"]]
    found = [cell["id"] for cell in vietnamese["cells"]]
    name = short(twin.vietnamese)
    missing = [
        Problem(Kind.MISSING, f"{name}: cell '{cell_id}' is missing; run `make sync`, translate it")
        for cell_id in wanted
        if cell_id not in found
    ]
    extra = [
        Problem(
            Kind.IDENTITY,
            f"{name}: cell '{cell_id}' has no English original; delete it, "
            f"or write it in {short(twin.english)} first",
        )
        for cell_id in found
        if cell_id not in wanted
    ]
    shared = [cell_id for cell_id in wanted if cell_id in found]
    kept = [cell_id for cell_id in found if cell_id in wanted]
    moved = [
        Problem(Kind.IDENTITY, f"{name}: cell '{other}' stands where '{one}' belongs; move it")
        for one, other in zip(shared, kept, strict=False)
        if one != other
    ]
    return missing + extra + moved[:1]


def cell_problems(english: Cell, vietnamese: Cell, twin: Twins) -> list[Problem]:
    """Return how one cell differs from its twin."""
    name = f"{short(twin.vietnamese)}: cell '{vietnamese['id']}'"
    if english["cell_type"] != vietnamese["cell_type"]:
        message = (
            f"{name} is {vietnamese['cell_type']}, its English original is "
            f"{english['cell_type']}; make them the same"
        )
        return [Problem(Kind.IDENTITY, message)]
    found = []
    if expected_metadata(english) != expected_metadata(vietnamese):
        message = f"{name} has other tags or metadata than its original; run `make sync`"
        found.append(Problem(Kind.CODE, message))
    if english["cell_type"] == "markdown":
        return found + prose_problems(english, vietnamese, name)
    if expected_code(english) != vietnamese["source"]:
        message = (
            f"{name} holds other code than {short(twin.english)}; change the English cell, "
            "then run `make sync` and `make notebooks`"
        )
        found.append(Problem(Kind.CODE, message))
    return found


def prose_problems(english: Cell, vietnamese: Cell, name: str) -> list[Problem]:
    """Return why a Vietnamese text cell is not the translation of its English twin."""
    accept = f"`.venv/bin/python tools/sync.py --accept {vietnamese['id']}`"
    recorded = vietnamese["metadata"].get("translates")
    reason = untranslated(english, vietnamese)
    kind = Kind.PROSE
    if "translates" in english["metadata"]:
        reason = "has an English original with 'translates' in its metadata; take it away there"
    elif reason is None and recorded is None:
        reason = f"does not say what it translates; once it is translated, run {accept}"
    elif reason is None and recorded != source_hash(english["source"]):
        kind = Kind.STALE
        reason = (
            f"translates an older English text; bring the translation up to date, then run {accept}"
        )
    return [] if reason is None else [Problem(kind, f"{name} {reason}")]


def differences(twin: Twins) -> list[Problem]:
    """Return every difference between two twins."""
    absent = missing_twin(twin)
    if absent or twin.english.suffix != ".ipynb":
        return absent
    try:
        english, vietnamese = read_notebook(twin.english), read_notebook(twin.vietnamese)
    except NotebookFileError as error:
        return [Problem(Kind.FILE, str(error))]
    return compared(english, vietnamese, twin)


def compared(english: Notebook, vietnamese: Notebook, twin: Twins) -> list[Problem]:
    """Return every difference between the contents of two twins."""
    found = []
    for path, notebook, language in (
        (twin.english, english, SOURCE),
        (twin.vietnamese, vietnamese, TARGET),
    ):
        found += identity_problems(path, notebook) + language_problems(path, notebook, language)
    if notebook_metadata(english) != notebook_metadata(vietnamese):
        message = (
            f"{short(twin.vietnamese)}: other notebook metadata than its original; run `make sync`"
        )
        found.append(Problem(Kind.CODE, message))
    found += order_problems(english, vietnamese, twin)
    originals = index(english)
    for cell in vietnamese["cells"]:
        if cell["id"] in originals:
            found += cell_problems(originals[cell["id"]], cell, twin)
    return found


def problems(en_path: Path, vi_path: Path) -> list[str]:
    """Return every difference between two twins, each naming its file, its cell and the cure."""
    return [problem.message for problem in differences(Twins(Path(en_path), Path(vi_path)))]


def missing_twin(twin: Twins) -> list[Problem]:
    """Return a problem if one of the two files is not there."""
    message = None
    if not twin.english.is_file():
        message = (
            f"{short(twin.vietnamese)}: has no English original; write {short(twin.english)}, "
            "for English is the source"
        )
    elif not twin.vietnamese.is_file():
        cure = "run `make sync`" if twin.english.suffix == ".ipynb" else "write it"
        message = f"{short(twin.vietnamese)}: the Vietnamese twin is missing; {cure}"
    return [] if message is None else [Problem(Kind.FILE, message)]


def notebook_metadata(notebook: Notebook) -> dict[str, Any]:
    """Return a notebook's metadata less its language."""
    return {key: value for key, value in notebook["metadata"].items() if key != "lang"}


def all_problems(chapters: Path = CHAPTERS) -> list[str]:
    """Return the problems of the whole book; a book without chapters is one."""
    found = twins(chapters)
    if not found:
        return [f"{short(chapters)}: holds no chapters"]
    return [message for twin in found for message in problems(twin.english, twin.vietnamese)]


# --------------------------------------------------------------------------------- synchronising


def carried_code(english: Cell, vietnamese: Cell | None) -> Cell:
    """Return the Vietnamese code cell; what it printed stays as long as its code does."""
    cell = copy.deepcopy(english)
    cell["source"] = expected_code(english)
    if cell["cell_type"] != "code":
        return cell
    same = vietnamese is not None and vietnamese["source"] == cell["source"]
    cell["outputs"] = vietnamese["outputs"] if same and vietnamese else []
    cell["execution_count"] = vietnamese["execution_count"] if same and vietnamese else None
    return cell


def carried_prose(english: Cell, vietnamese: Cell | None) -> Cell:
    """Return the Vietnamese text cell: its own words, its original's tags."""
    if vietnamese is None:
        cell = copy.deepcopy(english)
        cell["metadata"] = expected_metadata(english)
        cell["source"] = f"{MARKER}\n\n{english['source']}"
        return cell
    cell = copy.deepcopy(vietnamese)
    metadata = expected_metadata(english)
    if "translates" in vietnamese["metadata"]:
        metadata["translates"] = vietnamese["metadata"]["translates"]
    cell["metadata"] = metadata
    return cell


def carry_over(english: Notebook, vietnamese: Notebook | None) -> Notebook:
    """Return the Vietnamese twin that an English notebook asks for.

    Cells that are new come marked as not translated.
    """
    twin = copy.deepcopy(english)
    twin["metadata"] = {**english["metadata"], "lang": TARGET}
    known = index(vietnamese) if vietnamese is not None else {}
    twin["cells"] = [
        (carried_prose if cell["cell_type"] == "markdown" else carried_code)(
            cell, known.get(cell["id"])
        )
        for cell in english["cells"]
    ]
    return twin


def blocking(english: Notebook, vietnamese: Notebook | None, twin: Twins) -> list[Problem]:
    """Return what a program must not settle by itself: it would lose somebody's words."""
    found = identity_problems(twin.english, english)
    found += language_problems(twin.english, english, SOURCE)
    if vietnamese is None:
        return found
    originals = index(english)
    between = identity_problems(twin.vietnamese, vietnamese)
    between += order_problems(english, vietnamese, twin)
    for cell in vietnamese["cells"]:
        if cell["id"] in originals:
            between += cell_problems(originals[cell["id"]], cell, twin)
    return found + [problem for problem in between if problem.kind is Kind.IDENTITY]


def synchronise(twin: Twins) -> Outcome:
    """Carry one chapter's code and metadata over to its Vietnamese twin."""
    if not twin.english.is_file() or twin.english.suffix != ".ipynb":
        return Outcome(errors=[problem.message for problem in missing_twin(twin)])
    try:
        english = read_notebook(twin.english)
        vietnamese = read_notebook(twin.vietnamese) if twin.vietnamese.is_file() else None
    except NotebookFileError as error:
        return Outcome(errors=[str(error)])
    stuck = blocking(english, vietnamese, twin)
    if stuck:
        return Outcome(errors=[problem.message for problem in stuck])
    outcome = Outcome()
    # Writing the English file again changes no word: it only puts it into the stored form.
    for notebook, path in (
        (english, twin.english),
        (carry_over(english, vietnamese), twin.vietnamese),
    ):
        if write_notebook(notebook, path):
            outcome.changed.append(short(path))
    for problem in differences(twin):
        place = outcome.stale if problem.kind is Kind.STALE else outcome.errors
        place.append(problem.message)
    return outcome


def accept(wanted: Iterable[str], chapters: Path = CHAPTERS) -> Outcome:
    """Record that the translations of some cells are up to date.

    A cell is named by its id, or by ``chapter/id`` where several chapters have that id.
    """
    outcome = Outcome()
    for name in wanted:
        chapter, _, cell_id = name.rpartition("/")
        places = [
            twin
            for twin in twins(chapters)
            if twin.english.suffix == ".ipynb"
            and (not chapter or twin.name.startswith(chapter))
            and has_text_cell(twin, cell_id)
        ]
        if len(places) != 1:
            several = ", ".join(f"{twin.name}/{cell_id}" for twin in places)
            outcome.errors.append(
                f"'{name}': say which one: {several}"
                if places
                else f"'{name}': no chapter has a text cell of that id in both languages"
            )
            continue
        outcome_of_one(outcome, places[0], cell_id)
    return outcome


def has_text_cell(twin: Twins, cell_id: str) -> bool:
    """Whether both twins hold a text cell of this id."""
    try:
        found = [
            index(read_notebook(path)).get(cell_id) for path in (twin.english, twin.vietnamese)
        ]
    except NotebookFileError:
        return False
    return all(cell is not None and cell["cell_type"] == "markdown" for cell in found)


def outcome_of_one(outcome: Outcome, twin: Twins, cell_id: str) -> None:
    """Record one translation as up to date, unless it plainly is none."""
    english, notebook = read_notebook(twin.english), read_notebook(twin.vietnamese)
    original, cell = index(english)[cell_id], index(notebook)[cell_id]
    reason = untranslated(original, cell)
    if reason is not None:
        outcome.errors.append(f"{short(twin.vietnamese)}: cell '{cell_id}' {reason}")
        return
    cell["metadata"]["translates"] = source_hash(original["source"])
    write_notebook(notebook, twin.vietnamese)
    outcome.changed.append(f"{short(twin.vietnamese)}: cell '{cell_id}'")


# -------------------------------------------------------------------------------- command line


def report(outcome: Outcome) -> int:
    """Print what was done and what is left; return the exit status."""
    for line in outcome.changed:
        print(f"written   {line}")
    for line in outcome.stale:
        print(f"translate {line}")
    for line in outcome.errors:
        print(f"ERROR     {line}", file=sys.stderr)
    if not outcome.stale and not outcome.errors:
        print("Both languages are in step.")
    return 1 if outcome.errors else 0


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail on differences")
    parser.add_argument(
        "--accept", nargs="+", metavar="CELL_ID", help="mark these translations as up to date"
    )
    parser.add_argument("--chapters", type=Path, default=CHAPTERS, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = arguments(argv)
    if options.check:
        return report(Outcome(errors=all_problems(options.chapters)))
    if options.accept:
        outcome = accept(options.accept, options.chapters)
        if outcome.errors:
            return report(outcome)
        for line in outcome.changed:
            print(f"accepted  {line}")
        return 0
    outcome = Outcome()
    found = twins(options.chapters)
    if not found:
        outcome.errors.append(f"{short(options.chapters)}: holds no chapters")
    for twin in found:
        one = synchronise(twin)
        outcome.changed += one.changed
        outcome.stale += one.stale
        outcome.errors += one.errors
    return report(outcome)


if __name__ == "__main__":
    sys.exit(main())
