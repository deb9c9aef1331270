"""A small network that reads the last n - 1 syllables, beside counted trigrams on the same verses.

The split is chapter 1's: the first 90 % of the couplets of Truyện Kiều to learn from, of which the
last tenth chooses (epochs, share of the network in the mixture); the other 10 % test, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lstm_course import datasets
from lstm_course.models import NeuralNGram, count_parameters
from lstm_course.ngram import END, START, NGramModel
from lstm_course.text import Vocabulary, clean, syllable_tokens
from lstm_course.training import Examples, History, Settings, fit, seed_everything
from results import Configuration, Figures, Study

Verses = list[list[str]]
SHARES = np.linspace(0, 1, 21)  # of the network, in a mixture with the counts


def syllables(verse: datasets.Verse) -> list[str]:
    """Return the syllables of a verse, without punctuation and case."""
    return syllable_tokens(clean(verse.text, ["punctuation", "space", "lower"]))


def marked(verses: Verses) -> Verses:
    """Return the verses between the marks of their beginning and end."""
    return [[START, *verse, END] for verse in verses]


class Network:
    """A trained network with the vocabulary of the verses that it learned from."""

    def __init__(self, verses: Verses, configuration: Configuration, seed: int) -> None:
        self.vocabulary = Vocabulary.build(marked(verses), min_count=configuration["min_count"])
        seed_everything(seed)
        self.model = NeuralNGram(len(self.vocabulary), **configuration["network"])
        self.verses = verses

    def examples(self, verses: Verses) -> Examples:
        """Return each token of the verses with the one that follows."""
        return Examples.next_tokens([self.vocabulary.encode(verse) for verse in marked(verses)])

    def train(self, validation: Verses | None, settings: Settings) -> History:
        """Train on its verses; with a validation part, keep the best epoch."""
        held_out = None if validation is None else self.examples(validation)
        return fit(self.model, self.examples(self.verses), held_out, settings, progress=False)

    def probabilities(self, verses: Verses) -> NDArray[np.float64]:
        """Return the probability of each syllable and each end of verse, shape (N,)."""
        found: list[NDArray[np.float64]] = []
        examples = self.examples(verses)
        with torch.no_grad():
            for tokens, targets in zip(examples.sequences, examples.targets, strict=True):
                ids = torch.from_numpy(tokens.astype(np.int64))[None]  # (1, T)
                logits = self.model(ids, torch.tensor([len(tokens)]))[0]  # (T, V)
                p = torch.softmax(logits.double(), dim=1).numpy()
                found.append(p[np.arange(len(targets)), targets])
        return np.concatenate(found)


def counted(verses: Verses, configuration: Configuration, new: Verses) -> NDArray[np.float64]:
    """Return the probability of each syllable of new verses by Kneser-Ney trigrams, shape (N,)."""
    model = NGramModel.fit(verses, 3, "modified_kneser_ney", min_count=configuration["min_count"])
    return np.array([2.0**-bits for verse in new for bits in model.token_bits(verse)])


def bits(p: NDArray[np.float64]) -> float:
    """Return the mean of -log2 p."""
    return float(-np.log2(p).mean())


def mixtures(p: NDArray[np.float64], q: NDArray[np.float64]) -> Sequence[float]:
    """Return the bits of mixtures of the network's p and the counts' q, one a share."""
    return [bits(share * p + (1 - share) * q) for share in SHARES]


def run(configuration: Configuration, seed: int, folder: Path) -> Figures:
    """Choose epochs and mixture on validation verses, train on all, and test once."""
    poem = datasets.load_kieu(require_full=True)
    train, test = ([syllables(verse) for verse in part] for part in (poem.train, poem.test))
    cut = 2 * (9 * (len(train) // 2) // 10)
    rest, validation = train[:cut], train[cut:]

    chosen = Network(rest, configuration, seed)
    settings = Settings(**configuration["settings"], patience=configuration["patience"], seed=seed)
    history = chosen.train(validation, settings)
    p, q = chosen.probabilities(validation), counted(rest, configuration, validation)
    share = float(SHARES[int(np.argmin(mixtures(p, q)))])

    final = Network(train, configuration, seed)
    again = {**configuration["settings"], "epochs": history.best_epoch}
    final.train(None, Settings(**again, seed=seed))
    p_test, q_test = final.probabilities(test), counted(train, configuration, test)
    return {
        "validation_bits": bits(p),
        "validation_bits_counts": bits(q),
        "validation_bits_mixture": float(min(mixtures(p, q))),
        "test_bits": bits(p_test),
        "test_bits_counts": bits(q_test),
        "test_bits_mixture": bits(share * p_test + (1 - share) * q_test),
        "share": share,
        "epochs": history.best_epoch,
        "parameters": count_parameters(final.model),
    }


def configuration(order: int) -> Configuration:
    """Return one configuration: a network that reads ``order - 1`` syllables."""
    return {
        "min_count": 2,
        "network": {"order": order, "dimension": 64, "units": 64, "dropout": 0.3},
        "settings": {
            "epochs": 40,
            "batch_size": 32,
            "learning_rate": 0.003,
            "optimizer": "adamw",
            "weight_decay": 0.3,
        },
        "patience": 4,
    }


STUDY = Study(
    name="neural_ngram",
    question="Does a network that reads n - 1 syllables beat smoothed counts on Truyện Kiều?",
    configurations={f"order {order}": configuration(order) for order in (2, 3)},
    seeds=(1, 2, 3),
    data=("kieu",),
    uses=("text", "datasets", "ngram", "models", "training"),
    run=run,
)
