"""``SelfCheck``: a few questions at the end of a chapter, with a reason for every answer."""

from __future__ import annotations

import re
import tomllib
from html import escape
from typing import Any, ClassVar

import traitlets

from lstm_course.language import LANGUAGES
from lstm_course.widgets import sources
from lstm_course.widgets.base import Choice, CourseWidget

#: The questions by topic, as they stand in ``questions.toml``.
QUESTIONS: dict[str, list[dict[str, Any]]] = tomllib.loads(sources.read("questions.toml"))

#: A question that nobody has answered.
NONE = -1

#: Signs in a text: `code`, *word*, x_t and x_{t-1}. The script reads the same pattern.
SIGNS = r"`([^`]+)`|\*([^*]+)\*|_(?:\{([^}]+)\}|(\w))"


class SelfCheck(CourseWidget):
    """The questions of one ``topic``, each with a reason for every answer.

    ``answers`` holds one number for each question: the answer that was given, counted from 0, or
    -1. ``first`` holds the answers given first; a question taken back (-1) begins anew. Another
    ``topic`` clears both. Raises ``traitlets.TraitError`` for a wrong value.

    >>> check = SelfCheck("lstm_gates")
    >>> check.answers = [1, 0, -1, -1, -1, -1]
    >>> check.answers = [2, 0, -1, -1, -1, -1]
    >>> check.first[0], check.marks[:3], check.answered, check.right
    (1, [True, True, None], 2, 1)
    """

    NAME: ClassVar[str] = "self_check"
    SHOWN = ("topic", "answers")

    topic = Choice(*QUESTIONS)
    answers: traitlets.List[int] = traitlets.List().tag(sync=True)
    first: traitlets.List[int] = traitlets.List().tag(sync=True)

    def __init__(self, topic: str = next(iter(QUESTIONS)), **values: Any) -> None:
        values.pop("questions", None)  # of a state: they are the topic's
        none = [NONE] * len(QUESTIONS.get(topic, []))
        super().__init__(**{"answers": none, "first": none, "topic": topic, **values})
        self.observe(self._start_over, "topic")

    @classmethod
    def constants(cls) -> dict[str, Any]:
        return {**super().constants(), "topics": QUESTIONS, "signs": SIGNS}

    @classmethod
    def page_constants(cls) -> dict[str, Any]:
        # A page shows one topic in one language; its state brings that, and no other page loads it.
        return {**cls.constants(), "topics": {}}

    def state(self) -> dict[str, Any]:
        return {**super().state(), "questions": [self._in_language(q) for q in self.questions]}

    def _in_language(self, item: dict[str, Any]) -> dict[str, Any]:
        others = {lang for lang in LANGUAGES if self.lang in LANGUAGES and lang != self.lang}
        kept = {name: value for name, value in item.items() if name.split("_")[-1] not in others}
        if "answers" in kept:
            kept["answers"] = [self._in_language(answer) for answer in kept["answers"]]
        return kept

    @traitlets.validate("answers", "first")
    def _check_answers(self, proposal: dict[str, Any]) -> list[int]:
        given: list[int] = proposal["value"]
        fits = len(given) == len(self.questions) and all(
            type(answer) is int and NONE <= answer < len(question["answers"])
            for answer, question in zip(given, self.questions, strict=True)
        )
        if not fits:
            name, count = proposal["trait"].name, len(self.questions)
            raise self.refusal("self_check.bad_answers", name=name, value=given, count=count)
        return given

    @traitlets.observe("answers")
    def _note_first(self, change: object) -> None:
        both = zip(self.answers, self.first, strict=True)
        self.first = [now if NONE in (now, first) else first for now, first in both]

    def _start_over(self, change: object) -> None:
        self.first = self.answers = [NONE] * len(self.questions)

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The questions of the topic."""
        return QUESTIONS[self.topic]

    @property
    def marks(self) -> list[bool | None]:
        """For each question, whether its answer is right; None where there is no answer."""
        return [self._is_right(k, answer) for k, answer in enumerate(self.answers)]

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(answer != NONE for answer in self.answers)

    @property
    def right(self) -> int:
        """How many questions were answered rightly at the first attempt."""
        return sum(self._is_right(k, answer) is True for k, answer in enumerate(self.first))

    def picture(self) -> str:
        questions = "".join(f"<li>{self._stored(question)}</li>" for question in self.questions)
        title = escape(self.word("title", count=len(self.questions)))
        return f"<p><strong>{title}</strong></p><ol>{questions}</ol>"

    def _stored(self, question: dict[str, Any]) -> str:
        """One question with its answers; what is right, and why, is folded away."""

        def listed(texts: list[str]) -> str:
            return f'<ol type="a">{"".join(f"<li>{words}</li>" for words in texts)}</ol>'

        answers = question["answers"]
        whys = [
            f"{'✓' if answer.get('right') else '✗'} {self._told(answer, 'why_')}"
            for answer in answers
        ]
        return (
            f"<p>{self._told(question)}</p>{listed([self._told(answer) for answer in answers])}"
            f"<details><summary>{escape(self.word('solution'))}</summary>{listed(whys)}</details>"
        )

    def _told(self, item: dict[str, str], prefix: str = "") -> str:
        langs = [self.lang] if self.lang in LANGUAGES else LANGUAGES
        return to_html(" · ".join(dict.fromkeys(item[prefix + lang] for lang in langs)))

    def _is_right(self, question: int, answer: int) -> bool | None:
        if answer == NONE:
            return None
        return "right" in self.questions[question]["answers"][answer]


def to_html(words: str) -> str:
    """HTML of a text with signs.

    >>> to_html("*walk* < `a_b` and c_{t-1}")
    '<em>walk</em> &lt; <code>a_b</code> and c<sub>t−1</sub>'
    """

    def tag(sign: re.Match[str]) -> str:
        code, word, *index = sign.groups()
        if code or word:
            return f"<code>{code}</code>" if code else f"<em>{word}</em>"
        return f"<sub>{(index[0] or index[1]).replace('-', '−')}</sub>"

    return re.sub(SIGNS, tag, escape(words, quote=False))
