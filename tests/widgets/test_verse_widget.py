"""The verse writer in Python: what it writes, its state, its picture, and what it refuses."""

import re
from collections import Counter
from html import unescape
from typing import Any

import numpy as np
import pytest
import torch
import traitlets

from lstm_course import use_language
from lstm_course.generation import sharpened
from lstm_course.models import RecurrentLanguageModel
from lstm_course.text import Encoder
from lstm_course.widgets import VerseWriter, packing
from lstm_course.widgets.verse_writer import chance

# Nguyễn Du, Truyện Kiều
COUPLET = "Trăm năm trong cõi người ta,\nChữ tài chữ mệnh khéo là ghét nhau.\n"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.build([COUPLET], tokenizer="characters")


@pytest.fixture(scope="module")
def model(encoder: Encoder) -> RecurrentLanguageModel:
    torch.manual_seed(1)
    numbers = encoder.vocabulary.numbers
    place = {"line_end": numbers["\n"], "word_ends": [numbers[" "]]}
    model = RecurrentLanguageModel(len(encoder.vocabulary), 7, 12, **place).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 3
    return model


def test_the_distribution_is_that_of_torch(model: RecurrentLanguageModel, encoder: Encoder) -> None:
    exact = packing.rounded(model).double()
    for text, written in ((COUPLET, ""), ("", ""), ("", "Chữ tài"), ("e\u0301 😀", "\n")):
        writer = VerseWriter(model, encoder, text, written=written, temperature=0.5)
        numbers = encoder.encode(f"\n{text}{written}")
        with torch.no_grad():
            logits = exact(torch.tensor([numbers]), torch.tensor([len(numbers)]))[0, -1].numpy()
        logits[:2] = -np.inf
        assert writer.distribution() == pytest.approx(sharpened(logits, 0.5), abs=1e-10)
        writer.top_k = 3
        assert writer.distribution() == pytest.approx(sharpened(logits, 0.5, 3), abs=1e-10)
        assert [p for _, p in writer.top()] == sorted(writer.distribution(), reverse=True)[:3]
        assert len(writer.top()) == 3


def test_the_same_settings_write_the_same_and_others_others(
    model: RecurrentLanguageModel, encoder: Encoder
) -> None:
    def written(text: str = COUPLET, **settings: Any) -> str:
        return VerseWriter(model, encoder, text, **settings).write(60)

    first = written()
    assert first == written()
    assert len(first) == 60
    assert set(first) <= set(encoder.vocabulary.tokens[2:])
    others = [written(seed=2), written(temperature=2), written(top_k=2), written("\n")]
    assert len({first, *others}) == 5
    coldest = VerseWriter(model, encoder, top_k=1)
    for _ in range(5):
        ((best, p),) = coldest.top()
        assert p == 1
        assert coldest.write(1) == best


def test_writing_in_parts_is_writing_at_once(
    model: RecurrentLanguageModel, encoder: Encoder
) -> None:
    writer = VerseWriter(model, encoder)
    parts = writer.write(1) + writer.write(0) + writer.write(30)
    assert parts == writer.written == VerseWriter(model, encoder).write(31)
    assert "\n".join(writer.verses) == "Trăm năm trong cõi người ta,\n" + parts
    assert writer.syllables[0] == 6


def test_characters_come_as_often_as_their_probability_says(
    model: RecurrentLanguageModel, encoder: Encoder
) -> None:
    writer = VerseWriter(model, encoder, temperature=1)
    p = writer.distribution()
    sums = p.cumsum()
    drawn = Counter(int((sums <= chance(seed, 0)).sum()) for seed in range(20_000))
    assert drawn[0] == drawn[1] == 0
    for number in range(2, len(p)):
        assert drawn[number] / 20_000 == pytest.approx(p[number], abs=0.015)


def test_another_text_or_seed_starts_again(model: RecurrentLanguageModel, encoder: Encoder) -> None:
    writer = VerseWriter(model, encoder)
    writer.write(5)
    writer.temperature = 1.5
    assert len(writer.written) == 5
    writer.seed = 3
    assert writer.written == ""
    writer.write(5)
    writer.text = "Chữ"
    assert writer.written == ""


def test_it_stops_after_2000_characters(model: RecurrentLanguageModel, encoder: Encoder) -> None:
    writer = VerseWriter(model, encoder, written="a" * 1990)
    assert len(writer.write(50)) == 10
    assert writer.write(1) == ""
    use_language("vi")
    with pytest.raises(traitlets.TraitError, match="Đã viết đủ 2000 ký tự"):
        VerseWriter(model, encoder, written="a" * 2001)


def test_of_a_long_beginning_the_end_is_read(
    model: RecurrentLanguageModel, encoder: Encoder
) -> None:
    long = VerseWriter(model, encoder, COUPLET * 1000)
    assert long.text == COUPLET * 1000
    assert long.verses[:-1] == COUPLET.split("\n")[:-1] * 7
    same = VerseWriter(model, encoder, COUPLET * 7)
    assert (long.distribution() == same.distribution()).all()


def test_the_state_brings_it_back(model: RecurrentLanguageModel, encoder: Encoder) -> None:
    writer = VerseWriter(
        model,
        encoder,
        "Chữ",
        examples=["", COUPLET],
        temperature=1.2,
        top_k=5,
        seed=9,
        shown="c",
        unit=12,
    )
    writer.write(7)
    again = VerseWriter(**writer.state())
    assert again.static_html() == writer.static_html()
    assert again.written == writer.written
    assert again.write(20) == writer.write(20)
    assert repr(writer) == "VerseWriter(text='Chữ', temperature=1.2, top_k=5, seed=9)"


def test_the_picture_shows_the_beginning_and_what_may_follow(
    model: RecurrentLanguageModel, encoder: Encoder
) -> None:
    for lang, space, line in (("en", "space", "new line"), ("vi", "dấu cách", "xuống dòng")):
        writer = VerseWriter(model, encoder, "<b>Trăm</b>\nnăm", lang=lang, top_k=20)
        html = writer.static_html().split('class="lw-stored"')[1]
        assert "&lt;b&gt;Trăm&lt;/b&gt;<br>năm" in html
        cells = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]
        names = {" ": space, "\n": line}
        expected = [(names.get(character, character), f"{p:.3f}") for character, p in writer.top()]
        assert list(zip(cells[::2], cells[1::2], strict=True)) == expected
        assert len(expected) == 10


@pytest.mark.parametrize(
    "wrong",
    [{"unit": 13}, {"unit": -1}, {"shown": "x"}, {"temperature": 0}, {"top_k": 21}, {"seed": 0}],
)
def test_wrong_values_are_refused(
    model: RecurrentLanguageModel, encoder: Encoder, wrong: dict[str, Any]
) -> None:
    with pytest.raises(traitlets.TraitError):
        VerseWriter(model, encoder, **wrong)


def test_the_refusal_of_a_unit_speaks_the_widgets_language(
    model: RecurrentLanguageModel, encoder: Encoder
) -> None:
    use_language("vi")
    with pytest.raises(traitlets.TraitError, match="số nguyên từ 0 đến 12"):
        VerseWriter(model, encoder).unit = 13


def test_a_model_is_needed() -> None:
    with pytest.raises(ValueError, match="give it and its encoder"):
        VerseWriter()
