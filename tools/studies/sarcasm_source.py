"""The headline classifier of the sources, rebuilt, over its 50 epochs; and what its padding costs.

A marked reproduction: as in the sources, the test part is followed by epoch, and nothing is held
out. Nothing in the book is chosen by these curves.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier
from lstm_course.text import Encoder
from lstm_course.training import (
    Examples,
    Settings,
    class_scores,
    confusion_matrix,
    fit,
    predict,
    seed_everything,
)
from results import Configuration, Figures, Study


def as_keras_begins(model: RecurrentClassifier) -> None:
    """Set the first weights as Keras does: Glorot, orthogonal, biases 0, forget bias 1."""
    units = model.recurrent.hidden_size
    for name, weights in model.named_parameters():
        if "weight_hh" in name:
            for gate in torch.split(weights.detach(), units):
                nn.init.orthogonal_(gate)
        elif "embedding" in name:
            nn.init.uniform_(weights, -0.05, 0.05)
        elif "bias" in name:
            nn.init.zeros_(weights)
            if "bias_ih" in name:
                weights.detach()[units : 2 * units] = 1
        elif "weight_ih" in name:
            for gate in torch.split(weights.detach(), units):
                nn.init.xavier_uniform_(gate)
        else:
            nn.init.xavier_uniform_(weights)


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train on all 20,000 headlines; score the test part after every epoch."""
    data = datasets.load_headlines(require_full=True)
    encoder = Encoder.build(
        (record.text for record in data.train),
        ["lower", "punctuation"],
        max_size=configuration["vocabulary"],
    )
    train, test = (
        Examples(
            encoder.encode_all([record.text for record in part]), [record.label for record in part]
        )
        for part in (data.train, data.test)
    )
    seed_everything(seed)
    packed = configuration["packed"]
    model = RecurrentClassifier(
        configuration["vocabulary"],
        classes=1,
        dimension=16,
        units=32,
        bidirectional=True,
        pooling="last" if packed else "last_padded",
        packed=packed,
        length=configuration["length"],
        dense=[24],
    )
    as_keras_begins(model)
    settings = Settings(
        epochs=configuration["epochs"], restore_best=False, bucketing=packed, seed=seed
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
    losses = [epoch["test"]["loss"] for epoch in followed]
    accuracies = [epoch["test"]["accuracy"] for epoch in followed]
    answers = predict(model, test.sequences, device="cpu").argmax(axis=1)
    scores = class_scores(confusion_matrix(test.targets, answers, classes=2))
    return {
        "train_accuracy": history.column("train_accuracy"),
        "train_loss": history.column("train_loss"),
        "test_accuracy": accuracies,
        "test_loss": losses,
        "best_accuracy": max(accuracies),
        "best_epoch": 1 + int(np.argmax(accuracies)),
        "accuracy_at_least_loss": accuracies[int(np.argmin(losses))],
        "last_accuracy": accuracies[-1],
        "last_scores": [[one.precision, one.recall, one.f1] for one in scores],
        "seconds_an_epoch": float(np.median(history.column("seconds"))),
    }


SOURCE = {"vocabulary": 1000, "length": 120, "epochs": 50}

STUDY = Study(
    name="sarcasm_source",
    question="What do 50 epochs do to the classifier of the sources, what does padding cost?",
    configurations={
        "padded to 120, no mask": {**SOURCE, "packed": False},
        "packed": {**SOURCE, "packed": True},
    },
    seeds=(1, 2, 3),
    data=("headlines",),
    uses=("text", "datasets", "models", "training"),
    run=run,
)
