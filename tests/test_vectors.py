"""Skip-gram: what stands together comes together, the same for the same seed, and its refusals."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_course import vectors
from lstm_course.vectors import neighbours, skip_gram, unit_vectors, word_map

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


# ---- Places on a map ---------------------------------------------------------------------------


def two_clusters(count: int = 30) -> np.ndarray:
    """Vectors of any length around two directions, the first half around the first."""
    random = np.random.default_rng(1)
    centres = np.repeat(random.normal(size=(2, 6)), count // 2, axis=0)
    return (centres + 0.1 * random.normal(size=(count, 6))) * random.uniform(0.1, 9, (count, 1))


def test_a_map_keeps_together_what_points_the_same_way() -> None:
    vectors = two_clusters()
    places = word_map(vectors)
    assert places.shape == (30, 2)
    assert np.abs(places).max() == pytest.approx(1)
    extent = places.max(axis=0) - places.min(axis=0)
    assert extent[0] == pytest.approx(2)  # broad rather than tall
    assert (places.max(axis=0) == -places.min(axis=0)).all()
    away = np.linalg.norm(places[:, None] - places, axis=2)
    near = np.argsort(away, axis=1)[:, 1:6] < 15
    assert (near == (np.arange(30) < 15)[:, None]).mean() > 0.95
    assert np.array_equal(word_map(vectors), places)
    assert not np.array_equal(word_map(vectors[::-1]), places)


def test_the_length_of_vectors_does_not_count() -> None:
    vectors = two_clusters()
    lengths = 2.0 ** np.arange(30)[:, None]  # exact
    assert np.array_equal(word_map(vectors * lengths), word_map(vectors))


def test_a_quick_map_takes_fewer_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = word_map(two_clusters())
    monkeypatch.setenv("LSTM_COURSE_QUICK", "1")
    quick = word_map(two_clusters())
    assert quick.shape == slow.shape
    assert not np.array_equal(quick, slow)


def test_what_makes_no_map() -> None:
    assert word_map(np.eye(5)).shape == (5, 2)
    with pytest.raises(ValueError, match="at least 5 words; here there are 4"):
        word_map(np.eye(4))
    with pytest.raises(ValueError, match="point the same way"):
        word_map(np.outer(np.arange(1, 7), [1, 2, 3]))
    with pytest.raises(ValueError, match=r"number 2 .* has no direction"):
        word_map([[1, 0], [1, 1], [0, 0], [2, 1], [1, 3]])
    with pytest.raises(ValueError, match=r"number 1 .* has no direction"):
        unit_vectors([[1.0, 0.0], [np.nan, 1.0]])
    with pytest.raises(ValueError, match="shape"):
        unit_vectors([1.0, 2.0])
