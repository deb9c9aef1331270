"""Word vectors learned from running text alone, without a label: skip-gram with negative sampling.

A word's vector is drawn towards those of the words that stand around it, and away from those of
words drawn by chance. Source: Mikolov et al., "Distributed representations of words and phrases and
their compositionality" (2013). torch is imported where vectors are trained.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_course.cache import cache_folder, code_fingerprint, fingerprint, write_atomically
from lstm_course.language import text as words

#: Words are drawn by their frequency to this power, as in the source: rare ones more often.
_FLATTER = 0.75


def skip_gram(
    sequences: Sequence[ArrayLike],
    vocabulary_size: int,
    dimension: int = 100,
    *,
    window: int = 5,
    negatives: int = 5,
    subsample: float = 1e-4,
    epochs: int = 2,
    batch_size: int = 1024,
    learning_rate: float = 2e-2,
    seed: int = 1,
    progress: bool = True,
) -> NDArray[np.float32]:
    """Vectors ``(vocabulary_size, dimension)`` of the tokens of texts that are given as numbers.

    Parameters
    ----------
    sequences
        Texts as numbers; 0 (padding) and 1 (unknown) are left out. Their vectors are zeros, as are
        those of all tokens that do not occur.
    window
        How many words to either side count as standing around one, at most; for each word it is
        drawn anew how many, so that near ones count more often.
    negatives
        Words drawn by chance for each word around. The words of a batch share the draws.
    subsample
        Words that make more than this share of the text are skipped now and then, the more often
        the more frequent they are.

    As in ``training``, ``LSTM_COURSE_QUICK`` shortens it, and ``LSTM_COURSE_REUSE`` takes what was
    trained before. Raises ``ValueError`` for texts without two known words, and for a number that
    the vocabulary does not have.
    """
    from lstm_course import training

    if training.quick():
        sequences, epochs = sequences[: training.QUICK_EXAMPLES], 1
    texts = [np.asarray(sequence, dtype=np.int64) for sequence in sequences]
    texts = [text[text > 1] for text in texts]
    whole = np.concatenate([np.zeros(0, np.int64), *texts])
    if len(whole) < 2:
        raise ValueError(words("vectors.no_words"))
    if whole.max() >= vocabulary_size:
        raise ValueError(f"{whole.max()} is none of the tokens 0 to {vocabulary_size - 1}")
    settings: dict[str, Any] = {
        "vocabulary_size": vocabulary_size,
        "dimension": dimension,
        "window": window,
        "negatives": negatives,
        "subsample": subsample,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
    }
    if not training.asked("LSTM_COURSE_REUSE"):
        return _trained(texts, progress=progress, **settings)
    from lstm_course import vectors

    lengths = [len(text) for text in texts]
    identity = fingerprint(code_fingerprint(vectors), whole, lengths, settings)
    stored = cache_folder() / "vectors" / f"{identity}.npy"
    if not stored.exists():
        found = _trained(texts, progress=progress, **settings)
        write_atomically(stored, lambda path: np.save(path, found))
    kept: NDArray[np.float32] = np.load(stored, allow_pickle=False)
    return kept


def _trained(
    texts: Sequence[NDArray[np.int64]],
    *,
    vocabulary_size: int,
    dimension: int,
    window: int,
    negatives: int,
    subsample: float,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    progress: bool,
) -> NDArray[np.float32]:
    import torch
    from torch.nn import functional

    from lstm_course.training import progress_bar

    random, draw = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    counts = np.bincount(np.concatenate(texts), minlength=vocabulary_size)
    kept = np.minimum(1, np.sqrt(subsample * counts.sum() / np.maximum(1, counts)))
    noise = torch.from_numpy(np.cumsum(counts**_FLATTER / (counts**_FLATTER).sum()))
    # The words' own vectors begin by chance, those they have as words around at 0, as in the
    # authors' program.
    inner, outer = (torch.zeros(vocabulary_size, dimension) for _ in range(2))
    inner.uniform_(-0.5 / dimension, 0.5 / dimension, generator=draw)
    tables = [table.requires_grad_() for table in (inner, outer)]
    optimizer = torch.optim.SparseAdam(tables, lr=learning_rate)
    draws = max(1, batch_size // 4)
    steps = epochs * math.ceil((counts * kept).sum() / batch_size)

    def look_up(numbers: Any, table: Any) -> Any:
        return functional.embedding(numbers, table, sparse=True)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with progress_bar(progress, steps) as bar:
            for _ in range(epochs):
                for centres, around in _batches(texts, kept, window, batch_size, random):
                    near = torch.from_numpy(around)  # (B, 2 window)
                    drawn = torch.searchsorted(noise, torch.rand(draws, generator=draw))
                    drawn = drawn.clamp(max=vocabulary_size - 1)
                    v = look_up(torch.from_numpy(centres), inner)  # (B, D)
                    towards = torch.einsum("bd,bwd->bw", v, look_up(near, outer))
                    away = v @ look_up(drawn, outer).mT  # (B, draws)
                    real = near > 0  # (B, 2 window)
                    share = negatives * real.sum(dim=1, keepdim=True) / draws  # (B, 1)
                    loss = -(functional.logsigmoid(towards) * real).sum()
                    loss = loss - (functional.logsigmoid(-away) * share).sum()
                    optimizer.zero_grad()
                    (loss / len(centres)).backward()  # type: ignore[no-untyped-call]
                    optimizer.step()  # type: ignore[no-untyped-call]
                    bar.update()
    finally:
        torch.set_num_threads(threads)
    found: NDArray[np.float32] = inner.detach().numpy()
    found[counts == 0] = 0
    return found


def _batches(
    texts: Sequence[NDArray[np.int64]],
    kept: NDArray[np.float64],
    window: int,
    batch_size: int,
    random: np.random.Generator,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Words ``(B,)`` in random order, and those around each ``(B, 2 window)``, 0 for none."""
    gap = np.zeros(window, dtype=np.int64)  # so that no word stands beside one of another text
    pieces = [gap]
    for text in texts:
        pieces += [text[random.random(len(text)) < kept[text]], gap]
    flat = np.concatenate(pieces)
    places = random.permutation(np.flatnonzero(flat))
    offsets = np.array([k for k in range(-window, window + 1) if k])
    for start in range(0, len(places), batch_size):
        chosen = places[start : start + batch_size]
        reach = random.integers(1, window + 1, size=(len(chosen), 1))
        around = np.where(np.abs(offsets) <= reach, flat[chosen[:, None] + offsets], 0)
        yield flat[chosen], around


def neighbours(
    vectors: NDArray[np.floating[Any]], number: int, count: int = 10
) -> list[tuple[int, float]]:
    """The tokens nearest to one by cosine, the nearest first, each with its cosine.

    Left out are the token itself and those without a vector (zeros).

    >>> vectors = np.array([[0, 0], [0, 0], [1, 0], [2, 1], [0, 3]], dtype=float)
    >>> [(number, round(cosine, 3)) for number, cosine in neighbours(vectors, 2)]
    [(3, 0.894), (4, 0.0)]
    """
    norms = np.linalg.norm(vectors, axis=1)  # (V,)
    cosines = vectors @ vectors[number] / np.maximum(norms * norms[number], 1e-12)  # (V,)
    order = np.argsort(-cosines, kind="stable")
    found = [int(other) for other in order if norms[other] > 0 and other != number]
    return [(other, float(cosines[other])) for other in found[:count]]


#: Fewer words than this make no map.
FEWEST = 5
#: Rounds of t-SNE, and those in quick mode: the fewest that scikit-learn allows.
_ROUNDS, _QUICK_ROUNDS = 750, 250


def word_map(vectors: ArrayLike, *, seed: int = 1) -> NDArray[np.float64]:
    """Places ``(n, 2)`` in a plane, from -1 to 1, for vectors ``(n, D)``: t-SNE by cosine.

    Words with alike vectors come to lie near one another; which way is up, and how far apart two
    groups lie, means nothing. Source: van der Maaten & Hinton, "Visualizing data using t-SNE"
    (2008), as scikit-learn computes it.

    ``LSTM_COURSE_QUICK`` shortens it. Raises ``ValueError`` for fewer than 5 vectors, for one that
    is all zeros or not finite, and where all point the same way.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    from lstm_course import training

    given = unit_vectors(vectors)
    if len(given) < FEWEST:
        raise ValueError(words("vectors.few_words", count=len(given), fewest=FEWEST))
    if np.ptp(given, axis=0).max() < 1e-9:
        raise ValueError("all vectors point the same way: there is nothing to lay out")
    method = TSNE(
        metric="cosine",
        init="pca",
        perplexity=min(30.0, (len(given) - 1) / 3),
        max_iter=_QUICK_ROUNDS if training.quick() else _ROUNDS,
        random_state=seed,
    )
    with threadpool_limits(1):  # several threads add up in an order of their own
        found = np.asarray(method.fit_transform(given), dtype=float)
    # It lies broad rather than tall, as a page does.
    found -= found.mean(axis=0)
    axes = np.linalg.svd(found, full_matrices=False)[2]  # (2, 2), the longer one first
    found = found @ (axes * np.where(axes.sum(axis=1, keepdims=True) < 0, -1, 1)).T
    low, high = found.min(axis=0), found.max(axis=0)
    places = (2 * found - low - high) / (high - low).max()
    inside: NDArray[np.float64] = np.clip(places, -1, 1)  # by rounding it may be 1.0000000000000002
    return inside


def unit_vectors(vectors: ArrayLike) -> NDArray[np.float64]:
    """The vectors ``(n, D)`` with length 1, so that a product of two is their cosine.

    Raises ``ValueError`` for one that is all zeros, which points nowhere, or not finite.

    >>> unit_vectors([[3, 4], [0, -2]]).tolist()
    [[0.6, 0.8], [0.0, -1.0]]
    """
    given = np.asarray(vectors, dtype=float)
    if given.ndim != 2:
        raise ValueError(f"vectors have the shape (n, D), not {given.shape}")
    lengths = np.linalg.norm(given, axis=1, keepdims=True)  # (n, 1)
    if not np.isfinite(lengths).all() or not lengths.all():
        number = int(np.argmin(np.isfinite(lengths) & (lengths > 0)))
        raise ValueError(words("vectors.no_vector", number=number))
    unit: NDArray[np.float64] = given / lengths
    return unit
