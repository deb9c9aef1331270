"""Language models as pages carry them: run in NumPy as in torch, with their gradients, and cut."""

import gzip
import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lstm_course.models import RecurrentClassifier, RecurrentLanguageModel
from lstm_course.text import Encoder
from lstm_course.widgets import packing
from lstm_course.widgets.language_network import LanguageNetwork

# Nguyễn Du, Truyện Kiều
COUPLET = "Trăm năm trong cõi người ta,\nChữ tài chữ mệnh khéo là ghét nhau."
TEXTS = [
    COUPLET,
    "",
    "\n\n",
    "😀 zq \x1f <pad>",
    "e\u0323\u0302-a " * 9,
    "a\r\nb\rc",
    "\ufeffta\n" * 3,
    " \n".join("ta-" * k for k in range(16)),
]


def encoder_of(**more: Any) -> Encoder:
    lines = (line + "\n" for line in COUPLET.split("\n"))
    return Encoder.build([*lines, "e\u0323\u0302-"], tokenizer="characters", **more)


def made(encoder: Encoder, told_place: bool = True, **shape: Any) -> RecurrentLanguageModel:
    torch.manual_seed(1)
    numbers = encoder.vocabulary.numbers
    place = {"line_end": numbers["\n"], "word_ends": [numbers[" "], numbers["-"]]}
    shape = {"dimension": 7, "units": 12, **(place if told_place else {}), **shape}
    model = RecurrentLanguageModel(len(encoder.vocabulary), **shape).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 2
    return model


def torch_logits(model: RecurrentLanguageModel, numbers: list[int]) -> NDArray[Any]:
    with torch.no_grad():
        found: NDArray[Any] = model(torch.tensor([numbers]), torch.tensor([len(numbers)])).numpy()
    return found[0]


@pytest.mark.parametrize("told_place", [True, False])
def test_it_answers_as_torch(told_place: bool) -> None:
    encoder = encoder_of()
    model = made(encoder, told_place)
    packed = LanguageNetwork.of(model, encoder).to_json()
    network = LanguageNetwork.from_json(json.loads(json.dumps(packed)))
    exact = packing.rounded(model).double()
    for text in TEXTS:
        numbers = network.numbers(text)
        expected = torch_logits(exact, numbers)
        assert network.logits(numbers) == pytest.approx(expected, abs=1e-10), text
    assert network.logits(network.numbers(TEXTS[0])).std(axis=0).min() > 1e-3


def test_states_are_those_of_torch() -> None:
    encoder = encoder_of()
    model = packing.rounded(made(encoder, told_place=False)).double()
    network = LanguageNetwork.of(model.float(), encoder)
    numbers = network.numbers(COUPLET)
    states = network.states(numbers)
    with torch.no_grad():
        h, (_, c) = model.double().recurrent(model.embedding(torch.tensor([numbers])))
    assert states["h"] == pytest.approx(h[0].numpy(), abs=1e-10)
    assert states["c"][-1] == pytest.approx(c[0, 0].numpy(), abs=1e-10)
    c_before = np.vstack([np.zeros(12), states["c"][:-1]])
    assert states["c"] == pytest.approx(
        states["f"] * c_before + states["i"] * states["g"], abs=1e-12
    )
    assert states["h"] == pytest.approx(states["o"] * np.tanh(states["c"]), abs=1e-12)


@pytest.mark.parametrize("told_place", [True, False])
def test_gradients_are_those_of_autograd(told_place: bool) -> None:
    encoder = encoder_of()
    model = packing.rounded(made(encoder, told_place))
    network = LanguageNetwork.of(model, encoder)
    model = model.double()
    for text in (COUPLET, "", "😀 ta"):
        numbers = network.numbers(text)
        for t in {0, len(numbers) // 2, len(numbers) - 1}:
            read: list[Any] = []
            hook = model.dropout.register_forward_pre_hook(
                lambda _, given, read=read: read.append(given[0])
            )
            logits = model(torch.tensor([numbers]), torch.tensor([len(numbers)]))[0, t]
            hook.remove()
            target = numbers[t + 1] if t + 1 < len(numbers) else int(logits.argmax())
            (expected,) = torch.autograd.grad(logits.log_softmax(0)[target], read[0])
            found = network.gradients(numbers, t)
            assert found.shape == (t + 1, 7)
            assert found == pytest.approx(expected[0, : t + 1].numpy(), abs=1e-10)
            assert np.abs(found).max() > 1e-6
    with pytest.raises(IndexError, match="no character 3"):
        network.gradients([2, 3, 4], 3)


def test_steps_go_on_where_a_text_ended() -> None:
    encoder = encoder_of()
    network = LanguageNetwork.of(made(encoder), encoder)
    numbers = network.numbers(COUPLET)
    *_, half = network.steps(numbers[:40])
    for number in numbers[40:]:
        half = network.step(number, half)
    assert (half.logits == network.logits(numbers)[-1]).all()
    assert (half.lines, half.words) == (2, 7)


# ---- What is read -----------------------------------------------------------------------------


def test_a_text_is_read_in_composed_letters_after_a_line_end() -> None:
    encoder = encoder_of()
    network = LanguageNetwork.of(made(encoder), encoder)
    end = encoder.vocabulary.numbers["\n"]
    assert network.numbers("") == [end]
    assert network.numbers(COUPLET) == [end, *encoder.encode(COUPLET)]
    assert network.read("\ufeffe\u0323\u0302\r\na\rb") == "ệ\na\nb"
    assert network.numbers("a😀b")[2] == network.numbers("<pad>")[1] == 1


def test_of_a_long_text_the_last_couplets_are_read() -> None:
    encoder = encoder_of()
    network = LanguageNetwork.of(made(encoder), encoder)
    poem = "".join(f"{k % 10}\n" for k in range(100))
    assert network.read(poem, 200) == poem
    assert network.read(poem, 199) == poem[4:]
    assert network.read(poem, 40) == poem[160:]
    assert network.read(poem, 39) == poem[164:]
    assert network.read("x" * 500, 40) == "x" * 40
    assert network.read("x" * 500 + "\nx\n", 40) == "x" * 37 + "\nx\n"  # too little would be left


# ---- Packing ----------------------------------------------------------------------------------


def test_a_model_of_256_units_fits_into_a_page_and_loses_little() -> None:
    lines = ["".join(map(chr, range(0x1EA0, 0x1EA0 + 125))), COUPLET[:22] + "\n"]
    encoder = Encoder.build(lines, tokenizer="characters", max_size=134)
    assert len(encoder.vocabulary) == 134
    numbers = encoder.vocabulary.numbers
    torch.manual_seed(2)
    model = RecurrentLanguageModel(134, 64, 256, line_end=numbers["\n"], word_ends=[numbers[" "]])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 2
    network = LanguageNetwork.of(model.eval(), encoder)
    packed = network.to_json()
    assert len(gzip.compress(json.dumps(packed).encode())) < 500_000
    kinds = {name: entry["kind"] for name, entry in packed["weights"].items()}
    large = {"embedding", "recurrent.0.forward.w_x", "recurrent.0.forward.w_h", "output.w"}
    assert {name for name, kind in kinds.items() if kind == "int8"} == large
    text = list(np.random.default_rng(1).integers(2, 134, 300))
    page = torch_logits(packing.rounded(model), text)
    own = torch_logits(model, text)
    bits = [np.log2(np.exp(z).sum(axis=1)) - z.mean(axis=1) / math.log(2) for z in (own, page)]
    assert np.abs(bits[0] - bits[1]).mean() < 0.01
    assert np.abs(own - page).max() > 1e-4  # and yet it is another model
    assert network.logits(text[:100]) == pytest.approx(page[:100], abs=1e-4)


# ---- What a page cannot run -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"cell": "gru"}, "cell is 'lstm', not 'gru'"),
        ({"layers": 2}, "layers is 1, not 2"),
        ({"tied": True, "units": 7}, "tied is False"),
        ({"dimension": None, "told_place": False}, "an embedding"),
        ({"line_end": 2}, "line_end is"),
    ],
)
def test_other_models_are_refused(shape: dict[str, Any], words: str) -> None:
    encoder = encoder_of()
    with pytest.raises(ValueError, match=words):
        LanguageNetwork.of(made(encoder, **shape), encoder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tokenizer": "words"}, "tokenizer is 'characters', not 'words'"),
        ({"steps": ["nfc", "lower"]}, "cleaning knows nfc, not lower"),
        ({"length": 9}, "a length cuts"),
        ({"vocabulary": encoder_of().vocabulary.tokens[:-1]}, "tokens, not"),
        ({"vocabulary": [t.replace("\n", "¶") for t in encoder_of().vocabulary.tokens]}, "no line"),
    ],
)
def test_other_encoders_are_refused(changes: dict[str, Any], words: str) -> None:
    encoder = encoder_of()
    other = Encoder.from_json({**encoder.to_json(), **changes})
    with pytest.raises(ValueError, match=words):
        LanguageNetwork.of(made(encoder), other)


def test_classifiers_and_wrong_states_are_refused() -> None:
    encoder = encoder_of()
    with pytest.raises(ValueError, match="only a RecurrentLanguageModel"):
        LanguageNetwork.of(RecurrentClassifier(len(encoder.vocabulary)), encoder)
    packed = LanguageNetwork.of(made(encoder), encoder).to_json()
    tokens = packing.pack_tokens(["<pad>", "<unk>", "a"])
    for change in ({"weights": {}}, {"word_ends": None}, {"tokens": tokens}):
        with pytest.raises(ValueError, match="packed language model"):
            LanguageNetwork.from_json({**packed, **change})
    for bad in ({}, None):
        with pytest.raises(ValueError, match="packed language model"):
            LanguageNetwork.from_json(bad)  # type: ignore[arg-type]
