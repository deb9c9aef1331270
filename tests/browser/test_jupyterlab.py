"""Widgets in JupyterLab: they answer to the mouse, to the keyboard and to Python.

Two notebooks: chapter 3 in English, and one in Vietnamese that this file makes, with a cell for
every widget. One server and one page for the whole module, with a home of its own and no other
host to talk to. Python is asked through JupyterLab's own connection to the notebook's kernel,
behind the widgets' messages.
"""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    Route,
    WebSocketRoute,
    expect,
)

from in_browser import ROOT, OpenedPage, listen
from lstm_course.language import text
from lstm_course.widgets import WIDGETS
from page_checks import COLOUR_RULES

CHAPTER = ROOT / "chapters" / "en" / "03_lstm_gates.ipynb"
#: The notebook of each language, under the server's root.
NOTEBOOKS = {"en": CHAPTER.name, "vi": "every_widget.ipynb"}
# A machine that does much else takes long; whoever waits goes on as soon as there is an answer.
SECONDS_TO_START = 240
SECONDS_TO_RUN = 240
SECONDS_TO_ANSWER = 60
EVERY_MS = 200  # a question that costs more than a glance is not asked in every frame
# Nothing listens there: whatever the server or the kernel asks another host for ends here.
NOWHERE = "http://127.0.0.1:9"
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
OPTIONS = (
    "--no-browser",
    "--ServerApp.allow_root=True",
    "--ServerApp.ip=127.0.0.1",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


# -------------------------------------------------------------- every widget, and a use of it


class Use(NamedTuple):
    """How one widget is shown, and what is done with it."""

    shown: str  # the cell that ends with it
    move: Callable[[Widget], object]  # what a reader does to a native element
    then: dict[str, object]  # what the traits are afterwards in Python
    put: dict[str, object]  # what Python sets them to next
    numbers: dict[str, str]  # quantities in the page by what they are in Python


A_NETWORK = """
    import numpy as np

    from lstm_course.widgets import packing

    shapes = {
        "embedding": (5, 3),
        "recurrent.0.forward.w_x": (8, 3),
        "recurrent.0.forward.w_h": (8, 2),
        "recurrent.0.forward.b": (8,),
        "output.w": (1, 2),
        "output.b": (1,),
    }
    chance = np.random.default_rng(1)
    NAME(
        network={
            "pooling": "last",
            "steps": ["lower"],
            "tokenizer": "words",
            "first_piece": 0,
            "length": None,
            "keep": "first",
            "tokens": packing.pack_tokens(["<pad>", "<unk>", "the", "dog", "votes"]),
            "weights": packing.pack({name: chance.normal(size=of) for name, of in shapes.items()}),
        }
    )
"""

LETTERS = """
    import torch

    from lstm_course.models import RecurrentLanguageModel
    from lstm_course.text import Encoder

    torch.manual_seed(1)
    encoder = Encoder.build(["Trăm năm trong cõi người ta,\\n"], tokenizer="characters")
    models = {name: RecurrentLanguageModel(len(encoder.vocabulary), 4, 3) for name in "AB"}
    MemoryView(models, encoder, "Trăm năm")
"""

A_LANGUAGE_MODEL = """
    import torch

    from lstm_course.models import RecurrentLanguageModel
    from lstm_course.text import Encoder

    torch.manual_seed(1)
    encoder = Encoder.build(["Trăm năm trong cõi người ta,\\n"], tokenizer="characters")
    VerseWriter(RecurrentLanguageModel(len(encoder.vocabulary), 4, 3), encoder)
"""

A_SEGMENTER = """
    from lstm_course.segmentation import WordSegmenter
    from lstm_course.text import Vocabulary

    segmenter = WordSegmenter({"học_sinh": 6, "sinh_học": 3, "học": 4})
    vocabularies = {
        "words": Vocabulary(["<pad>", "<unk>", "học_sinh"]),
        "characters": Vocabulary(["<pad>", "<unk>", "h"]),
    }
    SegmentationExplorer(segmenter, vocabularies, "Học sinh học", examples=[])
"""

STEP = {name: f"step.{name}" for name in "figoch"}

USES = {
    "curve_explorer": Use(
        "CurveExplorer()",
        lambda widget: widget.slider("z").press("ArrowRight"),
        {"z": 0.01},
        {"z": -2.0},
        {"sigmoid": "sigmoid", "tanh": "tanh"},
    ),
    "gate_explorer": Use(
        "GateExplorer()",
        lambda widget: widget.slider("c").press("ArrowLeft"),
        {"c": 1.99},
        {"x": -0.5, "b_f": -1.0},
        STEP,
    ),
    "gradient_explorer": Use(
        "GradientExplorer()",
        lambda widget: widget.input("activation").select_option("relu"),
        {"activation": "relu"},
        {"w": 1.0, "b_f": 0.0},
        {"rnn_last": "curves.rnn[-1]", "lstm_per_step": "per_step('lstm')"},
    ),
    "headline_explorer": Use(
        A_NETWORK.replace("NAME", "HeadlineExplorer"),
        lambda widget: widget.input("text").fill("The dog, it votes"),
        {"text": "The dog, it votes"},
        {"text": "votes"},
        {"p_sarcastic": "p_sarcastic", "push_1": "pushes[0][1]"},
    ),
    "lstm_builder": Use(
        "LSTMBuilder()",
        lambda widget: widget.input("next").click(),
        {"stage": 2},
        {"stage": 7, "x": -1.0},
        {"c": "step.c", "h": "step.h"},
    ),
    "memory_decay": Use(
        "MemoryDecay()",
        lambda widget: widget.slider("f").press("ArrowLeft"),
        {"f": 0.89},
        {"f": 0.5},
        {"left_after_10": "left(10)", "half_life": "half_life"},
    ),
    "memory_view": Use(
        LETTERS,
        lambda widget: widget.slider("at").press("ArrowLeft"),
        {"at": 7, "position": 7},
        {"text": "người ta", "at": 2, "chosen": "B"},
        # Not the size: it is that of the character looked at, which may lie under the mouse.
        {"p_next": "next[1]", "ninety_distance": "ninety_distance"},
    ),
    "ngram_explorer": Use(
        "NGramExplorer()",
        lambda widget: widget.box("text").fill("you go"),
        {"history": "you go"},
        {"history": "you", "smoothing": "witten_bell"},
        {"p_1": "top(1)[0][1]", "p_2": "top(2)[1][1]"},
    ),
    "parameter_calculator": Use(
        "ParameterCalculator()",
        lambda widget: widget.input("bidirectional").check(),
        {"bidirectional": True},
        {"kind": "gru", "layers": 3},
        {"per_gate": "per_gate", "total": "total"},
    ),
    "review_reader": Use(
        A_NETWORK.replace("NAME", "ReviewReader"),
        lambda widget: (
            widget.input("text").fill("The dog. It votes"),
            widget.root.locator('[data-word="5"]').click(),
        ),
        {"text": "The dog. It votes", "at": 5},
        {"text": "votes dog", "at": 2, "gate": "o", "unit": 1},
        # Not what is said of the word looked at: that may be the one under the mouse.
        {"p_positive": "p_positive", "sentence_1": "sentences[0][1]"},
    ),
    "segmentation_explorer": Use(
        A_SEGMENTER,
        lambda widget: (
            widget.input("text").fill("Sinh học sinh :-D"),
            widget.input("up_punctuation").click(),
            widget.input("way").nth(1).check(),
        ),
        {
            "text": "Sinh học sinh :-D",
            "steps[3:5]": ("punctuation", "emoticons"),
            "cleaned": "sinh học sinh d",
            "way": 2,
        },
        {
            "steps": ["lower", "nfc"],
            "unit": "characters",
            "text": "Học sinh học sinh học",
            "way": 3,
        },
        {"share_1": "ways[0][1]", "unknown_share": "unknown", "logp_1": "log_probabilities[0]"},
    ),
    "self_check": Use(
        'SelfCheck("lstm_gates")',
        lambda widget: (widget.input("q2").nth(0).check(), widget.input("check_2").click()),
        {"answers": [-1, 0, -1, -1, -1, -1], "first": [-1, 0, -1, -1, -1, -1]},
        {"answers": [0, 0, 1, 2, -1, -1]},
        {"answered": "answered", "right": "right"},
    ),
    "sequence_explorer": Use(
        "SequenceExplorer()",
        lambda widget: widget.box("sequence").fill("1; -2") or widget.box("sequence").press("Tab"),
        {"sequence": [1.0, -2.0]},
        {"sequence": [0.5, 0.25, 1.0]},
        {"h_last": "steps[-1].h", "c": "steps[0].c"},
    ),
    "single_gate": Use(
        'SingleGate("o")',
        lambda widget: widget.slider("h").press("ArrowLeft"),
        {"h": 0.99},
        {"x": 0.0, "b_o": -1.0},
        {"o": "step.o", "effect": "step.h"},
    ),
    "unrolled_rnn": Use(
        "UnrolledRNN()",
        lambda widget: widget.input("activation").select_option("tanh"),
        {"activation": "tanh"},
        {"x_1_1": -0.5, "b_2": -2.0},
        {"h_1_1": "outputs[0, 0]", "h_3_2": "outputs[2, 1]"},
    ),
    "verse_writer": Use(
        A_LANGUAGE_MODEL,
        lambda widget: (widget.input("text").fill("Trăm"), widget.input("one").click()),
        {"text": "Trăm", "written.__len__()": 1},
        {"text": "năm", "written": "\nta", "temperature": 0.5},
        {"p_next_1": "top(1)[0][1]", "line_syllables_1": "syllables[0]"},
    ),
    "word_map": Use(
        """
    import numpy as np

    chance = np.random.default_rng(1)
    vectors, places = chance.normal(size=(30, 6)), chance.uniform(-1, 1, (30, 2))
    WordMap([f"từ_{k}" for k in range(30)], vectors, places=places, chosen="từ_3")
""",
        lambda widget: (
            widget.input("word").fill("tu 7"),
            widget.input("word").press("Enter"),
            widget.input("start").fill("tu 1"),
            widget.input("plus").fill("tu 2"),
        ),
        {"chosen": "từ_7", "search": "tu 7", "start": "từ_1", "plus": "từ_2"},
        {"chosen": "tu 9", "minus": "từ_4", "plus": "từ_5"},
        {"cosine_1": "neighbours[0][1]", "shared": "shared", "sum_1": "analogy[0][1]"},
    ),
}


def write_every_widget(file: Path) -> None:
    """Write a notebook in Vietnamese with one cell for each widget."""
    begin = 'import lstm_course\nfrom lstm_course.widgets import *\nlstm_course.use_language("vi")'
    codes = {"setup": begin, **{name: dedent(use.shown).strip() for name, use in USES.items()}}
    empty = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    metadata = json.loads(CHAPTER.read_text(encoding="utf-8"))["metadata"]
    cells = [{**empty, "id": name, "source": code} for name, code in codes.items()]
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    file.write_text(json.dumps(notebook), encoding="utf-8")


# ------------------------------------------------------------------------------- the server


@dataclass
class Lab:
    """A running JupyterLab: its host with the port, its token and the file of its log."""

    host: str
    token: str
    log: Path


def environment_of(folder: Path) -> dict[str, str]:
    """Return the server's environment: nothing of the reader's own Jupyter, all in `folder`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "MPL")) and not name.endswith("_proxy")
    }
    places = {
        "HOME": "home",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    for place in places.values():
        (folder / place).mkdir()
    return {
        **kept,
        **{name: str(folder / place) for name, place in places.items()},
        "PYTHONPATH": str(ROOT),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), NOWHERE),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
    }


def free_port() -> int:
    """Return a port that nobody uses now; the server takes another if it is gone by then."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def wait_for_address(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """Return host and port of the server once it listens, or fail with its log."""
    written = runtime / f"jpserver-{process.pid}.json"
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            try:
                return f"127.0.0.1:{json.loads(written.read_text(encoding='utf-8'))['port']}"
            except (FileNotFoundError, ValueError):
                continue
        break
    how = "is silent" if process.poll() is None else f"ended with {process.returncode}"
    pytest.fail(f"JupyterLab did not start: it {how}. Its log:\n{read_log(log)}", pytrace=False)


def read_log(log: Path) -> str:
    """Return what the server has written."""
    return log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def serving(folder: Path) -> Iterator[Lab]:
    """Run JupyterLab on a folder with the two notebooks; it ends with the block."""
    (folder / "notebooks").mkdir()
    shutil.copy(CHAPTER, folder / "notebooks" / NOTEBOOKS["en"])
    write_every_widget(folder / "notebooks" / NOTEBOOKS["vi"])
    environment = environment_of(folder)
    for name, values in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values), encoding="utf-8")
    token, log = secrets.token_hex(16), folder / "server.log"
    command = [
        *(sys.executable, "-m", "jupyterlab", *OPTIONS),
        f"--ServerApp.root_dir={folder / 'notebooks'}",
        f"--ServerApp.port={free_port()}",
        f"--IdentityProvider.token={token}",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield Lab(wait_for_address(process, folder / "runtime", log), token, log)
        finally:
            process.terminate()  # and the server ends its kernels
            try:
                process.wait(SECONDS_TO_ANSWER)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give one server to the whole module."""
    with serving(tmp_path_factory.mktemp("jupyterlab")) as running:
        yield running


# ----------------------------------------------------------------------------- the notebook


FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"
# The code runs in the notebook's kernel, the value comes back as its repr; both are silent.
ASK = """async ([code, expression, seconds]) => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const request = kernel.requestExecute(
    { code, silent: true, store_history: false, user_expressions: { value: expression } });
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Error("the kernel does not answer")), 1000 * seconds));
  const { content } = await Promise.race([request.done, late]);
  if (content.status !== "ok") return [content.ename, content.evalue];
  const { status, data, ename, evalue } = content.user_expressions.value;
  return status === "ok" ? [null, data["text/plain"]] : [ename, evalue];
}"""
KERNEL_IS_IDLE = """(path) => {
  const panel = globalThis.jupyterapp?.shell?.currentWidget;
  return panel?.context?.path === path && panel.context.isReady
    && panel.sessionContext?.session?.kernel?.status === "idle";
}"""
# Errors end a run, so that the cells after one would be waited for in vain.
HAS_RUN = """() => {
  const panel = jupyterapp.shell.currentWidget;
  const cells = [...panel.content.model.cells].filter((cell) => cell.type === "code");
  const failed = (cell) => cell.outputs.toJSON().some((output) => output.output_type === "error");
  const done = (cell) => cell.executionCount !== null && cell.executionState === "idle";
  return panel.sessionContext.session.kernel.status === "idle"
    && (cells.every(done) || cells.some(failed));
}"""
COMPLAINTS = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .flatMap((cell) => (cell.outputs?.toJSON() ?? []).map((output) => [cell.id, output]))
  .filter(([, output]) => output.output_type === "error" || output.name === "stderr")
  .map(([id, output]) => `${id}: ${output.evalue ?? output.text}`)"""
WIDGETS_ARE = """(names) => JSON.stringify(names) === JSON.stringify(
  [...jupyterapp.shell.currentWidget.node.querySelectorAll('.lstm-widget[data-ready="true"]')]
    .map((w) => w.dataset.widget))"""
NUMBERS_ARE = """([root, numbers]) => Object.entries(numbers).every(([name, number]) => {
  const shown = root.querySelector(`output[data-quantity="${name}"]`)?.dataset.value;
  return shown !== undefined && Math.abs(shown - number) <= 1e-9 * Math.max(1, Math.abs(number));
})"""
# anywidget takes no word of Python's to a widget that needed more than two seconds to start.
PATIENCE = """(() => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => timeout(30 * ms);
})();"""
OPEN = "(path) => jupyterapp.commands.execute('docmanager:open', { path }).then(() => null)"
PLACE = """() => {
  const { activeCellIndex, mode, widgets } = jupyterapp.shell.currentWidget.content;
  return [activeCellIndex, mode, widgets.length, document.activeElement.dataset.input];
}"""


@dataclass
class Notebook:
    """A notebook, open in JupyterLab and executed; it is the one in front."""

    lang: str
    page: Page

    def ask(self, expression: str, code: str = "") -> Any:
        """Return the value of a Python expression, after `code` has run in the kernel."""
        error, answer = self.page.evaluate(ASK, [code, expression, SECONDS_TO_ANSWER])
        assert error is None, f"{error}: {answer}"
        return ast.literal_eval(answer)

    def error_of(self, code: str) -> tuple[str, str]:
        """Return kind and words of the error that Python code raises."""
        error, words = self.page.evaluate(ASK, [code, "None", SECONDS_TO_ANSWER])
        return error, words

    def place(self) -> list[Any]:
        """Return the active cell, JupyterLab's mode, the count of cells and the input in focus."""
        found: list[Any] = self.page.evaluate(PLACE)
        return found

    def widget(self, name: str) -> Widget:
        """Return the first widget of a kind, scrolled into view."""
        root = self.page.locator(FRONT).locator(f'[data-widget="{name}"]').first
        root.scroll_into_view_if_needed()
        kind = f"getattr(shown, 'NAME', None) == {name!r}"
        return Widget(self, f"next(shown for shown in Out.values() if {kind})", root)


@dataclass
class Widget:
    """One widget: `root` in the page, `python` as an expression in the kernel."""

    notebook: Notebook
    python: str
    root: Locator

    def get(self, name: str) -> Any:
        """Return an attribute as Python has it."""
        return self.notebook.ask(f"{self.python}.{name}")

    def put(self, **values: object) -> None:
        """Set traits from Python."""
        code = "".join(f"{self.python}.{name} = {value!r}\n" for name, value in values.items())
        self.notebook.ask("None", code)

    def wait_for(self, name: str, value: object) -> None:
        """Wait until an attribute has a value in Python; each question is a wait by itself."""
        deadline = time.monotonic() + SECONDS_TO_ANSWER
        while (found := self.get(name)) != value and time.monotonic() < deadline:
            pass
        assert found == value, f"Python has {name} = {found}, the page {value}"

    def input(self, name: str) -> Locator:
        """Return the native elements with the name of an input."""
        return self.root.locator(f'[data-input="{name}"]')

    def slider(self, name: str) -> Locator:
        """Return a slider."""
        return self.root.locator(f'input[type="range"][data-input="{name}"]')

    def box(self, name: str) -> Locator:
        """Return an input for text."""
        return self.root.locator(f'input[type="text"][data-input="{name}"]')

    def start_at(self, **values: object) -> None:
        """Set traits from Python and wait until the page has them."""
        self.put(**values)
        for name, value in values.items():
            expect(self.slider(name)).to_have_value(f"{value:g}")

    def same_numbers(self, numbers: dict[str, str]) -> dict[str, float]:
        """Wait until quantities in the page are what Python has, and return them."""
        values = ", ".join(f"{name!r}: float({self.python}.{of})" for name, of in numbers.items())
        expected: dict[str, float] = self.notebook.ask(f"{{{values}}}")
        try:
            root = self.root.element_handle()
            self.notebook.page.wait_for_function(NUMBERS_ARE, arg=[root, expected])
        except Error:
            outputs = [self.root.locator(f'output[data-quantity="{name}"]') for name in numbers]
            shown = [output.get_attribute("data-value") for output in outputs]
            pytest.fail(f"Python has {expected}, the page {shown}", pytrace=False)
        return expected


def refuse_others(context: BrowserContext, opened: OpenedPage, host: str) -> None:
    """Let the page reach the server only, and write down who tried more."""

    def refuse(route: Route) -> None:
        opened.outside.append(route.request.url)
        route.abort("internetdisconnected")

    def refuse_socket(socket: WebSocketRoute) -> None:
        opened.outside.append(socket.url)
        socket.close()

    here = re.escape(host)
    context.route(re.compile(rf"^(?!http://{here}/|data:|blob:|about:)"), refuse)
    context.route_web_socket(re.compile(rf"^(?!ws://{here}/)"), refuse_socket)


def bring_to_front(page: Page, lab: Lab, path: str) -> None:
    """Open a notebook, the first by its address, or go to it where it is open; wait for it."""
    if page.url == "about:blank":
        page.goto(f"http://{lab.host}/lab/tree/{path}?token={lab.token}")
    else:
        page.evaluate(OPEN, path)
    page.wait_for_function(KERNEL_IS_IDLE, arg=path, timeout=1000 * SECONDS_TO_START)


def run_all(page: Page, opened: OpenedPage, lab: Lab, lang: str) -> Notebook:
    """Open a notebook, run all its cells by the menu, and wait for the kernel and the widgets."""
    notebook = Notebook(lang, page)
    step = "start a kernel"
    try:
        bring_to_front(page, lab, NOTEBOOKS[lang])
        step = "offer to run all cells"
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        step = "run all cells"
        page.wait_for_function(HAS_RUN, timeout=1000 * SECONDS_TO_RUN, polling=EVERY_MS)
        if complaints := page.evaluate(COMPLAINTS):
            pytest.fail("the notebook does not run:\n" + "\n".join(complaints), pytrace=False)
        step = "bring all widgets to life"
        names = "[shown.NAME for shown in Out.values() if hasattr(shown, 'static_html')]"
        expected = notebook.ask(names)
        least = {"en": {"gate_explorer", "sequence_explorer", "lstm_builder"}, "vi": set(USES)}
        assert least[lang] <= set(expected)
        page.wait_for_function(WIDGETS_ARE, arg=expected, polling=EVERY_MS)
    except Error as error:
        found = "\n".join([*opened.faults(), read_log(lab.log)])
        pytest.fail(f"JupyterLab did not {step}: {error.message}\n{found}", pytrace=False)
    return notebook


@pytest.fixture(scope="module")
def notebook(browser: Browser, lab: Lab) -> Iterator[Callable[[str], Notebook]]:
    """Give a function that brings the notebook of a language to the front, once executed.

    When the module ends it fails if the page has asked another host or has reported an error.
    """
    running: dict[str, Notebook] = {}
    failures: dict[str, BaseException] = {}
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, service_workers="block", locale="en-GB"
    )
    try:
        context.set_default_timeout(1000 * SECONDS_TO_ANSWER)
        expect.set_options(timeout=1000 * SECONDS_TO_ANSWER)
        context.add_init_script(PATIENCE)
        page = context.new_page()
        opened = OpenedPage(page)
        refuse_others(context, opened, lab.host)
        listen(page, lambda: opened)

        def of(lang: str) -> Notebook:
            if lang in failures:  # no test waits for the same again
                raise failures[lang]
            if lang in running:
                bring_to_front(page, lab, NOTEBOOKS[lang])
            else:
                try:
                    running[lang] = run_all(page, opened, lab, lang)
                except BaseException as failure:
                    failures[lang] = failure
                    raise
            return running[lang]

        yield of
    finally:
        expect.set_options(timeout=5_000)  # Playwright's own, for other modules
        context.close()
    own = f"asked for ws://{lab.host}/"
    faults = [fault for fault in opened.faults() if not fault.startswith(own)]
    if faults:
        pytest.fail("JupyterLab's page misbehaved:\n" + "\n".join(faults), pytrace=False)


Open = Callable[[str], Notebook]
both_languages = pytest.mark.parametrize("lang", NOTEBOOKS)


# -------------------------------------------------------------------------------- the tests


def test_a_server_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        broken = [sys.executable, "-c", "raise SystemExit('no such folder')"]
        process = subprocess.Popen(broken, stdout=output, stderr=subprocess.STDOUT)
    with pytest.raises(pytest.fail.Exception, match=r"(?s)ended with 1\..*no such folder"):
        wait_for_address(process, tmp_path, log)


def test_the_chapter_runs_and_its_code_moves_a_widget_above_it(notebook: Open) -> None:
    explorer = notebook("en").widget("gate_explorer")
    expect(explorer.slider("b_f")).to_have_value("5")
    explorer.same_numbers(STEP)


@both_languages
def test_a_widget_speaks_the_language_of_its_notebook(notebook: Open, lang: str) -> None:
    explorer = notebook(lang).widget("gate_explorer")
    for words in ("gate_explorer.title", "common.x_label", "gate_explorer.memory"):
        expect(explorer.root.get_by_text(text(words, lang)).first).to_be_visible()


@pytest.mark.parametrize("name", WIDGETS)
def test_every_widget_moves_python_and_is_moved_by_it(notebook: Open, name: str) -> None:
    assert name in USES, f"say in USES how {name} is shown, and what a reader does with it"
    use = USES[name]
    widget = notebook("vi").widget(name)
    assert widget.root.get_attribute("lang") == "vi"
    assert all(widget.get(trait) != value for trait, value in use.then.items())
    use.move(widget)
    for trait, value in use.then.items():
        widget.wait_for(trait, value)
    before = widget.same_numbers(use.numbers)
    widget.put(**use.put)
    assert widget.same_numbers(use.numbers) != before


def test_a_slider_dragged_by_mouse_moves_python(notebook: Open) -> None:
    explorer = notebook("en").widget("gate_explorer")
    explorer.start_at(x=0.0)
    slider = explorer.slider("x")
    box = slider.bounding_box()
    assert box is not None
    mouse = explorer.notebook.page.mouse
    for part, then in ((0.5, mouse.down), (0.7, None), (0.9, mouse.up)):
        slider.hover(position={"x": box["width"] * part, "y": box["height"] / 2})
        if then:
            then()
    value = float(slider.input_value())
    assert 3 < value < 5
    explorer.wait_for("x", value)
    explorer.same_numbers(STEP)


def test_arrow_keys_move_the_slider_and_not_the_cell(notebook: Open) -> None:
    explorer = notebook("en").widget("gate_explorer")
    explorer.start_at(x=0.5)
    slider = explorer.slider("x")
    slider.click(position={"x": 5, "y": 5})  # makes its cell the active one, too
    explorer.wait_for("x", float(slider.input_value()))
    explorer.start_at(x=0.5)
    place = explorer.notebook.place()
    assert place[3] == "x"
    for key, value in {"Right": 0.51, "Up": 0.52, "Left": 0.51, "Down": 0.5}.items():
        explorer.notebook.page.keyboard.press(f"Arrow{key}")
        expect(slider).to_have_value(f"{value:g}")
        explorer.wait_for("x", value)
        assert explorer.notebook.place() == place
    explorer.same_numbers(STEP)


def test_keys_that_are_commands_of_jupyterlab_stay_in_the_widget(notebook: Open) -> None:
    explorer = notebook("en").widget("gate_explorer")
    explorer.slider("x").focus()
    place = explorer.notebook.place()
    for key in ("a", "b", "x", "d", "d", "m", "Enter"):
        explorer.notebook.page.keyboard.press(key)
        assert explorer.notebook.place() == place


def test_a_trait_set_in_python_moves_the_page(notebook: Open) -> None:
    explorer = notebook("en").widget("gate_explorer")
    explorer.start_at(x=-0.5, h=0.25, c=-1.0)
    explorer.same_numbers(STEP)
    expect(explorer.box("x_number")).to_have_value("−0.5")


@both_languages
def test_a_wrong_value_in_python_is_named_and_the_widget_lives_on(
    notebook: Open, lang: str
) -> None:
    explorer = notebook(lang).widget("gate_explorer")
    explorer.start_at(x=0.5)
    for wrong, value in {"99": "99", "float('nan')": "nan", "'abc'": "abc"}.items():
        words = text("common.not_a_number", lang, name="x", value=value, low=-5, high=5)
        assert explorer.notebook.error_of(f"{explorer.python}.x = {wrong}") == ("TraitError", words)
        assert explorer.get("x") == 0.5
    expect(explorer.slider("x")).to_have_value("0.5")
    explorer.slider("x").focus()
    explorer.notebook.page.keyboard.press("ArrowRight")
    explorer.wait_for("x", 0.51)
    explorer.start_at(x=-1.0)
    explorer.same_numbers(STEP)


@both_languages
def test_a_typed_number_is_taken_by_enter(notebook: Open, lang: str) -> None:
    explorer = notebook(lang).widget("gate_explorer")
    explorer.start_at(x=0.0)
    place = explorer.notebook.place()[2]
    box, status = explorer.box("x_number"), explorer.root.locator('[role="status"]')
    box.fill("0,75")
    box.press("Enter")
    explorer.wait_for("x", 0.75)
    expect(explorer.slider("x")).to_have_value("0.75")
    box.fill("abc")
    box.press("Enter")
    expect(status).to_have_text(
        text("common.not_a_number", lang, name="x", value="abc", low="−5", high=5)
    )
    assert explorer.get("x") == 0.75
    assert explorer.notebook.place()[2] == place


def test_the_sequence_explorer_and_python_agree(notebook: Open) -> None:
    explorer = notebook("en").widget("sequence_explorer")
    box = explorer.box("sequence")
    box.fill("1, -1, 0.5")
    box.press("Enter")
    explorer.wait_for("sequence", [1.0, -1.0, 0.5])
    explorer.start_at(t=1)
    explorer.slider("t").focus()
    explorer.notebook.page.keyboard.press("ArrowRight")
    explorer.wait_for("t", 2)
    explorer.root.locator('[data-input="next"]').click()
    explorer.wait_for("t", 3)
    explorer.put(sequence=[0.5, 0.25], t=2)
    expect(box).to_have_value("0.5, 0.25")
    expect(explorer.slider("t")).to_have_value("2")
    explorer.same_numbers({"h_last": "steps[-1].h"})


def test_the_builder_and_python_agree(notebook: Open) -> None:
    builder = notebook("en").widget("lstm_builder")
    builder.start_at(stage=1)
    builder.slider("stage").focus()
    builder.notebook.page.keyboard.press("ArrowRight")
    builder.wait_for("stage", 2)
    builder.root.locator('[data-input="next"]').click()
    builder.wait_for("stage", 3)
    builder.start_at(stage=6, c=-1.0)
    builder.same_numbers({"c": "step.c", "h": "step.h"})


def test_the_widgets_are_readable_in_light_and_in_dark(notebook: Open) -> None:
    page = notebook("vi").page
    page.evaluate(AXE_SCRIPT)
    backgrounds = set()
    for light, theme in (("true", "JupyterLab Light"), ("false", "JupyterLab Dark")):
        page.evaluate(
            "(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.locator(f'body[data-jp-theme-light="{light}"]').wait_for(state="attached")
        widgets = page.locator(FRONT).locator(".lstm-widget")
        backgrounds.add(widgets.first.evaluate("(w) => getComputedStyle(w).backgroundColor"))
        violations = page.evaluate(
            """([inside, rules]) => axe.run({ include: [inside] }, { runOnly: rules })
              .then(({ violations }) => violations.flatMap((v) => v.nodes.map((n) => n.html)))""",
            [f"{FRONT} .lstm-widget", list(COLOUR_RULES)],
        )
        assert violations == [], theme
    assert len(backgrounds) == 2
