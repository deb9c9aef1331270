"""The better headline classifier step by step: what each idea adds, beside the sources' network.

Every epoch is judged by 2,000 headlines held out of the 20,000; the test part is looked at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier, count_parameters
from lstm_course.text import IN_PIECES, Encoder
from lstm_course.training import (
    Examples,
    Settings,
    class_scores,
    confusion_matrix,
    evaluate,
    fit,
    predict,
    seed_everything,
    split_validation,
)
from lstm_course.widgets.packing import rounded
from results import Configuration, Figures, Study

HELD_OUT = 2000


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train, keep the epoch with the smallest loss on the part held out, test once."""
    data = datasets.load_headlines(require_full=True)
    encoder = Encoder.build(
        (record.text for record in data.train), ["lower"], **configuration["encoder"]
    )
    train, test = (
        Examples(
            encoder.encode_all([record.text for record in part]), [record.label for record in part]
        )
        for part in (data.train, data.test)
    )
    rest, validation = split_validation(train, HELD_OUT, seed=seed)
    seed_everything(seed)
    pieces: dict[str, Any] = encoder.pieces if encoder.tokenizer in IN_PIECES else {}
    model = RecurrentClassifier(
        len(encoder.vocabulary), classes=1, bidirectional=True, **pieces, **configuration["model"]
    )
    history = fit(
        model,
        rest,
        validation,
        Settings(**configuration["training"], seed=seed),
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )
    probabilities = predict(model, test.sequences, device="cpu")[:, 1]
    matrix = confusion_matrix(test.targets, probabilities > 0.5, classes=2)
    scores = class_scores(matrix)
    figures = {
        "accuracy": evaluate(model, test, device="cpu").accuracy,
        "validation_accuracy": history.best.validation_accuracy,
        "validation_by_epoch": history.column("validation_accuracy"),
        "best_epoch": history.best_epoch,
        "training_seconds": history.seconds,
        "parameters": count_parameters(model),
        "confusion": matrix.tolist(),
        "scores": [[one.precision, one.recall, one.f1] for one in scores],
    }
    if configuration["page"]:
        figures["page_accuracy"] = evaluate(rounded(model), test, device="cpu").accuracy
    return figures


# Chosen on validation parts of the 20,000 alone.
PLAIN = {"epochs": 6, "batch_size": 64, "learning_rate": 2e-3, "schedule": "linear", "clip": 1.0}
BEST = {**PLAIN, "epochs": 5, "averaging": 0.995, "adversarial": 0.3}
DROPPED = {"dropout": 0.3, "embedding_dropout": 0.3}
POOLED = {"dimension": 32, "units": 32, "pooling": "max_mean"}


def configuration(
    encoder: dict[str, Any], model: dict[str, Any], training: dict[str, Any], page: bool = False
) -> Configuration:
    """Return one configuration; ``page`` asks for the accuracy with the page's weights, too."""
    return {"encoder": encoder, "model": model, "training": training, "page": page}


def _pieces(tokenizer: str, **more: Any) -> dict[str, Any]:
    return {"tokenizer": tokenizer, "min_count": 2, **more}


STUDY = Study(
    name="sarcasm",
    question="What does each idea add to an LSTM that reads headlines?",
    configurations={
        "the sources' network, packed": configuration(
            {"max_size": 1000},
            {"dimension": 16, "units": 32, "dense": [24]},
            {**PLAIN, "epochs": 8},
        ),
        "10,000 words, max and mean": configuration({"max_size": 10000}, POOLED, PLAIN),
        "and dropout": configuration({"max_size": 10000}, {**POOLED, **DROPPED}, PLAIN),
        "and pieces of words": configuration(
            _pieces("word_pieces"), {**POOLED, **DROPPED, "piece_dropout": 0.3}, PLAIN
        ),
        "and pairs of words": configuration(
            _pieces("pieces_and_pairs"), {**POOLED, **DROPPED, "piece_dropout": 0.3}, PLAIN
        ),
        "and an adversary, weights averaged": configuration(
            _pieces("pieces_and_pairs"), {**POOLED, **DROPPED, "piece_dropout": 0.3}, BEST
        ),
        "the page's: 12,000 tokens": configuration(
            _pieces("pieces_and_pairs", max_size=12000),
            {**POOLED, **DROPPED, "piece_dropout": 0.3},
            BEST,
            page=True,
        ),
    },
    seeds=(1, 2, 3),
    data=("headlines",),
    uses=("text", "datasets", "models", "training"),
    run=run,
)
