"""Chapter 3 in JupyterLab: its widgets answer to the mouse, to the keyboard and to Python.

One server for the whole module, with a home of its own and no other host to talk to. Python is
asked through JupyterLab's own connection to the notebook's kernel, behind the widgets' messages.
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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from page_checks import COLOUR_RULES

CHAPTER = "03_lstm_gates.ipynb"
LANGUAGES = ("en", "vi")
SECONDS_TO_START = 60
SECONDS_TO_RUN = 60
SECONDS_TO_ANSWER = 15
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
    """Run JupyterLab on a copy of the chapter's notebooks; it ends with the block."""
    for lang in LANGUAGES:
        (folder / "notebooks" / lang).mkdir(parents=True)
        shutil.copy(ROOT / "chapters" / lang / CHAPTER, folder / "notebooks" / lang)
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
  [...document.querySelectorAll('.lstm-widget[data-ready="true"]')].map((w) => w.dataset.widget))"""
PLACE = """() => {
  const { activeCellIndex, mode, widgets } = jupyterapp.shell.currentWidget.content;
  return [activeCellIndex, mode, widgets.length, document.activeElement.dataset.input];
}"""


@dataclass
class Notebook:
    """The chapter in one language, open in JupyterLab and executed."""

    lang: str
    opened: OpenedPage

    @property
    def page(self) -> Page:
        """The browser's page."""
        page: Page = self.opened.page
        return page

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

    def widget(self, kind: str) -> Widget:
        """Return the first widget of a class, scrolled into view."""
        name = self.ask(f"{shown_object(kind)}.NAME")
        root = self.page.locator(f'[data-widget="{name}"]').first
        root.scroll_into_view_if_needed()
        return Widget(self, shown_object(kind), root)


def shown_object(kind: str) -> str:
    """Return the Python expression for the first object of a class that a cell has shown."""
    return f"next(shown for shown in Out.values() if type(shown).__name__ == {kind!r})"


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

    def same_numbers(self, *names: str) -> None:
        """Check that the quantities in the page are those of Python's `step`."""
        for name in names:
            shown = self.root.locator(f'output[data-quantity="{name}"]').get_attribute("data-value")
            assert float(shown or "nan") == pytest.approx(self.get(f"step.{name}"), abs=1e-12)


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


@contextmanager
def executing(browser: Browser, lab: Lab, lang: str) -> Iterator[Notebook]:
    """Open the chapter as a reader does and run it from top to bottom."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, service_workers="block", locale="en-GB"
    )
    try:
        context.set_default_timeout(1000 * SECONDS_TO_ANSWER)
        page = context.new_page()
        opened = OpenedPage(page)
        refuse_others(context, opened, lab.host)
        listen(page, lambda: opened)
        yield run_all(Notebook(lang, opened), lab)
    finally:
        context.close()


def run_all(notebook: Notebook, lab: Lab) -> Notebook:
    """Open the chapter, run all its cells by the menu, and wait for the kernel and the widgets."""
    page, path = notebook.page, f"{notebook.lang}/{CHAPTER}"
    step = "start a kernel"
    try:
        # A workspace for each language: a shared one would open the other's chapter once more.
        address = f"http://{lab.host}/lab/workspaces/{notebook.lang}/tree/{path}"
        page.goto(f"{address}?token={lab.token}")
        page.wait_for_function(KERNEL_IS_IDLE, arg=path, timeout=1000 * SECONDS_TO_START)
        step = "offer to run all cells"
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        step = "run all cells"
        page.wait_for_function(HAS_RUN, timeout=1000 * SECONDS_TO_RUN)
        if complaints := page.evaluate(COMPLAINTS):
            pytest.fail("the chapter does not run:\n" + "\n".join(complaints), pytrace=False)
        step = "bring all widgets to life"
        names = "[shown.NAME for shown in Out.values() if hasattr(shown, 'static_html')]"
        expected = notebook.ask(names)
        assert {"gate_explorer", "sequence_explorer", "lstm_builder"} <= set(expected)
        page.wait_for_function(WIDGETS_ARE, arg=expected, timeout=1000 * SECONDS_TO_ANSWER)
    except Error as error:
        found = "\n".join([*notebook.opened.faults(), read_log(lab.log)])
        pytest.fail(f"JupyterLab did not {step}: {error.message}\n{found}", pytrace=False)
    return notebook


@pytest.fixture(scope="module")
def notebook(browser: Browser, lab: Lab) -> Iterator[Callable[[str], Notebook]]:
    """Give a function that opens and runs the chapter in a language, once for the module.

    When the module ends it fails if a page has asked another host or has reported an error.
    """
    running: dict[str, Notebook] = {}
    failures: dict[str, BaseException] = {}
    with ExitStack() as stack:

        def of(lang: str) -> Notebook:
            if lang in failures:  # no test waits for the same again
                raise failures[lang]
            if lang not in running:
                try:
                    running[lang] = stack.enter_context(executing(browser, lab, lang))
                except BaseException as failure:
                    failures[lang] = failure
                    raise
            return running[lang]

        yield of
        own = f"asked for ws://{lab.host}/"
        faults = [
            fault
            for one in running.values()
            for fault in one.opened.faults()
            if not fault.startswith(own)
        ]
    if faults:
        pytest.fail("JupyterLab's page misbehaved:\n" + "\n".join(faults), pytrace=False)


Open = Callable[[str], Notebook]


# -------------------------------------------------------------------------------- the tests


def test_a_server_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        broken = [sys.executable, "-c", "raise SystemExit('no such folder')"]
        process = subprocess.Popen(broken, stdout=output, stderr=subprocess.STDOUT)
    with pytest.raises(pytest.fail.Exception, match=r"(?s)ended with 1\..*no such folder"):
        wait_for_address(process, tmp_path, log)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_chapter_runs_and_speaks_its_language(notebook: Open, lang: str) -> None:
    explorer = notebook(lang).widget("GateExplorer")
    assert explorer.root.get_attribute("lang") == lang
    for words in ("gate_explorer.title", "common.x_label", "gate_explorer.memory"):
        expect(explorer.root.get_by_text(text(words, lang)).first).to_be_visible()
    # What the chapter itself set from Python, after the widget was shown.
    expect(explorer.slider("b_f")).to_have_value("5")
    explorer.same_numbers(*"figoch")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_slider_dragged_by_mouse_moves_python(notebook: Open, lang: str) -> None:
    explorer = notebook(lang).widget("GateExplorer")
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
    explorer.same_numbers(*"figoch")


def test_arrow_keys_move_the_slider_and_not_the_cell(notebook: Open) -> None:
    explorer = notebook("en").widget("GateExplorer")
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
    explorer.same_numbers(*"figoch")


def test_keys_that_are_commands_of_jupyterlab_stay_in_the_widget(notebook: Open) -> None:
    explorer = notebook("en").widget("GateExplorer")
    explorer.slider("x").focus()
    place = explorer.notebook.place()
    for key in ("a", "b", "x", "d", "d", "m", "Enter"):
        explorer.notebook.page.keyboard.press(key)
        assert explorer.notebook.place() == place


def test_a_trait_set_in_python_moves_the_page(notebook: Open) -> None:
    explorer = notebook("en").widget("GateExplorer")
    explorer.start_at(x=-0.5, h=0.25, c=-1.0)
    explorer.same_numbers(*"figoch")
    expect(explorer.box("x_number")).to_have_value("−0.5")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_value_in_python_is_named_and_the_widget_lives_on(
    notebook: Open, lang: str
) -> None:
    explorer = notebook(lang).widget("GateExplorer")
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
    explorer.same_numbers(*"figoch")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_typed_number_is_taken_by_enter(notebook: Open, lang: str) -> None:
    explorer = notebook(lang).widget("GateExplorer")
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
    explorer = notebook("en").widget("SequenceExplorer")
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
    shown = explorer.root.locator('output[data-quantity="h_last"]').get_attribute("data-value")
    assert float(shown or "nan") == pytest.approx(explorer.get("steps[-1].h"), abs=1e-12)


def test_the_builder_and_python_agree(notebook: Open) -> None:
    builder = notebook("en").widget("LSTMBuilder")
    builder.start_at(stage=1)
    builder.slider("stage").focus()
    builder.notebook.page.keyboard.press("ArrowRight")
    builder.wait_for("stage", 2)
    builder.root.locator('[data-input="next"]').click()
    builder.wait_for("stage", 3)
    builder.start_at(stage=6, c=-1.0)
    builder.same_numbers("c", "h")


def test_the_widgets_are_readable_in_light_and_in_dark(notebook: Open) -> None:
    page = notebook("vi").page
    page.evaluate(AXE_SCRIPT)
    backgrounds = set()
    for light, theme in (("true", "JupyterLab Light"), ("false", "JupyterLab Dark")):
        page.evaluate(
            "(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.locator(f'body[data-jp-theme-light="{light}"]').wait_for(state="attached")
        widgets = page.locator(".lstm-widget")
        backgrounds.add(widgets.first.evaluate("(w) => getComputedStyle(w).backgroundColor"))
        violations = page.evaluate(
            """(rules) => axe.run({ include: [".lstm-widget"] }, { runOnly: rules })
              .then(({ violations }) => violations.flatMap((v) => v.nodes.map((n) => n.html)))""",
            list(COLOUR_RULES),
        )
        assert violations == [], theme
    assert len(backgrounds) == 2
