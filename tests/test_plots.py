"""Figures: accessible, in the page's own colours, the same at every run."""

from collections.abc import Iterator

import pytest

from lstm_course import plots, use_language
from lstm_course.cells import WORKED_EXAMPLE, lstm_sequence


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


def draw() -> plots.AccessibleFigure:
    return plots.sequence(
        {f"{x}, 0.5, 0.25, 1": lstm_sequence([x, 0.5, 0.25, 1], WORKED_EXAMPLE) for x in (0, 1)}
    )


def test_the_alternative_text_says_what_the_figure_shows_in_the_language_in_use() -> None:
    assert "0.0064, 0.9694" in draw().alt
    assert "hidden state" in draw().alt
    use_language("vi")
    figure = draw()
    assert "trạng thái ẩn" in figure.alt
    assert "trạng thái ô nhớ" in figure.svg
    assert f'aria-label="{figure.alt}"' in figure.svg


def test_the_text_takes_the_colour_of_the_page() -> None:
    svg = draw().svg
    assert "currentColor" in svg
    assert plots._INK not in svg
    assert "#000000" not in svg.replace("stroke: #000000; stroke-width: 0", "")


def test_the_same_data_give_the_same_figure() -> None:
    assert draw().svg == draw().svg


def test_lines_differ_without_colour() -> None:
    assert draw().svg.count("stroke-dasharray") >= 2


@pytest.mark.parametrize("runs", [{}, {"empty": []}])
def test_nothing_to_draw_is_an_error(runs: dict[str, list[object]]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        plots.sequence(runs)  # type: ignore[arg-type]
