"""What holds for every test: it leaves the language as it found it."""

from collections.abc import Iterator

import pytest

from lstm_course import use_language


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """Go back to English, whatever a test has chosen."""
    yield
    use_language("en")
