"""The list of references: ``chapters/references.bib`` in the words of the page's language.

The directive ``lstm-references`` prints the entries with one keyword (``ground``, ``data``), or
those without. It reads the file with pybtex, as ``sphinxcontrib-bibtex`` does, which Jupyter Book
brings along; but that extension speaks one language a build ("et al.", "volume", "pages"), wants
one bibliography to own each label, so that two pages with the same list are a warning, and can
mark no title with its language. What remains to be done here is one sentence an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from pybtex.database import BibliographyData, Entry, Person, parse_file
from pybtex.exceptions import PybtexError
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from glossary import alphabetical, in_language
from languages import language_of
from lstm_course.language import text

DATA = Path("chapters", "references.bib")
MOST_AUTHORS = 4
"""A longer list of authors is cut after the first."""

Piece = nodes.Node | str


def read(path: Path) -> list[Entry]:
    """Return the entries of a file. Raises ``PybtexError`` where it is not BibTeX."""
    data: BibliographyData = parse_file(str(path), bib_format="bibtex")
    return list(data.entries.values())


def plain(value: str) -> str:
    r"""Return a field as it is read: without braces, with dashes.

    >>> plain(r"{LSTM} \& more, 157--166")
    'LSTM & more, 157–166'
    """
    return re.sub(r"[{}]", "", value).replace(r"\&", "&").replace("--", "–")


def author(person: Person) -> str:
    """Return a name as a list of references has it; one in braces stays as it is.

    >>> author(Person("Gers, Felix A.")), author(Person("{Nguyen Quoc Thai}"))
    ('Gers, F. A.', 'Nguyen Quoc Thai')
    """
    family = " ".join([*person.prelast_names, *person.last_names])
    given = " ".join(f"{name[0]}." for name in [*person.first_names, *person.middle_names])
    return plain(", ".join(filter(None, [family, given])))


def authors(people: Iterable[Person], language: str) -> str:
    """Return the authors of a work in one line.

    >>> authors([Person("Kneser, Reinhard"), Person("Ney, Hermann")], "vi")
    'Kneser, R. và Ney, H.'
    """
    names = [author(person) for person in people]
    if len(names) > MOST_AUTHORS:
        return f"{names[0]} {text('references.others', lang=language)}"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {text('references.and', lang=language)} {names[-1]}"


def place(fields: dict[str, str], language: str) -> list[Piece]:
    """Return where a work appeared: journal or book in italics, volume, number, pages."""
    found: list[list[Piece]] = []
    if journal := fields.get("journal"):
        found.append([_titled(journal, fields, nodes.emphasis, language)])
    if book := fields.get("booktitle"):
        before, after = text("references.in", lang=language).split("{book}")
        found.append([before, _titled(book, fields, nodes.emphasis, language), after])
    for field, key, value in (
        ("volume", "volume", "volume"),
        ("number", "issue", "issue"),
        ("pages", "pages", "pages"),
    ):
        if field in fields:
            found.append([text(f"references.{key}", lang=language, **{value: fields[field]})])
    found += [[fields[key]] for key in ("publisher", "institution") if key in fields]
    pieces: list[Piece] = []
    for part in found:
        pieces += [", ", *part] if pieces else part
    return pieces


def _titled(
    words: str, fields: dict[str, str], kind: type[nodes.TextElement], language: str
) -> nodes.Node:
    own = fields.get("langid", "en")
    inner = nodes.Text(words) if own == language else in_language(words, own)
    return kind("", "", inner)


def sentence(entry: Entry, language: str) -> nodes.paragraph:
    """Return one entry: authors (year). Title. Where it appeared. What else is to be said."""
    fields = {key.lower(): plain(value) for key, value in entry.fields.items()}
    who = authors(entry.persons.get("author", []), language)
    head = " ".join(filter(None, [who, f"({fields['year']})" if "year" in fields else ""]))
    # Addresses are as they were written: a dash in one is no sign of a range.
    doi = entry.fields.get("doi")
    address = f"https://doi.org/{doi}" if doi else entry.fields.get("url")
    title: nodes.Node = _titled(fields["title"], fields, nodes.inline, language)
    if address:
        title = nodes.reference("", "", title, refuri=address, internal=False)
    parts: list[list[Piece]] = [[head]] if head else []
    parts.append([title])
    parts += [pieces] if (pieces := place(fields, language)) else []
    parts += [[fields[f"note_{language}"]]] if f"note_{language}" in fields else []
    line = nodes.paragraph()
    for number, part in enumerate(parts):
        line += nodes.Text(" ") if number else []
        line += [nodes.Text(piece) if isinstance(piece, str) else piece for piece in part]
        ends = number == 0 and head.endswith(".")
        line += nodes.Text("" if ends else ".")
    return line


def order(entry: Entry) -> tuple[Any, ...]:
    """Return the key of the list: by first author, or title where there is none, then year."""
    people = entry.persons.get("author", [])
    first = author(people[0]) if people else plain(entry.fields["title"])
    return (alphabetical(first), entry.fields.get("year", ""), plain(entry.fields["title"]))


class References(SphinxDirective):
    """``{lstm-references}`` with a keyword of the entries, or none for those without keywords."""

    optional_arguments = 1
    has_content = False
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Return one list."""
        path = Path(self.env.srcdir, DATA)
        for source in (path, Path(__file__)):
            self.env.note_dependency(str(source))
        wanted = self.arguments[0] if self.arguments else ""
        try:
            found = [e for e in read(path) if e.fields.get("keywords", "") == wanted]
        except (OSError, PybtexError) as error:
            raise self.error(f"{DATA}: {error}") from error
        if not found:
            raise self.error(f"{DATA}: no entry has the keyword '{wanted}'")
        items = nodes.bullet_list(classes=["lc-references"])
        language = language_of(self.env.docname)
        for entry in sorted(found, key=order):
            items += nodes.list_item("", sentence(entry, language))
        return [items]


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the directive."""
    app.setup_extension("glossary")
    app.add_directive("lstm-references", References)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
