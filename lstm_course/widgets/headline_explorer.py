"""``HeadlineExplorer``: a trained classifier of headlines, its answer and what it rests on."""

from __future__ import annotations

from html import escape
from typing import ClassVar

from lstm_course.widgets.base import Choice, numbers_line
from lstm_course.widgets.text_classifier import TextClassifier, signed

MOST_WORDS = 100


class HeadlineExplorer(TextClassifier):
    """Probability that a headline is The Onion's, word by word, and which words push it.

    ``text``, ``direction``, ``gate`` and ``unit`` (0: the mean of all) can be set and read; what it
    is made of, and what it refuses, is said at :class:`TextClassifier`.
    """

    NAME: ClassVar[str] = "headline_explorer"
    SHOWN = ("text", "p_sarcastic")
    MOST_WORDS = MOST_WORDS
    MOST_LETTERS = 10_000

    gate = Choice("f", "i", "g", "o", "c", "h")

    @property
    def p_sarcastic(self) -> float:
        """Probability that the headline is sarcastic, that is, The Onion's."""
        return self._probability

    def picture(self) -> str:
        heads = "".join(
            f'<th scope="col">{escape(self.word(key))}</th>' for key in ("word", "p_after", "push")
        )
        rows = "".join(
            f'<tr><td lang="en">{escape(word)}</td><td>{p:.3f}</td><td>{signed(push)}</td></tr>'
            for (word, p), (_, push) in zip(self.prefixes, self.pushes, strict=True)
        )
        table = (
            f"<table><caption>{escape(self.word('picture'))}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
        headline = f'<p lang="en">{escape(self.text[: self.MOST_LETTERS])}</p>'
        return headline + numbers_line({self.word("p_label"): self.p_sarcastic}) + table
