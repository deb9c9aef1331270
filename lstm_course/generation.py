"""New text from a trained language model of characters, and what of it was only copied.

To predict what comes next is to write: draw the next character from the probabilities, read it,
and go on. Texts are lines; a line end stands before the first one, so that a model that is given
nothing begins a line.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_course.language import text as words
from lstm_course.text import Encoder, characters

if TYPE_CHECKING:
    from lstm_course.models import LanguageModel

LINE_END = "\n"


def sharpened(
    logits: ArrayLike, temperature: float = 1.0, top_k: int | None = None
) -> NDArray[np.float64]:
    """Probabilities ``(..., V)`` of logits ``(..., V)``: softmax of logits / temperature.

    A temperature below 1 prefers what is likely, above 1 it evens out. ``top_k`` leaves only the
    so many most likely. Raises ``ValueError`` for a temperature or a ``top_k`` that is not above 0.

    >>> sharpened([0.0, np.log(3)]), sharpened([0.0, np.log(3)], temperature=0.5)
    (array([0.25, 0.75]), array([0.1, 0.9]))
    >>> sharpened([0.0, 1.0, 2.0], top_k=1)
    array([0., 0., 1.])
    """
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(words("generation.temperature", value=temperature))
    if top_k is not None and top_k < 1:
        raise ValueError(words("generation.top_k", value=top_k))
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    if top_k is not None and top_k < scaled.shape[-1]:
        least = np.partition(scaled, -top_k)[..., -top_k, None]
        scaled = np.where(scaled < least, -np.inf, scaled)
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return result


def write(
    model: LanguageModel,
    encoder: Encoder,
    beginning: str = "",
    *,
    lines: int | None = None,
    length: int = 2000,
    count: int = 1,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
) -> list[str]:
    """``count`` texts that go on from ``beginning``, each with it in front.

    A text ends with its ``lines``-th line, or after ``length`` new characters, in quick mode
    (``training``) after a few at the latest. The same seed gives the same texts. Raises
    ``ValueError`` for a beginning with characters that the model has not learned, and for a model
    without line ends.
    """
    import torch

    from lstm_course.training import QUICK_TOKENS, quick

    length = min(length, QUICK_TOKENS) if quick() else length
    vocabulary = encoder.vocabulary
    if encoder.tokenizer != "characters" or LINE_END not in vocabulary:
        raise ValueError("write: an encoder of characters that knows the line end")
    given = characters(beginning)
    if unknown := dict.fromkeys(letter for letter in given if letter not in vocabulary):
        raise ValueError(words("generation.unknown", unknown=" ".join(unknown)))
    generator = np.random.default_rng(seed)
    texts, line_end = [list(given) for _ in range(count)], vocabulary.numbers[LINE_END]
    whole = np.full(count, given.count(LINE_END))  # (count,): lines that have ended
    ended = np.zeros(count, dtype=bool)
    state: Any = None
    model.eval()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # steps as small as these lose more by sharing than they gain
    try:
        with torch.no_grad():
            for number in vocabulary.encode([LINE_END, *given]):
                logits, state = model.step(torch.full((count,), number), state)  # (count, V)
            for _ in range(length):
                p = sharpened(_without_specials(logits.double().numpy()), temperature, top_k)
                chosen = _draw(p, generator.random(count))  # (count,)
                for text, number, done in zip(texts, chosen, ended, strict=True):
                    if not done:
                        text.append(vocabulary.tokens[number])
                if lines is not None:
                    whole += chosen == line_end
                    ended |= whole >= lines
                if ended.all():
                    break
                logits, state = model.step(torch.from_numpy(chosen), state)
    finally:
        torch.set_num_threads(threads)
    return ["".join(text) for text in texts]


def _without_specials(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    # Padding and the unknown character are nothing that can be written.
    return np.concatenate([np.full_like(logits[:, :2], -np.inf), logits[:, 2:]], axis=1)


def _draw(p: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of one token for each row of ``p`` ``(B, V)`` by ``chance`` ``(B,)``."""
    sums = p.cumsum(axis=1)  # (B, V)
    found: NDArray[np.int64] = (sums <= (chance * sums[:, -1])[:, None]).sum(axis=1)
    return found


def longest_copy(text: str, source: str) -> str:
    """The longest part of ``text`` that stands in ``source``, too; of several, the first.

    >>> longest_copy("the black cat sat", "a cat sat on the blue mat")
    ' cat sat'
    """
    best = (0, 0)
    end = 0
    for start in range(len(text)):
        end = max(end, start)
        while end < len(text) and text[start : end + 1] in source:
            end += 1
        best = max(best, (start, end), key=lambda part: part[1] - part[0])
    return text[best[0] : best[1]]
