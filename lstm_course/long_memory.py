"""How far back a recurrent network can remember: a task, its networks and their training.

A sequence begins with one of four *signs*; ``distance`` *distractors*, drawn by chance from four
other symbols, follow; at the end the network has to name the sign. Guessing is right once in four
times. Every batch is drawn afresh, so nothing can be learned by heart.
Source of the kind of task: Hochreiter & Schmidhuber, "Long short-term memory" (1997), section 5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from lstm_course.models import Model, RecurrentClassifier
from lstm_course.training import quick

SIGNS, DISTRACTORS = 4, 4
CHANCE = 1 / SIGNS
#: One number a symbol; 0 is padding in every model of the book, and does not occur here.
SYMBOLS = 1 + SIGNS + DISTRACTORS
#: Units with which each cell has about the same number of weights.
UNITS = {"rnn": 68, "gru": 37, "lstm": 32}

BATCH, LEARNING_RATE, CLIP = 32, 0.003, 1.0
#: Training ends early once this share of ``CHECKED`` fresh sequences is named rightly.
ENOUGH, CHECKED, CHECK_EVERY = 0.99, 512, 50


class Outcome(NamedTuple):
    """Share of fresh sequences named rightly after training, and the batches it took."""

    accuracy: float
    batches: int


def sequences(distance: int, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Sequences ``(count, 1 + distance)``, symbols from 1 on, and signs ``(count,)`` from 0 on.

    >>> tokens, signs = sequences(3, 2, torch.Generator().manual_seed(0))
    >>> tokens.shape, bool((tokens[:, 0] == signs + 1).all()), bool((tokens[:, 1:] > SIGNS).all())
    (torch.Size([2, 4]), True, True)
    """
    signs = torch.randint(SIGNS, (count,), generator=generator)  # (B,)
    noise = torch.randint(SIGNS, SIGNS + DISTRACTORS, (count, distance), generator=generator)
    return torch.cat([signs[:, None], noise], dim=1) + 1, signs  # (B, 1 + distance)


def network(
    cell: str, forget_bias: float | str | None = None, distance: int = 0
) -> RecurrentClassifier:
    """A network for the task with ``UNITS[cell]`` units: one-hot symbols, last state, four classes.

    ``forget_bias`` as in :func:`start_forget_gates`; None leaves what PyTorch draws.

    >>> from lstm_course.models import parameters_by_layer
    >>> {c: parameters_by_layer(network(c), one_bias=True)["recurrent"] for c in UNITS}
    {'rnn': 5304, 'gru': 5217, 'lstm': 5376}
    """
    model = RecurrentClassifier(
        SYMBOLS, SIGNS, dimension=None, units=UNITS[cell], cell=cell, packed=False
    )
    if forget_bias is not None:
        start_forget_gates(model.recurrent, forget_bias, distance)
    return model


@torch.no_grad()
def start_forget_gates(lstm: Any, bias: float | str, distance: int = 0) -> None:
    """Set the bias of every forget gate of a one-layer LSTM to ``bias``, before training.

    ``"log"`` spreads the gates over memories of 1 to ``distance`` steps: bias log(u), u drawn
    evenly from there, and minus that for the input gate. Source: Tallec & Ollivier, "Can recurrent
    neural networks warp time?" (2018). Raises ``ValueError`` for any other text.
    """
    if isinstance(bias, str) and bias != "log":
        raise ValueError(f'the forget bias is a number or "log", not {bias!r}')
    n = lstm.hidden_size
    forget, entry = slice(n, 2 * n), slice(0, n)  # PyTorch's order of the gates: i f g o
    lstm.bias_hh_l0[forget] = 0  # two vectors are added: one is enough
    if bias == "log":
        lstm.bias_ih_l0[forget] = torch.empty(n).uniform_(1, max(distance, 1)).log()
        lstm.bias_ih_l0[entry] = -lstm.bias_ih_l0[forget]
        lstm.bias_hh_l0[entry] = 0
    else:
        lstm.bias_ih_l0[forget] = float(bias)


def train(
    cell: str,
    distance: int,
    batches: int,
    seed: int = 0,
    forget_bias: float | str | None = None,
    learning_rate: float = LEARNING_RATE,
    watch: Callable[[RecurrentClassifier, int], object] | None = None,
) -> Outcome:
    """Train a network on fresh sequences, ``batches`` times ``BATCH`` at most, and test it.

    Adam with ``learning_rate``; it stops when it can do the task (``ENOUGH``).
    ``watch(model, done)`` is called before the first batch and after every ``CHECK_EVERY``. Under
    ``LSTM_COURSE_QUICK`` a few batches do.
    """
    batches = min(batches, 3) if quick() else batches
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = network(cell, forget_bias, distance)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    done = 0
    if watch:
        watch(model, done)
    while done < batches:
        tokens, signs = sequences(distance, BATCH, generator)  # (B, T), (B,)
        loss = nn.functional.cross_entropy(model(tokens, _lengths(tokens)), signs)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        done += 1
        if done % CHECK_EVERY:
            continue
        if watch:
            watch(model, done)
        if accuracy(model, distance, CHECKED, generator) >= ENOUGH:
            break
    return Outcome(accuracy(model, distance, 4 * CHECKED, generator), done)


@torch.no_grad()
def accuracy(model: Model, distance: int, count: int, generator: torch.Generator) -> float:
    """Share of ``count`` fresh sequences whose sign the model names."""
    tokens, signs = sequences(distance, count, generator)  # (B, T), (B,)
    logits = model(tokens, _lengths(tokens))  # (B, C)
    return float((logits.argmax(dim=1) == signs).float().mean())


@torch.no_grad()
def mean_gates(
    model: RecurrentClassifier, distance: int, count: int = 64, seed: int = 0
) -> dict[str, float]:
    """Mean of each gate over units and distractors of ``count`` sequences, by its letter.

    For networks of GRU (r z) and LSTM (i f o).

    >>> mean_gates(network("lstm", forget_bias=50), 5)["f"]
    1.0
    """
    tokens, _ = sequences(distance, count, torch.Generator().manual_seed(seed))  # (B, 1 + T)
    layer: Any = model.recurrent
    x = nn.functional.one_hot(tokens, SYMBOLS).float()  # (B, 1 + T, m)
    h, _ = layer(x)  # (B, 1 + T, n)
    z = x[:, 1:] @ layer.weight_ih_l0.T + h[:, :-1] @ layer.weight_hh_l0.T  # (B, T, gates n)
    letters = "ifgo" if isinstance(layer, nn.LSTM) else "rzn"
    gates = torch.sigmoid(z + layer.bias_ih_l0 + layer.bias_hh_l0).chunk(len(letters), dim=2)
    found = dict(zip(letters, gates, strict=True))
    return {letter: float(found[letter].mean()) for letter in letters if letter in "iforz"}


def _lengths(tokens: Tensor) -> Tensor:
    return torch.full((len(tokens),), tokens.shape[1])  # (B,)
