"""Training and measuring any model of the book: batches, loss, early stopping, the best weights.

``fit`` is one loop for classifiers and language models. Its random numbers come from
``settings.seed`` and the number of the epoch alone, and it leaves everybody else's as they were:
the same call gives the same figures on the same machine, whether it ran through or was interrupted
and went on from its checkpoint.

Two environment variables change how it runs. ``LSTM_COURSE_QUICK=1`` trains for one epoch on at
most ``QUICK_EXAMPLES`` examples, and no network reads further than ``QUICK_TOKENS`` tokens here, to
test that a chapter runs. ``LSTM_COURSE_REUSE=1`` is for
authors: what was trained before with the same code, data, initial weights and settings comes from
the cache, so that the book in its second language trains nothing again.
"""

from __future__ import annotations

import copy
import json
import math
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from lstm_course import models, text
from lstm_course.cache import cache_folder, code_fingerprint, fingerprint, write_atomically
from lstm_course.language import text as words
from lstm_course.models import Model, RecurrentClassifier
from lstm_course.text import buckets, pad

OPTIMIZERS: dict[str, Any] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}
QUICK_EXAMPLES, QUICK_TOKENS = 512, 40

_IGNORED = -100  # the target that cross_entropy leaves out: the number of no token


def seed_everything(seed: int) -> None:
    """Begin the random numbers of Python, NumPy (its old generator) and torch anew.

    Call it before a model is made, whose first weights come from torch's.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def pick_device() -> torch.device:
    """The fastest device there is: CUDA, then Apple's MPS, then the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def asked(variable: str) -> bool:
    """Whether an environment variable is set, to anything but 0."""
    return os.environ.get(variable, "") not in ("", "0")


def quick() -> bool:
    """Whether ``LSTM_COURSE_QUICK`` asks for the short training of a test."""
    return asked("LSTM_COURSE_QUICK")


# ---- Examples -------------------------------------------------------------------------------


class Examples:
    """Sequences of token numbers, each with its target.

    A target is the number of a class, or, for a language model, a sequence as long as its own.
    Raises ``ValueError`` where they do not pair.

    >>> examples = Examples([[2, 3], [4]], [1, 0])
    >>> len(examples), examples.targets.tolist()
    (2, [1, 0])
    """

    def __init__(self, sequences: Sequence[ArrayLike], targets: Sequence[Any]) -> None:
        if len(sequences) != len(targets):
            raise ValueError(f"{len(sequences)} sequences, but {len(targets)} targets")
        self.sequences = [_numbers(sequence) for sequence in sequences]
        #: int64 ``(N,)`` classes, or a list of arrays
        self.targets: Any = np.zeros(0, np.int64)
        if len(targets) and np.ndim(targets[0]):
            self.targets = [_numbers(target) for target in targets]
            for number, (one, other) in enumerate(zip(self.sequences, self.targets, strict=True)):
                if len(one) != len(other):
                    raise ValueError(f"example {number}: {len(one)} tokens, {len(other)} targets")
        elif len(targets):
            self.targets = _numbers(targets).astype(np.int64)

    @classmethod
    def next_tokens(cls, sequences: Sequence[ArrayLike]) -> Examples:
        """Examples for a language model: each token but the last, and what follows it.

        Sequences of fewer than two tokens teach nothing, and are left out.

        >>> examples = Examples.next_tokens([[2, 3, 4]])
        >>> examples.sequences[0].tolist(), examples.targets[0].tolist()
        ([2, 3], [3, 4])
        """
        whole = [array for array in map(_numbers, sequences) if len(array) > 1]
        return cls([array[:-1] for array in whole], [array[1:] for array in whole])

    def __len__(self) -> int:
        return len(self.sequences)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of tokens of each, ``(N,)``."""
        return np.array([len(sequence) for sequence in self.sequences], dtype=np.int64)

    @property
    def by_token(self) -> bool:
        """Whether every token has a target."""
        return isinstance(self.targets, list)

    def take(self, chosen: ArrayLike) -> Examples:
        """The examples with these numbers, in this order."""
        numbers = np.asarray(chosen, dtype=np.int64)
        part = copy.copy(self)
        part.sequences = [self.sequences[number] for number in numbers]
        if self.by_token:
            part.targets = [self.targets[number] for number in numbers]
        else:
            part.targets = self.targets[numbers]
        return part

    def checksum(self) -> str:
        """SHA-256 of all the numbers."""
        targets = _joined(self.targets) if self.by_token else self.targets
        return fingerprint(_joined(self.sequences), self.lengths, self.by_token, targets)


def _numbers(sequence: ArrayLike) -> NDArray[np.int32]:
    array = np.asarray(sequence)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"a list of whole numbers is expected, not {sequence!r:.80}")
    return array.astype(np.int32)


def _joined(arrays: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate([np.zeros(0, np.int32), *arrays])


def split_validation(
    examples: Examples, part: float, seed: int = 1, stratified: bool = True
) -> tuple[Examples, Examples]:
    """Examples to train with, and a random part of them to choose a model by.

    ``part`` is a share below 1 or a number of examples. ``stratified`` gives both parts the same
    shares of the classes. Both keep the order of ``examples``. Raises ``ValueError`` when one
    would be empty.

    >>> rest, validation = split_validation(Examples([[2]] * 10, [0, 1] * 5), 0.2)
    >>> len(rest), validation.targets.tolist()
    (8, [0, 1])
    """
    count = round(part * len(examples)) if isinstance(part, float) and part < 1 else int(part)
    if not 0 < count < len(examples):
        raise ValueError(f"{count} of {len(examples)} examples cannot be a part for validation")
    order = np.random.default_rng(seed).permutation(len(examples))
    if stratified and not examples.by_token:
        order = order[np.argsort(examples.targets[order], kind="stable")]
    # Every so many-th of a list that is sorted by class takes the same share of each.
    places = ((np.arange(count) + 0.5) * len(examples) / count).astype(np.int64)
    chosen = np.zeros(len(examples), dtype=bool)
    chosen[order[places]] = True
    return examples.take(np.flatnonzero(~chosen)), examples.take(np.flatnonzero(chosen))


def _shortened(examples: Examples) -> Examples:
    # Spread over the whole, as data may be sorted by class.
    if len(examples) > QUICK_EXAMPLES:
        chosen = np.linspace(0, len(examples) - 1, QUICK_EXAMPLES).astype(np.int64)
        examples = examples.take(chosen)
    return _begun(examples)


def _begun(examples: Examples) -> Examples:
    """What is read of each: the whole, in quick mode the beginning."""
    if quick():
        examples = copy.copy(examples)
        examples.sequences = [sequence[:QUICK_TOKENS] for sequence in examples.sequences]
        if examples.by_token:
            examples.targets = [target[:QUICK_TOKENS] for target in examples.targets]
    return examples


def _check(model: Model, examples: Examples, name: str) -> None:
    if len(examples) == 0:
        raise ValueError(words("training.no_examples", name=name))
    if model.language_model != examples.by_token:
        raise ValueError(words("training.other_targets", name=name))
    tokens = _joined(examples.sequences)
    targets = _joined(examples.targets) if examples.by_token else examples.targets
    if examples.by_token and examples.lengths.min() == 0:
        raise ValueError(words("training.empty_sequence", name=name))
    for key, numbers, most in (
        ("training.token_range", tokens, model.vocabulary_size),
        ("training.target_range", targets, max(2, model.classes)),
    ):
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < most:
            wrong = numbers[(numbers < 0) | (numbers >= most)][0]
            raise ValueError(words(key, name=name, number=wrong, most=most - 1))


# ---- Settings and history -------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """How to train.

    ``optimizer`` is ``"adam"``, ``"adamw"``, ``"rmsprop"`` or ``"sgd"``; ``schedule`` lets the
    learning rate fall to zero, ``"linear"`` or as a ``"cosine"``; ``clip`` is the largest norm of
    the gradient. After ``patience`` epochs without a better ``monitor`` (``"loss"`` or
    ``"accuracy"`` of the validation part) training stops, and the weights of the best epoch are
    restored, unless ``restore_best`` is False. ``bucketing`` makes batches of about equally long
    texts.

    ``averaging`` is the share that stays of a running mean of the weights when a step adds its own,
    0.99 say: the mean is what is measured and kept. ``adversarial`` trains every batch a second
    time, the vectors of its tokens pushed to where the loss rises fastest: a text's push is this
    share of a vector's typical length (Miyato et al. 2017). ``ValueError`` for anything else.
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    weight_decay: float = 0.0
    schedule: str | None = None
    clip: float | None = None
    patience: int | None = None
    monitor: str = "loss"
    restore_best: bool = True
    bucketing: bool = True
    averaging: float | None = None
    adversarial: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        choices = {
            "optimizer": tuple(OPTIMIZERS),
            "schedule": (None, "linear", "cosine"),
            "monitor": ("loss", "accuracy"),
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is one of {known}, not {getattr(self, name)!r}")
        for name, least in {"epochs": 1, "batch_size": 1, "seed": 0, "patience": 1}.items():
            value = getattr(self, name)
            optional = name == "patience" and value is None
            if not optional and (type(value) is not int or value < least):
                raise ValueError(f"{name} is a whole number from {least}, not {value!r}")
        if not self.learning_rate > 0 or self.weight_decay < 0:
            raise ValueError("learning_rate is above 0, weight_decay at least 0")
        if self.clip is not None and not self.clip > 0:
            raise ValueError(f"clip is above 0, or None, not {self.clip!r}")
        if self.averaging is not None and not 0 < self.averaging < 1:
            raise ValueError(f"averaging is between 0 and 1, or None, not {self.averaging!r}")
        if not self.adversarial >= 0:
            raise ValueError(f"adversarial is at least 0, not {self.adversarial!r}")

    def quick(self) -> Settings:
        """The same for one epoch."""
        return replace(self, epochs=1)


@dataclass(frozen=True)
class Scores:
    """Mean loss in nats and share of right answers over ``count`` examples, or tokens."""

    loss: float
    accuracy: float
    count: int

    @property
    def bits(self) -> float:
        """The loss in bits."""
        return self.loss / math.log(2)

    @property
    def perplexity(self) -> float:
        """Exponential of the loss."""
        return math.exp(self.loss)


@dataclass(frozen=True)
class Epoch:
    """What one epoch gave; the figures on the training part are taken while it goes on."""

    number: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    watched: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass
class History:
    """Every epoch of a training, and the settings that it had."""

    settings: Settings
    epochs: list[Epoch] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """Number, from 1, of the epoch with the best validation; without one, of the last."""
        if not self.epochs or self.epochs[0].validation_loss is None:
            return len(self.epochs)
        sign = 1 if self.settings.monitor == "loss" else -1
        name = f"validation_{self.settings.monitor}"
        return min(self.epochs, key=lambda epoch: sign * getattr(epoch, name)).number

    @property
    def best(self) -> Epoch:
        """That epoch."""
        return self.epochs[self.best_epoch - 1]

    @property
    def seconds(self) -> float:
        """How long all epochs took."""
        return sum(epoch.seconds for epoch in self.epochs)

    def column(self, name: str) -> list[Any]:
        """One figure of every epoch: ``history.column("train_loss")``."""
        return [getattr(epoch, name) for epoch in self.epochs]

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold, and :meth:`from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> History:
        """History that :meth:`to_json` described."""
        epochs = [Epoch(**epoch) for epoch in content["epochs"]]
        return cls(Settings(**content["settings"]), epochs)


# ---- Batches and loss -----------------------------------------------------------------------


def _batch(
    examples: Examples, chosen: NDArray[np.int64], device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens ``(B, T)`` and targets ``(B,)`` or ``(B, T)`` on the device, lengths ``(B,)``."""
    tokens, lengths = pad([examples.sequences[number] for number in chosen])
    if examples.by_token:
        targets, _ = pad([examples.targets[number] for number in chosen], value=_IGNORED)
    else:
        targets = examples.targets[chosen]
    return (
        torch.from_numpy(tokens).to(device),
        torch.from_numpy(lengths),  # packing wants them on the processor
        torch.from_numpy(targets).to(device),
    )


def _loss(model: Model, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, int]:
    """Mean loss of a batch, how many answers are right, and how many there are."""
    if model.language_model:
        logits, targets = logits.flatten(0, 1), targets.flatten()  # (B * T, C), (B * T,)
    elif model.classes == 1:
        logits = logits[:, 0]  # (B,)
        loss = functional.binary_cross_entropy_with_logits(logits, targets.float())
        return loss, ((logits > 0) == (targets == 1)).sum(), len(targets)
    loss = functional.cross_entropy(logits, targets, ignore_index=_IGNORED)
    right = (logits.argmax(dim=-1) == targets).sum()
    return loss, right, int((targets != _IGNORED).sum())


class _Mean:
    """Loss and accuracy over batches of different sizes."""

    def __init__(self) -> None:
        self.loss = self.right = 0.0
        self.count = 0

    def add(self, loss: float, right: float, count: int) -> None:
        self.loss += loss * count
        self.right += right
        self.count += count

    def scores(self) -> Scores:
        return Scores(self.loss / self.count, self.right / self.count, self.count)


@contextmanager
def _placed(model: nn.Module, device: torch.device | str | None) -> Iterator[torch.device]:
    """The model on ``device`` for a while, with what makes it fast and repeatable there."""
    home = next(model.parameters()).device
    device = pick_device() if device is None else torch.device(device)
    threads, exact = torch.get_num_threads(), torch.backends.cudnn.deterministic
    if device.type == "cpu":
        torch.set_num_threads(1)  # layers as small as ours lose more by sharing than they gain
    torch.backends.cudnn.deterministic = True
    try:
        model.to(device)
        yield device
    finally:
        model.to(home)
        torch.set_num_threads(threads)
        torch.backends.cudnn.deterministic = exact


# ---- Measuring ------------------------------------------------------------------------------


def _scores(model: Model, examples: Examples, device: torch.device, batch_size: int) -> Scores:
    was_training, mean = model.training, _Mean()
    model.eval()
    with torch.no_grad():
        for chosen in buckets(examples.lengths, batch_size):
            tokens, lengths, targets = _batch(examples, chosen, device)
            loss, right, count = _loss(model, model(tokens, lengths), targets)
            mean.add(loss.item(), right.item(), count)
    model.train(was_training)
    return mean.scores()


def evaluate(
    model: Model,
    examples: Examples,
    *,
    batch_size: int = 128,
    device: torch.device | str | None = None,
) -> Scores:
    """Mean loss and accuracy. Raises ``ValueError`` for examples that are not for this model."""
    _check(model, examples, "evaluate")
    with _placed(model, device) as place:
        return _scores(model, _begun(examples), place, batch_size)


def predict(
    model: Model,
    sequences: Sequence[ArrayLike],
    *,
    batch_size: int = 128,
    device: torch.device | str | None = None,
) -> NDArray[np.float32]:
    """Probabilities ``(N, C)`` of the classes, in the order of the sequences.

    A model with one logit gives two columns, too: no and yes. Raises ``ValueError`` for a language
    model and for numbers beyond the vocabulary.
    """
    examples = Examples(sequences, [0] * len(sequences))
    answers = np.zeros((len(examples), max(2, model.classes)), dtype=np.float32)
    if not len(examples):
        return answers
    _check(model, examples, "predict")
    examples = _begun(examples)
    was_training = model.training
    model.eval()
    with _placed(model, device) as place, torch.no_grad():
        for chosen in buckets(examples.lengths, batch_size):
            tokens, lengths, _ = _batch(examples, chosen, place)
            logits = model(tokens, lengths)  # (B, C)
            if model.classes == 1:
                logits = torch.cat([torch.zeros_like(logits), logits], dim=1)  # (B, 2)
            answers[chosen] = logits.softmax(dim=1).cpu().numpy()
    model.train(was_training)
    return answers


def confusion_matrix(targets: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[np.int64]:
    """How often each class (row) was taken for each (column), ``(C, C)``.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    pairs = np.asarray(targets, dtype=np.int64) * classes + np.asarray(predicted, dtype=np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and their harmonic mean of one class that stands ``count`` times."""

    precision: float
    recall: float
    f1: float
    count: int


def class_scores(matrix: NDArray[np.int64]) -> list[ClassScores]:
    """Scores of every class of a confusion matrix ``(C, C)``; a share of nothing is 0.

    >>> class_scores(np.array([[1, 1], [0, 1]]))[1]
    ClassScores(precision=0.5, recall=1.0, f1=0.6666666666666666, count=1)
    """
    scores = []
    for number in range(len(matrix)):
        right, said = int(matrix[number, number]), int(matrix[:, number].sum())
        count = int(matrix[number].sum())
        scores.append(
            ClassScores(
                right / said if said else 0.0,
                right / count if count else 0.0,
                2 * right / (said + count) if said + count else 0.0,
                count,
            )
        )
    return scores


# ---- Training -------------------------------------------------------------------------------


def fit(
    model: Model,
    train: Examples,
    validation: Examples | None,
    settings: Settings,
    *,
    progress: bool = True,
    checkpoint: str | Path | None = None,
    watch: Mapping[str, Examples] | None = None,
    device: torch.device | str | None = None,
) -> History:
    """Train ``model`` in place, and tell how it went.

    Afterwards it has the weights of ``history.best_epoch``, is on the device where it was, and is
    ready to answer (``eval``). ``watch`` names further examples that every epoch is scored on;
    nothing is chosen by them. ``checkpoint`` is a file that holds all that is needed to go on after
    every epoch: the same call finds it and ends with the figures and weights of an uninterrupted
    run. The bar goes to stderr, and to nowhere under test and for authors.

    Raises ``ValueError`` before training for examples that do not fit the model and for a
    checkpoint of another run, ``FloatingPointError`` when the loss is no longer a number.
    """
    watched = dict(watch or {})
    if quick():
        settings, train = settings.quick(), _shortened(train)
        validation = None if validation is None else _shortened(validation)
        watched = {name: _shortened(examples) for name, examples in watched.items()}
    if validation is None and settings.patience is not None:
        raise ValueError("patience needs a validation part")
    parts = {"train": train, **({} if validation is None else {"validation": validation})}
    for name, examples in {**parts, **watched}.items():
        _check(model, examples, name)
    reuse, identity, stored = asked("LSTM_COURSE_REUSE"), "", Path()
    if reuse or checkpoint is not None:
        identity = _identity(model, {**parts, **watched}, list(watched), settings, device)
        stored = cache_folder() / "models" / f"{identity}.safetensors"
    if reuse and (history := _recall(stored, model)):
        model.eval()
        return history
    with _placed(model, device) as place:
        run = _Run(model, settings, place, None if checkpoint is None else Path(checkpoint))
        history = run.complete(train, validation, watched, identity, progress)
    if reuse:
        _remember(stored, model, history)
    return history


def _identity(
    model: Model,
    parts: Mapping[str, Examples],
    watched: list[str],
    settings: Settings,
    device: torch.device | str | None,
) -> str:
    """Fingerprint of all that decides how a training goes."""
    weights = [
        (name, parameter.requires_grad, fingerprint(parameter.detach().cpu().numpy()))
        for name, parameter in model.named_parameters()
    ]
    kind = (pick_device() if device is None else torch.device(device)).type
    checksums = {name: examples.checksum() for name, examples in parts.items()}
    code = code_fingerprint(models, text, sys.modules[__name__])
    made = [model.configuration, weights, checksums, watched, asdict(settings)]
    return fingerprint(code, torch.__version__, np.__version__, kind, made)


def _epoch_seed(settings: Settings, epoch: int) -> int:
    # A seed of its own for each epoch: to go on after any of them, nothing need be remembered.
    return int(np.random.SeedSequence([settings.seed, epoch]).generate_state(1)[0])


def _batches(examples: Examples, settings: Settings, epoch: int) -> list[NDArray[np.int64]]:
    seed = _epoch_seed(settings, epoch)
    if settings.bucketing:
        return buckets(examples.lengths, settings.batch_size, seed)
    order = np.random.default_rng(seed).permutation(len(examples))
    return [
        order[start : start + settings.batch_size]
        for start in range(0, len(order), settings.batch_size)
    ]


def _slower(schedule: str | None, done: float) -> float:
    """Factor of the learning rate when this share of all steps is done."""
    if schedule == "linear":
        return 1 - done
    return 0.5 * (1 + math.cos(math.pi * done)) if schedule == "cosine" else 1.0


class _Run:
    """One training: the model, its optimizer, what was best, and the file to go on from."""

    def __init__(
        self, model: Model, settings: Settings, device: torch.device, checkpoint: Path | None
    ) -> None:
        self.model, self.settings, self.device = model, settings, device
        self.checkpoint = checkpoint
        self.learned = [p for p in model.parameters() if p.requires_grad]
        self.optimizer: torch.optim.Optimizer = OPTIMIZERS[settings.optimizer](
            self.learned, lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.history = History(settings)
        self.best: dict[str, Tensor] = {}
        averaged = self.learned if settings.averaging is not None else []
        self.average = [parameter.detach().clone() for parameter in averaged]
        if settings.adversarial and not isinstance(model, RecurrentClassifier):
            raise ValueError("adversarial training is for a RecurrentClassifier")

    def complete(
        self,
        train: Examples,
        validation: Examples | None,
        watched: Mapping[str, Examples],
        identity: str,
        progress: bool,
    ) -> History:
        if self.checkpoint is not None and self.checkpoint.exists():
            self._go_on(self.checkpoint, identity)
        forked = [self.device] if self.device.type == "cuda" else []
        steps = math.ceil(len(train) / self.settings.batch_size)
        with (
            torch.random.fork_rng(devices=forked),
            progress_bar(
                progress, steps * self.settings.epochs, len(self.history.epochs) * steps
            ) as bar,
        ):
            while not self._finished():
                self._epoch(train, validation, watched, bar)
                if self.checkpoint is not None:
                    self._store(self.checkpoint, identity)
        if self.settings.restore_best and validation is not None:
            self.model.load_state_dict(self.best)
        else:
            self._swap()
        self.model.eval()
        return self.history

    def _finished(self) -> bool:
        done, patience = len(self.history.epochs), self.settings.patience
        waited = done - self.history.best_epoch
        return done >= self.settings.epochs or (patience is not None and waited >= patience)

    def _epoch(
        self,
        train: Examples,
        validation: Examples | None,
        watched: Mapping[str, Examples],
        bar: Any,
    ) -> None:
        began = time.perf_counter()
        number = len(self.history.epochs) + 1
        # refresh=False: drawing at once would be before the bar's delay is over.
        title = words("training.epoch", number=number, last=self.settings.epochs)
        bar.set_description(title, refresh=False)
        batches = _batches(train, self.settings, number)
        torch.manual_seed(_epoch_seed(self.settings, number))  # dropout
        self.model.train()
        mean, rate = _Mean(), 0.0
        for step, chosen in enumerate(batches):
            done = (number - 1 + step / len(batches)) / self.settings.epochs
            rate = self.settings.learning_rate * _slower(self.settings.schedule, done)
            mean.add(*self._step(_batch(train, chosen, self.device), rate))
            if not math.isfinite(mean.loss):
                raise FloatingPointError(words("training.not_finite", number=number))
            self._add_to_average((number - 1) * len(batches) + step)
            bar.update()
        self._swap()
        scored = {
            name: _scores(self.model, examples, self.device, 128)
            for name, examples in {"": validation, **watched}.items()
            if examples is not None
        }
        on_validation, trained = scored.pop("", None), mean.scores()
        self.history.epochs.append(
            Epoch(
                number,
                trained.loss,
                trained.accuracy,
                validation_loss=on_validation.loss if on_validation else None,
                validation_accuracy=on_validation.accuracy if on_validation else None,
                learning_rate=rate,
                seconds=time.perf_counter() - began,
                watched={n: {"loss": s.loss, "accuracy": s.accuracy} for n, s in scored.items()},
            )
        )
        if on_validation is not None:
            if not math.isfinite(on_validation.loss):
                raise FloatingPointError(words("training.not_finite", number=number))
            if self.history.best_epoch == number and self.settings.restore_best:
                self.best = {n: t.detach().clone() for n, t in self.model.state_dict().items()}
            bar.set_postfix_str(
                words(
                    "training.so_far",
                    loss=f"{on_validation.loss:.3f}",
                    accuracy=f"{on_validation.accuracy:.3f}",
                ),
                refresh=False,
            )
        self._swap()

    def _add_to_average(self, step: int) -> None:
        # The mean of the first steps forgets sooner: the weights they began with were random.
        kept = min(self.settings.averaging or 0, (1 + step) / (10 + step))
        for mean, parameter in zip(self.average, self.learned, strict=False):
            mean.lerp_(parameter.detach(), 1 - kept)

    def _swap(self) -> None:
        """Put the mean of the weights in their place, or the weights back; without one, nothing."""
        with torch.no_grad():
            for mean, parameter in zip(self.average, self.learned, strict=False):
                weights = parameter.clone()
                parameter.copy_(mean)
                mean.copy_(weights)

    def _step(self, batch: tuple[Tensor, Tensor, Tensor], rate: float) -> tuple[float, float, int]:
        tokens, lengths, targets = batch
        self.optimizer.zero_grad()
        with _Vectors(self.model if self.settings.adversarial else None) as vectors:
            loss, right, count = _loss(self.model, self.model(tokens, lengths), targets)
            loss.backward()  # type: ignore[no-untyped-call]
            if self.settings.adversarial:
                vectors.push(self.settings.adversarial)
                pushed, _, _ = _loss(self.model, self.model(tokens, lengths), targets)
                pushed.backward()  # type: ignore[no-untyped-call]
        if self.settings.clip is not None:
            nn.utils.clip_grad_norm_(self.learned, self.settings.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        return loss.item(), right.item(), count

    def _store(self, path: Path, identity: str) -> None:
        state = {
            "identity": identity,
            "weights": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best": self.best,
            "average": self.average,
            "history": json.dumps(self.history.to_json()),
        }
        write_atomically(path, lambda place: torch.save(state, place))

    def _go_on(self, path: Path, identity: str) -> None:
        try:
            # weights_only: tensors, numbers and text; nothing in the file can run.
            state = torch.load(path, map_location="cpu", weights_only=True)
            belongs = state["identity"]
        except Exception as error:  # torch raises what it likes for a file that is none of its own
            raise ValueError(words("training.bad_checkpoint", path=path)) from error
        if belongs != identity:
            raise ValueError(words("training.other_checkpoint", path=path))
        self.model.load_state_dict(state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best = {name: tensor.to(self.device) for name, tensor in state["best"].items()}
        self.average = [tensor.to(self.device) for tensor in state["average"]]
        self.history = History.from_json(json.loads(state["history"]))


class _Vectors:
    """The vectors ``(B, T, D)`` that a classifier reads, to be moved against it; None: nothing."""

    def __init__(self, model: Model | None) -> None:
        self.model, self.read, self.moved = model, torch.empty(0), torch.zeros(())

    def __enter__(self) -> _Vectors:
        if self.model is not None:
            layer: nn.Module = self.model.embedding_dropout  # type: ignore[assignment]
            self.hook = layer.register_forward_pre_hook(self._reading)
        return self

    def __exit__(self, *_: object) -> None:
        if self.model is not None:
            self.hook.remove()

    def _reading(self, _: nn.Module, inputs: tuple[Tensor]) -> Tensor:
        self.read = inputs[0]
        self.read.retain_grad()
        return self.read + self.moved

    def push(self, strength: float) -> None:
        """Move each text's vectors along its gradient, all together by ``strength`` lengths."""
        gradient = self.read.grad
        assert gradient is not None
        lengths = self.read.detach().norm(dim=2)  # (B, T); 0 where there is padding
        typical = lengths.pow(2).sum().div((lengths > 0).sum().clamp(min=1)).sqrt()
        norms = gradient.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None]  # (B, 1, 1)
        self.moved = strength * typical * gradient / norms


@contextmanager
def progress_bar(progress: bool, total: int, done: int = 0) -> Iterator[Any]:
    """A bar on stderr once two seconds are over; silent under test and while a book is made."""
    from tqdm import tqdm

    silent = quick() or asked("LSTM_COURSE_REUSE") or "PYTEST_CURRENT_TEST" in os.environ
    options = {"delay": 2, "mininterval": 0.5, "leave": False, "disable": silent or not progress}
    with tqdm(total=total, initial=done, **options) as bar:
        yield bar


# ---- What was trained before ----------------------------------------------------------------


def _remember(path: Path, model: Model, history: History) -> None:
    weights = {name: p.detach().cpu().contiguous() for name, p in model.named_parameters()}
    told = {"history": json.dumps(history.to_json())}
    write_atomically(path, lambda place: save_file(weights, place, told))


def _recall(path: Path, model: Model) -> History | None:
    """History of a training done before, its weights put into ``model``; None if there is none."""
    try:
        with safe_open(path, framework="pt") as file:
            history = History.from_json(json.loads(file.metadata()["history"]))
            weights = {name: file.get_tensor(name) for name, _ in model.named_parameters()}
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        return None  # not there or damaged: it is trained, and stored again
    if any(weights[name].shape != p.shape for name, p in model.named_parameters()):
        return None
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
    return history
