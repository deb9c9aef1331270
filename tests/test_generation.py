"""Writing: temperature and top-k by hand, texts that end where they should, and what is copied."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstm_course import training, use_language
from lstm_course.generation import longest_copy, sharpened, write
from lstm_course.models import RecurrentLanguageModel
from lstm_course.text import Encoder


@pytest.fixture(autouse=True)
def in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LSTM_COURSE_QUICK", raising=False)


LINES = ["ta ở đây\n", "đó là ai\n"]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.build(LINES, tokenizer="characters")


@pytest.fixture(scope="module")
def model(encoder: Encoder) -> RecurrentLanguageModel:
    torch.manual_seed(4)
    ends = {"line_end": encoder.vocabulary.numbers["\n"]}
    return RecurrentLanguageModel(len(encoder.vocabulary), dimension=6, units=8, **ends)


def test_a_temperature_is_a_power_of_the_probabilities() -> None:
    logits = np.random.default_rng(0).normal(size=(3, 5))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for temperature in (0.3, 1.0, 2.5):
        powers = p ** (1 / temperature)
        expected = powers / powers.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(sharpened(logits, temperature), expected, rtol=1e-12)
    assert sharpened(logits * 1000, 0.01).sum() == pytest.approx(3)  # nothing overflows


def test_top_k_leaves_the_most_likely_in_their_proportion() -> None:
    p = sharpened(np.log([[0.1, 0.4, 0.3, 0.2]]), top_k=2)
    np.testing.assert_allclose(p, [[0, 4 / 7, 3 / 7, 0]])
    np.testing.assert_allclose(sharpened([0.0, 1.0], top_k=9), sharpened([0.0, 1.0]))


@pytest.mark.parametrize("wrong", [0, -1, np.nan, np.inf])
def test_a_temperature_that_is_none_is_refused_in_the_readers_language(wrong: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        sharpened([0.0, 1.0], wrong)
    use_language("vi")
    with pytest.raises(ValueError, match="lớn hơn 0"):
        sharpened([0.0, 1.0], wrong)
    with pytest.raises(ValueError, match="top_k"):
        sharpened([0.0, 1.0], top_k=0)


def test_texts_go_on_from_the_beginning_and_end_with_their_lines(
    model: RecurrentLanguageModel, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = write(model, encoder, "ta", lines=2, count=20, length=500, seed=3)
    assert all(text.startswith("ta") for text in texts)
    assert all(text.count("\n") == 2 and text.endswith("\n") for text in texts)
    assert len(set(texts)) > 10
    assert not any("<" in text for text in texts)  # no padding, nothing unknown
    assert write(model, encoder, "ta", length=7) != write(model, encoder, "ta", length=7, seed=1)
    assert texts == write(model, encoder, "ta", lines=2, count=20, length=500, seed=3)
    assert {len(text) for text in write(model, encoder, length=30, count=3)} == {30}
    monkeypatch.setenv("LSTM_COURSE_QUICK", "1")
    assert {len(text) for text in write(model, encoder, count=3)} == {training.QUICK_TOKENS}


def test_drawn_characters_have_the_models_probabilities(
    model: RecurrentLanguageModel, encoder: Encoder
) -> None:
    texts = write(model, encoder, "đ", length=1, count=4000, temperature=0.7, seed=1)
    with torch.no_grad():
        tokens = torch.tensor([encoder.vocabulary.encode("\nđ")])
        logits = model(tokens, torch.tensor([2]))[0, -1]
    logits[:2] = -np.inf
    p = sharpened(logits.numpy(), 0.7)
    drawn = np.bincount([encoder.vocabulary.numbers[text[1]] for text in texts], minlength=len(p))
    assert np.abs(drawn / 4000 - p).max() < 4 * np.sqrt(0.25 / 4000)


def test_greedy_is_top_1(model: RecurrentLanguageModel, encoder: Encoder) -> None:
    texts = write(model, encoder, "ta", length=20, count=5, top_k=1)
    assert len(set(texts)) == 1


def test_unknown_characters_are_named(model: RecurrentLanguageModel, encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="😋 🌳"):
        write(model, encoder, "ta 😋🌳")
    decomposed = "o\u031b\u0309"
    assert write(model, encoder, decomposed, length=3)[0][0] == "ở"
    words_only = Encoder.build(LINES)
    with pytest.raises(ValueError, match="characters"):
        write(model, words_only)


@pytest.mark.parametrize(
    ("text", "source", "copied"),
    [
        ("", "abc", ""),
        ("abc", "", ""),
        ("xabcy", "zabcz", "abc"),
        ("abc", "abc", "abc"),
        ("ab cd ab cd", "ab cd", "ab cd"),
        ("qq", "ab", ""),
    ],
)
def test_the_longest_copy(text: str, source: str, copied: str) -> None:
    assert longest_copy(text, source) == copied


def test_the_longest_copy_is_what_trying_all_finds() -> None:
    generator = np.random.default_rng(2)
    for _ in range(50):
        text, source = ("".join(generator.choice(list("ab"), 20)) for _ in range(2))
        parts = (text[i:j] for i in range(20) for j in range(i, 21) if text[i:j] in source)
        assert len(longest_copy(text, source)) == max(map(len, parts))
