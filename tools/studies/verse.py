"""Writing Truyện Kiều by characters: networks against n-grams, and the form of what they write.

How long to train, and with what, was chosen on couplets held out of the training part: the third
configuration shows the last such choice. The test part, the last tenth, is looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstm_course import datasets, verse
from lstm_course.generation import longest_copy, write
from lstm_course.models import RecurrentLanguageModel, count_parameters
from lstm_course.ngram import NGramModel
from lstm_course.text import Encoder, characters
from lstm_course.training import Examples, Settings, evaluate, fit, seed_everything
from lstm_course.widgets.packing import rounded
from results import Configuration, Figures, Study

COUPLETS = 10  # of each text that is written, one going on from the other
TEXTS = 100


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Train one model, measure its bits on verses that it has not read, and let it write."""
    data = datasets.load_kieu(require_full=True)
    train, test = ([record.text + "\n" for record in part] for part in (data.train, data.test))
    if "order" in configuration:
        return ngram(configuration, seed, "".join(train), "".join(test))
    encoder = Encoder.build(train, tokenizer="characters")
    held_out = configuration["held_out"]  # verses
    learn = Examples.next_tokens(
        encoder.encode_all(passages(train[: len(train) - held_out], configuration["couplets"]))
    )
    validation = whole(encoder, train[len(train) - held_out :]) if held_out else None
    seed_everything(seed)
    counted: dict[str, Any] = {}
    if configuration["place"]:
        line_end, *word_ends = encoder.vocabulary.encode("\n -")
        counted = {"line_end": line_end, "word_ends": word_ends}
    model = RecurrentLanguageModel(len(encoder.vocabulary), **configuration["model"], **counted)
    settings = Settings(**configuration["training"], restore_best=False, seed=seed)
    history = fit(
        model,
        learn,
        validation,
        settings,
        progress=False,
        checkpoint=folder / "checkpoint.safetensors",
        device="cpu",
    )
    texts = write(
        model,
        encoder,
        lines=2 * COUPLETS,
        length=100 * COUPLETS,
        count=TEXTS,
        temperature=configuration["temperature"],
        seed=seed,
    )
    measured = whole(encoder, test)
    return {
        "bits": evaluate(model, measured, device="cpu").bits,
        "page_bits": evaluate(rounded(model), measured, device="cpu").bits,
        "train_bits": [loss / np.log(2) for loss in history.column("train_loss")],
        "validation_bits": [
            loss / np.log(2) for loss in history.column("validation_loss") if loss is not None
        ],
        "training_seconds": history.seconds,
        "parameters": count_parameters(model),
        **form(texts),
        **copied(texts, "".join(train)),
    }


def passages(lines: Sequence[str], couplets: int) -> list[str]:
    """Return passages of so many couplets that begin at every couplet, a line end before each."""
    size = 2 * couplets
    return ["\n" + "".join(lines[k : k + size]) for k in range(0, len(lines) - size + 1, 2)]


def whole(encoder: Encoder, lines: Sequence[str]) -> Examples:
    """Return all lines as one text."""
    return Examples.next_tokens([encoder.encode("\n" + "".join(lines))])


def ngram(configuration: Configuration, seed: int, train: str, test: str) -> Figures:
    """Return the same figures of an n-gram of characters with modified Kneser-Ney smoothing."""
    model = NGramModel.fit([characters(train)], configuration["order"], boundaries=False)
    figures = {"bits": model.bits([characters(test)])}
    if configuration["temperature"] is None:
        return figures
    texts = []
    for number in range(TEXTS):
        text = "\n"
        while text.count("\n") <= 2 * COUPLETS and len(text) < 100 * COUPLETS:
            text += "".join(
                model.sample(
                    list(text[-configuration["order"] :]),
                    length=20,
                    seed=(1000 * seed + number) * 1000 + len(text),
                    temperature=configuration["temperature"],
                )
            )
        texts.append("".join(text[1:].splitlines(keepends=True)[: 2 * COUPLETS]))
    return {**figures, **form(texts), **copied(texts, train)}


def form(texts: Sequence[str]) -> Figures:
    """Return shares of what keeps the form of six-eight verse, over all texts."""
    found = [verse.measure(text.splitlines()) for text in texts]

    def share(name: str, count: str) -> float:
        counts = [getattr(one, count) for one in found]
        return float(np.average([getattr(one, name) for one in found], weights=counts))

    lengths = [len(verse.syllables(line)) for text in texts for line in text.splitlines()]
    return {
        "couplets": sum(one.couplets for one in found),
        "six_or_eight": float(np.mean([length in (6, 8) for length in lengths])),
        "verses_in_form": share("verses_in_form", "verses"),
        "valid_syllables": share("valid_syllables", "syllables"),
        "exact_rhymes": share("exact_rhymes", "rhymes"),
        "near_rhymes": share("near_rhymes", "rhymes"),
        "right_tones": share("right_tones", "tones"),
    }


def copied(texts: Sequence[str], source: str) -> Figures:
    """Return how much at most was copied: the length in characters, and what it was."""
    longest = [longest_copy(text, source) for text in texts]
    most = max(longest, key=len)
    return {
        "copied_median": float(np.median([len(copy) for copy in longest])),
        "copied_most": len(most),
        "copied": most,
    }


TRAINING = {
    "epochs": 15,  # each goes over every couplet four times, once in each place of a passage
    "batch_size": 4,
    "learning_rate": 0.003,
    "schedule": "linear",
    "clip": 1.0,
    "averaging": 0.999,
}


def network(place: bool, held_out: int = 0) -> Configuration:
    """Return the configuration of a network, told its place in the couplet or not."""
    return {
        "couplets": 4,
        "place": place,
        "held_out": held_out,
        "model": {"dimension": 64, "units": 256, "dropout": 0.4},
        "training": TRAINING,
        "temperature": 0.8,
    }


STUDY = Study(
    name="verse",
    question="How well do networks and n-grams write Truyện Kiều, character by character?",
    configurations={
        **{
            f"{order}-gram": {"order": order, "temperature": 0.8 if order in (5, 8) else None}
            for order in range(2, 11)
        },
        "LSTM": network(place=False),
        "LSTM, told its place": network(place=True),
        "LSTM, told its place, 292 verses held out": network(place=True, held_out=292),
    },
    seeds=(1, 2, 3),
    data=("kieu",),
    uses=("text", "datasets", "models", "training", "generation", "ngram", "verse"),
    run=run,
)
