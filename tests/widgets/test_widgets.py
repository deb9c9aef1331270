"""The widgets' Python side: checked traits, stable output, a picture for where nothing runs."""

import json
import math
import re
from html import unescape
from importlib.resources import files

import numpy as np
import pytest
import traitlets

from lstm_course import cells, use_language
from lstm_course.widgets import (
    WIDGETS,
    CurveExplorer,
    GateExplorer,
    LSTMBuilder,
    MemoryDecay,
    SequenceExplorer,
    SingleGate,
    packing,
    render_html,
    sources,
)
from lstm_course.widgets.base import CourseWidget, Number
from lstm_course.widgets.gate_explorer import PRESETS

NAMES = sorted(WIDGETS)

CLASSIFIER: dict[str, object] = {
    "pooling": "max",
    "steps": ["lower"],
    "tokenizer": "words",
    "first_piece": 0,
    "length": None,
    "keep": "first",
    "tokens": packing.pack_tokens(["<pad>", "<unk>", "headline"]),
    "weights": packing.pack(
        {
            "embedding": np.ones((3, 2)),
            "recurrent.0.forward.w_x": np.ones((4, 2)),
            "recurrent.0.forward.w_h": np.ones((4, 1)),
            "recurrent.0.forward.b": np.ones(4),
            "output.w": np.ones((1, 1)),
            "output.b": np.ones(1),
        }
    ),
}
#: What a widget cannot do without: those of a trained model get a small one.
GIVEN: dict[str, dict[str, object]] = {
    "headline_explorer": {"text": "a headline", "network": CLASSIFIER},
    "memory_view": {
        "text": "a b",
        "network": {
            "one": {
                "tokens": packing.pack_tokens(["<pad>", "<unk>", "\n", "a"]),
                "word_ends": None,
                "weights": packing.pack(
                    {
                        "embedding": np.eye(4, 2),
                        "recurrent.0.forward.w_x": np.ones((4, 2)),
                        "recurrent.0.forward.w_h": np.ones((4, 1)),
                        "recurrent.0.forward.b": np.ones(4),
                        "output.w": np.eye(4, 1),
                        "output.b": np.ones(4),
                    }
                ),
            }
        },
    },
    "review_reader": {"text": "a headline. Another", "network": CLASSIFIER},
    "segmentation_explorer": {
        "text": "Học sinh học",
        "pyvi": {},
        "packed_segmenter": {
            "words": packing.pack_tokens(["học_sinh", "học"]),
            "counts": [2, 1],
            "longest": 2,
        },
        "packed_vocabularies": {"words": packing.pack_tokens(["<pad>", "<unk>", "học"])},
    },
    "verse_writer": {
        "text": "a",
        "network": {
            "tokens": packing.pack_tokens(["<pad>", "<unk>", "\n", "a"]),
            "word_ends": [],
            "weights": packing.pack(
                {
                    "embedding": np.ones((4, 2)),
                    "place": np.ones((24, 2)),
                    "recurrent.0.forward.w_x": np.ones((4, 2)),
                    "recurrent.0.forward.w_h": np.ones((4, 1)),
                    "recurrent.0.forward.b": np.ones(4),
                    "output.w": np.ones((4, 1)),
                    "output.b": np.ones(4),
                }
            ),
        },
    },
    "word_map": {
        "words": ["a", "b", "c"],
        "vectors": [[1, 0], [1, 1], [0, 1]],
        "places": [[-1, 0], [0, 0], [1, 1]],
        "chosen": "a",
    },
}
LABELS = re.compile(r'<svg[^>]*aria-label="([^"]+)"|<caption>([^<]+)')


def made(name: str) -> CourseWidget:
    return WIDGETS[name](**GIVEN.get(name, {}))


def stored_state(html: str) -> dict[str, object]:
    match = re.search(r'data-state="([^"]*)"', html)
    assert match
    state = json.loads(unescape(match.group(1)))
    assert isinstance(state, dict)
    return state


@pytest.mark.parametrize("name", NAMES)
def test_a_widget_is_a_pair_of_files_of_one_name(name: str) -> None:
    assert WIDGETS[name].__module__ == f"lstm_course.widgets.{name}"
    assert files("lstm_course.widgets").joinpath(f"{name}.js").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_the_bundle_has_text_html_and_a_live_view(name: str) -> None:
    data, _ = made(name)._repr_mimebundle_()
    assert set(data) >= {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert f'data-widget="{name}"' in data["text/html"]
    assert data["text/plain"] == repr(made(name))
    assert "0x" not in data["text/plain"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["en", "vi", "both"])
def test_the_stored_state_brings_the_widget_back(name: str, lang: str) -> None:
    html = render_html(name, GIVEN.get(name, {}), lang)
    state = stored_state(html)
    assert state["lang"] == lang
    assert WIDGETS[name](**state).static_html() == html


@pytest.mark.parametrize("name", [name for name in NAMES if name != "self_check"])  # words only
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_stored_picture_has_a_name_and_numbers_in_its_language(name: str, lang: str) -> None:
    html = render_html(name, GIVEN.get(name, {}), lang)
    assert re.search(r"= -?\d+\.\d{3}", html)
    labels = LABELS.findall(html)
    assert labels
    assert labels != LABELS.findall(
        render_html(name, GIVEN.get(name, {}), "vi" if lang == "en" else "en")
    )
    assert "{" not in unescape(html).split('data-state="')[1].split('">', 1)[1]


@pytest.mark.parametrize("name", NAMES)
def test_the_language_in_use_becomes_the_widgets_own(name: str) -> None:
    use_language("vi")
    assert made(name).lang == "vi"


def test_the_stored_picture_of_the_gate_explorer_shows_the_worked_example() -> None:
    html = GateExplorer().static_html()
    for shown in ("f = 0.997", "i = 0.986", "g = 0.966", "o = 0.992", "c = 2.948", "h = 0.986"):
        assert shown in html
    assert ">2.948</text>" in html


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "1", None, 5.01, -6, True, [1]])
def test_a_wrong_number_is_refused_and_the_last_good_one_stays(bad: object) -> None:
    explorer = GateExplorer(x=0.5)
    with pytest.raises(traitlets.TraitError, match=r"x: .*is not a number from -5 to 5"):
        explorer.x = bad
    assert explorer.x == 0.5


def test_the_refusal_speaks_the_widgets_language() -> None:
    use_language("vi")
    with pytest.raises(traitlets.TraitError, match="không phải là một số"):
        GateExplorer(b_f=math.nan)


def test_values_can_be_set_and_read_in_a_live_kernel() -> None:
    explorer = GateExplorer()
    explorer.x, explorer.h, explorer.c, explorer.b_o = -1, 0, 0.25, -10
    expected = cells.lstm_step(-1, 0, 0.25, explorer.weights)
    assert explorer.step == expected
    assert explorer.weights.b_o == -10
    assert explorer.step.o < 1e-4


def test_every_preset_does_what_its_name_says() -> None:
    step = {name: GateExplorer(preset=name).step for name in PRESETS}
    assert step["worked"] == cells.lstm_step(1, 1, 2, cells.WORKED_EXAMPLE)
    assert step["keep"].f > 0.9999
    assert step["forget"].f < 0.0001
    assert step["ignore"].i < 0.0001
    assert step["closed"].o < 0.0001
    assert abs(step["closed"].h) < 0.0001 < abs(step["closed"].c)


def test_the_latch_keeps_at_zero_and_is_set_by_one() -> None:
    def after(x: float, c: float) -> float:
        return float(GateExplorer(preset="latch", x=x, c=c).step.c)

    assert after(0, 1) == pytest.approx(1, abs=0.02)
    assert after(0, 0) == pytest.approx(0, abs=0.02)
    assert after(1, 0) == pytest.approx(1, abs=0.02)
    assert after(1, 1) == pytest.approx(1, abs=0.02)


def test_an_unknown_preset_gate_or_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="worked, keep"):
        GateExplorer(preset="wrong")
    with pytest.raises(traitlets.TraitError):
        SingleGate("x")
    with pytest.raises(traitlets.TraitError):
        LSTMBuilder(stage=8)


def test_the_builder_follows_the_stages_of_cells() -> None:
    for stage in range(1, cells.BUILD_STAGES + 1):
        expected = cells.build_stage(stage, 1, 1, 2, cells.WORKED_EXAMPLE)
        assert LSTMBuilder(stage=stage).step == expected


@pytest.mark.parametrize(
    ("f", "steps"),
    [(0.0, 1), (0.5, 2), (0.9, 7), (0.99, 69), (0.997, 231), (0.99999, 69315), (1.0, math.inf)],
)
def test_half_life(f: float, steps: float) -> None:
    decay = MemoryDecay(f=f)
    assert decay.half_life == steps
    if steps != math.inf:
        assert f**steps < 0.5 <= f ** (steps - 1)


def test_curves() -> None:
    assert CurveExplorer(z=2.03).tanh == pytest.approx(0.966, abs=5e-4)
    assert CurveExplorer(z=5.95).sigmoid == pytest.approx(0.997, abs=5e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_module_has_no_imports_and_one_export_on_its_last_line(name: str) -> None:
    text = made(name)._esm
    assert text == sources.esm(name, WIDGETS[name].constants())
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == [sources.EXPORT]
    assert text.rstrip().endswith(sources.EXPORT)


def test_the_page_gets_a_script_for_each_widget_and_no_export() -> None:
    scripts = sources.page_scripts()
    assert sorted(scripts) == sorted(["lstm-core.js", *(f"lstm-{name}.js" for name in NAMES)])
    assert not any("export default" in text for text in scripts.values())


def test_a_script_without_its_last_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "read", lambda name: "function render() {}")
    with pytest.raises(ValueError, match="last line"):
        sources.script("gate_explorer", {})


@pytest.mark.parametrize("name", NAMES)
def test_every_word_that_a_script_asks_for_exists(name: str) -> None:
    scripts = ("core.js", *WIDGETS[name].SHARED, f"{name}.js")
    script = "".join(map(sources.read, scripts))
    words = sources.language.section(name)["en"]
    asked = set(re.findall(r'\bt\("(\w+)"', script))
    # core.js serves all widgets; the words of links belong to those that offer one.
    optional = {"share", "copied", "in_address", "restored", "other_version", "bad_link"}
    assert asked - optional <= set(words)


def test_the_sequence_explorer_runs_the_cell_and_hands_a_step_over() -> None:
    explorer = SequenceExplorer([0, 0.5, 0.25, 1])
    assert round(explorer.steps[-1].h, 4) == 0.0064
    explorer.sequence = [1, 0.5, 0.25, 1]
    assert round(explorer.steps[-1].h, 4) == 0.9694
    for t in range(1, 5):
        explorer.t = t
        assert explorer.gate_explorer().step == explorer.steps[t - 1]


@pytest.mark.parametrize("bad", [[], [1.0] * 201, [1, "a"], [math.nan], [6], "0.5", None])
def test_a_wrong_sequence_is_refused_and_the_last_good_one_stays(bad: object) -> None:
    explorer = SequenceExplorer([1, 2])
    with pytest.raises(traitlets.TraitError):
        explorer.sequence = bad
    assert explorer.sequence == [1, 2]


def test_ranges_of_sliders_come_from_the_traits() -> None:
    ranges = GateExplorer.constants()["ranges"]
    assert len(ranges) == 15
    for name, limits in ranges.items():
        trait = GateExplorer.class_traits()[name]
        assert isinstance(trait, Number)
        assert limits["min"] <= limits["start"] <= limits["max"]
