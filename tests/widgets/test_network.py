"""Networks as pages carry them: packed and back, run in NumPy as in torch, and what is refused."""

import gzip
import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lstm_course.models import Model, RecurrentClassifier, RecurrentLanguageModel, export
from lstm_course.text import IN_PIECES, Encoder
from lstm_course.widgets import packing
from lstm_course.widgets.network import Network, sentences

TEXTS = [
    "Area man passionate defender of what he imagines constitution to be",
    "local dog, 3, admits it has no idea!",
    "",
    "zzz qqq",
    "😀",
    "pad unk the pad",
    "<b>dog</b> & e\u0323\u0302 \ufeff x\x1cy",
]
SHAPES: list[dict[str, Any]] = [
    {"pooling": "max", "bidirectional": True},
    {"pooling": "last"},
    {"pooling": "last", "bidirectional": True, "dense": [6]},
    {"pooling": "mean", "layers": 2, "classes": 3},
    {"pooling": "max_mean", "layers": 2, "bidirectional": True, "dense": [7, 4]},
]


def encoder_of(tokenizer: str, **more: Any) -> Encoder:
    return Encoder.build(TEXTS[:2] * 3, ["nfc", "lower"], tokenizer, max_size=150, **more)


def made(encoder: Encoder, **shape: Any) -> RecurrentClassifier:
    torch.manual_seed(1)
    pieces = encoder.pieces if encoder.tokenizer in IN_PIECES else {}
    shape = {"classes": 1, "dimension": 5, "units": 4, "dropout": 0.5, **pieces, **shape}
    model = RecurrentClassifier(len(encoder.vocabulary), **shape).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 2
    return model


def answer(model: Model, numbers: list[int]) -> Tensor:
    with torch.no_grad():
        return model(torch.tensor([numbers]), torch.tensor([len(numbers)]))[0]


# ---- Packing --------------------------------------------------------------------------------


def test_sixteen_bits_come_back_as_they_are_and_eight_within_half_a_step() -> None:
    rng = np.random.default_rng(1)
    weights = {"output.w": rng.normal(size=(3, 4)), "embedding": rng.normal(size=(50, 4))}
    weights["embedding"][:, 1] *= 1000
    weights["embedding"][:, 2] = 0
    found = packing.unpack(json.loads(json.dumps(packing.pack(weights))))
    assert (found["output.w"] == weights["output.w"].astype(np.float16)).all()
    off = np.abs(found["embedding"] - weights["embedding"]).max(axis=0)
    assert (off <= 0.51 * np.abs(weights["embedding"]).max(axis=0) / 127).all()
    assert (found["embedding"].astype(np.float32) == found["embedding"]).all()


@pytest.mark.parametrize("name", ["embedding", "output.w"])
@pytest.mark.parametrize("value", [math.inf, math.nan, 1e9])
def test_a_weight_that_does_not_fit_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name}: a weight is not finite"):
        packing.pack({name: np.full((2, 2), value)})


@pytest.mark.parametrize(
    "bad",
    [
        {"shape": [3], "kind": "float16", "data": "AAAAAA=="},
        {"shape": [1], "kind": "float16", "data": "?"},
        {"shape": [1], "kind": "float64", "data": "AAA="},
        {"shape": [1], "kind": "int8", "data": "AAA="},
        {"shape": [2], "kind": "int8", "data": ""},
        {"shape": [1], "data": "AAA="},
        7,
    ],
)
def test_what_is_no_packed_weight_is_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="no packed weights"):
        packing.unpack({"output.b": bad})


def test_a_token_that_holds_the_separator_is_refused() -> None:
    with pytest.raises(ValueError, match="separator"):
        packing.pack_tokens(["a\x1fb"])


def test_the_torch_model_gets_exactly_the_weights_of_the_page() -> None:
    encoder = encoder_of("word_pieces")
    model = made(encoder, bidirectional=True, dense=[3])
    network = Network.of(model, encoder)
    exported = export(packing.rounded(model), np.float64)
    assert exported.keys() == network.weights.keys()
    for name, weights in exported.items():
        assert (weights == network.weights[name]).all(), name
    assert any((export(model, np.float64)[name] != exported[name]).any() for name in exported)


def test_a_network_of_12000_pieces_fits_into_a_page() -> None:
    tokens = ["<pad>", "<unk>", " ", *(f"p{k}" for k in range(11_997))]
    torch.manual_seed(1)
    model = RecurrentClassifier(12_000, 1, 32, 32, bidirectional=True, pooling="max", word_end=2)
    encoder = Encoder.from_json({**encoder_of("word_pieces").to_json(), "vocabulary": tokens})
    packed = json.dumps(Network.of(model, encoder).to_json())
    assert len(gzip.compress(packed.encode())) < 500_000


# ---- The same answers as torch ----------------------------------------------------------------


@pytest.mark.parametrize("tokenizer", ["words", *IN_PIECES])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_it_answers_as_torch(shape: dict[str, Any], tokenizer: str) -> None:
    encoder = encoder_of(tokenizer)
    model = made(encoder, **shape)
    network = Network.from_json(json.loads(json.dumps(Network.of(model, encoder).to_json())))
    assert network.classes == shape.get("classes", 1)
    exact = packing.rounded(model).double()
    for text in TEXTS:
        expected = answer(exact, encoder.encode(text)).numpy()
        assert network.logits(network.read(text)) == pytest.approx(expected, abs=1e-12), text
    assert len({round(float(network.logits(network.read(text))[0]), 6) for text in TEXTS}) >= 5


@pytest.mark.parametrize("text", TEXTS)
def test_it_reads_what_the_encoder_reads(text: str) -> None:
    encoder = encoder_of("word_pieces")
    network = Network.of(made(encoder), encoder)
    words = network.read(text)
    read = [piece for word in words for piece in (*word.pieces, " ")] or ["<unk>"]
    assert read == encoder.tokens(text)
    for word in words:
        known = [encoder.vocabulary.numbers.get(piece, 1) for piece in word.pieces]
        assert list(word.numbers) == [number for number in known if number > 1]
        assert word.known == (known[0] > 1)


@pytest.mark.parametrize("tokenizer", IN_PIECES)
def test_prefixes_and_pushes_are_answers_to_other_texts(tokenizer: str) -> None:
    encoder = encoder_of(tokenizer)
    network = Network.of(made(encoder, bidirectional=True, pooling="max"), encoder)
    words = network.read("local dog admits nothing")

    def of(text: str) -> float:
        return float(network.logits(network.read(text))[0])

    texts = ["local", "local dog", "local dog admits", "local dog admits nothing"]
    assert network.prefixes(words)[:, 0] == pytest.approx([of(text) for text in texts])
    shorter = ["dog admits nothing", "local admits nothing", "local dog nothing", texts[2]]
    whole = of(texts[3])
    assert network.pushes(words)[:, 0] == pytest.approx([whole - of(text) for text in shorter])
    assert network.prefixes([]).shape == network.pushes([]).shape == (0, 1)
    assert network.pushes(words[:1])[0, 0] == pytest.approx(of("local") - of(""))


HTML = [
    "one<br/>two <BR >three</p><p class='x'>four <brr>five</br>six &lt;br&gt; seven",
    "<!-- a > b --> c <!-- <br> --> d < e <f g<h> i &amp;amp; j&nbsp;k &copyx &#8217;t don&#39;t",
    "<br>\ufeffone <br>\u0323\ntwo\n \t\nthree_ _four _five_",
]


@pytest.mark.parametrize("text", HTML)
def test_html_goes_as_the_encoder_takes_it_out_and_leaves_paragraphs(text: str) -> None:
    encoder = encoder_of("words")
    encoder = Encoder.from_json({**encoder.to_json(), "steps": ["html", "lower"]})
    words = Network.of(made(encoder), encoder).read(text)
    assert [word.text for word in words] == encoder.tokens(text)
    assert "\n" in {word.before for word in words}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("No end", ["No end"]),
        ("One. Two! Three?! Four... five", ["One.", "Two!", "Three?!", "Four...", "five"]),
        ('He said "no." (Yes.) So', ['He said "no."', "(Yes.)", "So"]),
        ("3.5 stars, U.S.A style.Good", ["3.5 stars, U.S.A style.Good"]),
        ("Mr. A met Dr. B. Then", ["Mr. A met Dr. B.", "Then"]),
        ("one\n\ntwo\nthree\n \t\n. four", ["one", "two three", ".", "four"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    encoder = encoder_of("words", length=100)
    encoder = Encoder.from_json({**encoder.to_json(), "steps": []})
    words = Network.of(made(encoder), encoder).read(text)
    spans = sentences(words)
    told = [
        "".join(" " * bool(words[k].before) + words[k].text for k in span).strip() for span in spans
    ]
    assert told == expected
    assert [k for span in spans for k in span] == list(range(len(words)))


def test_words_are_cut_as_the_encoder_cuts_them() -> None:
    for keep in ("first", "last"):
        encoder = encoder_of("words", length=3, keep=keep)
        network = Network.of(made(encoder), encoder)
        words = network.read("a dog of no idea")
        assert [word.text for word in words] == encoder.tokens("a dog of no idea")
    assert [word.text for word in network.read("a dog of", most=1)] == ["a"]
    assert [word.text for word in network.read("a dog of", letters=3)] == ["a", "d"]


# ---- What a page cannot run -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"cell": "gru"}, "cell is 'lstm', not 'gru'"),
        ({"layers": 3}, "layers is 1 or 2, not 3"),
        ({"packed": False}, "packed is True"),
        ({"length": 7}, "length is None"),
        ({"pooling": "flatten", "length": 7}, "length is None"),
        ({"convolution": [4, 3, 1]}, "convolution is None"),
        ({"direct": True}, "direct is False"),
        ({"dimension": None}, "an embedding"),
        ({"vocabulary_size": 90}, "tokens, not 90"),
        ({"word_end": 2}, "word_end is None"),
    ],
)
def test_other_models_are_refused(shape: dict[str, Any], words: str) -> None:
    encoder = encoder_of("words")
    shape = {"vocabulary_size": len(encoder.vocabulary), **shape}
    with pytest.raises(ValueError, match=words):
        Network.of(RecurrentClassifier(**shape), encoder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tokenizer": "characters"}, "tokenizer is 'words' or 'word_pieces'"),
        ({"steps": ["lower", "urls"]}, "cleaning knows nfc, html, lower, not urls"),
        ({"length": 9}, "a length counts words"),
        ({"tokenizer": "words"}, "word_end is None"),
        ({"vocabulary": [*encoder_of("word_pieces").vocabulary.tokens[:-1], "<x>"]}, "first_piece"),
    ],
)
def test_other_encoders_are_refused(changes: dict[str, Any], words: str) -> None:
    encoder = encoder_of("word_pieces")
    other = Encoder.from_json({**encoder.to_json(), **changes})
    with pytest.raises(ValueError, match=words):
        Network.of(made(encoder), other)


def test_a_language_model_and_wrong_states_are_refused() -> None:
    encoder = encoder_of("words")
    with pytest.raises(ValueError, match="only a RecurrentClassifier"):
        Network.of(RecurrentLanguageModel(len(encoder.vocabulary)), encoder)
    packed = Network.of(made(encoder), encoder).to_json()
    for bad in ({}, {**packed, "pooling": "sum"}, {**packed, "weights": {}}, None):
        with pytest.raises(ValueError, match="packed network"):
            Network.from_json(bad)  # type: ignore[arg-type]
