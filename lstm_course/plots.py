"""Every figure of the book: drawn by matplotlib, shown as SVG in the page's own text colour.

A figure carries its alternative text in the reader's language and reads in a light and in a dark
theme, on a phone, and without colour (line style and marker tell the lines apart).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING, Any

from lstm_course.cells import LSTMStep
from lstm_course.language import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Stands for "the colour of the text around"; replaced in the SVG by CSS's currentColor.
_INK = "#010203"
_COLORS = ("#c2660a", "#2f81d6", "#2a9d63", "#9a63cf")
_MARKERS = ("o", "s", "^", "D")
_DASHES = ("-", "--", ":", "-.")


class AccessibleFigure:
    """A matplotlib figure as inline SVG with alternative text; its ``repr`` is that text."""

    def __init__(self, figure: Figure, alt: str) -> None:
        self.alt = alt
        self.svg = _svg(figure, alt)

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        return f'<figure class="lstm-figure">{self.svg}</figure>'


def sequence(runs: Mapping[str, Sequence[LSTMStep]]) -> AccessibleFigure:
    """Cell state and hidden state of a one-unit cell, step by step, one line a run.

    ``runs`` maps a label to the steps of :func:`lstm_course.cells.lstm_sequence`, all of one
    length. Raises ``ValueError`` when there is no run or no step.
    """
    if not runs or not all(runs.values()):
        raise ValueError("sequence: at least one run with at least one step")
    figure, (top, bottom) = _axes(2)
    length = max(len(steps) for steps in runs.values())
    for (label, steps), style in zip(runs.items(), _styles(), strict=False):
        positions = range(1, len(steps) + 1)
        top.plot(positions, [step.c for step in steps], label=label, **style)
        bottom.plot(positions, [step.h for step in steps], **style)
    top.set_ylabel(f"{text('plots.cell_state')} $c_t$")
    bottom.set_ylabel(f"{text('plots.hidden_state')} $h_t$")
    bottom.set_xlabel(text("plots.step"))
    bottom.set_xticks(range(1, length + 1))
    top.legend(title=f"{text('plots.input')} $x_t$", frameon=False, loc="upper left")
    last = ", ".join(f"{steps[-1].h:.4f}" for steps in runs.values())
    alt = text("plots.sequence_alt", steps=length, runs=" / ".join(runs), last=last)
    return AccessibleFigure(figure, alt)


def unrolled(steps: int = 3) -> AccessibleFigure:
    """A recurrent network twice: with its loop, and unrolled in time over ``steps`` steps.

    Raises ``ValueError`` for fewer than two steps.
    """
    from matplotlib.figure import Figure

    if steps < 2:
        raise ValueError(f"unrolled: at least two steps, not {steps}")
    figure = Figure(figsize=(4.8, 2.4), layout="constrained")
    ax = figure.subplots()
    ax.set_axis_off()
    ax.set_xlim(-0.6, 1.4 * steps + 1.75)
    ax.set_ylim(-1.9, 1.6)

    def arrow(start: tuple[float, float], end: tuple[float, float], bend: str = "arc3") -> None:
        shape = {"arrowstyle": "-|>", "color": _INK, "connectionstyle": bend, "shrinkA": 0}
        ax.annotate("", xy=end, xytext=start, arrowprops={**shape, "shrinkB": 0})

    def cell(x: float, index: str) -> None:
        box = {"boxstyle": "round,pad=0.45", "facecolor": "none", "edgecolor": _COLORS[1]}
        ax.text(x, 0, f"$h_{{{index}}}$", ha="center", va="center", fontsize="x-large", bbox=box)
        ax.text(x, -1.6, f"$x_{{{index}}}$", ha="center", va="center", fontsize="x-large")
        arrow((x, -1.3), (x, -0.45))

    cell(0, "t")
    arrow((0.3, 0.45), (-0.3, 0.45), "arc3,rad=1.6")
    ax.text(0, 1.3, "$W_{hh}$", ha="center", va="center", fontsize="large")
    ax.text(0.12, -0.9, "$W_{ih}$", va="center", fontsize="large")
    ax.text(1.15, 0, "=", ha="center", va="center", fontsize="x-large")
    for step in range(steps + 1):
        x = 2.1 + 1.4 * step
        if step < steps:
            cell(x, str(step + 1))
            ax.text(x + 0.12, -0.9, "$W_{ih}$", va="center", fontsize="large")
        if step:
            arrow((x - 1.0, 0), (x - 0.42, 0))
            if step < steps:
                ax.text(x - 0.7, 0.3, "$W_{hh}$", ha="center", fontsize="large")
    return AccessibleFigure(figure, text("plots.unrolled_alt", steps=steps))


def gradient_by_distance(
    lines: Mapping[str, Sequence[float]], read_at: int, of: str = "state"
) -> AccessibleFigure:
    """Size of a gradient by the distance that it has come back, on a logarithmic scale.

    ``lines`` maps a label to the sizes at distance 0, 1, 2, ..., all positive and of one length;
    the alternative text tells those at ``read_at``, and whether they are ``of`` the last hidden
    ``"state"`` or of a ``"prediction"``. Raises ``ValueError`` for anything else.
    """
    if of not in ("state", "prediction"):
        raise ValueError(f"gradient_by_distance: of a state or a prediction, not {of!r}")
    sizes = {len(values) for values in lines.values()}
    if len(sizes) != 1 or min(min(values, default=0) for values in lines.values()) <= 0:
        raise ValueError("gradient_by_distance: at least one line, all positive and of one length")
    last = sizes.pop() - 1
    if not 0 <= read_at <= last:
        raise ValueError(f"gradient_by_distance: read_at is from 0 to {last}, not {read_at}")
    figure, ax = _axes(1)
    for (label, values), style in zip(lines.items(), _styles(), strict=False):
        ax.plot(range(last + 1), values, label=label, markevery=max(1, last // 6), **style)
    ax.axvline(read_at, color="#888888", linewidth=1, linestyle=(0, (1, 3)))
    ax.set_yscale("log")
    ax.set_xlabel(text("plots.distance"))
    ax.set_ylabel(text("plots.gradient_size"))
    ax.legend(frameon=False, fontsize="small")
    read = ", ".join(f"{label}: {values[read_at]:.1e}" for label, values in lines.items())
    kind = "" if of == "state" else "_of_prediction"
    alt = text(f"plots.gradient{kind}_alt", last=last, read_at=read_at, read=read)
    return AccessibleFigure(figure, alt)


def unseen_ngrams(shares: Sequence[float]) -> AccessibleFigure:
    """How large a share of new n-grams was never seen in training, one bar for n = 1, 2, ...

    ``shares`` are from 0 to 1. Raises ``ValueError`` when there is none.
    """
    if not shares:
        raise ValueError("unseen_ngrams: at least one share")
    figure, ax = _axes(1)
    positions = range(1, len(shares) + 1)
    bars = ax.bar(positions, [100 * share for share in shares], color=_COLORS[1], width=0.6)
    ax.bar_label(bars, fmt="%.1f %%", padding=2)
    ax.set_ylim(0, 100)
    ax.set_xticks(positions)
    ax.set_xlabel(text("plots.order"))
    ax.set_ylabel(text("plots.unseen"))
    told = ", ".join(f"n = {n}: {100 * share:.1f} %" for n, share in enumerate(shares, start=1))
    return AccessibleFigure(figure, text("plots.unseen_alt", shares=told))


def ngram_bits(bits: Mapping[str, Sequence[float]]) -> AccessibleFigure:
    """Bits per syllable against the order n = 1, 2, ..., one line for each smoothing.

    ``bits`` maps names of :data:`lstm_course.ngram.SMOOTHINGS` to the values. Raises
    ``ValueError`` when there is nothing to draw.
    """
    if not bits or not all(bits.values()):
        raise ValueError("ngram_bits: at least one smoothing with at least one order")
    figure, ax = _axes(1)
    told = []
    for (smoothing, values), style in zip(bits.items(), _styles(), strict=False):
        label = text(f"plots.{smoothing}")
        ax.plot(range(1, len(values) + 1), values, label=label, **style)
        told.append(f"{label} " + " ".join(f"{value:.2f}" for value in values))
    ax.set_xticks(range(1, max(map(len, bits.values())) + 1))
    ax.set_xlabel(text("plots.order"))
    ax.set_ylabel(text("plots.bits"))
    ax.legend(frameon=False)
    return AccessibleFigure(figure, text("plots.ngram_bits_alt", lines="; ".join(told)))


def language_model_training(
    train: Sequence[float], validation: Sequence[float], counts: float
) -> AccessibleFigure:
    """Bits per syllable after each epoch of a network, and those of counts as a level line.

    ``train`` and ``validation`` have one value an epoch. Raises ``ValueError`` when there is none.
    """
    if not train or len(train) != len(validation):
        raise ValueError("language_model_training: two lists of one length, not empty")
    figure, ax = _axes(1)
    epochs = range(1, len(train) + 1)
    styles = _styles()
    lines = ((text("plots.train_part"), train), (text("plots.validation_part"), validation))
    for (label, values), style in zip(lines, styles, strict=False):
        ax.plot(epochs, values, label=label, markersize=3, **style)
    ax.axhline(counts, label=text("plots.counts"), color=_COLORS[2], linestyle=":")
    ax.set_xlabel(text("plots.epoch"))
    ax.set_ylabel(text("plots.bits"))
    ax.legend(frameon=False)
    alt = text(
        "plots.lm_training_alt",
        epochs=len(train),
        train=f"{train[-1]:.2f}",
        best=f"{min(validation):.2f}",
        counts=f"{counts:.2f}",
    )
    return AccessibleFigure(figure, alt)


def gate_blocks(m: int, n: int, batch: int) -> AccessibleFigure:
    """The sums of all four gates of an LSTM as two matrix products, drawn by their shapes.

    ``m`` inputs, ``n`` units, ``batch`` sequences. The widths are not to scale, the shapes are
    written in. Order of the gates as in PyTorch.
    """
    from matplotlib.patches import Rectangle

    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3.3)
    ax.set_axis_off()
    ax.set_xlim(0, 12.2)
    ax.set_ylim(0, 8.6)

    def block(x: float, y: float, wide: float, high: float, name: str, shape: str) -> None:
        ax.add_patch(Rectangle((x, y), wide, high, fill=False, edgecolor="#888888", linewidth=1.2))
        ax.text(x + wide / 2, y + high / 2, name, ha="center", va="center", fontsize=11)
        ax.text(x + wide / 2, y - 0.22, shape, ha="center", va="top", fontsize=8)

    rows = ((6.0, "$x_t$", "$W_x^T$", m, 2.6, 2.2), (2.2, "$h_{t-1}$", "$W_h^T$", n, 1.5, 1.6))
    for y, state, matrix, width, wide, high in rows:
        block(0.2, y, wide, 0.9, state, f"({batch}, {width})")
        ax.text(3.2, y + 0.45, "@", ha="center", va="center", fontsize=11)
        block(3.7, y + 0.45 - high / 2, 3.2, high, matrix, f"({width}, {4 * n})")
    ax.text(5.3, 4.05, "+", ha="center", va="center", fontsize=13)
    ax.text(7.35, 4.05, "=", ha="center", va="center", fontsize=13)
    hatches = ("//", "", "..", "\\\\")
    for k, (gate, hatch, color) in enumerate(zip("ifgo", hatches, _COLORS, strict=True)):
        x = 7.9 + k
        patch = Rectangle((x, 3.6), 1, 0.9, facecolor="none", edgecolor=color, hatch=hatch)
        ax.add_patch(patch)
        ax.text(x + 0.5, 4.75, f"${gate}$", ha="center", va="bottom", fontsize=11)
        ax.text(x + 0.5, 3.38, str(n), ha="center", va="top", fontsize=8)
    ax.text(9.9, 2.75, f"({batch}, {4 * n})", ha="center", va="top", fontsize=8)
    return AccessibleFigure(figure, text("plots.gate_blocks_alt", m=m, n=n, batch=batch, all=4 * n))


def memory_reach(runs: Mapping[str, Mapping[int, Sequence[float]]]) -> AccessibleFigure:
    """How often each network names what stood so many steps back, over growing distances.

    ``runs[label][distance]`` holds one accuracy a seed (see :mod:`lstm_course.long_memory`, where
    guessing is right once in four times). The line is their mean, the bar reaches from the least
    to the greatest. Raises ``ValueError`` when there is no run.
    """
    if not runs or not all(runs.values()):
        raise ValueError("memory_reach: at least one run with at least one distance")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3.2)
    told = []
    for (label, by_distance), style in zip(runs.items(), _styles(), strict=False):
        distances = sorted(by_distance)
        means = [sum(by_distance[d]) / len(by_distance[d]) for d in distances]
        spread = [
            [mean - min(by_distance[d]) for d, mean in zip(distances, means, strict=True)],
            [max(by_distance[d]) - mean for d, mean in zip(distances, means, strict=True)],
        ]
        ax.errorbar(distances, means, yerr=spread, capsize=3, label=label, **style)
        # The label stands where the network begins to fail, or at its last distance.
        falls = [d for d, mean in zip(distances, means, strict=True) if mean < 0.9]
        at = (falls or distances[-1:])[0]
        end = at == distances[-1]
        place = {"xytext": (-7 if end else 7, 6), "ha": "right" if end else "left"}
        where = (at, means[distances.index(at)])
        ax.annotate(label, where, fontsize=9, textcoords="offset points", **place)
        told.append(f"{label}: " + ", ".join(f"{mean:.2f}" for mean in means))
    ax.axhline(0.25, color="#888888", linewidth=1, linestyle=(0, (1, 3)))
    ax.set_xscale("log")
    every = sorted({d for by_distance in runs.values() for d in by_distance})
    ax.set_xticks(every, [str(d) for d in every])
    ax.minorticks_off()
    ax.set_ylim(0, 1.04)
    ax.annotate(text("plots.chance"), (every[0], 0.25), fontsize=8, xytext=(0, -11),
                textcoords="offset points")  # fmt: skip
    ax.set_xlabel(text("plots.steps_back"))
    ax.set_ylabel(text("plots.accuracy"))
    figure.legend(loc="outside upper center", ncols=len(runs), frameon=False)
    alt = text("plots.memory_reach_alt", distances=", ".join(map(str, every)), runs="; ".join(told))
    return AccessibleFigure(figure, alt)


def headline_lengths(lengths: Sequence[int], padded_to: int) -> AccessibleFigure:
    """How many headlines have how many words, on an axis as long as they are padded.

    Raises ``ValueError`` when there is none, or one is longer than ``padded_to``.
    """
    if not len(lengths) or max(lengths) > padded_to:
        raise ValueError(f"headline_lengths: at least one, none longer than {padded_to}")
    figure, ax = _axes(1)
    ordered = sorted(lengths)
    median = ordered[len(ordered) // 2]
    counts = [ordered.count(length) for length in range(max(ordered) + 1)]
    ax.bar(range(len(counts)), counts, width=1, color=_COLORS[1])
    ax.axvline(median, color=_COLORS[0], linestyle="--")
    ax.annotate(text("plots.median", value=median), (median, 0.97), fontsize=9, xytext=(6, -4),
                textcoords="offset points", xycoords=("data", "axes fraction"))  # fmt: skip
    ax.annotate(text("plots.only_padding"), (0.62, 0.5), xycoords="axes fraction", fontsize=9,
                ha="center", bbox={"facecolor": "none", "edgecolor": "none"})  # fmt: skip
    ax.set_xlim(0, padded_to)
    ax.set_xlabel(text("plots.words_in_headline"))
    ax.set_ylabel(text("plots.headlines"))
    alt = text("plots.lengths_alt", median=median, longest=ordered[-1], padded_to=padded_to)
    return AccessibleFigure(figure, alt)


def accuracy_by_epoch(
    train: Sequence[Sequence[float]], test: Sequence[Sequence[float]], of: str = "headlines"
) -> AccessibleFigure:
    """Accuracy on the texts learned from and on new ones, epoch by epoch.

    Both have a row for each seed; the line is the mean, the band reaches from the least to the
    greatest. The texts are ``"headlines"`` or ``"reviews"``. Raises ``ValueError`` for others, for
    rows of different lengths, or none.
    """
    if of not in ("headlines", "reviews"):
        raise ValueError(f"accuracy_by_epoch: headlines or reviews, not {of!r}")
    kind = "" if of == "headlines" else "_reviews"
    sizes = {len(row) for row in (*train, *test)}
    if len(sizes) != 1 or len(train) != len(test) or 0 in sizes:
        raise ValueError("accuracy_by_epoch: rows of one length, as many of train as of test")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3)
    epochs = range(1, sizes.pop() + 1)
    means = []
    for name, rows, style in zip(("learned", "new"), (train, test), _styles(), strict=False):
        columns = list(zip(*rows, strict=True))
        means.append([sum(column) / len(column) for column in columns])
        every = max(1, len(epochs) // 8)
        label = text(f"plots.{name}{kind}")
        ax.plot(epochs, means[-1], label=label, markevery=every, **style)
        low, high = (list(map(extreme, columns)) for extreme in (min, max))
        ax.fill_between(epochs, low, high, color=style["color"], alpha=0.25, lw=0)
    best = max(epochs, key=lambda epoch: means[1][epoch - 1])
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(text("plots.epoch"))
    ax.set_ylabel(text("plots.accuracy"))
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize="small")
    alt = text(
        f"plots.by_epoch{kind}_alt",
        epochs=len(epochs),
        train=f"{means[0][-1]:.3f}",
        best=f"{means[1][best - 1]:.3f}",
        at=best,
        last=f"{means[1][-1]:.3f}",
    )
    return AccessibleFigure(figure, alt)


def reliability(
    said: Sequence[float], came: Sequence[float], counts: Sequence[int]
) -> AccessibleFigure:
    """How sure a classifier was, and how often it was right: one bin of answers a point.

    ``said`` is the mean probability of each bin's answers, ``came`` the share of them that are
    right, ``counts`` how many there are (bars below). Raises ``ValueError`` for lists of different
    lengths, or empty ones.
    """
    if not len(said) or not len(said) == len(came) == len(counts):
        raise ValueError("reliability: three lists of one length, not empty")
    figure, (top, bottom) = _axes(2)
    figure.set_size_inches(4.8, 4.4)
    grid = top.get_gridspec()
    grid.set_height_ratios([3, 1])
    top.plot([0.5, 1], [0.5, 1], color="#888888", linestyle=(0, (1, 3)))
    top.annotate(text("plots.perfectly_calibrated"), (0.72, 0.72), fontsize=8, xytext=(-4, 6),
                 textcoords="offset points", ha="right")  # fmt: skip
    top.plot(said, came, **next(_styles()))
    top.set_xlim(0.48, 1.02)
    top.set_ylim(min(0.45, *came) - 0.02, 1.02)
    top.set_ylabel(text("plots.share_right"))
    bottom.bar(said, counts, width=0.03, color=_COLORS[1])
    bottom.set_ylabel(text("plots.headlines"))
    bottom.set_xlabel(text("plots.how_sure"))
    told = ", ".join(f"{p:.2f} → {right:.2f}" for p, right in zip(said, came, strict=True))
    return AccessibleFigure(figure, text("plots.reliability_alt", points=told))


def accuracy_when_shifted(
    blanks: Sequence[int], accuracies: Sequence[Sequence[float]]
) -> AccessibleFigure:
    """Accuracy on texts with so many blanks put in front, a row of accuracies for each seed.

    The line is the mean, the bar reaches from the least to the greatest. Raises ``ValueError``
    for rows that are not as long as ``blanks``, or none.
    """
    figure, ax, means = _by_place("accuracy_when_shifted", blanks, accuracies)
    figure.set_size_inches(4.8, 3)
    ax.axhline(0.5, color="#888888", linewidth=1, linestyle=(0, (1, 3)))
    ax.annotate(text("plots.chance"), (0, 0.5), fontsize=8, xytext=(0, -11),
                textcoords="offset points")  # fmt: skip
    ax.set_ylim(0.4, 1.02)
    ax.set_xlabel(text("plots.blanks"))
    ax.set_ylabel(text("plots.accuracy"))
    told = ", ".join(f"{k}: {mean:.3f}" for k, mean in zip(blanks, means, strict=True))
    return AccessibleFigure(figure, text("plots.shifted_alt", points=told))


def gradient_back(steps: Sequence[int], sizes: Sequence[Sequence[float]]) -> AccessibleFigure:
    """Size of a gradient so many steps back, a row for each seed, on a logarithmic scale.

    Unlike :func:`gradient_by_distance` the steps need not be next to each other, and what has
    vanished altogether, a size of 0, is left out of the line. Raises ``ValueError`` for rows that
    are not as long as ``steps``, none, or a first size of 0.
    """
    if not all(row and row[0] > 0 for row in sizes):
        raise ValueError("gradient_back: the first sizes are above 0")
    figure, ax, means = _by_place("gradient_back", steps, sizes)
    figure.set_size_inches(4.8, 3)
    ax.set_yscale("log", nonpositive="mask")
    ax.set_ylim(bottom=min(mean for mean in means if mean > 0) / 30)
    ax.set_xlabel(text("plots.steps_before"))
    ax.set_ylabel(text("plots.gradient_size"))
    told = ", ".join(f"{k}: {mean:.1e}" for k, mean in zip(steps, means, strict=True))
    return AccessibleFigure(figure, text("plots.gradient_back_alt", points=told))


def character_bits(
    counts: Mapping[int, float], networks: Mapping[str, Sequence[float]]
) -> AccessibleFigure:
    """Bits per character of n-grams by their order, and of networks as level lines.

    ``networks`` maps a label to the bits of each seed: the line is their mean, the band reaches
    from the least to the greatest. Raises ``ValueError`` when there is nothing to draw.
    """
    if not counts or not networks or not all(networks.values()):
        raise ValueError("character_bits: at least one order, and one network with a seed")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3.2)
    styles = _styles()
    orders = sorted(counts)
    label = text("plots.modified_kneser_ney")
    ax.plot(orders, [counts[n] for n in orders], label=label, **next(styles))
    told = [f"{label} " + ", ".join(f"n = {n}: {counts[n]:.3f}" for n in orders)]
    for (name, values), style in zip(networks.items(), styles, strict=False):
        mean = sum(values) / len(values)
        line = {key: style[key] for key in ("color", "linestyle")}
        ax.axhline(mean, label=name, **line)
        ax.axhspan(min(values), max(values), color=style["color"], alpha=0.25, lw=0)
        told.append(f"{name}: {mean:.3f}")
    ax.set_xticks(orders)
    ax.set_xlabel(text("plots.order"))
    ax.set_ylabel(text("plots.bits_per_character"))
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize="small")
    return AccessibleFigure(figure, text("plots.character_bits_alt", lines="; ".join(told)))


def next_characters(
    characters: Sequence[str], warmth: Mapping[float, Sequence[float]]
) -> AccessibleFigure:
    """Probabilities of the same next characters at several temperatures, side by side.

    ``warmth`` maps a temperature to a probability for each character. Raises ``ValueError``
    where they do not pair, or there is nothing to draw.
    """
    if not characters or not warmth or {len(p) for p in warmth.values()} != {len(characters)}:
        raise ValueError("next_characters: a probability for each character at each temperature")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3)
    width = 0.8 / len(warmth)
    hatches = cycle(("", "//", "..", "xx"))
    told = []
    for k, ((tau, p), color, hatch) in enumerate(
        zip(warmth.items(), cycle(_COLORS), hatches, strict=False)
    ):
        places = [x + (k - (len(warmth) - 1) / 2) * width for x in range(len(characters))]
        fill = {"facecolor": "none" if hatch else color, "edgecolor": color, "hatch": hatch}
        ax.bar(places, p, width, label=f"τ = {tau}", **fill)
        shown = [f"{_visible(c)} {q:.2f}" for c, q in zip(characters, p, strict=True)]
        told.append(f"τ = {tau}: " + ", ".join(shown))
    ax.set_xticks(range(len(characters)), [_visible(c) for c in characters])
    ax.set_xlabel(text("plots.next_character"))
    ax.set_ylabel(text("plots.probability"))
    figure.legend(loc="outside upper center", ncols=len(warmth), frameon=False, fontsize="small")
    return AccessibleFigure(figure, text("plots.next_characters_alt", bars="; ".join(told)))


def six_eight(verses: Sequence[str]) -> AccessibleFigure:
    """Verses in six-eight, syllable under syllable: what rhymes, and where a tone is fixed.

    ``verses`` are couplets of the form. Below each place with a fixed tone stands ``–`` for level
    and ``/`` for oblique. Raises ``ValueError`` for verses of another count.
    """
    from lstm_course import verse

    lines = [verse.syllables(line) for line in verses]
    if not lines or [len(line) for line in lines] != [6, 8] * (len(lines) // 2):
        raise ValueError("six_eight: couplets of six and eight syllables")
    figure, ax = _axes(1)
    figure.set_size_inches(5.4, 0.95 * len(lines) + 0.3)
    ax.set_axis_off()
    ax.set_xlim(0.4, 8.6)
    ax.set_ylim(-len(lines) + 0.35, 0.5)
    told = []
    for row, line in enumerate(lines):
        for place, syllable in enumerate(line, start=1):
            ax.text(place, -row, syllable, ha="center", va="center", fontsize=9.5)
            if (level := verse.TONE_PATTERN[len(line)].get(place)) is not None:
                ax.text(place + 0.2, -row - 0.3, "–" if level else "/", ha="center", va="center")
        if row + 1 == len(lines):
            break
        color = _COLORS[(row + 1) // 2 % len(_COLORS)]
        ends = ((row, len(line)), (row + 1, 6))  # the last syllable, and the sixth of the next
        box = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": color}
        for at, place in ends:
            ax.text(place, -at, lines[at][place - 1], ha="center", va="center", fontsize=9.5,
                    bbox=box)  # fmt: skip
        arrow = {"arrowstyle": "-", "color": color, "linewidth": 1.5, "shrinkA": 9, "shrinkB": 9}
        ax.annotate("", xy=(6, -row - 1), xytext=(len(line), -row), arrowprops=arrow)
        told.append(f"{line[-1]} – {lines[row + 1][5]}")
    ax.text(1, -len(lines) + 0.45, text("plots.tone_key"), fontsize=8, va="center")
    shown = " / ".join(" ".join(line) for line in lines)
    alt = text("plots.six_eight_alt", verses=shown, rhymes=", ".join(told))
    return AccessibleFigure(figure, alt)


def verdict_by_letters(
    lines: Mapping[int, tuple[Sequence[int], Sequence[float]]],
) -> AccessibleFigure:
    """Probability of praise after so many letters of a review, one line a review.

    ``lines`` maps the true class (1: praise) to the numbers of letters read and the
    probabilities. Raises ``ValueError`` when there is nothing to draw.
    """
    if not lines or not all(len(ends) and len(ends) == len(p) for ends, p in lines.values()):
        raise ValueError("verdict_by_letters: at least one review, a probability for each length")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3)
    told = []
    for (truth, (ends, p)), style in zip(lines.items(), _styles(), strict=False):
        label = text("plots.praise" if truth else "plots.complaint")
        ax.plot(ends, p, label=label, markevery=max(1, len(ends) // 8), **style)
        told.append(f"{label}: {p[0]:.2f} → {p[-1]:.2f}")
    ax.axhline(0.5, color="#888888", linewidth=1, linestyle=(0, (1, 3)))
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlabel(text("plots.letters_read"))
    ax.set_ylabel(text("plots.p_praise"))
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize="small")
    return AccessibleFigure(figure, text("plots.verdict_alt", lines="; ".join(told)))


def review_lengths(
    lengths: Sequence[int], cuts: Sequence[int], longest: int = 1000
) -> AccessibleFigure:
    """How many reviews have how many words, and where they would be cut off.

    The axis ends at ``longest``; what lies beyond is told in words. Raises ``ValueError`` when
    there is no review, or no cut below ``longest``.
    """
    if not len(lengths) or not cuts or not 0 < min(cuts) <= max(cuts) < longest:
        raise ValueError(f"review_lengths: at least one, cut at places below {longest}")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3)
    width = longest // 50
    counts = [0] * 50
    for length in lengths:
        if length < longest:
            counts[length // width] += 1
    places = [width * (number + 0.5) for number in range(50)]
    ax.bar(places, counts, width=width, color=_COLORS[1])
    told = []
    for cut, style in zip(cuts, _styles(), strict=False):
        share = sum(length > cut for length in lengths) / len(lengths)
        told.append(text("plots.longer_than", share=f"{share:.3f}", cut=cut))
        ax.axvline(cut, color=_COLORS[0], linestyle=style["linestyle"])
        ax.annotate(told[-1], (cut, 0.99), xycoords=("data", "axes fraction"), fontsize=8,
                    xytext=(4, 4 - 14 * len(told)), textcoords="offset points")  # fmt: skip
    ax.set_xlim(0, longest)
    ax.set_xlabel(text("plots.words_in_review"))
    ax.set_ylabel(text("plots.reviews"))
    beyond = sum(length >= longest for length in lengths) / len(lengths)
    alt = text(
        "plots.review_lengths_alt", cuts="; ".join(told), longest=longest, beyond=f"{beyond:.3f}"
    )
    return AccessibleFigure(figure, alt)


def accuracy_by_words_read(
    runs: Mapping[str, Mapping[int, Sequence[float]]],
) -> AccessibleFigure:
    """Accuracy of readers of so many words, the first or the last ones of a text.

    ``runs`` maps ``"first"`` and ``"last"`` to the accuracies of every seed by number of words. The
    line is the mean, the bar reaches from the least to the greatest. Raises ``ValueError`` for
    other names, or nothing to draw.
    """
    if not runs or set(runs) - {"first", "last"} or not all(runs.values()):
        raise ValueError("accuracy_by_words_read: first or last words, with accuracies")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3)
    places = sorted({count for found in runs.values() for count in found})
    told = []
    for (end, found), style in zip(runs.items(), _styles(), strict=False):
        counts = sorted(found)
        means = [sum(found[count]) / len(found[count]) for count in counts]
        spread = [
            [max(0.0, mean - min(found[n])) for mean, n in zip(means, counts, strict=True)],
            [max(0.0, max(found[n]) - mean) for mean, n in zip(means, counts, strict=True)],
        ]
        label = text(f"plots.{end}_words")
        across = [places.index(count) for count in counts]
        ax.errorbar(across, means, yerr=spread, capsize=3, label=label, **style)
        points = ", ".join(f"{n}: {mean:.3f}" for n, mean in zip(counts, means, strict=True))
        told.append(f"{label} {points}")
    ax.set_xticks(range(len(places)), [str(place) for place in places])
    ax.set_xlabel(text("plots.words_read"))
    ax.set_ylabel(text("plots.accuracy"))
    ax.legend(frameon=False, loc="lower right")
    return AccessibleFigure(figure, text("plots.words_read_alt", lines="; ".join(told)))


def ladder(steps: Sequence[Sequence[float]], counted: Sequence[float]) -> AccessibleFigure:
    """Accuracies of one step after the other, a point for each seed, beside those of counting.

    Steps are numbered from 1, from the top; the line is the first that counting gives, the band
    reaches from the least to the most. Raises ``ValueError`` when there is no step, or one has no
    seed.
    """
    if not len(counted) or not len(steps) or not all(len(step) for step in steps):
        raise ValueError("ladder: at least one step, each with at least one accuracy")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 0.9 + 0.42 * len(steps))
    means = [sum(step) / len(step) for step in steps]
    rows = range(1, len(steps) + 1)
    for row, step, mean in zip(rows, steps, means, strict=True):
        ax.plot(step, [row] * len(step), "o", color=_COLORS[1], markersize=5, alpha=0.7)
        ax.plot([mean, mean], [row - 0.28, row + 0.28], color=_COLORS[0], linewidth=2)
    ax.axvline(counted[0], color=_COLORS[2], linestyle="--")
    if len(counted) > 1:
        ax.axvspan(min(counted), max(counted), color=_COLORS[2], alpha=0.15, linewidth=0)
    ax.annotate(text("plots.counting"), (counted[0], 1), xycoords=("data", "axes fraction"),
                xytext=(0, 3), textcoords="offset points", ha="center", fontsize=8)  # fmt: skip
    ax.set_yticks(list(rows))
    ax.set_ylim(len(steps) + 0.6, 0.4)
    ax.set_xlabel(text("plots.accuracy"))
    ax.set_ylabel(text("plots.rung"))
    told = "; ".join(f"{row}: {mean:.3f}" for row, mean in zip(rows, means, strict=True))
    return AccessibleFigure(
        figure, text("plots.ladder_alt", steps=told, counted=f"{counted[0]:.3f}")
    )


def verdict_by_words(words: Sequence[str], p: Sequence[float], named: int = 6) -> AccessibleFigure:
    """Probability of praise after each word of one text; the words that change it most by name.

    Raises ``ValueError`` for no words, or probabilities that are not one for each.
    """
    if not words or len(words) != len(p):
        raise ValueError("verdict_by_words: at least one word, a probability for each")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3.2)
    before = [0.5, *p]
    change = [after - earlier for earlier, after in zip(before, p, strict=False)]
    ax.step(range(1, len(p) + 1), p, where="mid", color=_COLORS[1])
    largest = sorted(range(len(p)), key=lambda k: (-abs(change[k]), k))[:named]
    told, lanes = [], {True: 0, False: 0}
    for k in sorted(largest):
        up = change[k] > 0
        lane = lanes[up] % 3  # names that rise stand above, those that fall below, in three rows
        lanes[up] += 1
        at = 1.08 + 0.13 * lane if up else -0.14 - 0.13 * lane
        ax.plot([k + 1, k + 1], [p[k], at], color="#888888", linewidth=0.8, linestyle=":")
        ax.plot(k + 1, p[k], "^" if up else "v", color=_COLORS[0], markersize=6)
        ax.annotate(words[k], (k + 1, at), fontsize=8, ha="center", va="center",
                    bbox={"facecolor": "none", "edgecolor": "none"})  # fmt: skip
        told.append(f"{words[k]} ({k + 1}): {before[k]:.2f} → {p[k]:.2f}")
    ax.axhline(0.5, color="#888888", linewidth=1, linestyle=(0, (1, 3)))
    ax.set_ylim(-0.5, 1.45)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.set_xlabel(text("plots.word_number"))
    ax.set_ylabel(text("plots.p_praise"))
    alt = text("plots.by_word_alt", count=len(p), last=f"{p[-1]:.2f}", turns="; ".join(told))
    return AccessibleFigure(figure, alt)


def accuracy_by_rating(shares: Mapping[int, float], counts: Mapping[int, int]) -> AccessibleFigure:
    """Share of right answers on reviews of so many stars, over how many reviews have them.

    A gap stands where there are none. Raises ``ValueError`` when there is nothing to draw, or the
    two are about other stars.
    """
    if not shares or set(shares) != set(counts):
        raise ValueError("accuracy_by_rating: shares and counts of the same stars")
    figure, (top, bottom) = _axes(2)
    figure.set_size_inches(4.8, 4)
    top.get_gridspec().set_height_ratios([3, 2])
    stars = sorted(shares)
    top.bar(stars, [shares[star] for star in stars], width=0.7, color=_COLORS[1])
    for star in stars:
        top.annotate(f"{shares[star]:.2f}", (star, shares[star]), fontsize=8, ha="center",
                     xytext=(0, 2), textcoords="offset points")  # fmt: skip
    top.axhline(0.5, color="#888888", linewidth=1, linestyle=(0, (1, 3)))
    top.set_ylim(0, 1.08)
    top.set_ylabel(text("plots.share_right"))
    bottom.bar(stars, [counts[star] for star in stars], width=0.7, color=_COLORS[2])
    bottom.set_xticks(range(min(stars), max(stars) + 1))
    bottom.set_ylabel(text("plots.reviews"))
    bottom.set_xlabel(text("plots.stars"))
    told = ", ".join(f"{star}: {shares[star]:.2f}" for star in stars)
    return AccessibleFigure(figure, text("plots.rating_alt", shares=told))


def word_lattice(
    syllables: Sequence[str], arcs: Mapping[tuple[int, int], float]
) -> AccessibleFigure:
    """Every word that can be cut out of the syllables, an arc from the gap before it to the next.

    ``arcs`` maps pairs of gaps, counted from 0, to the logarithm of the word's probability; the
    most probable way from the first gap to the last is drawn thick. Raises ``ValueError`` where no
    way leads there, and for arcs that are none.
    """
    last = len(syllables)
    if not syllables or any(not 0 <= i < j <= last for i, j in arcs):
        raise ValueError("word_lattice: syllables, and arcs that lead from one gap to a later one")
    best: dict[int, tuple[float, list[tuple[int, int]]]] = {0: (0.0, [])}
    for j in range(1, last + 1):
        ways = [
            (best[i][0] + p, [*best[i][1], (i, end)])
            for (i, end), p in arcs.items()
            if end == j and i in best
        ]
        if ways:
            best[j] = max(ways)
    if last not in best:
        raise ValueError("word_lattice: no way leads from the first gap to the last")
    figure, ax = _bare_axes(4.8, 2.8)
    told = []
    for (i, j), p in sorted(arcs.items()):
        word = " ".join(syllables[i:j])
        told.append(f"{word} {p:.2f}")
        chosen = (i, j) in best[last][1]
        side = -1 if i % 2 else 1  # so that long words do not cross each other
        top = side * (j - i - 1)
        places = [i + (j - i) * step / 40 for step in range(41)]
        heights = [top * 4 * (x - i) * (j - x) / (j - i) ** 2 for x in places]
        ax.plot(places, heights, color=_COLORS[0] if chosen else _COLORS[1],
                linewidth=3 if chosen else 1.2, linestyle="-" if chosen else "--")  # fmt: skip
        if top:
            ax.text((i + j) / 2, top + 0.1 * side, told[-1], ha="center", fontsize=9,
                    va="bottom" if side > 0 else "top")  # fmt: skip
        else:
            ax.text(i + 0.5, 0.1, f"{word}\n{p:.2f}", ha="center", va="bottom", fontsize=9)
    ax.plot(range(last + 1), [0] * (last + 1), "o", color=_INK, markersize=7)
    for gap in range(last + 1):
        below = gap % 2 and any(i == gap and j - i > 1 for i, j in arcs)
        ax.text(gap - 0.06 if below else gap + 0.06, -0.12, str(gap), va="top", fontsize=9,
                ha="right" if below else "left")  # fmt: skip
    ax.set_xlim(-0.2, last + 0.3)
    longest = max(j - i for i, j in arcs) - 1
    ax.set_ylim(-longest - 0.4, longest + 0.6)
    best_way = " | ".join(" ".join(syllables[i:j]) for i, j in best[last][1])
    return AccessibleFigure(figure, text("plots.lattice_alt", words="; ".join(told), best=best_way))


def accuracy_by_tokens(
    tokens: Sequence[float], accuracies: Sequence[Sequence[float]], names: Sequence[str]
) -> AccessibleFigure:
    """Accuracy of readers of the same texts in other units, by the tokens that these make.

    ``names`` are those of the study ``vietnamese_units``; a point for each seed. Raises
    ``ValueError`` unless there is an accuracy, and a name, for each.
    """
    if (
        not tokens
        or not len(tokens) == len(accuracies) == len(names)
        or not all(map(len, accuracies))
    ):
        raise ValueError("accuracy_by_tokens: tokens, accuracies and a name for each reader")
    figure, ax = _axes(1)
    figure.set_size_inches(4.8, 3)
    told = []
    units = [text(f"plots.{name.replace(' ', '_')}") for name in names]
    for x, found, name, style in zip(tokens, accuracies, units, _styles(), strict=False):
        mean = sum(found) / len(found)
        ax.plot([x] * len(found), found, linestyle="", markersize=5, alpha=0.8, label=name,
                color=style["color"], marker=style["marker"])  # fmt: skip
        told.append(f"{name}: {x:.0f}, {mean:.3f}")
    ax.set_xscale("log")
    ticks = [50, 100, 200, 400]
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_xlim(min(*tokens, 60) * 0.8, max(*tokens, 400) * 1.2)
    ax.legend(frameon=False, loc="lower left")
    ax.set_xlabel(text("plots.tokens_per_text"))
    ax.set_ylabel(text("plots.accuracy"))
    return AccessibleFigure(figure, text("plots.by_tokens_alt", lines="; ".join(told)))


def topic_names() -> list[str]:
    """What the ten topics of the newspaper articles are called, in the order of their labels."""
    return [text(f"plots.topic_{number}") for number in range(10)]


def confusion(shares: Sequence[Sequence[float]]) -> AccessibleFigure:
    """Of the articles of each topic (row), how many in a hundred got each topic (column).

    ``shares`` has a row and a column for each topic, counts or shares: rows are divided by their
    sums. Raises ``ValueError`` for another shape, or a row of zeros.
    """
    names = topic_names()
    if [len(row) for row in shares] != [len(names)] * len(names) or not all(map(sum, shares)):
        raise ValueError("confusion: ten rows of ten numbers, none of them all 0")
    figure, ax = _bare_axes(4.8, 4.4)
    told = []
    for row, counts in enumerate(shares):
        parts = [100 * count / sum(counts) for count in counts]
        for column, part in enumerate(parts):
            square = {"color": _COLORS[2] if row == column else _COLORS[0], "linewidth": 0}
            ax.fill([column, column + 1, column + 1, column], [row, row, row + 1, row + 1],
                    alpha=0.08 + 0.72 * part / 100, **square)  # fmt: skip
            if part >= 0.5:
                ax.text(
                    column + 0.5, row + 0.5, f"{part:.0f}", ha="center", va="center", fontsize=9
                )
        ax.text(-0.15, row + 0.5, f"{names[row]} {row}", ha="right", va="center", fontsize=8)
        ax.text(row + 0.5, -0.15, str(row), ha="center", va="bottom", fontsize=8)
        worst = max((k for k in range(len(names)) if k != row), key=lambda k: parts[k])
        told.append(text("plots.confused", topic=names[row], right=f"{parts[row]:.0f}",
                         other=names[worst], wrong=f"{parts[worst]:.0f}"))  # fmt: skip
    ax.set_xlim(0, len(names))
    ax.set_ylim(len(names), 0)
    ax.set_title(text("plots.topic_answered"), fontsize=9, pad=22)
    return AccessibleFigure(figure, text("plots.confusion_alt", rows="; ".join(told)))


def classifier_head(words: Sequence[str], topics: int = 10) -> AccessibleFigure:
    """From words to a label: vectors, an LSTM, its states in one vector, a layer, softmax.

    Raises ``ValueError`` without words.
    """
    if not words:
        raise ValueError("classifier_head: at least one word")
    figure, ax = _bare_axes(4.8, 4.6)
    middle, right = (len(words) - 1) / 2, len(words) - 0.35

    def arrow(start: tuple[float, float], end: tuple[float, float]) -> None:
        shape = {"arrowstyle": "-|>", "color": _INK, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", xy=end, xytext=start, arrowprops=shape)

    def box(x: float, y: float, said: str, color: str) -> None:
        shape = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": color}
        ax.text(x, y, said, ha="center", va="center", fontsize=9, bbox=shape)

    for place, word in enumerate(words):
        ax.text(place, 0, word, ha="center", va="center", fontsize=9)
        arrow((place, 0.2), (place, 0.72))
        box(place, 1, f"$x_{{{place + 1}}}$", _COLORS[2])
        arrow((place, 1.3), (place, 1.68))
        box(place, 2, f"$h_{{{place + 1}}}$", _COLORS[1])
        if place:
            arrow((place - 0.68, 2), (place - 0.3, 2))
        arrow((place, 2.3), (middle + 0.25 * (place - middle), 2.9))
    for y, said, color in (
        (3.2, text("plots.head_pooled"), _COLORS[3]),
        (4.2, text("plots.head_scores", topics=topics), _COLORS[0]),
        (5.2, text("plots.head_label"), _COLORS[0]),
    ):
        box(middle, y, said, color)
    arrow((middle, 3.5), (middle, 3.9))
    arrow((middle, 4.5), (middle, 4.9))
    for y, said in ((1, "plots.head_vectors"), (2, "plots.head_states")):
        ax.text(right, y, text(said), va="center", fontsize=8)
    ax.set_xlim(-0.5, len(words) + 0.6)
    ax.set_ylim(-0.3, 5.6)
    return AccessibleFigure(figure, text("plots.head_alt", words=" ".join(words), topics=topics))


def _by_place(
    name: str, places: Sequence[int], rows: Sequence[Sequence[float]]
) -> tuple[Figure, Any, list[float]]:
    """Mean and range of the rows, at evenly spaced places that are labelled; and the means."""
    if not rows or not places or {len(row) for row in rows} != {len(places)}:
        raise ValueError(f"{name}: at least one row, each as long as the places")
    figure, ax = _axes(1)
    columns = list(zip(*rows, strict=True))
    means = [sum(column) / len(column) for column in columns]
    pairs = list(zip(means, columns, strict=True))
    spread = [  # a mean may lie outside by what rounding takes
        [max(0.0, mean - min(column)) for mean, column in pairs],
        [max(0.0, max(column) - mean) for mean, column in pairs],
    ]
    ax.errorbar(range(len(places)), means, yerr=spread, capsize=3, **next(_styles()))
    ax.set_xticks(range(len(places)), [str(place) for place in places])
    return figure, ax, means


def _visible(character: str) -> str:
    return {" ": "␣", "\n": "↵"}.get(character, character)


def _styles() -> cycle[dict[str, str]]:
    styles = zip(_COLORS, _MARKERS, _DASHES, strict=True)
    return cycle({"color": c, "marker": m, "linestyle": d} for c, m, d in styles)


def _axes(rows: int) -> tuple[Figure, Any]:
    # Not pyplot: it would register the figure and show it a second time.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 2.5 * rows), layout="constrained")
    axes = figure.subplots(rows, 1, sharex=True)
    for ax in axes if rows > 1 else [axes]:
        ax.set_facecolor("none")
        ax.grid(color="#888888", alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _bare_axes(width: float, height: float) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    ax = figure.subplots()
    ax.set_axis_off()
    return figure, ax


def _svg(figure: Figure, alt: str) -> str:
    import matplotlib

    for artist in figure.findobj():
        if isinstance(artist, matplotlib.text.Text | matplotlib.spines.Spine):
            artist.set_color(_INK)
    for ax in figure.axes:
        ax.tick_params(colors=_INK)
    figure.patch.set_alpha(0)
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "lstm-course",
        "font.family": "sans-serif",
    }
    buffer = io.StringIO()
    with matplotlib.rc_context(settings):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    size = 'style="max-width: 100%; height: auto"'
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}" {size}', 1).strip()
