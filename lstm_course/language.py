"""The reader's language: every word that code shows (plots, widgets, printed headings, errors).

The words stand in ``words.toml``, each key in English and Vietnamese; this module looks them up.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["en", "vi"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_current: Language = "en"


def use_language(code: str) -> None:
    """Show words in English (``"en"``) or Vietnamese (``"vi"``) from now on.

    Raises ``ValueError`` for any other code.

    >>> use_language("vi"); text("common.forget_gate")
    'cổng quên'
    >>> use_language("en"); text("common.forget_gate")
    'forget gate'
    """
    global _current
    if code not in LANGUAGES:
        raise ValueError(f'use_language: "en" or "vi", not {code!r} · "en" hoặc "vi"')
    _current = code


def current_language() -> Language:
    """Code of the language in use."""
    return _current


def text(key: str, lang: str | None = None, **values: object) -> str:
    """Words of ``key`` (``"section.name"``), with ``{placeholders}`` filled from ``values``.

    Raises ``KeyError`` for an unknown key, a missing language or a missing value.

    >>> text("common.not_a_number", lang="en", name="x", value="abc", low=-10, high=10)
    'x: “abc” is not a number from -10 to 10. The last good value stays.'
    """
    section, _, name = key.partition(".")
    words = _words()[section][name][lang or _current]
    return words.format_map(values) if values else words


def section(name: str) -> dict[str, dict[str, str]]:
    """All words of one section and of ``common``: ``{"en": {name: words}, "vi": {...}}``."""
    table = {**_words()["common"], **_words().get(name, {})}
    return {code: {key: both[code] for key, both in table.items()} for code in LANGUAGES}


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(files("lstm_course").joinpath("words.toml").read_text(encoding="utf-8"))
