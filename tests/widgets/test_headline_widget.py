"""The headline explorer in Python: its numbers without torch, its state, picture and refusals."""

import re
from html import unescape
from typing import Any

import pytest
import torch
import traitlets

from lstm_course import use_language
from lstm_course.models import RecurrentClassifier
from lstm_course.text import Encoder
from lstm_course.widgets import WIDGETS, HeadlineExplorer, packing, sources
from lstm_course.widgets.headline_explorer import MOST_WORDS

TEXTS = ["local man admits he has no idea", "senate votes on the budget"]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.build(TEXTS, ["lower"], "word_pieces")


@pytest.fixture(scope="module")
def model(encoder: Encoder) -> RecurrentClassifier:
    torch.manual_seed(1)
    size, end = len(encoder.vocabulary), encoder.vocabulary.numbers[" "]
    return RecurrentClassifier(
        size, 1, 6, 5, bidirectional=True, pooling="max", word_end=end
    ).eval()


def torch_answer(model: RecurrentClassifier, encoder: Encoder, text: str) -> float:
    numbers = encoder.encode(text)
    with torch.no_grad():
        logit = packing.rounded(model).double()(
            torch.tensor([numbers]), torch.tensor([len(numbers)])
        )
    return float(torch.sigmoid(logit)[0, 0])


def test_what_a_reader_sets_can_be_read(model: RecurrentClassifier, encoder: Encoder) -> None:
    explorer = HeadlineExplorer(model, encoder, "Local man")
    for text in ("Local man", "", "😀", "senate ADMITS it"):
        explorer.text = text
        assert explorer.p_sarcastic == pytest.approx(torch_answer(model, encoder, text), abs=1e-12)
    p = f"{explorer.p_sarcastic:g}"
    assert repr(explorer) == f"HeadlineExplorer(text='senate ADMITS it', p_sarcastic={p})"
    assert [word for word, _ in explorer.prefixes] == ["senate", "admits", "it"]
    assert explorer.prefixes[-1][1] == explorer.p_sarcastic
    assert [word for word, _ in explorer.pushes] == ["senate", "admits", "it"]


def test_the_state_brings_it_back(model: RecurrentClassifier, encoder: Encoder) -> None:
    explorer = HeadlineExplorer(
        model,
        encoder,
        TEXTS[0],
        examples=TEXTS,
        accuracy=0.8,
        gate="c",
        unit=5,
        direction="backward",
    )
    again = HeadlineExplorer(**explorer.state())
    assert again.static_html() == explorer.static_html()
    assert again.p_sarcastic == explorer.p_sarcastic


def test_the_picture_shows_words_and_numbers(model: RecurrentClassifier, encoder: Encoder) -> None:
    for lang, label in (("en", "P(sarcastic)"), ("vi", "P(châm biếm)")):
        explorer = HeadlineExplorer(model, encoder, "<i>man-made</i> & idea", lang=lang)
        html = explorer.static_html().split('class="lw-stored"')[1]
        assert f"{label} = {explorer.p_sarcastic:.3f}" in html
        assert "<i>" not in html
        cells = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]
        assert cells[0::3] == [word for word, _ in explorer.prefixes]
        assert "man-made" in cells
        assert cells[1::3] == [f"{p:.3f}" for _, p in explorer.prefixes]
        assert cells[2::3] == [f"{push:+.2f}".replace("-", "−") for _, push in explorer.pushes]


def test_only_the_first_words_of_a_long_text_are_read(
    model: RecurrentClassifier, encoder: Encoder
) -> None:
    explorer = HeadlineExplorer(model, encoder, "no idea " * 5000)
    assert len(explorer.words) == MOST_WORDS
    assert explorer.text == "no idea " * 5000
    assert explorer.p_sarcastic == HeadlineExplorer(model, encoder, "no idea " * 50).p_sarcastic


@pytest.mark.parametrize(
    "wrong", [{"unit": 6}, {"unit": -1}, {"gate": "x"}, {"direction": "up"}, {"accuracy": 85}]
)
def test_wrong_values_are_refused(
    model: RecurrentClassifier, encoder: Encoder, wrong: dict[str, Any]
) -> None:
    with pytest.raises(traitlets.TraitError):
        HeadlineExplorer(model, encoder, **wrong)


def test_the_refusal_of_a_unit_speaks_the_widgets_language(
    model: RecurrentClassifier, encoder: Encoder
) -> None:
    use_language("vi")
    with pytest.raises(traitlets.TraitError, match="số nguyên từ 0 đến 5"):
        HeadlineExplorer(model, encoder).unit = 6


def test_a_model_is_needed_with_one_logit(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="give it and its encoder"):
        HeadlineExplorer()
    end = encoder.vocabulary.numbers[" "]
    two = RecurrentClassifier(len(encoder.vocabulary), 2, word_end=end)
    with pytest.raises(ValueError, match="one logit, not 2"):
        HeadlineExplorer(two, encoder)


def test_what_networks_share_is_in_the_scripts_of_those_that_need_it() -> None:
    scripts = sources.page_scripts()
    for part in ("network", "reading", "explorer"):
        own = f"const lstm{part.title()} = ("
        users = {name for name, text in scripts.items() if own in text}
        needed = {name for name, widget in WIDGETS.items() if f"{part}.js" in widget.SHARED}
        assert users == {f"lstm-{name}.js" for name in needed}
        assert len(needed) < len(WIDGETS) / 2
