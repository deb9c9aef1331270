"""The widgets of chapter 2 in Python: the worked layer unrolled, and how far a gradient reaches."""

import json
import math
import re
from html import unescape
from typing import Any

import numpy as np
import pytest
import torch
import traitlets

from lstm_course import cells
from lstm_course.language import text
from lstm_course.widgets import GradientExplorer, UnrolledRNN, render_html
from lstm_course.widgets.gradient_explorer import EXPLODED, VANISHED, scientific
from lstm_course.widgets.gradient_explorer import PRESETS as GRADIENT_PRESETS
from lstm_course.widgets.unrolled_rnn import PRESETS as LAYER_PRESETS
from lstm_course.widgets.unrolled_rnn import drawing

WORKED_OUTPUTS = [[2, 3], [4, 6], [5, 8]]


# ---- UnrolledRNN ---------------------------------------------------------------------------------


def test_the_layer_starts_as_the_worked_example() -> None:
    layer = UnrolledRNN()
    example = cells.RNN_EXAMPLE
    np.testing.assert_array_equal(layer.xs, example.xs)
    np.testing.assert_array_equal(layer.w_ih, example.w_x)
    np.testing.assert_array_equal(layer.w_hh, example.w_h)
    np.testing.assert_array_equal(layer.b, example.b)
    assert layer.activation == example.activation
    assert layer.outputs.tolist() == WORKED_OUTPUTS
    assert repr(layer) == "UnrolledRNN(activation='relu', t=1)"


def test_every_number_of_the_layer_reaches_its_place() -> None:
    # A layer with different numbers everywhere, against torch's own.
    rng = np.random.default_rng(2)
    names = [name for name in LAYER_PRESETS["worked"] if name != "activation"]
    layer = UnrolledRNN(activation="tanh", **{name: rng.normal() for name in names})
    rnn = torch.nn.RNN(3, 2, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(torch.tensor(layer.w_ih))
        rnn.weight_hh_l0.copy_(torch.tensor(layer.w_hh))
        rnn.bias_ih_l0.copy_(torch.tensor(layer.b))
        rnn.bias_hh_l0.zero_()
        expected, _ = rnn(torch.tensor(layer.xs)[None], torch.tensor(layer.h_0)[None, None])
    np.testing.assert_allclose(layer.outputs, expected[0], rtol=0, atol=1e-12)
    assert layer.w_ih[0, 1] == layer.w_ih_1_2
    assert layer.w_hh[1, 0] == layer.w_hh_2_1
    assert layer.xs[2, 0] == layer.x_3_1


def test_presets_of_the_layer_do_what_their_names_say() -> None:
    cut = UnrolledRNN(preset="no_recurrence")
    last = cut.outputs[2].tolist()
    cut.x_1_2 = 9
    cut.h_0_1 = 5
    assert cut.outputs[2].tolist() == last
    half = UnrolledRNN(preset="forgetting")
    before = half.outputs
    half.x_1_2 = 5  # h_1 grows by 4: a quarter of it arrives
    assert (half.outputs[2] - before[2]).tolist() == [1, 1]
    with pytest.raises(ValueError, match="worked, no_recurrence, forgetting"):
        UnrolledRNN(preset="best")


def test_the_stored_picture_of_the_layer_holds_every_number() -> None:
    html = UnrolledRNN(preset="forgetting", x_2_1=-1.25).static_html()
    for number in ("2", "3", "4.5", "-1.25", "0"):
        assert f">{number}</text>" in html
    assert "h_3 (1) = " in html
    places = re.findall(r'data-v="(\w+)"', drawing())
    assert sorted(places) == sorted(
        [f"x_{t}_{k}" for t in (1, 2, 3) for k in (1, 2, 3)]
        + [f"h_{t}_{k}" for t in (0, 1, 2, 3) for k in (1, 2)]
    )


# ---- GradientExplorer ----------------------------------------------------------------------------


@pytest.mark.parametrize("w", [0.0, 0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("length", [2, 30, 100])
def test_without_an_activation_the_gradient_is_a_power_of_w(w: float, length: int) -> None:
    explorer = GradientExplorer(w=w, activation="identity", length=length)
    assert explorer.curves.rnn == pytest.approx([w**k for k in range(length)], rel=1e-12)
    assert explorer.per_step("rnn") == pytest.approx(w, rel=1e-12)


@pytest.mark.parametrize("b_f", [-2.0, 0.0, 6.0])
def test_along_the_cell_state_the_gradient_is_a_power_of_f(b_f: float) -> None:
    explorer = GradientExplorer(b_f=b_f, w=1.3, x=-0.4)
    f = cells.sigmoid(b_f)
    assert explorer.curves.road == pytest.approx([f**k for k in range(30)], rel=1e-12)
    alone = GradientExplorer(b_f=b_f, w=0)
    assert alone.curves.lstm == pytest.approx(alone.curves.road, rel=1e-12)


def test_all_curves_are_torchs_gradients() -> None:
    explorer = GradientExplorer(w=1.2, x=0.3, b_f=1, length=20)
    x = torch.tensor(0.3, dtype=torch.float64)
    h = torch.tanh(x).requires_grad_()
    states = [h]
    for _ in range(19):
        h = torch.tanh(x + 1.2 * h)
        states.append(h)
    of_h = torch.autograd.grad(h, states)
    h = c = torch.zeros_like(x)
    cell_states = []
    for _ in range(20):
        z = x + 1.2 * h
        c = cells.sigmoid(1) * c + torch.sigmoid(z) * torch.tanh(z)
        c.requires_grad_()
        h = torch.sigmoid(z) * torch.tanh(c)
        cell_states.append(c)
    of_c = torch.autograd.grad(c, cell_states)
    assert explorer.curves.rnn == pytest.approx([abs(float(g)) for g in of_h[::-1]], rel=1e-10)
    assert explorer.curves.lstm == pytest.approx([abs(float(g)) for g in of_c[::-1]], rel=1e-10)


@pytest.mark.parametrize(
    ("preset", "rnn", "lstm", "road"),
    [
        ("vanishing", "vanishes", "lasts", "lasts"),
        ("exploding", "explodes", "lasts", "lasts"),
        ("just_right", "lasts", "lasts", "lasts"),
        ("both_explode", "explodes", "explodes", "lasts"),
    ],
)
def test_presets_of_the_gradients_do_what_their_names_say(
    preset: str, rnn: str, lstm: str, road: str
) -> None:
    assert GradientExplorer(preset=preset).verdicts == {"rnn": rnn, "lstm": lstm, "road": road}


def test_just_right_is_a_knifes_edge() -> None:
    # What the preset's note promises: w moved by 0.1 is enough.
    verdicts = [GradientExplorer(preset="just_right", w=w).verdicts for w in (0.9, 1, 1.1)]
    assert [found["rnn"] for found in verdicts] == ["vanishes", "lasts", "explodes"]
    assert {found["lstm"] for found in verdicts} == {"lasts"}


def test_the_presets_are_all_there_is() -> None:
    assert set(GRADIENT_PRESETS) == {"vanishing", "exploding", "just_right", "both_explode"}
    with pytest.raises(ValueError, match="vanishing, exploding"):
        GradientExplorer(preset="best")
    first = {**GRADIENT_PRESETS["vanishing"], "lang": "en"}
    assert GradientExplorer().state() == first
    assert repr(GradientExplorer(w=2)) == (
        "GradientExplorer(length=30, x=0.5, w=2, activation='tanh', b_f=3)"
    )


def test_no_state_within_the_ranges_is_out_of_numbers() -> None:
    for w in (0, 2):
        for x in (-1, 0, 1):
            for b_f in (-2, 6):
                for activation in cells.ACTIVATIONS:
                    explorer = GradientExplorer(
                        w=w, x=x, b_f=b_f, activation=activation, length=100
                    )
                    flat = np.concatenate(explorer.curves)
                    assert np.isfinite(flat).all()
                    assert (flat >= 0).all()
                    assert "nan" not in explorer.static_html()
                    assert "inf" not in explorer.static_html()


@pytest.mark.parametrize("size", [0, 1e-308, 4.26e-18, 0.0099, 0.01, 0.5, 1, 999, 1000, 2.0**99])
def test_a_size_as_text_says_the_size(size: float) -> None:
    plain = scientific(size).translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    assert float(plain.replace("×10", "e")) == pytest.approx(size, rel=0.05)
    assert len(scientific(size)) <= 11


def test_the_stored_picture_of_the_gradients_says_what_happens() -> None:
    explorer = GradientExplorer(preset="both_explode", lang="vi")
    html = unescape(explorer.static_html())
    for curve in explorer.curves:
        assert scientific(curve[-1]) in html
    for verdict in explorer.verdicts.values():
        assert f">{text(f'gradient_explorer.{verdict}', 'vi')}</td>" in html
    assert html.count("<polyline") == 3


def test_a_verdict_holds_at_its_bounds() -> None:
    assert (VANISHED, EXPLODED) == (0.01, 100)
    assert GradientExplorer(w=0.1, activation="identity", length=3).verdicts["rnn"] == "lasts"
    assert GradientExplorer(w=0.09, activation="identity", length=3).verdicts["rnn"] == "vanishes"


# ---- Both: wrong values --------------------------------------------------------------------------

BAD: dict[tuple[str, str], list[Any]] = {
    ("unrolled_rnn", "x_1_2"): [math.nan, math.inf, 10.01, "1", None, True],
    ("unrolled_rnn", "w_hh_2_1"): [-math.inf, -11, [1]],
    ("unrolled_rnn", "t"): [0, 4, 1.5, math.nan, "2", True],
    ("unrolled_rnn", "activation"): ["sigmoid", "", None, math.nan, 1, np.zeros(2)],
    ("gradient_explorer", "length"): [1, 101, 2.5, math.inf, math.nan, "30", None],
    ("gradient_explorer", "w"): [-0.01, 2.01, math.nan, "1"],
    ("gradient_explorer", "b_f"): [-2.1, 7, math.nan],
    ("gradient_explorer", "activation"): ["ReLU", math.nan],
}
WIDGETS = {"unrolled_rnn": UnrolledRNN, "gradient_explorer": GradientExplorer}


@pytest.mark.parametrize(
    ("name", "trait", "value"), [(*key, value) for key, values in BAD.items() for value in values]
)
@pytest.mark.parametrize(("lang", "words"), [("en", "is not "), ("vi", "không phải là một ")])
def test_a_wrong_value_is_refused_in_the_readers_language(
    name: str, trait: str, value: object, lang: str, words: str
) -> None:
    widget = WIDGETS[name](lang=lang)
    good = getattr(widget, trait)
    with pytest.raises(traitlets.TraitError, match=rf"^{trait}: .*{words}"):
        setattr(widget, trait, value)
    assert getattr(widget, trait) == good
    with pytest.raises(traitlets.TraitError, match=words):
        WIDGETS[name](**{"lang": lang, trait: value})


def test_a_whole_number_may_come_as_a_float() -> None:
    explorer = GradientExplorer(length=12.0)
    assert explorer.length == 12
    assert isinstance(explorer.length, int)


@pytest.mark.parametrize("name", list(WIDGETS))
def test_another_state_than_the_first_is_stored_and_comes_back(name: str) -> None:
    state = {
        "unrolled_rnn": {"w_hh_1_2": 0.25, "activation": "tanh", "t": 3, "h_0_1": -1.0},
        "gradient_explorer": {"length": 77, "w": 1.25, "activation": "relu", "b_f": -1.5},
    }[name]
    html = render_html(name, state, "vi")
    match = re.search(r'data-state="([^"]*)"', html)
    assert match
    stored = json.loads(unescape(match.group(1)))
    assert {key: stored[key] for key in state} == state
    assert WIDGETS[name](**stored).static_html() == html
