"""The review reader in Python: its numbers without torch, its state, picture and refusals."""

import re
from html import unescape
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
import traitlets

from lstm_course import use_language
from lstm_course.models import RecurrentClassifier
from lstm_course.text import Encoder
from lstm_course.widgets import ReviewReader, packing
from lstm_course.widgets.review_reader import APART, CHANGES, MOST_WORDS

REVIEW = (
    "What a film! Mr. Lee is great, 3.5 stars <br /><br />but <i>the end</i> &amp; the songs: a "
    "waste (of time...) My dog liked it"
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.build([REVIEW, "the actors are bad"], ["html", "lower"], length=30)


@pytest.fixture(scope="module")
def model(encoder: Encoder) -> RecurrentClassifier:
    torch.manual_seed(1)
    model = RecurrentClassifier(
        len(encoder.vocabulary), 1, 6, 5, bidirectional=True, pooling="max_mean"
    ).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 3
    return model


def torch_logit(model: RecurrentClassifier, numbers: list[int]) -> float:
    with torch.no_grad():
        exact = packing.rounded(model).double()
        return float(exact(torch.tensor([numbers]), torch.tensor([len(numbers)]))[0, 0])


def odds(p: float) -> float:
    return float(np.log(p / (1 - p)))


def test_it_answers_as_torch(model: RecurrentClassifier, encoder: Encoder) -> None:
    reader = ReviewReader(model, encoder, "bad")
    for text in (REVIEW, "", "😀", "BAD &lt;br&gt; film", "the actors " * 40):
        reader.text = text
        expected = torch_logit(model, encoder.encode(text))
        assert odds(reader.p_positive) == pytest.approx(expected, abs=1e-10)
    assert repr(reader).startswith("ReviewReader(text='the actors the")


def test_prefixes_and_pushes_are_answers_to_other_texts(
    model: RecurrentClassifier, encoder: Encoder
) -> None:
    reader = ReviewReader(model, encoder, REVIEW)
    numbers = encoder.encode(REVIEW)
    assert [word for word, _ in reader.prefixes] == encoder.tokens(REVIEW)
    of = [torch_logit(model, numbers[: end + 1]) for end in range(len(numbers))]
    assert [odds(p) for _, p in reader.prefixes] == pytest.approx(of, abs=1e-9)
    without = [torch_logit(model, numbers[:k] + numbers[k + 1 :]) for k in range(len(numbers))]
    assert [push for _, push in reader.pushes] == pytest.approx(
        [of[-1] - other for other in without], abs=1e-9
    )


def test_sentences_end_where_a_reader_ends_them(
    model: RecurrentClassifier, encoder: Encoder
) -> None:
    reader = ReviewReader(model, encoder, REVIEW)
    assert [sentence for sentence, _ in reader.sentences] == [
        "what a film!",
        "mr. lee is great, 3.5 stars",
        "but the end & the songs: a waste (of time...)",
        # The encoder reads thirty words: here it ends.
    ]
    assert len(reader.words) == 30
    numbers = encoder.encode(REVIEW)
    start = 0
    for sentence, push in reader.sentences:
        count = len(encoder.tokens(sentence))
        rest = numbers[:start] + numbers[start + count :]
        expected = torch_logit(model, numbers) - torch_logit(model, rest)
        assert push == pytest.approx(expected, abs=1e-10)
        start += count
    assert start == 30
    reader.text = "<p>One</p><br>\ntwo\nthree. \n\n four"
    assert [sentence for sentence, _ in reader.sentences] == ["one", "two three.", "four"]
    reader.text = "  "
    assert reader.sentences == reader.prefixes == reader.pushes == reader.course == []


def states_of(model: RecurrentClassifier, numbers: list[int], way: str) -> dict[str, np.ndarray]:
    """Gates and states step by step, by the names of torch's weights: (T, n) of each."""
    exact = packing.rounded(model).double()
    weights = {name: p.detach().numpy() for name, p in exact.named_parameters()}
    end = "_reverse" if way == "backward" else ""
    kinds = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    found = [next(v for name, v in weights.items() if name.endswith(kind + end)) for kind in kinds]
    w_x, w_h, b_x, b_h = found
    table = next(v for name, v in weights.items() if "embedding" in name)
    h = c = np.zeros(w_h.shape[1])
    steps: dict[str, list[np.ndarray]] = {name: [] for name in "ifgoch"}
    for number in numbers[:: -1 if end else 1]:
        i, f, g, o = np.split(w_x @ table[number] + w_h @ h + b_x + b_h, 4)
        i, f, g, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), np.tanh(g), 1 / (1 + np.exp(-o))
        c = f * c + i * g
        h = o * np.tanh(c)
        for name, value in zip("ifgoch", (i, f, g, o, c, h), strict=True):
            steps[name].append(value)
    return {name: np.array(of[:: -1 if end else 1]) for name, of in steps.items()}


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_the_course_is_that_of_the_cell(
    model: RecurrentClassifier, encoder: Encoder, way: str
) -> None:
    reader = ReviewReader(model, encoder, REVIEW, direction=way)
    steps = states_of(model, encoder.encode(REVIEW), way)
    for gate in "ifgoch":
        for unit in (0, 1, 5):
            reader.gate, reader.unit = gate, unit
            of = steps[gate][:, unit - 1] if unit else steps[gate].mean(axis=1)
            assert [value for _, value in reader.course] == pytest.approx(of, abs=1e-10)
    logits = [odds(p) for _, p in reader.prefixes]
    r = [np.corrcoef(steps["c"][:, unit], logits)[0, 1] for unit in range(5)]
    unit, best = reader.most_telling or (0, 0)
    assert unit == int(np.abs(r).argmax()) + 1
    assert best == pytest.approx(r[unit - 1], abs=1e-10)


def test_where_nothing_changes_no_unit_tells(model: RecurrentClassifier, encoder: Encoder) -> None:
    for text in ("", "bad"):
        assert ReviewReader(model, encoder, text).most_telling is None


def test_the_word_looked_at(model: RecurrentClassifier, encoder: Encoder) -> None:
    reader = ReviewReader(model, encoder, REVIEW, unit=2)
    values = [value for _, value in reader.course]
    assert reader.position == int(np.abs(np.diff(values)).argmax()) + 2
    reader.direction = "backward"
    values = [value for _, value in reader.course]
    assert reader.position == int(np.abs(np.diff(values)).argmax()) + 1
    reader.at = 3
    assert reader.position == 3
    reader.text = "the dog"
    assert reader.position == 2
    reader.text = ""
    assert reader.position is None
    changes = reader._changes(np.array([0.0, 5, 0, 5, 0, 0, 0, 0, 1, 1]))
    assert len(changes) <= CHANGES
    assert min(abs(a - b) for a in changes for b in changes if a != b) >= APART


def test_the_state_brings_it_back(model: RecurrentClassifier, encoder: Encoder) -> None:
    reader = ReviewReader(
        model,
        encoder,
        REVIEW,
        examples=[REVIEW],
        accuracy=0.8,
        gate="f",
        unit=5,
        direction="backward",
        colour="p",
        at=7,
        text_lang="vi",
    )
    again = ReviewReader(**reader.state())
    assert again.static_html() == reader.static_html()
    assert (again.p_positive, again.position) == (reader.p_positive, 7)


def test_the_picture_shows_the_text_the_answer_and_the_curves(
    model: RecurrentClassifier, encoder: Encoder
) -> None:
    for lang, label, high in (
        ("en", "P(positive)", "is highest at “"),
        ("vi", "P(tích cực)", "cao nhất là"),
    ):
        reader = ReviewReader(model, encoder, REVIEW, lang=lang, unit=2)
        html = reader.static_html().split('class="lw-stored"')[1]
        assert f"{label} = {reader.p_positive:.3f}" in html
        assert "<i>the" not in html
        assert "&lt;i&gt;the end" in html
        svg = ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
        alt = svg.get("aria-label") or ""
        values = [value for _, value in reader.course]
        top = int(np.argmax(values))
        assert high in alt
        assert f"“{reader.words[top].text}”" in alt
        assert f"{values[top]:.3f}" in alt
        curve, answer = (line.get("points", "").split() for line in svg.findall("polyline"))
        assert len(curve) == len(answer) == len(reader.words)
        y = [float(point.split(",")[1]) for point in answer]
        p = [p for _, p in reader.prefixes]
        assert y == pytest.approx([250 - 100 * value for value in p], abs=0.06)
        assert int(np.argmin([float(point.split(",")[1]) for point in curve])) == top
        cells = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]
        assert cells[0::2] == [sentence for sentence, _ in reader.sentences]
        assert cells[1::2] == [f"{z:+.2f}".replace("-", "−") for _, z in reader.sentences]


def test_what_is_not_read_is_told(model: RecurrentClassifier, encoder: Encoder) -> None:
    text = "bad film " * 20
    told = ReviewReader(model, encoder, text).static_html()
    assert "reads the first 30 words only" in told
    assert "(words not read: 10)" in told
    last = Encoder.from_json({**encoder.to_json(), "keep": "last"})
    told = ReviewReader(model, last, text).static_html()
    assert "reads the last 30 words only" in told
    free = Encoder.from_json({**encoder.to_json(), "length": None})
    reader = ReviewReader(model, free, "bad film " * 5000)
    assert len(reader.words) == MOST_WORDS
    assert reader.text == "bad film " * 5000
    assert f"reads the first {MOST_WORDS} words only" in reader._unread(MOST_WORDS)[0]
    assert reader._unread(MOST_WORDS)[0].endswith(f"{10_000 - MOST_WORDS}).")


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": 6},
        {"unit": -1},
        {"gate": "x"},
        {"direction": "up"},
        {"colour": "red"},
        {"accuracy": 85},
        {"at": 0},
        {"at": MOST_WORDS + 1},
        {"at": 1.5},
        {"text_lang": "fr"},
    ],
)
def test_wrong_values_are_refused(
    model: RecurrentClassifier, encoder: Encoder, wrong: dict[str, Any]
) -> None:
    with pytest.raises(traitlets.TraitError):
        ReviewReader(model, encoder, **wrong)


def test_a_refusal_speaks_the_widgets_language(
    model: RecurrentClassifier, encoder: Encoder
) -> None:
    use_language("vi")
    reader = ReviewReader(model, encoder, at=2)
    with pytest.raises(traitlets.TraitError, match=f"số nguyên từ 1 đến {MOST_WORDS}"):
        reader.at = 0
    assert reader.at == 2


def test_a_model_is_needed_with_one_logit(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="ReviewReader shows a trained model"):
        ReviewReader()
    two = RecurrentClassifier(len(encoder.vocabulary), 2)
    with pytest.raises(ValueError, match="one logit, not 2"):
        ReviewReader(two, encoder)
