"""How far back a model looks, in Python: gradients as autograd's, state, picture, refusals."""

import gzip
import re
from html import unescape
from typing import Any

import numpy as np
import pytest
import torch
import traitlets

from lstm_course import use_language
from lstm_course.models import RecurrentLanguageModel
from lstm_course.text import Encoder
from lstm_course.widgets import MemoryView, packing
from lstm_course.widgets.gradient_explorer import scientific
from lstm_course.widgets.memory_view import MOST, distance_within

# Nguyễn Du, Truyện Kiều
COUPLET = "Trăm năm trong cõi người ta,\nChữ tài chữ mệnh khéo là ghét nhau."


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.build([COUPLET], tokenizer="characters")


def made(encoder: Encoder, seed: int = 1, units: int = 9, **shape: Any) -> RecurrentLanguageModel:
    torch.manual_seed(seed)
    model = RecurrentLanguageModel(len(encoder.vocabulary), 6, units, **shape).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 2
    return model


@pytest.fixture(scope="module")
def model(encoder: Encoder) -> RecurrentLanguageModel:
    numbers = encoder.vocabulary.numbers
    return made(encoder, line_end=numbers["\n"], word_ends=[numbers[" "]])


@pytest.fixture(scope="module")
def two(model: RecurrentLanguageModel, encoder: Encoder) -> dict[str, RecurrentLanguageModel]:
    return {"first": model, "second": made(encoder, seed=2)}


def torch_sizes(model: RecurrentLanguageModel, numbers: list[int], t: int) -> tuple[Any, float]:
    """Norms of autograd's gradients, the last step first, and the probability they belong to."""
    read: list[Any] = []
    exact = packing.rounded(model).double()
    hook = exact.dropout.register_forward_pre_hook(lambda _, given: read.append(given[0]))
    logits = exact(torch.tensor([numbers]), torch.tensor([len(numbers)]))[0, t]
    hook.remove()
    target = numbers[t + 1] if t + 1 < len(numbers) else int(logits.argmax())
    log_p = logits.log_softmax(0)[target]
    (gradient,) = torch.autograd.grad(log_p, read[0])  # (1, T, D)
    return gradient[0, : t + 1].flip(0).norm(dim=1).numpy(), float(log_p.detach().exp())


@pytest.mark.parametrize("at", [None, 0, 1, 30, 63])
def test_sizes_are_the_norms_of_autograd(
    two: dict[str, RecurrentLanguageModel], encoder: Encoder, at: int | None
) -> None:
    view = MemoryView(two, encoder, COUPLET, at=at)
    numbers = [encoder.vocabulary.numbers["\n"], *encoder.encode(COUPLET)]
    for name, model in two.items():
        view.chosen = name
        t = len(COUPLET) if at is None else at
        expected, p = torch_sizes(model, numbers, t)
        assert view.position == t
        assert view.sizes == pytest.approx(expected, abs=1e-10)
        assert expected[0] > 1e-3
        character, found = view.next
        assert found == pytest.approx(p, abs=1e-10)
        assert at is None or character == COUPLET[at]


def test_within_a_distance_lies_a_share_of_the_sum(
    model: RecurrentLanguageModel, encoder: Encoder
) -> None:
    view = MemoryView(model, encoder, COUPLET)
    shares = np.cumsum(view.sizes) / np.sum(view.sizes)
    for distance, share in ((view.half_distance, 0.5), (view.ninety_distance, 0.9)):
        assert shares[distance - 1] >= share
        assert distance == 1 or shares[distance - 2] < share
    assert 1 <= view.half_distance < view.ninety_distance < len(COUPLET)
    assert distance_within([0, 0, 5], 0.5) == 3
    assert distance_within([0, 0], 0.5) == 1
    assert repr(view) == (
        f"MemoryView(text={COUPLET!r}, position={len(COUPLET)}, "
        f"half_distance={view.half_distance}, ninety_distance={view.ninety_distance})"
    )


def test_a_text_may_be_anything(model: RecurrentLanguageModel, encoder: Encoder) -> None:
    view = MemoryView(model, encoder)
    assert (view.characters, view.position, len(view.sizes)) == (["\n"], 0, 1)
    view.text = "ta 😀\r\ne\u0323\u0302"
    assert view.characters == ["\n", "t", "a", " ", "😀", "\n", "ệ"]
    assert view.position == 6
    view.at = 3
    assert view.next[0] == "😀"
    view.text = "t"
    assert view.position == 1
    view.at = None
    view.text = COUPLET * 1000
    assert view.characters == ["\n", *COUPLET * 4][: MOST + 1]
    assert len(view.sizes) == MOST + 1


def test_the_state_brings_it_back(two: dict[str, RecurrentLanguageModel], encoder: Encoder) -> None:
    view = MemoryView(
        two, encoder, COUPLET, examples=["ta"], at=7, chosen="second", scale="log", lang="vi"
    )
    again = MemoryView(**view.state())
    assert again.static_html() == view.static_html()
    assert again.sizes == view.sizes != MemoryView(two, encoder, COUPLET, at=7).sizes


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_picture_shows_the_text_and_numbers(
    two: dict[str, RecurrentLanguageModel], encoder: Encoder, lang: str
) -> None:
    view = MemoryView(two, encoder, "ta <i>&\n là", at=8, chosen="second", lang=lang)
    html = view.static_html().split('class="lw-stored"')[1]
    assert "<i>" not in html
    parts = re.findall(r"<p[^>]*>(.*?)</p>", html)[1:5]
    row, sentence, _, reach = (unescape(part) for part in parts)
    assert reach.startswith("second: ")
    assert re.sub(r"</?(span|br|wbr|small)[^>]*>", "", row) == "↵ta␣<i>&↵ [␣là]"
    assert f"P = {view.next[1]:.3f}" in sentence
    assert {"en": "the space", "vi": "dấu cách"}[lang] in sentence
    assert re.findall(r"\d+", reach) == [str(view.half_distance), "90", str(view.ninety_distance)]
    cells = [unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", html)]
    assert cells[0::4] == ["1", "2", "3", "5"]
    assert cells[1::4] == [
        {"en": "the line break", "vi": "dấu xuống dòng"}[lang],
        "“&”",
        "“>”",
        "“<”",
    ]
    assert cells[2::4] == [scientific(view.sizes[d - 1]) for d in (1, 2, 3, 5)]


def test_shading_is_in_proportion(model: RecurrentLanguageModel, encoder: Encoder) -> None:
    for scale in ("linear", "log"):
        view = MemoryView(model, encoder, COUPLET, scale=scale)
        opacities = [float(a) for a in re.findall(r"99, 176, ([\d.]+)\)", view.picture())]
        relative = np.array(view.sizes[::-1]) / max(view.sizes)
        expected = relative if scale == "linear" else np.maximum(0, 1 + np.log10(relative) / 6)
        assert opacities == pytest.approx(0.6 * expected, abs=6e-4)


def test_two_networks_of_128_units_fit_into_a_page() -> None:
    letters = "".join(map(chr, range(0x1EA0, 0x1EA0 + 131)))
    encoder = Encoder.build([letters + "\n"], tokenizer="characters")
    models = {f"{k}": RecurrentLanguageModel(len(encoder.vocabulary), 64, 128) for k in (1, 2)}
    html = MemoryView(models, encoder, COUPLET).static_html()
    assert len(gzip.compress(html.encode())) < 500_000


# ---- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"at": -1}, {"at": MOST + 1}, {"at": 0.5}, {"chosen": "third"}, {"scale": "x"}, {"text": 1}],
)
def test_wrong_values_are_refused(
    two: dict[str, RecurrentLanguageModel], encoder: Encoder, wrong: dict[str, Any]
) -> None:
    with pytest.raises(traitlets.TraitError):
        MemoryView(two, encoder, **{"text": COUPLET, **wrong})


def test_refusals_speak_the_widgets_language(
    two: dict[str, RecurrentLanguageModel], encoder: Encoder
) -> None:
    use_language("vi")
    view = MemoryView(two, encoder, COUPLET)
    with pytest.raises(traitlets.TraitError, match="số nguyên từ 0 đến 200"):
        view.at = 201
    with pytest.raises(traitlets.TraitError, match="lựa chọn first, second"):
        view.chosen = "third"
    assert (view.at, view.chosen) == (None, "first")


def test_models_are_needed_that_the_page_can_run(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="give them and their encoder"):
        MemoryView()
    with pytest.raises(ValueError, match="at least one"):
        MemoryView({}, encoder)
    with pytest.raises(ValueError, match="cell is 'lstm', not 'gru'"):
        MemoryView(made(encoder, cell="gru"), encoder)
