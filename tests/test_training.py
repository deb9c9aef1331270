"""Training: same seed same figures, the best weights for real, going on where it stopped."""

from __future__ import annotations

import copy
import json
import math
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix as sklearn_matrix
from sklearn.metrics import precision_recall_fscore_support
from torch import Tensor, nn

from lstm_course import training, use_language
from lstm_course.models import Model, NeuralNGram, RecurrentClassifier, RecurrentLanguageModel
from lstm_course.training import (
    Examples,
    History,
    Settings,
    class_scores,
    confusion_matrix,
    evaluate,
    fit,
    pick_device,
    predict,
    seed_everything,
    split_validation,
)

V = 12


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("LSTM_COURSE_QUICK", "LSTM_COURSE_REUSE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LSTM_COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(training, "pick_device", lambda: torch.device("cpu"))
    yield
    use_language("en")


def reviews(count: int, seed: int = 0, classes: int = 2) -> Examples:
    """Texts whose class is their first token's number, mostly: learned quickly, never wholly."""
    chance = np.random.default_rng(seed)
    texts = [chance.integers(1, V, chance.integers(1, 9)) for _ in range(count)]
    noise = chance.random(count) < 0.1
    return Examples(texts, [int(t[0] + n) % classes for t, n in zip(texts, noise, strict=True)])


def lines(count: int, seed: int = 0) -> Examples:
    chance = np.random.default_rng(seed)
    starts, lengths = chance.integers(2, V, count), chance.integers(2, 9, count)
    return Examples.next_tokens(
        [2 + (s + np.arange(n)) % (V - 2) for s, n in zip(starts, lengths, strict=True)]
    )


def small(**options: Any) -> RecurrentClassifier:
    seed_everything(1)
    return RecurrentClassifier(V, **{"dimension": 6, "units": 5, "dropout": 0.1, **options})


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def figures(history: History) -> list[dict[str, Any]]:
    return [{**asdict(epoch), "seconds": 0} for epoch in history.epochs]


TRAIN, VALIDATION, TEST = reviews(96), reviews(40, seed=1), reviews(30, seed=2)
FAST = Settings(epochs=4, batch_size=16, learning_rate=0.02)


# ---- It learns, and repeats -------------------------------------------------------------------


@pytest.mark.parametrize("classes", [1, 2, 4])
def test_a_classifier_learns(classes: int) -> None:
    train, validation = reviews(500, classes=max(2, classes)), reviews(99, 1, max(2, classes))
    model = small(classes=classes, dropout=0.0)
    before = evaluate(model, validation)
    history = fit(model, train, validation, replace(FAST, epochs=8))
    after = evaluate(model, validation)
    assert after.loss < before.loss
    assert after.accuracy > 0.7 > before.accuracy
    assert not model.training
    assert [epoch.number for epoch in history.epochs] == list(range(1, 9))


@pytest.mark.parametrize("kind", ["recurrent", "n-gram"])
def test_a_language_model_learns_what_comes_next(kind: str) -> None:
    seed_everything(1)
    model: Model = (
        RecurrentLanguageModel(V, dimension=8, units=16)
        if kind == "recurrent"
        else NeuralNGram(V, order=3)
    )
    fit(model, lines(120), lines(40, 1), replace(FAST, epochs=6))
    scores = evaluate(model, lines(50, 2))
    assert scores.accuracy > 0.9
    assert scores.count == lines(50, 2).lengths.sum()
    assert (
        scores.perplexity == pytest.approx(2**scores.bits) == pytest.approx(math.exp(scores.loss))
    )


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
def test_same_seed_same_figures(optimizer: str) -> None:
    settings = replace(FAST, epochs=2, optimizer=optimizer, weight_decay=0.01)
    runs = []
    for seed in (1, 1, 2):
        model = small()
        random.random(), np.random.random(), torch.rand(1)  # nobody's numbers matter
        history = fit(model, TRAIN, VALIDATION, replace(settings, seed=seed))
        runs.append((figures(history), weights(model)))
    assert runs[0][0] == runs[1][0] != runs[2][0]
    assert same(runs[0][1], runs[1][1])
    assert not same(runs[0][1], runs[2][1])


def test_others_random_numbers_and_threads_stay_as_they_were() -> None:
    model, threads = small(), torch.get_num_threads()
    states = torch.random.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    fit(model, TRAIN, VALIDATION, replace(FAST, epochs=1))
    assert torch.equal(torch.random.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2])
    assert torch.get_num_threads() == threads


def test_one_thread_on_the_processor_even_if_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def count(*_: object) -> Any:
        seen.append(torch.get_num_threads())
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_loss", count)
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with pytest.raises(KeyboardInterrupt):
            fit(small(), TRAIN, VALIDATION, FAST)
        assert (seen, torch.get_num_threads()) == ([1], 3)
    finally:
        torch.set_num_threads(threads)


def test_bucketing_and_packing_change_no_score() -> None:
    packed, loose = small(dropout=0.0), small(dropout=0.0, packed=False)
    one = evaluate(packed, TEST, batch_size=7)
    alone = evaluate(loose, TEST, batch_size=1)
    assert one.loss == pytest.approx(alone.loss, abs=1e-5)
    assert one.accuracy == alone.accuracy
    histories = [fit(m, TRAIN, VALIDATION, replace(FAST, epochs=2)) for m in (packed, loose)]
    for a, b in zip(*(history.epochs for history in histories), strict=True):
        assert a.train_loss == pytest.approx(b.train_loss, abs=1e-4)


def test_without_bucketing_batches_are_in_random_order(monkeypatch: pytest.MonkeyPatch) -> None:
    for bucketing in (True, False):
        settings = replace(FAST, bucketing=bucketing)
        first, again = (training._batches(TRAIN, settings, 1) for _ in range(2))
        second = training._batches(TRAIN, settings, 2)
        for batches in (first, second):
            assert sorted(np.concatenate(batches).tolist()) == list(range(96))
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        assert not np.array_equal(np.concatenate(first), np.concatenate(second))
        widths = [len(set(TRAIN.lengths[batch])) for batch in first]
        assert (max(widths) <= 3) is bucketing


# ---- The best epoch ---------------------------------------------------------------------------


@pytest.mark.parametrize("monitor", ["loss", "accuracy"])
def test_the_best_weights_are_restored_for_real(
    monitor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots: list[dict[str, Tensor]] = []
    scores = training._scores

    def spy(model: Model, *rest: Any) -> Any:
        snapshots.append(weights(model))
        return scores(model, *rest)

    monkeypatch.setattr(training, "_scores", spy)
    # A rate that jumps about: the last epoch is seldom the best.
    settings = Settings(epochs=9, batch_size=8, learning_rate=0.2, monitor=monitor, seed=3)
    model = small()
    history = fit(model, TRAIN, VALIDATION, settings)
    monkeypatch.undo()
    values = history.column(f"validation_{monitor}")
    best = values.index(min(values) if monitor == "loss" else max(values)) + 1
    assert history.best_epoch == best < 9
    assert history.best.number == best
    assert same(weights(model), snapshots[best - 1])
    assert not same(weights(model), snapshots[-1])
    told = evaluate(model, VALIDATION, device="cpu")
    assert (told.loss, told.accuracy) == pytest.approx(
        (history.best.validation_loss, history.best.validation_accuracy), abs=1e-7
    )
    forgetful = small()
    fit(forgetful, TRAIN, VALIDATION, replace(settings, restore_best=False), device="cpu")
    assert same(weights(forgetful), snapshots[-1])


def test_patience_stops_after_so_many_epochs_without_a_better_one() -> None:
    settings = Settings(epochs=40, batch_size=8, learning_rate=0.2, patience=2, seed=3)
    history = fit(small(), TRAIN, VALIDATION, settings)
    assert len(history.epochs) == history.best_epoch + 2 < 40


def test_without_validation_the_last_epoch_stays() -> None:
    model = small()
    history = fit(model, TRAIN, None, FAST)
    assert history.best_epoch == 4
    assert history.column("validation_loss") == [None] * 4
    with pytest.raises(ValueError, match="patience"):
        fit(model, TRAIN, None, replace(FAST, patience=1))


def test_watching_scores_every_epoch_and_changes_nothing() -> None:
    watching, alone = small(), small()
    history = fit(watching, TRAIN, VALIDATION, FAST, watch={"test": TEST})
    plain = fit(alone, TRAIN, VALIDATION, FAST)
    assert same(weights(watching), weights(alone))
    told = evaluate(watching, TEST)
    assert history.best.watched == {
        "test": {"loss": pytest.approx(told.loss), "accuracy": told.accuracy}
    }
    assert plain.best.watched == {}
    again = History.from_json(json.loads(json.dumps(history.to_json())))
    assert again == history
    assert history.seconds == sum(history.column("seconds")) > 0


# ---- Steps ------------------------------------------------------------------------------------


@pytest.mark.parametrize("clip", [None, 0.01])
def test_clipping_clips(clip: float | None) -> None:
    model = small(dropout=0.0)
    before = nn.utils.parameters_to_vector(model.parameters()).clone()
    one_step = Settings(
        epochs=1, batch_size=500, learning_rate=1.0, optimizer="sgd", clip=clip, restore_best=False
    )
    fit(model, TRAIN, None, one_step)
    moved = (nn.utils.parameters_to_vector(model.parameters()) - before).norm().item()
    if clip is None:
        assert moved > 0.05
    else:
        assert moved == pytest.approx(clip, rel=1e-3)


def test_frozen_weights_stay() -> None:
    model = small(embedding=np.ones((V, 6)), frozen=True)
    fit(model, TRAIN, VALIDATION, replace(FAST, epochs=1, weight_decay=0.1))
    assert torch.equal(model.embedding.weight, torch.ones(V, 6))


@pytest.mark.parametrize(
    ("schedule", "last"),
    [(None, 0.02), ("linear", 0.02 / 24), ("cosine", 0.01 * (1 + math.cos(math.pi * 23 / 24)))],
)
def test_the_learning_rate_follows_its_schedule(schedule: str | None, last: float) -> None:
    history = fit(small(), TRAIN, VALIDATION, replace(FAST, schedule=schedule))
    rates = history.column("learning_rate")  # of the last of 6 steps in each of 4 epochs
    assert rates[-1] == pytest.approx(last)
    assert rates == sorted(rates, reverse=True)


def test_a_loss_that_is_no_number_is_told() -> None:
    model = small()
    model.head.output.bias.data[0] = float("nan")
    with pytest.raises(FloatingPointError, match="epoch 1 the loss is no longer a number"):
        fit(model, TRAIN, VALIDATION, FAST)
    use_language("vi")
    with pytest.raises(FloatingPointError, match="Ở lượt 1"):
        fit(model, TRAIN, VALIDATION, FAST)


def test_the_mean_of_the_weights_is_measured_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, seen = replace(FAST, epochs=2, averaging=0.8), []
    step = training._Run._step

    def watched(run: Any, *arguments: Any) -> Any:
        told = step(run, *arguments)
        seen.append([parameter.detach().clone() for parameter in run.learned])
        return told

    monkeypatch.setattr(training._Run, "_step", watched)
    model = small()
    mean = [parameter.detach().clone() for parameter in model.parameters()]
    history = fit(model, TRAIN, None, settings, watch={"test": TEST})
    for number, weights_then in enumerate(seen):
        kept = min(0.8, (1 + number) / (10 + number))
        mean = [kept * m + (1 - kept) * w for m, w in zip(mean, weights_then, strict=True)]
    for parameter, expected in zip(model.parameters(), mean, strict=True):
        assert parameter.detach() == pytest.approx(expected, abs=1e-6)
    plain = small()
    fit(plain, TRAIN, None, replace(settings, averaging=None))
    assert not same(weights(plain), weights(model))
    for parameter, last in zip(plain.parameters(), seen[len(seen) // 2 - 1], strict=True):
        assert torch.equal(parameter, last)  # steps themselves are the same with a mean
    watched_last = history.epochs[-1].watched["test"]
    assert watched_last["loss"] == pytest.approx(evaluate(model, TEST).loss, abs=1e-6)


def test_an_adversary_moves_every_text_to_where_the_loss_is_higher() -> None:
    model = small(dropout=0.0, bidirectional=True)
    tokens, lengths, targets = training._batch(TRAIN, np.arange(20), torch.device("cpu"))
    read: list[Tensor] = []
    # After the adversary's hook, so it sees what the layers read.
    with training._Vectors(model) as vectors:
        model.embedding_dropout.register_forward_pre_hook(lambda _, given: read.append(given[0]))
        first, _, _ = training._loss(model, model(tokens, lengths), targets)
        first.backward()
        vectors.push(0.3)
        second, _, _ = training._loss(model, model(tokens, lengths), targets)
    assert second > first
    moved = (read[1] - read[0]).detach()
    sizes = read[0].detach()[torch.arange(tokens.shape[1]) < lengths[:, None]].norm(dim=1)
    typical = sizes.pow(2).mean().sqrt()
    assert moved.flatten(1).norm(dim=1) == pytest.approx(0.3 * typical.expand(20), rel=1e-4)
    assert not moved[torch.arange(tokens.shape[1]) >= lengths[:, None]].any()
    again, _, _ = training._loss(model, model(tokens, lengths), targets)
    assert again == first  # outside, nothing is moved any more


def test_only_a_classifier_that_recurs_has_an_adversary() -> None:
    with pytest.raises(ValueError, match="RecurrentClassifier"):
        fit(NeuralNGram(V, order=2), lines(9), None, replace(FAST, adversarial=0.1))
    model, plain = small(), small()
    history = fit(model, TRAIN, VALIDATION, replace(FAST, epochs=8, adversarial=0.2))
    fit(plain, TRAIN, VALIDATION, replace(FAST, epochs=8))
    assert history.epochs[-1].train_accuracy > 0.7
    assert not same(weights(model), weights(plain))


# ---- Going on after an interruption -----------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [{"optimizer": "adam"}, {"optimizer": "rmsprop"}, {"averaging": 0.9, "adversarial": 0.1}],
)
@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_an_interrupted_training_ends_as_if_it_never_was(
    more: dict[str, Any], stop_after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A high rate: epoch 2 or 3 is the best, so the best weights must survive, too.
    settings = replace(FAST, schedule="linear", learning_rate=0.1, clip=1.0, **more)
    call = {"watch": {"test": TEST}, "checkpoint": tmp_path / "run.pt"}
    whole = small()
    expected = fit(whole, TRAIN, VALIDATION, settings, watch=call["watch"])
    scores, calls = training._scores, []

    def fail(model: Model, *rest: Any) -> Any:
        calls.append(1)
        if len(calls) > 2 * stop_after:
            raise KeyboardInterrupt
        return scores(model, *rest)

    monkeypatch.setattr(training, "_scores", fail)
    with pytest.raises(KeyboardInterrupt):
        fit(small(), TRAIN, VALIDATION, settings, **call)
    monkeypatch.setattr(training, "_scores", scores)
    torch.rand(stop_after)
    model = small()
    history = fit(model, TRAIN, VALIDATION, settings, **call)
    assert figures(history) == figures(expected)
    assert same(weights(model), weights(whole))
    monkeypatch.setattr(training, "_scores", None)  # all is done: nothing is computed again
    finished = small()
    assert fit(finished, TRAIN, VALIDATION, settings, **call) == history
    assert same(weights(finished), weights(whole))


def test_a_checkpoint_of_another_training_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    fit(small(), TRAIN, VALIDATION, FAST, checkpoint=path)
    content = path.read_bytes()
    for change in (
        {"settings": replace(FAST, seed=2)},
        {"train": TEST},
        {"validation": TEST},
        {"model": small(units=6)},
        {"model": seed_everything(5) or RecurrentClassifier(V, dimension=6, units=5, dropout=0.1)},
    ):
        call = {"model": small(), "train": TRAIN, "validation": VALIDATION, "settings": FAST}
        with pytest.raises(ValueError, match="belongs to another training"):
            fit(**{**call, **change}, checkpoint=path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 half a zip"])
def test_a_damaged_checkpoint_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a checkpoint"):
        fit(small(), TRAIN, VALIDATION, FAST, checkpoint=path)


def test_a_checkpoint_runs_nothing(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return exec, ("raise SystemExit('a pickle was opened')",)

    torch.save({"identity": Bomb()}, tmp_path / "run.pt")
    with pytest.raises(ValueError, match="not a checkpoint"):
        fit(small(), TRAIN, VALIDATION, FAST, checkpoint=tmp_path / "run.pt")


# ---- Quick, and again -------------------------------------------------------------------------


def test_quick_is_one_epoch_on_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTM_COURSE_QUICK", "1")
    monkeypatch.setattr(training, "QUICK_EXAMPLES", 20)
    seen: list[int] = []
    batch = training._batch

    def spy(examples: Examples, chosen: Any, device: Any) -> Any:
        seen.append(len(examples))
        return batch(examples, chosen, device)

    monkeypatch.setattr(training, "_batch", spy)
    history = fit(small(), TRAIN, VALIDATION, FAST, watch={"test": TEST})
    assert len(history.epochs) == 1
    assert set(seen) == {20}
    monkeypatch.setenv("LSTM_COURSE_QUICK", "0")
    assert len(fit(small(), TRAIN, VALIDATION, FAST).epochs) == 4
    by_class = Examples([[2]] * 100, [0] * 50 + [1] * 50)  # data may be sorted
    assert training._shortened(by_class).targets.tolist() == [0] * 10 + [1] * 10


def test_quick_reads_the_beginnings_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTM_COURSE_QUICK", "1")
    monkeypatch.setattr(training, "QUICK_TOKENS", 3)
    model = small()
    texts = [[2, 3, 4, 5, 6], [2, 3, 4], [5]]
    first = predict(model, [text[:3] for text in texts])
    np.testing.assert_array_equal(predict(model, texts), first)
    labels = [0, 1, 1]
    assert evaluate(model, Examples(texts, labels)) == evaluate(
        model, Examples([text[:3] for text in texts], labels)
    )
    monkeypatch.setenv("LSTM_COURSE_QUICK", "0")
    assert not np.array_equal(predict(model, texts)[0], first[0])
    monkeypatch.setenv("LSTM_COURSE_QUICK", "1")
    begun = training._begun(Examples.next_tokens(texts))
    assert [list(part) for part in (*begun.sequences, *begun.targets)] == [
        [2, 3, 4],
        [2, 3],
        [3, 4, 5],
        [3, 4],
    ]


def test_what_was_trained_before_is_reused_for_authors_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = fit(small(), TRAIN, VALIDATION, FAST)
    assert not (tmp_path / "cache").exists()
    monkeypatch.setenv("LSTM_COURSE_REUSE", "1")
    english = small()
    history = fit(english, TRAIN, VALIDATION, FAST, watch={"test": TEST})
    (entry,) = (tmp_path / "cache" / "models").iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(training, "_Run", None)  # nothing is trained
        vietnamese = small()
        assert fit(vietnamese, TRAIN, VALIDATION, FAST, watch={"test": TEST}) == history
        assert not vietnamese.training
    assert same(weights(vietnamese), weights(english))
    assert history.column("train_loss") == first.column("train_loss")
    for content in (b"", entry.read_bytes()[:-1], b"no weights at all"):
        entry.write_bytes(content)
        again = fit(small(), TRAIN, VALIDATION, FAST, watch={"test": TEST})
        assert figures(again) == figures(history)
        assert entry.stat().st_size > 1000
    fit(small(), TRAIN, VALIDATION, replace(FAST, seed=2))
    assert len(list(entry.parent.iterdir())) == 2


def test_the_bar_is_silent_under_test_and_speaks_otherwise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(small(), TRAIN, VALIDATION, FAST)
    assert capsys.readouterr() == ("", "")
    import tqdm

    options: list[dict[str, Any]] = []
    real = tqdm.tqdm

    class Watched(real):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **given: Any) -> None:
            options.append(given)
            super().__init__(*args, **{**given, "delay": 0, "mininterval": 0})

    monkeypatch.setattr(tqdm, "tqdm", Watched)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    use_language("vi")
    fit(small(), TRAIN, VALIDATION, FAST)
    shown = capsys.readouterr()
    assert options[0]["delay"] == 2
    assert options[0]["leave"] is False
    assert shown.out == ""
    assert "lượt 2 trên 4" in shown.err
    assert re.search(r"mất mát \d\.\d{3}, độ chính xác \d\.\d{3}", shown.err)
    for variable in ("LSTM_COURSE_QUICK", "LSTM_COURSE_REUSE"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, "1")
            fit(small(), TRAIN, VALIDATION, FAST)
    fit(small(), TRAIN, VALIDATION, FAST, progress=False)
    assert capsys.readouterr() == ("", "")


# ---- What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("train", "told"),
    [
        (Examples([], []), "train: there are no examples"),
        (Examples([[2], [V]], [0, 1]), "train: token number 12 is outside the vocabulary, 0 to 11"),
        (Examples([[2], [-1]], [0, 1]), "token number -1"),
        (Examples([[2], [3]], [0, 2]), "target 2 is none of the model's classes, 0 to 1"),
        (Examples([[2], [3]], [-1, 0]), "target -1"),
        (lines(3), "one class for each text"),
    ],
)
def test_bad_examples_are_refused_before_training(train: Examples, told: str) -> None:
    for classes in (1, 2):
        model = small(classes=classes)
        before = weights(model)
        with pytest.raises(ValueError, match=re.escape(told)):
            fit(model, train, VALIDATION, FAST)
        assert same(weights(model), before)
    with pytest.raises(ValueError, match=re.escape(told.replace("train", "validation"))):
        fit(model, TRAIN, train, FAST)
    with pytest.raises(ValueError, match=re.escape(told.replace("train", "test"))):
        fit(model, TRAIN, VALIDATION, FAST, watch={"test": train})
    with pytest.raises(ValueError, match=re.escape(told.replace("train", "evaluate"))):
        evaluate(model, train)


def test_bad_lines_are_refused() -> None:
    model = RecurrentLanguageModel(V, dimension=4, units=4)
    for examples, told in (
        (Examples([[2], []], [[3], []]), "empty sequence"),
        (Examples([[2]], [[V]]), "target 12"),
        (TRAIN, "one target for each token"),
    ):
        with pytest.raises(ValueError, match=told):
            fit(model, examples, None, FAST)
    with pytest.raises(ValueError, match="language model"):
        predict(model, [[2]])


@pytest.mark.parametrize(
    ("sequences", "targets"),
    [([[2]], [0, 1]), ([[2, 3]], [[3]]), ([[2.5]], [0]), ([2, 3], [0, 1]), ([["a"]], [0])],
)
def test_examples_that_do_not_pair_are_refused(sequences: Any, targets: Any) -> None:
    with pytest.raises(ValueError, match=r"sequences, but|example 0|whole numbers"):
        Examples(sequences, targets)


@pytest.mark.parametrize(
    "wrong",
    [
        {"optimizer": "adagrad"},
        {"schedule": "steps"},
        {"monitor": "f1"},
        {"epochs": 0},
        {"epochs": 2.0},
        {"batch_size": 0},
        {"patience": 0},
        {"seed": -1},
        {"clip": 0.0},
        {"learning_rate": 0.0},
        {"learning_rate": math.nan},
        {"weight_decay": -1.0},
        {"averaging": 1.0},
        {"adversarial": -0.1},
        {"adversarial": math.nan},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(FAST, **wrong)


# ---- Parts and measures -----------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.2, 19, 1])
def test_a_validation_part_is_cut_from_the_training_data(part: float) -> None:
    rest, validation = split_validation(TRAIN, part, seed=4)
    assert len(validation) == (19 if part == 0.2 else part)
    texts = [
        sequence.tolist() for examples in (rest, validation) for sequence in examples.sequences
    ]
    assert sorted(texts) == sorted(sequence.tolist() for sequence in TRAIN.sequences)
    again = split_validation(TRAIN, part, seed=4)[1]
    assert again.checksum() == validation.checksum()
    assert split_validation(TRAIN, part, seed=5)[1].checksum() != validation.checksum()


def test_a_stratified_part_has_the_shares_of_the_whole() -> None:
    examples = Examples([[2 + n % 9] for n in range(1000)], [0] * 700 + [1] * 250 + [2] * 50)
    for seed in range(5):
        _, validation = split_validation(examples, 100, seed)
        assert np.bincount(validation.targets).tolist() == [70, 25, 5]
    counts = {
        tuple(np.bincount(split_validation(examples, 100, seed, stratified=False)[1].targets))
        for seed in range(5)
    }
    assert len(counts) > 1
    rest, validation = split_validation(lines(20), 0.25)
    assert (len(rest), len(validation)) == (15, 5)
    for impossible in (0, 0.0001, 1000, 1001):
        with pytest.raises(ValueError, match="part for validation"):
            split_validation(examples, impossible)


def test_the_checksum_depends_on_every_number() -> None:
    different = [
        Examples([[2, 3], [4]], [0, 1]),
        Examples([[2], [3, 4]], [0, 1]),
        Examples([[2, 3], [4]], [1, 1]),
        Examples([[2, 3], [5]], [0, 1]),
        Examples([[2, 3], [4]], [[3, 4], [5]]),
        Examples([], []),
    ]
    assert len({examples.checksum() for examples in different}) == len(different)


@pytest.mark.parametrize("classes", [1, 3])
def test_probabilities_come_in_the_order_of_the_texts(classes: int) -> None:
    model = small(classes=classes).train()
    texts = [*TEST.sequences, []]
    together = predict(model, texts, batch_size=4)
    assert model.training
    assert together.shape == (31, max(2, classes))
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_allclose(predict(model, [text])[0], row, atol=1e-6)
    if classes == 1:
        scores = evaluate(model, TEST)
        assert scores.accuracy == np.mean(together[:30].argmax(axis=1) == TEST.targets)
        chosen = together[np.arange(30), TEST.targets]
        assert scores.loss == pytest.approx(-np.log(chosen).mean(), abs=1e-5)
    assert predict(model, []).shape == (0, max(2, classes))


def test_class_scores_are_those_of_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    targets, predicted = chance.integers(0, 3, 200), chance.integers(0, 4, 200)
    matrix = confusion_matrix(targets, predicted, 5)
    np.testing.assert_array_equal(matrix, sklearn_matrix(targets, predicted, labels=range(5)))
    expected = precision_recall_fscore_support(
        targets, predicted, labels=range(5), zero_division=0.0
    )
    found = [[s.precision, s.recall, s.f1, s.count] for s in class_scores(matrix)]
    np.testing.assert_allclose(np.array(found).T, np.array(expected, dtype=float))


# ---- Places -----------------------------------------------------------------------------------


def test_the_fastest_device_is_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    for cuda, mps, expected in ((True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda mps=mps: mps)
        assert pick_device().type == expected


def test_seeding_begins_all_random_numbers_anew() -> None:
    drawn = []
    for _ in range(2):
        seed_everything(5)
        drawn.append((random.random(), np.random.random(), torch.rand(1).item()))
    assert drawn[0] == drawn[1]


def test_a_copy_trains_like_its_original() -> None:
    model = small()
    twin = copy.deepcopy(model)
    fit(model, TRAIN, VALIDATION, FAST)
    fit(twin, TRAIN, VALIDATION, FAST)
    assert same(weights(model), weights(twin))


def test_text_and_cells_need_no_torch() -> None:
    code = (
        "import sys, lstm_course, lstm_course.text, lstm_course.cells, lstm_course.evaluate;"
        "print({'torch', 'safetensors', 'tqdm', 'pyvi', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
