"""Execute the chapters in full, in both languages, and store what their cells show.

``python tools/notebooks.py --only 03`` takes the chapters whose names begin so. A notebook is
written back only after its last cell has succeeded, and running it again gives the same bytes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

import sync

# A widget-view output holds the number of a model that lived in the kernel that is gone: book,
# JupyterLab and Colab would show an error in its place. text/html beside it works everywhere.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

Say = Callable[[str], object]


class ExecutionError(RuntimeError):
    """A notebook that did not run to its end; the message names the cell."""


class OneKernel(KernelSpecManager):
    """Knows the kernel of one interpreter and no other, whatever kernels the user has."""

    def __init__(self, python: str) -> None:
        super().__init__(kernel_dirs=[])
        self.python = python

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return that kernel under every name."""
        command = [self.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(
            argv=command, **{key: KERNEL[key] for key in ("display_name", "language")}
        )


def selected(only: str, language: str | None, chapters: Path) -> list[Path]:
    """Return the notebooks to execute: each English one before its twin, which may reuse it."""
    found = [twin for twin in sync.twins(chapters) if twin.english.suffix == ".ipynb"]
    found = [twin for twin in found if twin.name.startswith(only)]
    paths = [
        path
        for twin in found
        for path in (twin.english, twin.vietnamese)
        if path.is_file() and language in {None, path.relative_to(chapters).parts[0]}
    ]
    if not paths:
        raise ExecutionError(
            f"{sync.short(chapters)}: no notebook begins with '{only}'; "
            "ONLY=03 means the chapters whose names begin with 03"
        )
    return paths


@contextmanager
def kernel_surroundings(variables: Mapping[str, str]) -> Iterator[tuple[dict[str, str], IO[str]]]:
    """Give the kernel's environment and the file for what it says about itself.

    The environment is without this user's IPython start-up files and profile; `variables` are put
    into it.
    """
    with (
        tempfile.TemporaryDirectory(prefix="lstm-course-") as folder,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log,
    ):
        kept = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
        yield {**kept, "IPYTHONDIR": folder, **variables}, log


def execute(
    path: Path,
    say: Say = print,
    *,
    python: str = sys.executable,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> sync.Notebook:
    """Run every cell of a notebook in a fresh kernel and return it with its outputs.

    The kernel is this interpreter, in the folder of the notebook, unless others are named.
    """
    notebook = sync.read_notebook(path)
    current: list[sync.Cell] = []
    total = sum(is_run(cell) for cell in notebook["cells"])
    count = 0

    def started(cell: sync.Cell, cell_index: int) -> None:
        nonlocal count
        current[:] = [cell]
        if is_run(cell):
            count += 1
            say(f"  {count}/{total} {cell['id']}")

    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=OneKernel(python)),
        timeout=None,
        record_timing=False,
        store_widget_state=True,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder or path.parent)}},
        on_cell_start=started,
    )
    with kernel_surroundings(variables or {}) as (environment, log):
        try:
            # The manager is ours, so the client must be told to end the kernel.
            client.execute(cleanup_kc=True, env=environment, stderr=log)
        except (CellExecutionError, DeadKernelError) as error:
            log.seek(0)
            said = log.read()[-2000:] if isinstance(error, DeadKernelError) else ""
            cell_id = current[0]["id"] if current else "none"
            raise ExecutionError(
                f"{sync.short(path)}: cell '{cell_id}' failed; the file is unchanged\n{error}{said}"
            ) from None
    return notebook


def is_run(cell: sync.Cell) -> bool:
    """Whether a cell holds code that has to run."""
    return bool(cell["cell_type"] == "code")


def stored_form(notebook: sync.Notebook) -> sync.Notebook:
    """Take out what differs from one run to the next, or tells of this machine."""
    metadata = notebook["metadata"]
    metadata.pop("widgets", None)
    metadata["kernelspec"] = dict(KERNEL)
    metadata["language_info"] = {"name": "python"}
    for cell in notebook["cells"]:
        if not is_run(cell):
            continue
        for key in ("execution", "collapsed", "ExecuteTime"):
            cell["metadata"].pop(key, None)
        for output in cell["outputs"]:
            if "data" in output:
                output["data"].pop(WIDGET_VIEW, None)
                output["metadata"].pop(WIDGET_VIEW, None)
        cell["outputs"] = [output for output in cell["outputs"] if output.get("data", True)]
    return notebook


def unexecuted(notebook: sync.Notebook) -> list[str]:
    """Return the ids of code cells that did not run, in one kernel, from first to last."""
    cells = [cell for cell in notebook["cells"] if is_run(cell)]
    return [
        cell["id"]
        for count, cell in enumerate(cells, start=1)
        if cell.get("execution_count") != count
    ]


def update(path: Path, say: Say = print) -> bool:
    """Execute a notebook and store its outputs; return whether the file changed."""
    before = path.read_bytes()
    notebook = stored_form(execute(path, say))
    if path.read_bytes() != before:
        raise ExecutionError(
            f"{sync.short(path)} was changed while it ran; the change is kept, run this again"
        )
    left = unexecuted(notebook)
    if left:
        raise ExecutionError(
            f"{sync.short(path)}: cell '{left[0]}' was not executed (is it empty?); "
            "the file is unchanged"
        )
    return sync.write_notebook(notebook, path)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    # `make notebooks ONLY=03` hands the variable on in the environment.
    only = os.environ.get("ONLY", "")
    parser.add_argument("--only", default=only, metavar="03", help="chapters whose names begin so")
    parser.add_argument("--language", choices=(sync.SOURCE, sync.TARGET), help="one language only")
    parser.add_argument("--chapters", type=Path, default=sync.CHAPTERS, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = arguments(argv)
    say = partial(print, flush=True)
    try:
        paths = selected(options.only, options.language, options.chapters.resolve())
        for number, path in enumerate(paths, start=1):
            say(f"[{number}/{len(paths)}] {sync.short(path)}")
            began = time.monotonic()
            changed = update(path, say)
            seconds = time.monotonic() - began
            say(f"  {'written' if changed else 'unchanged'} after {seconds:.1f} s")
    except (ExecutionError, sync.NotebookFileError) as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
