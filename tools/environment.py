"""Make or refresh the project's virtual environment: ``python3 tools/environment.py book|test``.

``book`` holds what the build of the pages needs, ``test`` everything. ``colab`` and ``bench`` are
environments of their own, of `make colab-check`, which must not see the package in this folder, and
of `make bench`. A stamp file remembers what an environment was made from (requirement files and
Python), so a second run does nothing. Only the standard library is used, in syntax that old Pythons
can read, so that each failure is one clear line.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Optional, Sequence

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = {
    "book": ["requirements-book.txt"],
    "test": ["requirements-book.txt", "requirements.txt"],
    "colab": ["requirements-colab.txt"],
    "colab-without-torch": ["requirements-colab.txt"],
    "bench": ["requirements-bench.txt"],
}
# What an environment of a level can be used for.
SERVES = {
    "book": ["book"],
    "test": ["book", "test"],
    "colab": ["colab", "colab-without-torch"],
    "colab-without-torch": ["colab-without-torch"],
    "bench": ["bench"],
}


class Failure(Exception):
    """What went wrong and what the reader can do, in one line."""


def require_python(version: Optional[Sequence[int]] = None) -> None:
    """Raise Failure when this Python is too old for the project."""
    found = tuple((version or sys.version_info)[:2])
    if found < OLDEST:
        raise Failure(
            "Python {}.{} is too old: the course needs {}.{} or newer. "
            "Name another one like this: make PYTHON=python3.12".format(*(found + OLDEST))
        )


def identity() -> str:
    """Return a text that changes when another Python would have to make another environment."""
    return "{} {}".format(sys.version, sys.base_prefix)


def stamp(level: str, root: Path = ROOT) -> str:
    """Return the hash of all that the environment of a level is made from."""
    total = hashlib.sha256(identity().encode())
    for name in REQUIREMENTS[level]:
        total.update((root / name).read_bytes())
    return total.hexdigest()


def stamp_file(venv: Path, level: str) -> Path:
    """Return the file in the environment that remembers what a level was made from."""
    return venv / "lstm-course-{}.stamp".format(level)


def python_stamp_file(venv: Path) -> Path:
    """Return the file that remembers the environment's Python; without it, all is made again."""
    return venv / "lstm-course-python.stamp"


def is_current(venv: Path, level: str, root: Path = ROOT) -> bool:
    """Tell whether the environment already holds a level, made by this Python."""
    return any(
        _matches(stamp_file(venv, name), stamp(name, root))
        for name, served in SERVES.items()
        if level in served
    )


def venv_python(venv: Path) -> Path:
    """Return the environment's Python."""
    return venv / "bin" / "python"


def _matches(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _works(venv: Path) -> bool:
    """Tell whether the environment was made by this Python and still starts."""
    if not _matches(python_stamp_file(venv), identity()):
        return False
    command = [str(venv_python(venv)), "-m", "pip", "--version"]
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def create(venv: Path) -> None:
    """Make an empty environment, in place of one that another Python made."""
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            raise Failure(
                "This Python cannot make virtual environments ({} is missing); on Debian or "
                "Ubuntu: sudo apt install python{}.{}-venv".format(module, *sys.version_info[:2])
            )
    print("Making the virtual environment {} ...".format(venv))
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if done.returncode != 0:
        raise Failure("{} -m venv failed: {}".format(sys.executable, _last_line(done.stdout)))
    python_stamp_file(venv).write_text(identity(), encoding="utf-8")


def _put_on_path(venv: Path) -> None:
    """Let notebooks and tests import the package from the source tree, without an install."""
    folder = "python{}.{}".format(sys.version_info[0], sys.version_info[1])
    site_packages = venv / "lib" / folder / "site-packages"
    (site_packages / "lstm-course.pth").write_text("{}\n".format(ROOT), encoding="utf-8")


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["no output"])[-1]


def install(venv: Path, level: str) -> None:
    """Install the requirements of a level; pip's own words go to a log file."""
    log = venv / "lstm-course-pip.log"
    files = REQUIREMENTS[level]
    print("Installing {} (log: {}) ...".format(" and ".join(files), log))
    command = [str(venv_python(venv)), "-m", "pip", "install", "--disable-pip-version-check"]
    if level == "colab-without-torch":
        lines = (ROOT / files[0]).read_text(encoding="utf-8").splitlines()
        command += [line for line in lines if line and not line.startswith(("#", "torch=="))]
    else:
        for name in files:
            command += ["-r", str(ROOT / name)]
    if level in ("book", "test"):
        _put_on_path(venv)
    with log.open("w", encoding="utf-8") as output:
        code = subprocess.call(command, stdout=output, stderr=subprocess.STDOUT, cwd=str(ROOT))
    if code != 0:
        reason = _last_line(log.read_text(encoding="utf-8", errors="replace"))
        raise Failure("pip could not install {}: {} (log: {})".format(level, reason, log))


def prepare(level: str, venv: Path) -> None:
    """Bring the environment to a level; do nothing when it is there already."""
    require_python()
    if is_current(venv, level) and _works(venv):
        return
    started = time.time()
    if not _works(venv):
        create(venv)
    install(venv, level)
    stamp_file(venv, level).write_text(stamp(level), encoding="utf-8")
    print("The environment is ready ({:.0f} s).".format(time.time() - started))


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; return the exit status."""
    if len(arguments) != 1 or arguments[0] not in REQUIREMENTS:
        print("usage: environment.py {}".format("|".join(REQUIREMENTS)), file=sys.stderr)
        return 2
    venv = Path(os.environ.get("VENV", str(ROOT / ".venv"))).absolute()
    try:
        prepare(arguments[0], venv)
    except Failure as failure:
        print("error: {}".format(failure), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
