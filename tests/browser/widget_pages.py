"""A page that holds nothing but widgets, for tests of what they answer and how they look."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

from lstm_course.widgets import render_html, sources
from lstm_course.widgets.base import CourseWidget

TITLES = {"en": "Widgets", "vi": "Hình tương tác"}


def write_page(folder: Path, lang: str, theme: str = "light", **states: dict[str, Any]) -> Path:
    """Write a page with the widgets that ``states`` names, each in its state; return its file."""
    widgets = "".join(render_html(name, state, lang) for name, state in states.items())
    return _write(folder / f"{lang}.html", lang, theme, list(states), widgets)


def write_page_of(folder: Path, widget: CourseWidget, theme: str = "light") -> Path:
    """Write a page with one widget as a notebook stores it; return its file."""
    return _write(folder / "page.html", widget.lang, theme, [widget.NAME], widget.static_html())


def _write(page: Path, lang: str, theme: str, names: list[str], widgets: str) -> Path:
    for file_name, script in sources.page_scripts().items():
        (page.parent / file_name).write_text(script, encoding="utf-8")
    (page.parent / "widgets.css").write_text(sources.page_css(), encoding="utf-8")
    scripts = ["lstm-core.js", *(f"lstm-{name}.js" for name in names)]
    tags = "".join(f'<script src="{script}" defer></script>' for script in scripts)
    back = "#fff" if theme == "light" else "#14181d"
    page.write_text(
        f'<!doctype html><html lang="{lang}" data-theme="{theme}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{TITLES[lang]}</title>'
        f'<link rel="stylesheet" href="widgets.css">{tags}</head>'
        f'<body style="margin: 8px; background: {back}"><main>'
        f'<h1 style="color: #777; font-size: 4rem">{TITLES[lang]}</h1>{widgets}'
        "</main></body></html>",
        encoding="utf-8",
    )
    return page


def value(root: Locator, name: str) -> float:
    """Return what a widget shows of a quantity, in full precision."""
    shown = root.locator(f'output[data-quantity="{name}"]')
    return float(shown.get_attribute("data-value") or "nan")


# The module that a notebook gets, on a model that remembers what it was told, and can tell.
LIVE = """async ([code, state]) => {
  const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const heard = {};
  const el = document.body.appendChild(document.createElement("section"));
  window.told = [];
  window.tell = (key, value) => { state[key] = value; heard[`change:${key}`]?.(); };
  module.default.render({ el, model: {
    get: (key) => state[key],
    set: (key, value) => { state[key] = value; window.told.push([key, value]); },
    save_changes() {},
    on: (name, listener) => { heard[name] = listener; },
  } });
}"""
