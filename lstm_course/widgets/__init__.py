"""Interactive figures: each a Python class here and a script of the same name beside it.

They run in a live kernel (JupyterLab, Colab) and, without one, in the built book.
"""

from typing import Any

from lstm_course.widgets.base import CourseWidget
from lstm_course.widgets.curve_explorer import CurveExplorer
from lstm_course.widgets.gate_explorer import GateExplorer
from lstm_course.widgets.gradient_explorer import GradientExplorer
from lstm_course.widgets.headline_explorer import HeadlineExplorer
from lstm_course.widgets.lstm_builder import LSTMBuilder
from lstm_course.widgets.memory_decay import MemoryDecay
from lstm_course.widgets.memory_view import MemoryView
from lstm_course.widgets.ngram_explorer import NGramExplorer
from lstm_course.widgets.parameter_calculator import ParameterCalculator
from lstm_course.widgets.review_reader import ReviewReader
from lstm_course.widgets.segmentation_explorer import SegmentationExplorer
from lstm_course.widgets.self_check import SelfCheck
from lstm_course.widgets.sequence_explorer import SequenceExplorer
from lstm_course.widgets.single_gate import SingleGate
from lstm_course.widgets.unrolled_rnn import UnrolledRNN
from lstm_course.widgets.verse_writer import VerseWriter
from lstm_course.widgets.word_map import WordMap

#: Every widget by its name in the page.
WIDGETS: dict[str, type[CourseWidget]] = {
    widget.NAME: widget
    for widget in (
        CurveExplorer,
        GateExplorer,
        GradientExplorer,
        HeadlineExplorer,
        LSTMBuilder,
        MemoryDecay,
        MemoryView,
        NGramExplorer,
        ParameterCalculator,
        ReviewReader,
        SegmentationExplorer,
        SelfCheck,
        SequenceExplorer,
        SingleGate,
        UnrolledRNN,
        VerseWriter,
        WordMap,
    )
}


def render_html(name: str, state: dict[str, Any], lang: str) -> str:
    """HTML of a widget for a page that is not a notebook: what its stored output would hold.

    Raises ``KeyError`` for an unknown name, ``traitlets.TraitError`` for a wrong value.
    """
    return WIDGETS[name](**{"lang": lang, **state}).static_html()


__all__ = ["WIDGETS", "render_html", *(widget.__name__ for widget in WIDGETS.values())]
