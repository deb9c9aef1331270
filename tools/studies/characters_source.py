"""The character classifier of the sources, rebuilt, and by measurement why it fails.

A marked reproduction: as in the sources, nothing is held out, and the 5,000 reviews that it is
judged by are followed by epoch. Nothing in the book is chosen by these curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier, count_parameters
from lstm_course.text import PAD, UNK, Encoder, Vocabulary
from lstm_course.training import Examples, Settings, evaluate, fit, seed_everything
from results import Configuration, Figures, Study
from studies.sarcasm_source import as_keras_begins

# The digit 0 is missing in the sources, too.
ALPHABET = "abcdefghijklmnopqrstuvwxyz123456789\"'?!.,:; "
LENGTH = 1500
SHIFTS = (0, 1, 2, 5, 10, 50, 200)
BACK = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train on all 20,000 reviews; score the other 5,000 after every epoch; then look inside."""
    data = datasets.hold_out(datasets.load_imdb(require_full=True), 5000, seed=0)
    vocabulary = Vocabulary([PAD, UNK, *ALPHABET])
    encoder = Encoder(["lower"], "characters", vocabulary=vocabulary, length=LENGTH)
    train, test = (
        Examples(
            encoder.encode_all([record.text for record in part]), [record.label for record in part]
        )
        for part in (data.train, data.test)
    )
    seed_everything(seed)
    model = RecurrentClassifier(
        len(vocabulary),
        classes=1,
        dimension=None,
        units=20,
        pooling="flatten",
        packed=False,
        length=LENGTH,
        dropout=0.4,
    )
    as_keras_begins(model)
    settings = Settings(
        epochs=configuration["epochs"],
        optimizer="rmsprop",
        restore_best=False,
        bucketing=False,
        seed=seed,
    )
    history = fit(
        model,
        train,
        None,
        settings,
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        watch={"test": test},
        device="cpu",
    )
    followed = history.column("watched")
    some = train.take(np.arange(2000))
    return {
        "parameters": count_parameters(model, one_bias=True),
        "train_accuracy": history.column("train_accuracy"),
        "train_loss": history.column("train_loss"),
        "test_accuracy": [epoch["test"]["accuracy"] for epoch in followed],
        "test_loss": [epoch["test"]["loss"] for epoch in followed],
        "last_accuracy": followed[-1]["test"]["accuracy"],
        "shifts": list(SHIFTS),
        # On training reviews, which it knows: the same ones, with blanks put in front.
        "accuracy_when_shifted": [
            evaluate(model, shifted(some, k, encoder), device="cpu").accuracy for k in SHIFTS
        ],
        "steps_back": list(BACK),
        "gradient_by_steps_back": gradients(model, some.take(np.arange(200)), BACK),
        "seconds_an_epoch": float(np.median(history.column("seconds"))),
    }


def shifted(examples: Examples, blanks: int, encoder: Encoder) -> Examples:
    """Return the same texts after so many blanks, cut to the same length."""
    before = np.full(blanks, encoder.vocabulary.numbers[" "])
    texts = [np.concatenate([before, text])[:LENGTH] for text in examples.sequences]
    return Examples(texts, examples.targets)


def gradients(model: RecurrentClassifier, examples: Examples, back: Sequence[int]) -> list[float]:
    """Return the mean norm of the last state's gradient at the inputs so many steps before it."""
    found: list[NDArray[np.float64]] = []
    for text in examples.sequences:
        if len(text) <= max(back):
            continue
        x = model.embedding(torch.from_numpy(text.astype(np.int64))[None]).requires_grad_()
        states, _ = model.recurrent(x)  # (1, T, units)
        (gradient,) = torch.autograd.grad(states[0, -1].sum(), x)
        norms = gradient[0].norm(dim=1).numpy()  # (T,)
        found.append(norms[[len(text) - 1 - k for k in back]].astype(float))
    return [float(value) for value in np.mean(found, axis=0)]


STUDY = Study(
    name="characters_source",
    question="Does the character network of the sources fail as reported, and what is it bound to?",
    configurations={"flattened over 1,500 steps": {"epochs": 5}},
    seeds=(1, 2, 3),
    data=("imdb",),
    uses=("text", "datasets", "models", "training"),
    run=run,
)
