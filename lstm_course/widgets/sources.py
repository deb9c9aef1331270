"""The widgets' front end, composed from its files.

A widget's script is ``core.js``, then its constants (words, ranges, ...), then ``NAME.js``, whose
last line is ``export default { render };``. Files that only some widgets share (``SHARED`` of their
class) stand before ``NAME.js``. Jupyter and Colab load that as one ES module; the built
book gets the same text as classic scripts, because browsers block modules on pages read from disk.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from lstm_course import language

EXPORT = "export default { render };"


def read(file_name: str) -> str:
    """Text of a front-end file of this folder. Raises ``FileNotFoundError`` if there is none."""
    return files("lstm_course.widgets").joinpath(file_name).read_text(encoding="utf-8")


def names() -> list[str]:
    """Names of all widgets, as they stand in ``data-widget``."""
    from lstm_course.widgets import WIDGETS

    return list(WIDGETS)


def esm(name: str, constants: dict[str, Any]) -> str:
    """The widget as one ES module without imports, for a live kernel."""
    return f"{read('core.js')}\n{_body(name, constants)}"


def css(name: str) -> str:
    """Style sheet of one widget: ``core.css`` and those that stand beside its scripts."""
    return read("core.css") + "".join(map(read, _styles(name)))


def script(name: str, constants: dict[str, Any]) -> str:
    """The widget as a classic script for the built book; ``lstm-core.js`` must come before it."""
    common, words = language.section("common"), language.section(name)
    own = {
        lang: {key: word for key, word in table.items() if common[lang].get(key) != word}
        for lang, table in words.items()
    }
    body = _body(name, {"words": own, **constants})
    if not body.rstrip().endswith(EXPORT):
        raise ValueError(f"{name}.js: the last line must be `{EXPORT}`")
    register = f"lstmCore.register({json.dumps(name)}, {{ render, words }});"
    return f"(() => {{\n{body.rstrip().removesuffix(EXPORT)}{register}\n}})();\n"


def page_scripts() -> dict[str, str]:
    """File name and text of every script of the built book: ``lstm-core.js``, ``lstm-NAME.js``."""
    from lstm_course.widgets import WIDGETS

    common = json.dumps(language.section("common"), ensure_ascii=False)
    scripts = {"lstm-core.js": f"{read('core.js')}lstmCore.common = {common};\n"}
    for name, widget in WIDGETS.items():
        scripts[f"lstm-{name}.js"] = script(name, widget.page_constants())
    return scripts


def page_css() -> str:
    """Style sheet of the built book: the shared one and those of all widgets."""
    from lstm_course.widgets import WIDGETS

    styles = dict.fromkeys(style for name in WIDGETS for style in _styles(name))
    return read("core.css") + "".join(map(read, styles))


def _body(name: str, constants: dict[str, Any]) -> str:
    values = {"words": language.section(name), **constants}
    written = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    lines = [f"const {key} = {value};" for key, value in written.items()]
    return "\n".join([*lines, *map(read, _shared(name)), read(f"{name}.js")])


def _styles(name: str) -> list[str]:
    styles = [script.replace(".js", ".css") for script in (*_shared(name), f"{name}.js")]
    return [style for style in styles if files("lstm_course.widgets").joinpath(style).is_file()]


def _shared(name: str) -> tuple[str, ...]:
    from lstm_course.widgets import WIDGETS

    return WIDGETS[name].SHARED if name in WIDGETS else ()
