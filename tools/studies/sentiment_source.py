"""The source's two networks on film reviews: all LSTM states side by side, cut at 400 and at 200.

As in the source: words that have no vector are dropped, short reviews are filled up with zeros that
the network reads, and two epochs are trained. The vectors, which the source took from elsewhere,
come from the texts of the training part. Nothing is chosen, so the test part is looked at once.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lstm_course import datasets
from lstm_course.models import RecurrentClassifier, parameters_by_layer
from lstm_course.text import Encoder
from lstm_course.training import Examples, Settings, evaluate, fit, predict, seed_everything
from lstm_course.vectors import skip_gram
from results import Configuration, Figures, Study

# The source's example, from H. Lane, C. Howard and H. M. Hapke, "Natural Language Processing in
# Action" (2019), chapter 9.
MISLEADING = (
    "I hate that the dismal weather had me down for so long, when will it break! Ugh, when does "
    "happiness return? The sun is blinding and the puffy clouds are too thin. I can't wait for the "
    "weekend."
)


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train vectors and both networks on them, and test each once."""
    data = datasets.hold_out(datasets.load_imdb(require_full=True), 5000, seed=0)
    texts = [review.text for review in data.train]
    encoder = Encoder.build(texts, ["html", "lower"], min_count=configuration["min_count"])
    vectors = skip_gram(
        encoder.encode_all(texts),
        len(encoder.vocabulary),
        **configuration["vectors"],
        seed=seed,
        progress=False,
    )

    def known(part: list[str]) -> list[list[int]]:
        return [[number for number in row if number > 1] for row in encoder.encode_all(part)]

    train = Examples(known(texts), [review.label for review in data.train])
    test = Examples(known([r.text for r in data.test]), [r.label for r in data.test])
    figures: Figures = {"known_words": len(encoder.vocabulary) - 2}
    for length in configuration["lengths"]:
        seed_everything(seed)
        model = RecurrentClassifier(
            len(encoder.vocabulary),
            1,
            vectors.shape[1],
            embedding=vectors,
            frozen=True,
            length=length,
            pooling="flatten",
            packed=False,
            **configuration["model"],
        )
        history = fit(
            model,
            train,
            None,
            Settings(**configuration["training"], seed=seed),
            progress=False,
            checkpoint=folder / f"checkpoint_{length}.safetensors",
            device="cpu",
        )
        counted = parameters_by_layer(model, one_bias=True)
        misleading = predict(model, known([MISLEADING]), device="cpu")
        figures |= {
            f"accuracy_{length}": evaluate(model, test, device="cpu").accuracy,
            f"train_accuracy_{length}": history.column("train_accuracy")[-1],
            f"seconds_{length}": history.seconds,
            f"parameters_{length}": sum(counted.values()) - counted["embedding"],
            f"misleading_{length}": float(misleading[0, 1]),
            f"padded_{length}": int(np.sum(train.lengths < length)),
            f"exact_{length}": int(np.sum(train.lengths == length)),
            f"cut_{length}": int(np.sum(train.lengths > length)),
        }
    return {**figures, "mean_length": float(train.lengths.mean())}


STUDY = Study(
    name="sentiment_source",
    question="What do the source's two networks reach, with word vectors of our own?",
    configurations={
        "as in the source": {
            "lengths": [400, 200],
            "min_count": 5,
            "vectors": {"dimension": 300, "epochs": 2},
            "model": {"units": 50, "dropout": 0.2},
            "training": {
                "epochs": 2,
                "batch_size": 32,
                "learning_rate": 1e-3,
                "optimizer": "rmsprop",
                "bucketing": False,
            },
        },
    },
    seeds=(1, 2, 3),
    data=("imdb",),
    uses=("text", "datasets", "models", "training", "vectors"),
    run=run,
)
