"""Interactive figures: each a Python class here and a script of the same name beside it.

They run in a live kernel (JupyterLab, Colab) and, without one, in the built book.
"""

from lstm_course.widgets.base import CourseWidget
from lstm_course.widgets.curve_explorer import CurveExplorer
from lstm_course.widgets.gate_explorer import GateExplorer
from lstm_course.widgets.lstm_builder import LSTMBuilder
from lstm_course.widgets.memory_decay import MemoryDecay
from lstm_course.widgets.single_gate import SingleGate

#: Every widget by its name in the page.
WIDGETS: dict[str, type[CourseWidget]] = {
    widget.NAME: widget
    for widget in (CurveExplorer, GateExplorer, LSTMBuilder, MemoryDecay, SingleGate)
}

__all__ = ["WIDGETS", *(widget.__name__ for widget in WIDGETS.values())]
