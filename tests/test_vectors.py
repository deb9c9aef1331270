"""Skip-gram: what stands together comes together, the same for the same seed, and its refusals."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_course import vectors
from lstm_course.vectors import neighbours, skip_gram

# Two languages of ten words each: a text has words of one only, and 3 stands in both.
RANDOM = np.random.default_rng(0)
TEXTS = [np.append(RANDOM.integers(4, 14, 30) + 10 * (n % 2), 3).tolist() for n in range(300)]
QUICK = {"dimension": 8, "subsample": 1.0, "batch_size": 256, "epochs": 3}


@pytest.fixture(scope="module")
def trained() -> np.ndarray:
    return skip_gram(TEXTS, 26, **QUICK)


def test_words_of_one_language_come_together(trained: np.ndarray) -> None:
    for number in range(4, 24):
        near = [other for other, _ in neighbours(trained, number, 9)]
        assert all((other < 14) == (number < 14) for other in near if other != 3), number


def test_what_does_not_occur_has_no_vector(trained: np.ndarray) -> None:
    assert trained.shape == (26, 8)
    assert not trained[[0, 1, 2, 24, 25]].any()
    assert trained[3:24].any(axis=1).all()
    assert 24 not in dict(neighbours(trained, 4, 100))


def test_the_seed_decides_and_nobody_elses_numbers_change(trained: np.ndarray) -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    threads = torch.get_num_threads()
    assert np.array_equal(skip_gram(TEXTS, 26, **QUICK), trained)
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == threads
    assert not np.array_equal(skip_gram(TEXTS, 26, seed=2, **QUICK), trained)


def test_padding_and_unknown_words_are_left_out(trained: np.ndarray) -> None:
    with_gaps = [[0, *text, 1, 0] for text in TEXTS]
    assert np.array_equal(skip_gram(with_gaps, 26, **QUICK), trained)


def test_words_of_two_texts_do_not_stand_beside_one_another() -> None:
    kept = np.ones(4)
    batches = vectors._batches(
        [np.array([2, 3]), np.array([3])], kept, 2, 10, np.random.default_rng(0)
    )
    (centres, around), *more = batches
    assert not more
    found = {(int(c), tuple(sorted(row[row > 0]))) for c, row in zip(centres, around, strict=True)}
    assert found == {(2, (3,)), (3, (2,)), (3, ())}


def test_what_was_trained_is_taken_again(
    trained: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSTM_COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("LSTM_COURSE_REUSE", "1")
    assert np.array_equal(skip_gram(TEXTS, 26, **QUICK), trained)
    monkeypatch.setattr(vectors, "_trained", None)
    assert np.array_equal(skip_gram(TEXTS, 26, **QUICK), trained)
    with pytest.raises(TypeError):
        skip_gram(TEXTS, 26, seed=2, **QUICK)


def test_quick_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(texts: list[object], *, epochs: int, **_: object) -> np.ndarray:
        assert (len(texts), epochs) == (512, 1)
        return np.zeros((26, 8), np.float32)

    monkeypatch.setenv("LSTM_COURSE_QUICK", "1")
    monkeypatch.setattr(vectors, "_trained", looked)
    skip_gram(TEXTS * 3, 26, **QUICK)


def test_refusals() -> None:
    for texts in ([], [[]], [[0, 1, 1]], [[5]]):
        with pytest.raises(ValueError, match="no two that are known"):
            skip_gram(texts, 26)
    with pytest.raises(ValueError, match="30 is none of the tokens 0 to 25"):
        skip_gram([[2, 30]], 26)
