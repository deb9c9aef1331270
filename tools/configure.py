"""Write the repository's address wherever the project names it: ``make configure REPO=...``.

The address in ``_config.yml`` is the current one; every other file repeats it, because a notebook
has to say to Colab where the package is. Run again with the same address, this changes nothing.
As long as the account is ``YOUR_NAME``, the copy has no address, and its notebooks say so.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "_config.yml"
TEXT = {".cff", ".cfg", ".html", ".ipynb", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"}

# The account in the address of a copy that nobody has published yet.
NOBODY = "YOUR_NAME"
LANGUAGES = ("en", "vi")

_ADDRESS = re.compile(
    rf"https://github\.com/(?:{NOBODY}|[A-Za-z0-9](?:-?[A-Za-z0-9])*)/[A-Za-z0-9._-]+"
)
_CURRENT = re.compile(r"^repository:\s*\n(?:[ \t]+.*\n)*?[ \t]+url:[ \t]*(\S+)", re.MULTILINE)


class Failure(Exception):
    """What is wrong with the request, in one line."""


def clean_address(address: str) -> str:
    """Return the repository's address without what people paste along with it.

    >>> clean_address(" https://github.com/an/lstm-course.git ")
    'https://github.com/an/lstm-course'
    >>> clean_address("github.com/an")
    Traceback (most recent call last):
    ...
    configure.Failure: REPO must look like https://github.com/you/your-copy, not github.com/an
    """
    cleaned = address.strip().rstrip("/").removesuffix(".git")
    if not _ADDRESS.fullmatch(cleaned) or cleaned.endswith("/."):
        shown = cleaned or "empty"
        raise Failure(f"REPO must look like https://github.com/you/your-copy, not {shown}")
    return cleaned


def is_unset(address: str) -> bool:
    """Tell whether an address still holds the place of one."""
    return address.split("/")[-2:-1] == [NOBODY]


def setup_cell(address: str, language: str) -> str:
    """Return the setup cell of every notebook in a language: the one place for its text.

    >>> print(setup_cell("https://github.com/an/notes", "vi"))
    try:
        import lstm_course
    except ImportError:  # Colab starts without the course's package
        %pip install -q git+https://github.com/an/notes
        import lstm_course
    lstm_course.use_language("vi")
    """
    cure = f"replace {NOBODY} below with the GitHub account that holds it."
    note = [f"    # This copy has no address yet: {cure}"] if is_unset(address) else []
    lines = [
        "try:",
        "    import lstm_course",
        "except ImportError:  # Colab starts without the course's package",
        *note,
        f"    %pip install -q git+{address}",
        "    import lstm_course",
        f'lstm_course.use_language("{language}")',
    ]
    return "\n".join(lines)


def stored_lines(source: str) -> str:
    """Return a cell's source as it stands in the file of a notebook, a line for each of its own."""
    lines = source.splitlines(keepends=True)
    return ",\n".join("    " + json.dumps(line, ensure_ascii=False) for line in lines)


def current_address(root: Path) -> str:
    """Return ``repository.url`` of ``_config.yml``; the file is read as text to need no package."""
    found = _CURRENT.search((root / CONFIG).read_text(encoding="utf-8"))
    if not found:
        raise Failure(f"{CONFIG} has no repository.url")
    return found[1].strip("\"'")


def project_files(root: Path) -> list[Path]:
    """Return the project's text files: what git tracks, or all that is not hidden or built."""
    command = ["git", "-C", str(root), "ls-files", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        names = [name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
    if not names:
        names = [
            str(path.relative_to(root))
            for path in root.rglob("*")
            if not any(part.startswith((".v", ".g", "_build")) for part in path.parts)
        ]
    paths = [root / name for name in sorted(names)]
    return [path for path in paths if path.suffix in TEXT and path.is_file()]


def replace(root: Path, old: str, new: str) -> list[Path]:
    """Put a new address in place of the old one; return the files that changed."""
    pattern = re.compile(re.escape(old) + r"(?![A-Za-z0-9_-])")
    changed = []
    for path in project_files(root):
        text = replaced = path.read_bytes().decode("utf-8")
        for language in LANGUAGES if path.suffix == ".ipynb" else ():
            before, after = (stored_lines(setup_cell(name, language)) for name in (old, new))
            replaced = replaced.replace(before, after)
        if (replaced := pattern.sub(lambda _: new, replaced)) != text:
            path.write_bytes(replaced.encode("utf-8"))
            changed.append(path)
    return changed


def configure(root: Path, address: str) -> list[Path]:
    """Make an address the project's own; return the files that changed."""
    new = clean_address(address)
    old = current_address(root)
    return [] if new == old else replace(root, old, new)


def main(arguments: list[str]) -> int:
    """Run from the command line; return the exit status."""
    address = arguments[0] if arguments else ""
    try:
        changed = configure(ROOT, address)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    for path in changed:
        print(f"changed {path.relative_to(ROOT)}")
    print(f"The repository is {current_address(ROOT)} ({len(changed)} files changed).")
    if is_unset(current_address(ROOT)):
        print(f"{NOBODY} is nobody's account: name your own before you publish.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
