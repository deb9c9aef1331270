"""Small books, built with the real settings and extensions, for questions the book cannot answer.

A chapter may hold things that no chapter holds yet; the pages of these books hold one of each.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import yaml
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from bilingual import pages_address
from configure import current_address

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "vi")
CAPTIONS = {"en": "English", "vi": "Tiếng Việt"}
CHAPTERS = ("03_gates", "10_last")
TITLES = {
    "chapters/en/03_gates": "Gates",
    "chapters/vi/03_gates": "Các cổng",
    "chapters/en/10_last": "The end",
    "chapters/vi/10_last": "Phần cuối",
}

ADMONITIONS = ("attention", "caution", "danger", "hint", "important", "note", "tip", "warning")

WIDGET = '<div class="lstm-widget" data-widget="memory_decay" data-state="{}">picture</div>'

WIDGET_STATE = {
    "application/vnd.jupyter.widget-state+json": {
        "state": {"0": {"model_module": "anywidget", "model_name": "AnyModel", "state": {}}},
        "version_major": 2,
        "version_minor": 0,
    }
}
"""What JupyterLab stores beside widgets, and what would bring scripts from a CDN into the page."""

PROSE = """
An equation $x_t$, and another:

$$c_t = f_t c_{t-1} + i_t g_t \\tag{3.1}$$

```{math}
:label: LANG-labelled
h_t = o_t \\tanh c_t
```

| left | right |
| --- | --- |
| 1 | 2 |

<details><summary>Solution</summary>

It is $x$.

</details>

A claim.[^note]

[^note]: A footnote.
"""


@cache
def parsed(file: Path) -> BeautifulSoup:
    """Parse a page: what tests of the built pages spend most of their time with."""
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


@dataclass(frozen=True)
class Book:
    """A built book."""

    folder: Path

    @property
    def names(self) -> list[str]:
        """The names of its pages, as Sphinx names them."""
        pages = [path.relative_to(self.folder) for path in sorted(self.folder.rglob("*.html"))]
        return [str(page.with_suffix("")) for page in pages if page.parts[0] != "_static"]

    def file(self, name: str) -> Path:
        """The file of a page."""
        return self.folder / f"{name}.html"

    def page(self, name: str) -> BeautifulSoup:
        """A page, parsed once for all tests, which only read it."""
        return parsed(self.file(name))

    def own_page(self, name: str) -> BeautifulSoup:
        """A page, parsed for a test that changes it."""
        return parsed.__wrapped__(self.file(name))

    def target(self, name: str, address: str) -> Path:
        """The file that an address on a page, or on the published book, leads to."""
        published = pages_address(current_address(ROOT))
        if published and address.startswith(published):
            return (self.folder / address.removeprefix(published)).resolve()
        return (self.file(name).parent / address.partition("#")[0]).resolve()


def _code_cells() -> list[nbformat.NotebookNode]:
    folded = {"tags": ["hide-input"]}
    data = {"text/plain": "MemoryDecay", "text/html": WIDGET}
    return [
        new_code_cell(
            "1 + 1",
            id="folded",
            execution_count=1,
            metadata=folded,
            outputs=[new_output("execute_result", {"text/plain": "2"}, execution_count=1)],
        ),
        new_code_cell(
            "MemoryDecay()",
            id="widget",
            execution_count=2,
            outputs=[new_output("display_data", data)],
        ),
    ]


def write_chapter(folder: Path, name: str, prose: str = "", *, code: bool = False) -> None:
    """Write one notebook; ``name`` is its page's name."""
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"# {TITLES.get(name, name)}\n\n## {name} 1\n\nText.\n{prose}"
    notebook = new_notebook(
        cells=[new_markdown_cell(text, id="prose"), *(_code_cells() if code else [])],
        metadata={"language_info": {"name": "python"}, "widgets": WIDGET_STATE},
    )
    nbformat.write(notebook, path)


def write_frame(folder: Path, chapters: dict[str, list[str]]) -> None:
    """Write the settings, the table of contents and the landing page."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    extensions = settings["sphinx"]["local_extensions"]
    settings["sphinx"]["local_extensions"] = dict.fromkeys(extensions, str(ROOT / "_ext"))
    settings["html"].pop("favicon")  # a file beside the real book's settings
    (folder / "_config.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    parts = [
        {
            "caption": CAPTIONS[language],
            "numbered": True,
            "chapters": [{"file": f"chapters/{language}/{name}"} for name in names],
        }
        for language, names in chapters.items()
    ]
    contents = {"format": "jb-book", "root": "index", "parts": parts}
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    landing = '# Book\n\n```{lstm-widget} memory_decay\n:lang: vi\n{"f": 0.5}\n```\n'
    (folder / "index.md").write_text(landing, encoding="utf-8")


def write_everything(folder: Path) -> None:
    """Write a book whose third chapter holds one of everything."""
    write_frame(folder, {language: list(CHAPTERS) for language in LANGUAGES})
    notes = "".join(f"\n:::{{{kind}}}\nWords.\n:::\n" for kind in ADMONITIONS)
    notes += "\n:::{admonition} Its own title\n:class: dropdown\nWords.\n:::\n"
    for language in LANGUAGES:
        prose = PROSE.replace("LANG", language) + notes
        write_chapter(folder, f"chapters/{language}/03_gates", prose, code=True)
        write_chapter(folder, f"chapters/{language}/10_last")


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build a book as strictly as `make book` does."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", str(folder), "-q", "-W", "-n", "--keep-going"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=environment
    )
