"""Which language a page is in, and which page says the same in the other language."""

from __future__ import annotations

NAMES = {"en": "English", "vi": "Tiếng Việt"}
"""Each language by its own name, which is also the caption of its part in ``_toc.yml``."""

DEFAULT = "en"
"""The language of the pages outside ``chapters/``: the landing page and the search page."""

_FOLDERS = {language: f"chapters/{language}/" for language in NAMES}
_OUTSIDE = {"search": "chapters/vi/search"}


def language_of(page: str) -> str:
    """Return the language of a page, named as Sphinx names it.

    >>> language_of("chapters/vi/03_lstm_gates"), language_of("index")
    ('vi', 'en')
    """
    for language, folder in _FOLDERS.items():
        if page.startswith(folder):
            return language
    return DEFAULT


def belongs_to_one(page: str) -> bool:
    """Tell whether a page speaks to the readers of one language only.

    >>> belongs_to_one("chapters/vi/03_lstm_gates"), belongs_to_one("index")
    (True, False)
    """
    return page.startswith(tuple(_FOLDERS.values())) or page in _OUTSIDE


def other(language: str) -> str:
    """Return the other of the two languages.

    >>> other("vi")
    'en'
    """
    return next(name for name in NAMES if name != language)


def twin_of(page: str) -> str | None:
    """Return the page that says the same in the other language, if there should be one.

    >>> twin_of("chapters/vi/03_lstm_gates"), twin_of("search"), twin_of("index")
    ('chapters/en/03_lstm_gates', 'chapters/vi/search', None)
    """
    pairs = _OUTSIDE | {there: here for here, there in _OUTSIDE.items()}
    if page in pairs:
        return pairs[page]
    language = language_of(page)
    if not page.startswith(_FOLDERS[language]):
        return None
    return page.replace(_FOLDERS[language], _FOLDERS[other(language)], 1)
