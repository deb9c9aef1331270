"""Helper package of the course book "LSTMs you can touch": the code that its chapters share.

Importing it is cheap: neither torch nor matplotlib is imported until a model or a figure is needed.
"""

from lstm_course.language import use_language

__version__ = "0.1.0"
__all__ = ["use_language"]
