"""Weights of a trained network as text that travels in a widget's state, and back.

What is by far the largest part, a table with a row for each token or a large matrix, takes eight
bits a number, with one scale for each column. All else takes 16 bits. ``network.js`` reads the same
in the page.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lstm_course.models import ModelT

#: Weights that take eight bits, under the names of ``models.export``, and the size from which
#: every other matrix does.
TABLES = ("embedding",)
LARGE = 30_000
_SEPARATOR = "\x1f"  # between two tokens: no tokenizer leaves it in one


def pack(weights: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, Any]]:
    """Arrays as JSON holds them, each with its ``shape``, ``kind`` and ``data`` (base64).

    Raises ``ValueError`` for a weight that is not finite, or too large for 16 bits.

    >>> packed = pack({"output.b": np.array([0.5, -2.0])})
    >>> packed
    {'output.b': {'shape': [2], 'kind': 'float16', 'data': 'ADgAwA=='}}
    >>> unpack(packed)["output.b"].tolist()
    [0.5, -2.0]
    """
    return {name: _pack(name, np.asarray(array)) for name, array in weights.items()}


def unpack(packed: Mapping[str, Mapping[str, Any]]) -> dict[str, NDArray[np.float64]]:
    """The arrays that :func:`pack` leaves. Raises ``ValueError`` for anything else."""
    try:
        return {name: _unpack(**entry) for name, entry in packed.items()}
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ValueError("these are no packed weights") from error


def rounded(model: ModelT) -> ModelT:
    """A copy of a torch model with exactly the weights that the page unpacks.

    Measure a figure that stands beside a widget on this one.
    """
    from lstm_course import models

    return models.changed(model, lambda name, weights: unpack(pack({name: weights}))[name])


def pack_tokens(tokens: Sequence[str]) -> str:
    """The tokens of a vocabulary as one string. Raises ``ValueError`` for one it cannot hold."""
    if any(_SEPARATOR in token for token in tokens):
        raise ValueError(f"a token holds the separator {_SEPARATOR!r}")
    return _SEPARATOR.join(tokens)


def unpack_tokens(packed: str) -> list[str]:
    r"""The tokens that :func:`pack_tokens` joined.

    >>> unpack_tokens(pack_tokens(["<pad>", "<unk>", "\n"]))
    ['<pad>', '<unk>', '\n']
    """
    return packed.split(_SEPARATOR)


def _pack(name: str, array: NDArray[Any]) -> dict[str, Any]:
    eight = name in TABLES or (array.ndim == 2 and array.size >= LARGE)
    kind = "int8" if eight else "float16"
    # A scale times its whole number has at most 18 bits: 32-bit floats hold the product exactly.
    halves = _half(name, np.abs(array).max(axis=0) / 127 if kind == "int8" else array)
    data = halves.tobytes()
    if kind == "int8":
        scales = np.where(halves > 0, halves, np.inf).astype(float)  # (D,); all zeros stay zeros
        data += np.clip(np.round(array / scales), -127, 127).astype(np.int8).tobytes()
    return {"shape": list(array.shape), "kind": kind, "data": b64encode(data).decode()}


def _half(name: str, array: NDArray[Any]) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        halves = array.astype("<f2")
    if not np.isfinite(halves).all():
        raise ValueError(f"{name}: a weight is not finite in 16 bits")
    return halves


def _unpack(shape: list[int], kind: str, data: str) -> NDArray[np.float64]:
    content = b64decode(data, validate=True)
    if kind == "float16":
        return np.frombuffer(content, "<f2").reshape(shape).astype(float)
    if kind != "int8":
        raise ValueError(f"kind is float16 or int8, not {kind!r}")
    scales = np.frombuffer(content, "<f2", count=shape[1]).astype(float)  # (D,)
    steps = np.frombuffer(content, np.int8, offset=2 * shape[1]).reshape(shape)  # (V, D)
    result: NDArray[np.float64] = steps * scales
    return result
