"""Models: against a loop written by hand, deaf to padding, counted, and safe to load."""

from __future__ import annotations

import io
import json
import pickle
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_course import cells, use_language
from lstm_course.models import (
    FeedForwardClassifier,
    Model,
    ModelFileError,
    NeuralNGram,
    RecurrentClassifier,
    RecurrentLanguageModel,
    build,
    count_parameters,
    export,
    load,
    parameters_by_layer,
    rounded,
    save,
)
from lstm_course.text import Encoder, Vocabulary

V = 11
TEXTS = [[2, 3, 4, 5, 6, 7], [8], [], [9, 10, 2, 1]]


@pytest.fixture(autouse=True)
def repeatable() -> Iterator[None]:
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # tensors this small only wait for one another
    yield
    torch.set_num_threads(threads)
    use_language("en")


def batch(texts: list[list[int]], width: int | None = None) -> tuple[Tensor, Tensor]:
    width = max(map(len, texts)) if width is None else width
    rows = [text + [0] * (width - len(text)) for text in texts]
    lengths = torch.tensor([len(text) for text in texts])
    return torch.tensor(rows, dtype=torch.int64).reshape(len(texts), width), lengths


def answers(model: Model, texts: list[list[int]], width: int | None = None) -> Tensor:
    with torch.no_grad():
        logits: Tensor = model.eval()(*batch(texts, width))
    return logits


def recurrent(**options: Any) -> RecurrentClassifier:
    return RecurrentClassifier(V, **{"dimension": 5, "units": 4, **options})


def with_scores(**options: Any) -> RecurrentClassifier:
    model = recurrent(direct=True, **options)
    nn.init.normal_(model.direct.weight)  # they begin at 0
    return model


DEAF: dict[str, Callable[[], Model]] = {
    "feed-forward": lambda: FeedForwardClassifier(V, length=4, dimension=3, dense=[5]),
    "feed-forward, one-hot": lambda: FeedForwardClassifier(V, length=8, dimension=None),
    "rnn last": lambda: recurrent(cell="rnn"),
    "last, not packed": lambda: recurrent(packed=False),
    "gru max both ways": lambda: recurrent(cell="gru", pooling="max", bidirectional=True, layers=2),
    "mean": lambda: recurrent(pooling="mean", bidirectional=True),
    "mean, not packed": lambda: recurrent(pooling="mean", packed=False, dense=[6]),
    "n-grams": lambda: recurrent(ngrams=[3, 50, 2], pooling="max_mean", bidirectional=True),
    "scores of tokens": lambda: with_scores(classes=3, bidirectional=True),
    "scores of tokens, fixed": lambda: with_scores(length=5, pooling="mean"),
    "max and mean": lambda: recurrent(pooling="max_mean", classes=3),
    "flatten": lambda: recurrent(pooling="flatten", length=5),
    "flatten, not packed": lambda: recurrent(pooling="flatten", length=5, packed=False),
    "both ways, not packed": lambda: recurrent(length=5, packed=False, bidirectional=True),
    "last padded, fixed": lambda: recurrent(pooling="last_padded", packed=False, length=5),
    "one-hot": lambda: recurrent(dimension=None, bidirectional=True),
    "pieces": lambda: recurrent(word_end=4, bidirectional=True, pooling="max"),
    "pieces and whole": lambda: recurrent(word_end=4, first_piece=7, pooling="max_mean"),
    "convolution": lambda: recurrent(convolution=[6, 3, 2], pooling="max_mean"),
    "convolution, one-hot": lambda: recurrent(dimension=None, convolution=[6, 5, 3], classes=1),
    "convolution, flatten": lambda: recurrent(convolution=[6, 3, 2], pooling="flatten", length=7),
}
LANGUAGE: dict[str, Callable[[], Model]] = {
    "n-gram": lambda: NeuralNGram(V, order=4, dimension=3, units=5, direct=True),
    "bigram": lambda: NeuralNGram(V, order=2, dimension=None),
    "lstm": lambda: RecurrentLanguageModel(V, dimension=5, units=6, layers=2, dropout=0.3),
    "gru tied": lambda: RecurrentLanguageModel(V, dimension=6, units=6, cell="gru", tied=True),
    "lstm that counts": lambda: RecurrentLanguageModel(
        V, dimension=5, units=6, line_end=4, word_ends=[3, 6]
    ),
    "rnn one-hot": lambda: RecurrentLanguageModel(V, dimension=None, units=6, cell="rnn"),
}
ALL = {**DEAF, **LANGUAGE, "last padded": lambda: recurrent(pooling="last_padded", packed=False)}


# ---- What they compute ------------------------------------------------------------------------


@pytest.mark.parametrize("first_piece", [None, 7])
def test_a_word_is_read_as_what_stands_whole_and_the_mean_of_its_pieces(
    first_piece: int | None,
) -> None:
    model = recurrent(word_end=4, first_piece=first_piece, pooling="max", bidirectional=True).eval()
    table = model.embedding.weight.detach()
    nothing = torch.zeros(5)

    def word(*numbers: int) -> Tensor:
        whole = [table[n] for n in numbers if n < (first_piece or 0)]
        pieces = [table[n] for n in numbers if n >= (first_piece or 0)]
        return sum(whole, nothing) + (torch.stack(pieces).mean(0) if pieces else nothing)

    # 4 ends a word, 1 is unknown; the last word of the second text was cut off before its end.
    texts = [[2, 7, 8, 4, 1, 1, 4, 9, 1, 4], [3, 4, 10, 10, 5], [], [4]]
    expected = [[word(2, 7, 8), nothing, word(9)], [word(3), word(10, 10, 5)], [nothing], [nothing]]
    read: list[Tensor] = []
    model.embedding_dropout.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    logits = answers(model, texts)
    for number, words in enumerate(expected):
        assert read[0][number, : len(words)] == pytest.approx(torch.stack(words), abs=1e-6)
        assert not read[0][number, len(words) :].any()
        packed, _ = model.recurrent(torch.stack(words))
        by_hand = model.head(packed.amax(dim=0))
        assert logits[number] == pytest.approx(by_hand.detach(), abs=1e-6)


def test_training_leaves_out_pieces() -> None:
    model = recurrent(word_end=4, piece_dropout=0.5)
    read: list[Tensor] = []
    model.embedding_dropout.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    texts = [[2, 4] * 500]
    model.train()(*batch(texts))
    answers(model, texts)
    left_out = (read[0] == 0).all(dim=2).float().mean()
    assert left_out == pytest.approx(0.5, abs=0.1)
    assert not (read[1] == 0).all(dim=2).any()


def test_a_loop_by_hand_gives_the_same_logits() -> None:
    model = recurrent(bidirectional=True, dense=[7])
    forward, backward = nn.LSTMCell(5, 4), nn.LSTMCell(5, 4)
    for cell, suffix in ((forward, "l0"), (backward, "l0_reverse")):
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, kind).data = getattr(model.recurrent, f"{kind}_{suffix}").data
    for text, logits in zip(TEXTS, answers(model, TEXTS), strict=True):
        ends = []
        for cell, tokens in ((forward, text or [1]), (backward, (text or [1])[::-1])):
            state = torch.zeros(1, 4), torch.zeros(1, 4)
            for token in tokens:
                state = cell(model.embedding(torch.tensor([token])), state)
            ends.append(state[0])
        hidden = torch.relu(model.head.dense[0](torch.cat(ends, dim=1)))
        torch.testing.assert_close(logits, model.head.output(hidden)[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("length", [None, 5])
def test_scores_of_tokens_join_the_logits(length: int | None) -> None:
    model = with_scores(classes=3, length=length)
    scores = model.direct.weight.detach().clone()
    together = answers(model, TEXTS)
    nn.init.zeros_(model.direct.weight)
    for text, logits, without in zip(TEXTS, together, answers(model, TEXTS), strict=True):
        read = text[:length] or [1]
        expected = without + 4 * sum(scores[token] for token in read) / len(read) ** 0.5
        torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("pooling", ["max", "mean", "max_mean"])
def test_pooling_by_hand(pooling: str) -> None:
    model = recurrent(pooling=pooling)
    for text, features in zip(TEXTS, model.features(*batch(TEXTS)), strict=True):
        states, _ = model.recurrent(model.embedding(torch.tensor([text or [1]])))
        by_name = {"max": states[0].max(dim=0).values, "mean": states[0].mean(dim=0)}
        expected = torch.cat([by_name[name] for name in pooling.split("_")])
        torch.testing.assert_close(features, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", DEAF)
def test_padding_further_changes_nothing(name: str) -> None:
    model = DEAF[name]()
    together = answers(model, TEXTS)
    assert together.shape == (4, model.classes)
    torch.testing.assert_close(answers(model, TEXTS, width=19), together, atol=1e-6, rtol=0)
    for text, logits in zip(TEXTS, together, strict=True):  # and neither do the neighbours
        torch.testing.assert_close(answers(model, [text])[0], logits, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", DEAF)
def test_what_stands_in_the_padding_is_not_read(name: str) -> None:
    model = DEAF[name]()
    tokens, lengths = batch(TEXTS)
    rubbish = tokens.where(torch.arange(tokens.shape[1]) < lengths[:, None], 7)
    with torch.no_grad():
        torch.testing.assert_close(model.eval()(rubbish, lengths), answers(model, TEXTS))


def test_the_deliberate_mistake_reads_the_padding() -> None:
    wrong = recurrent(pooling="last_padded", packed=False)
    short = [TEXTS[1]]
    assert (answers(wrong, short) - answers(wrong, short, width=40)).abs().max() > 1e-3
    assert recurrent().embedding.weight[0].abs().max() == 0
    assert wrong.embedding.weight[0].abs().max() > 0  # its padding has a vector that learns


@pytest.mark.parametrize("pooling", ["last", "max", "mean"])
def test_packed_is_unpacked_but_faster(pooling: str) -> None:
    packed, loose = (recurrent(pooling=pooling, packed=packed) for packed in (True, False))
    loose.load_state_dict(packed.state_dict())
    torch.testing.assert_close(answers(packed, TEXTS), answers(loose, TEXTS), atol=1e-5, rtol=0)


def test_a_step_reads_the_n_grams_that_end_in_its_stride() -> None:
    model = recurrent(ngrams=[3, 997, 2]).eval()
    table = model.embedding.weight.detach()
    assert len(table) == V + 997
    text = [2, 3, 2, 3, 4]
    tokens, lengths = batch([text, [5]])
    with torch.no_grad():
        x = model._ngrams(tokens, torch.arange(5) < lengths[:, None])

    def row(gram: list[int]) -> int:
        code = 0
        for token in gram:
            code = code * 1_000_003 + token
        return V + code % 997 if len(gram) > 1 else gram[0]

    padded = [0, 0, *text]  # the first n-grams begin before the text
    sums = [
        sum(table[row(padded[end + 2 - n + 1 : end + 3])] for n in (1, 2, 3)) for end in range(5)
    ]
    expected = torch.stack([sums[0] + sums[1], sums[2] + sums[3], sums[4]]) / 3**0.5
    torch.testing.assert_close(x[0], expected, atol=1e-6, rtol=0)
    assert x[1, 1:].abs().max() == 0


@pytest.mark.parametrize("wrong", [[3, 50], [17, 50, 2], [3, 0, 2], [3, 50, 0]])
def test_n_grams_are_three_sizes(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="ngrams"):
        recurrent(ngrams=wrong)
    with pytest.raises(ValueError, match="ngrams"):
        recurrent(ngrams=[3, 50, 2], convolution=[4, 3, 1])
    with pytest.raises(ValueError, match="n-grams"):
        recurrent(ngrams=[3, 50, 2], embedding=np.zeros((V, 5)), frozen=True)


def test_tokens_begin_with_the_vectors_given_and_n_grams_small() -> None:
    given = np.random.default_rng(0).normal(0, 1, (V, 5))
    table = recurrent(dimension=5, ngrams=[2, 500, 1], embedding=given).embedding.weight.detach()
    np.testing.assert_allclose(table[:V], given, atol=1e-7)
    assert len(table) == V + 500
    assert 0.01 < float(table[V:].std()) < 0.03


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_each_way_by_itself_is_what_packing_gives(cell: str, bidirectional: bool) -> None:
    model = recurrent(cell=cell, layers=2, bidirectional=bidirectional).eval()
    _, lengths = batch(TEXTS)
    lengths = lengths.clamp(min=1)
    x = torch.randn(len(TEXTS), int(lengths.max()), 5)
    with torch.no_grad():
        states, last = model._states(x, lengths)
        run = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        packed, _ = pad_packed_sequence(model.recurrent(run)[0], batch_first=True)
    real = torch.arange(x.shape[1]) < lengths[:, None]
    torch.testing.assert_close(states[real], packed[real], atol=1e-6, rtol=0)
    ends = packed[torch.arange(len(TEXTS)), lengths - 1, :4]
    back = packed[:, 0, 4:]
    torch.testing.assert_close(last, torch.cat([ends, back], dim=1), atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ALL)
def test_an_empty_text_is_one_unknown_token(name: str) -> None:
    model = ALL[name]()
    unknown = answers(model, [[1]])
    torch.testing.assert_close(answers(model, [[]], width=0), unknown)
    if not model.language_model:
        torch.testing.assert_close(
            answers(model, [[], [2, 3]])[0], answers(model, [[1], [2, 3]])[0]
        )


@pytest.mark.parametrize("name", LANGUAGE)
def test_steps_give_what_the_whole_gives(name: str) -> None:
    model: Any = LANGUAGE[name]()
    texts = [[2, 3, 4, 5, 6], [7, 8, 9, 10, 1]]
    whole = answers(model, texts)
    assert whole.shape == (2, 5, V)
    state = None
    with torch.no_grad():
        for step in range(5):
            logits, state = model.step(torch.tensor([text[step] for text in texts]), state)
            torch.testing.assert_close(logits, whole[:, step], atol=1e-6, rtol=0)


def test_an_n_gram_model_sees_only_its_window() -> None:
    model = NeuralNGram(V, order=3)
    one, other = answers(model, [[2, 3, 4, 5], [9, 3, 4, 5]])
    torch.testing.assert_close(one[2:], other[2:])
    assert not torch.allclose(one[1], other[1])


def test_dropout_only_while_training() -> None:
    for model in (recurrent(dropout=0.5), recurrent(embedding_dropout=0.5)):
        assert torch.equal(answers(model, TEXTS), answers(model, TEXTS))
        model.train()
        assert not torch.equal(model(*batch(TEXTS)), model(*batch(TEXTS)))


def test_given_vectors_are_used_and_frozen_if_asked() -> None:
    vectors = np.arange(V * 5).reshape(V, 5) / 100
    for frozen in (True, False):
        model = recurrent(embedding=vectors, frozen=frozen)
        np.testing.assert_allclose(model.embedding.weight.detach(), vectors, atol=1e-6)
        answers_ = model.train()(*batch(TEXTS))
        answers_.sum().backward()
        assert (model.embedding.weight.grad is None) is frozen
    with pytest.raises(ValueError, match=r"shape \(11, 5\)"):
        recurrent(embedding=vectors.T)


# ---- Configuration and counting ---------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_build_makes_an_equal_model(name: str) -> None:
    model = ALL[name]()
    configuration = json.loads(json.dumps(model.configuration))
    twin = build(configuration)
    assert twin.configuration == model.configuration
    twin.load_state_dict(model.state_dict())
    assert torch.equal(answers(twin, TEXTS), answers(model, TEXTS))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"cell": "transformer"}, "cell"),
        ({"pooling": "min"}, "pooling"),
        ({"pooling": "flatten"}, "length"),
        ({"pooling": "last_padded"}, "packed=False"),
        ({"packed": False, "bidirectional": True}, "length"),
        ({"packed": 1}, "packed"),
        ({"units": 0}, "units"),
        ({"units": 10**12}, "units"),
        ({"units": 4.0}, "units"),
        ({"units": True}, "units"),
        ({"layers": 10**6}, "layers"),
        ({"dropout": 1.0}, "dropout"),
        ({"classes": 0}, "classes"),
        ({"dense": 24}, "dense"),
        ({"dense": [24, -1]}, "dense"),
        ({"dense": [1] * 1000}, "dense"),
        ({"convolution": [8, 4, 2]}, "convolution"),
        ({"dimension": None, "frozen": True}, "one-hot"),
        ({"wings": 2}, "wings"),
        ({"model": "Linear"}, "model is one of"),
        ({"model": None}, "model is one of"),
    ],
)
def test_a_configuration_of_no_model_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        build({**recurrent().configuration, **wrong})


def test_tied_weights_are_one() -> None:
    model = RecurrentLanguageModel(V, dimension=6, units=6, tied=True)
    assert model.output.weight is model.embedding.weight
    assert count_parameters(model) == 6 * V + 4 * 6 * (6 + 6 + 2) + V
    with pytest.raises(ValueError, match="tied"):
        RecurrentLanguageModel(V, dimension=5, units=6, tied=True)


def test_counts_of_the_sources() -> None:
    sarcasm = RecurrentClassifier(1000, classes=1, dimension=16, bidirectional=True, dense=[24])
    layers = {"embedding": 16000, "recurrent": 12544, "dense.0": 1560, "output": 25}
    assert parameters_by_layer(sarcasm, one_bias=True) == layers
    assert count_parameters(sarcasm, one_bias=True) == 30129
    assert count_parameters(sarcasm) == 30129 + 256
    flat = {"classes": 1, "pooling": "flatten", "packed": False}
    characters = RecurrentClassifier(46, dimension=None, units=20, length=1500, **flat)
    assert count_parameters(characters, one_bias=True) == 35361
    reviews = RecurrentClassifier(2, dimension=300, units=50, length=400, **flat)
    assert count_parameters(reviews, one_bias=True) - 600 == 90201


# ---- For the page -----------------------------------------------------------------------------


def numpy_lstm(arrays: dict[str, Any], place: str, xs: list[Any]) -> list[Any]:
    """Hidden state after each of ``xs``."""
    parts = {}
    for kind in ("w_x", "w_h", "b"):
        parts[kind] = np.split(arrays[f"{place}.{kind}"].astype(float), 4)  # i f g o
    i, f, g, o = ([parts[kind][gate] for kind in parts] for gate in range(4))
    steps = cells.lstm_sequence(xs, cells.LSTMWeights(*f, *i, *g, *o), np.zeros(4), np.zeros(4))
    return [step.h for step in steps]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_numpy_runs_what_is_exported(dtype: Any) -> None:
    model = recurrent(bidirectional=True, layers=2, pooling="max_mean", dense=[6])
    arrays = export(model, dtype)
    assert {array.dtype for array in arrays.values()} == {np.dtype(dtype)}
    logits = answers(rounded(model, dtype), TEXTS)
    for text, expected in zip(TEXTS, logits, strict=True):
        states = [arrays["embedding"][token].astype(float) for token in text or [1]]
        for layer in range(2):
            forward = numpy_lstm(arrays, f"recurrent.{layer}.forward", states)
            backward = numpy_lstm(arrays, f"recurrent.{layer}.backward", states[::-1])[::-1]
            states = [np.concatenate(pair) for pair in zip(forward, backward, strict=True)]
        x = np.concatenate([np.max(states, axis=0), np.mean(states, axis=0)])
        x = np.maximum(arrays["dense.0.w"].astype(float) @ x + arrays["dense.0.b"], 0)
        x = arrays["output.w"].astype(float) @ x + arrays["output.b"]
        np.testing.assert_allclose(x, expected, atol=1e-5)


def test_numpy_runs_an_exported_gru() -> None:
    model = recurrent(cell="gru")
    arrays = {name: array.astype(float) for name, array in export(model).items()}
    place = "recurrent.0.forward"
    h = np.zeros(4)
    for token in TEXTS[0]:
        by_x = np.split(
            arrays[f"{place}.w_x"] @ arrays["embedding"][token] + arrays[f"{place}.b"], 3
        )
        by_h = np.split(arrays[f"{place}.w_h"] @ h, 3)
        r, z = (cells.sigmoid(by_x[gate] + by_h[gate]) for gate in range(2))
        n = np.tanh(by_x[2] + r * (by_h[2] + arrays[f"{place}.b_n"]))
        h = (1 - z) * n + z * h
    logits = arrays["output.w"] @ h + arrays["output.b"]
    np.testing.assert_allclose(logits, answers(rounded(model), TEXTS)[0], atol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_rounding_moves_little_and_leaves_the_model_alone(name: str) -> None:
    model = ALL[name]()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    torch.testing.assert_close(
        answers(rounded(model, np.float32), TEXTS), answers(model, TEXTS), atol=1e-5, rtol=0
    )
    coarse = rounded(model)
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    assert not torch.equal(answers(coarse, TEXTS), answers(model, TEXTS))
    torch.testing.assert_close(answers(coarse, TEXTS), answers(model, TEXTS), atol=0.02, rtol=0)
    again, once = export(coarse), export(model)
    assert again.keys() == once.keys()
    assert all(np.array_equal(again[key], once[key]) for key in once)


def test_a_weight_too_large_for_the_page_is_an_error() -> None:
    model = recurrent()
    model.head.output.bias.data[0] = 1e6
    with pytest.raises(ValueError, match=r"output\.b"):
        export(model)


# ---- Files ------------------------------------------------------------------------------------


def encoder() -> Encoder:
    letters = Vocabulary(["<pad>", "<unk>", *"abcdefghi"])
    return Encoder(["nfc", "lower"], "characters", vocabulary=letters, length=20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "m", recurrent(), encoder(), ["no", "yes"], notes={"accuracy": 0.5})
    return tmp_path / "m"


@pytest.mark.parametrize("name", ALL)
def test_a_saved_model_answers_as_before(name: str, tmp_path: Path) -> None:
    model = ALL[name]()
    save(tmp_path, model)
    state = torch.random.get_rng_state()
    saved = load(tmp_path)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert not saved.model.training
    assert saved.model.configuration == model.configuration
    assert torch.equal(answers(saved.model, TEXTS), answers(model, TEXTS))


def test_what_belongs_to_a_model_is_saved_with_it(folder: Path) -> None:
    saved = load(folder, device="cpu")
    assert saved.encoder == encoder()
    assert (saved.labels, saved.notes) == (("no", "yes"), {"accuracy": 0.5})
    assert {path.name for path in folder.iterdir()} == {"model.json", "model.safetensors"}
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    description["notes"] = "corrected by hand"
    (folder / "model.json").write_text(json.dumps(description), encoding="utf-8")
    assert load(folder).notes == "corrected by hand"


def test_what_does_not_belong_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="11 tokens, not 7"):
        save(tmp_path, RecurrentClassifier(7), encoder())
    with pytest.raises(ValueError, match="3 labels for 2 classes"):
        save(tmp_path, recurrent(classes=1), labels=["a", "b", "c"])
    broken = recurrent()
    broken.head.output.bias.data[0] = float("nan")
    with pytest.raises(ValueError, match=r"head\.output\.bias"):
        save(tmp_path, broken)
    with pytest.raises(ValueError, match="JSON"):
        save(tmp_path, recurrent(), notes=float("nan"))
    assert not list(tmp_path.iterdir())


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "model.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    configuration = {**description["configuration"], **changes.pop("configuration", {})}
    description = {**description, "configuration": configuration, **changes}
    path.write_text(json.dumps(description), encoding="utf-8")


def reweigh(folder: Path, change: Callable[[dict[str, Tensor]], object]) -> None:
    path = folder / "model.safetensors"
    size = struct.unpack("<Q", path.read_bytes()[:8])[0]
    metadata = json.loads(path.read_bytes()[8 : 8 + size])["__metadata__"]
    weights = load_file(path)
    change(weights)
    save_file(weights, path, metadata)


def text_file(name: str, content: str | bytes) -> Callable[[Path], object]:
    content = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(content)


class Bomb:
    """A pickle of it would raise when it is opened."""

    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('a pickle was opened')",)


def torch_file(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def cut(folder: Path, name: str, keep: int) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[:keep])


OURS = '{"format": "lstm_course", "format_version": 1'
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "pickle in its place": (text_file("model.safetensors", pickle.dumps(Bomb())), "is a pickle"),
    "torch file in its place": (text_file("model.safetensors", torch_file(Bomb())), "is a pickle"),
    "weights missing": (lambda folder: (folder / "model.safetensors").unlink(), "is missing"),
    "description missing": (lambda folder: (folder / "model.json").unlink(), "is missing"),
    "only a torch file": (
        lambda folder: (folder / "model.safetensors").rename(folder / "model.pt"),
        r"model\.pt is a pickle",
    ),
    "foreign safetensors": (
        lambda folder: save_file({"w": torch.zeros(2)}, folder / "model.safetensors"),
        "was not written by",
    ),
    "empty weights": (text_file("model.safetensors", ""), "damaged"),
    "text for weights": (text_file("model.safetensors", "hello " * 50), "damaged"),
    "header cut": (lambda folder: cut(folder, "model.safetensors", 50), "damaged"),
    "last byte cut": (lambda folder: cut(folder, "model.safetensors", -1), "damaged"),
    "huge header": (text_file("model.safetensors", b"\xff" * 7 + b"\x7f{}"), "damaged"),
    "description cut": (lambda folder: cut(folder, "model.json", -20), "was not written by"),
    "description no UTF-8": (text_file("model.json", b"\xff\xfe{}"), "was not written by"),
    "deep JSON": (text_file("model.json", "[" * 100_000), "was not written by"),
    "a list": (text_file("model.json", "[]"), "was not written by"),
    "foreign JSON": (text_file("model.json", '{"units": 3}'), "was not written by"),
    "only a head": (text_file("model.json", OURS + "}"), "configuration"),
    "newer format": (lambda folder: edit(folder, format_version=2), "format version 2"),
    "unknown class": (lambda folder: edit(folder, configuration={"model": "GPT"}), "GPT"),
    "unknown option": (lambda folder: edit(folder, configuration={"heads": 8}), "heads"),
    "a million million units": (
        lambda folder: edit(folder, configuration={"units": 10**12}),
        "units",
    ),
    "two thousand million units": (
        lambda folder: edit(folder, configuration={"units": 2**31 - 1}),
        "describes no model|has shape",
    ),
    "a huge embedding": (
        lambda folder: edit(
            folder, encoder=None, configuration={"vocabulary_size": 2**31 - 1, "dimension": 2**20}
        ),
        "has shape",
    ),
    "a million layers": (lambda folder: edit(folder, configuration={"layers": 10**6}), "layers"),
    "units of text": (lambda folder: edit(folder, configuration={"units": "4"}), "units"),
    "other units": (lambda folder: edit(folder, configuration={"units": 3}), "has shape"),
    "other pooling": (
        lambda folder: edit(folder, configuration={"pooling": "max"}),
        "do not belong together",
    ),
    "other labels": (lambda folder: edit(folder, labels=["yes", "no"]), "do not belong together"),
    "labels of numbers": (lambda folder: edit(folder, labels=[0, 1]), "labels"),
    "too many labels": (lambda folder: edit(folder, labels=["a", "b", "c"]), "3 labels"),
    "another layer": (lambda folder: edit(folder, configuration={"layers": 2}), "lacks"),
    "no encoder": (lambda folder: edit(folder, encoder={"steps": []}), "an encoder has"),
    "smaller encoder": (
        lambda folder: edit(
            folder,
            encoder={**encoder().to_json(), "vocabulary": ["<pad>", "<unk>", "a"]},
        ),
        "3 tokens, not 11",
    ),
    "missing tensor": (
        lambda folder: reweigh(folder, lambda weights: weights.pop("head.output.bias")),
        r"lacks the weights head\.output\.bias",
    ),
    "superfluous tensor": (
        lambda folder: reweigh(folder, lambda weights: weights.update(more=torch.zeros(1))),
        "holds the weights more",
    ),
    "other shape": (
        lambda folder: reweigh(
            folder, lambda weights: weights.update({"head.output.bias": torch.zeros(3)})
        ),
        r"has shape \(3,\)",
    ),
    "wrong kind": (
        lambda folder: reweigh(
            folder, lambda weights: weights.update({"head.output.bias": torch.zeros(2).half()})
        ),
        "type F16",
    ),
    "not a number": (
        lambda folder: reweigh(
            folder, lambda weights: weights["head.output.bias"].fill_(torch.nan)
        ),
        "not finite",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_whole_model_is_refused_in_one_sentence(case: str, folder: Path) -> None:
    spoil, told = REFUSED[case]
    spoil(folder)
    with pytest.raises(ModelFileError, match=told) as error:
        load(folder)
    assert str(folder) in str(error.value)
    assert "\n" not in str(error.value)
    use_language("vi")
    with pytest.raises(ModelFileError) as vietnamese:
        load(folder)
    assert str(vietnamese.value) != str(error.value)


def test_files_given_for_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(torch_file(Bomb()))
    with pytest.raises(ModelFileError, match="is a pickle"):
        load(tmp_path / "model.pt")
    with pytest.raises(ModelFileError, match="is a file"):
        load(folder / "model.json")
    with pytest.raises(ModelFileError, match="is missing"):
        load(tmp_path / "nowhere")


def test_saving_again_replaces_and_a_failure_keeps_the_old(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = recurrent(units=3)
    save(folder, model)
    assert load(folder).model.configuration == model.configuration

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lstm_course.models.save_file", full)
    with pytest.raises(OSError, match="No space"):
        save(folder, recurrent(units=9))
    assert load(folder).model.configuration == model.configuration
    assert len(list(folder.iterdir())) == 2
