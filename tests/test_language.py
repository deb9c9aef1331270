"""The words of the package: complete, paired, and told in the language in use."""

import re
import subprocess
import sys
import tomllib
import unicodedata
from importlib.resources import files

import pytest

from lstm_course import language, use_language

WORDS = tomllib.loads(files("lstm_course").joinpath("words.toml").read_text(encoding="utf-8"))
KEYS = [f"{section}.{key}" for section, words in WORDS.items() for key in words]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_both_languages_with_the_same_placeholders(key: str) -> None:
    section, name = key.split(".")
    words = WORDS[section][name]
    assert set(words) == set(language.LANGUAGES)
    assert all(text.strip() and unicodedata.is_normalized("NFC", text) for text in words.values())
    found = [sorted(re.findall(r"{(\w+)}", words[code])) for code in language.LANGUAGES]
    assert found[0] == found[1], words


def test_the_language_in_use_decides() -> None:
    use_language("vi")
    assert language.current_language() == "vi"
    assert language.text("common.forget_gate") == "cổng quên"
    assert language.text("common.forget_gate", lang="en") == "forget gate"


@pytest.mark.parametrize("code", ["fr", "", "EN", None])
def test_an_unknown_language_is_refused_and_changes_nothing(code: str) -> None:
    use_language("vi")
    with pytest.raises(ValueError, match="use_language"):
        use_language(code)
    assert language.current_language() == "vi"


def test_an_unknown_key_is_an_error_not_an_empty_label() -> None:
    with pytest.raises(KeyError):
        language.text("common.no_such_word")


def test_importing_the_package_is_light() -> None:
    heavy = "{'torch', 'matplotlib', 'anywidget', 'numpy'} & set(sys.modules)"
    code = f"import sys, lstm_course; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_cells_and_widgets_need_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys, lstm_course.cells, lstm_course.widgets, lstm_course.plots;"
        "print({'torch', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
