"""The recurrent classifier of the slides with its two mistakes, and with each of them mended."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier
from lstm_course.text import Encoder
from lstm_course.training import (
    Examples,
    Settings,
    evaluate,
    fit,
    seed_everything,
    split_validation,
)
from results import Configuration, Figures, Study

LENGTH = 40  # every headline is padded to it; six of the 26,709 are longer, and cut


class RandomStart(RecurrentClassifier):
    """A classifier whose hidden state begins with other random numbers at every call."""

    def _states(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        h_0 = torch.randn(1, len(x), self.recurrent.hidden_size)  # (1, B, H)
        states, h_n = self.recurrent(x, h_0)  # (B, T, H), (1, B, H)
        return states, h_n[0]


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train with a tenth held out to choose the epoch by, and test once."""
    data = datasets.load_headlines(require_full=True)
    encoder = Encoder.build(
        (record.text for record in data.train), ["lower"], max_size=configuration["vocabulary"]
    )
    train, test = (
        Examples(
            encoder.encode_all([record.text for record in part]), [record.label for record in part]
        )
        for part in (data.train, data.test)
    )
    rest, validation = split_validation(train, 0.1, seed=seed)
    seed_everything(seed)
    kind = RandomStart if configuration["start"] == "random" else RecurrentClassifier
    model = kind(
        len(encoder.vocabulary),
        dimension=configuration["dimension"],
        units=configuration["units"],
        cell="rnn",
        pooling=configuration["pooling"],
        packed=False,
        length=LENGTH,
    )
    settings = Settings(epochs=configuration["epochs"], clip=1.0, seed=seed)
    history = fit(
        model,
        rest,
        validation,
        settings,
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )
    return {
        "accuracy": evaluate(model, test, device="cpu").accuracy,
        "validation_accuracy": evaluate(model, validation, device="cpu").accuracy,
        "best_epoch": history.best_epoch,
    }


def configuration(start: str, pooling: str) -> Configuration:
    """Return one configuration: the sizes are the slides'."""
    sizes = {"vocabulary": 5000, "dimension": 200, "units": 50, "epochs": 4}
    return {"start": start, "pooling": pooling, **sizes}


STUDY = Study(
    name="slide_classifier",
    question="What do a random first state and a state read after the padding cost?",
    configurations={
        "random start, after the padding": configuration("random", "last_padded"),
        "start at 0, after the padding": configuration("zero", "last_padded"),
        "random start, after the last word": configuration("random", "last"),
        "start at 0, after the last word": configuration("zero", "last"),
    },
    seeds=(1, 2, 3),
    data=("headlines",),
    uses=("text", "datasets", "models", "training"),
    run=run,
)
