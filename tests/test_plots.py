"""Figures: accessible, in the page's own colours, the same at every run."""

import re
from collections.abc import Callable

import pytest

from lstm_course import plots, use_language
from lstm_course.cells import WORKED_EXAMPLE, lstm_sequence


def draw() -> plots.AccessibleFigure:
    return plots.sequence(
        {f"{x}, 0.5, 0.25, 1": lstm_sequence([x, 0.5, 0.25, 1], WORKED_EXAMPLE) for x in (0, 1)}
    )


def test_the_alternative_text_says_what_the_figure_shows_in_the_language_in_use() -> None:
    assert "0.0064, 0.9694" in draw().alt
    assert "hidden state" in draw().alt
    use_language("vi")
    figure = draw()
    assert "trạng thái ẩn" in figure.alt
    assert "trạng thái ô nhớ" in figure.svg
    assert f'aria-label="{figure.alt}"' in figure.svg


def test_the_text_takes_the_colour_of_the_page() -> None:
    svg = draw().svg
    assert "currentColor" in svg
    assert plots._INK not in svg
    assert "#000000" not in svg.replace("stroke: #000000; stroke-width: 0", "")


def test_the_same_data_give_the_same_figure() -> None:
    assert draw().svg == draw().svg


def test_lines_differ_without_colour() -> None:
    assert draw().svg.count("stroke-dasharray") >= 2


@pytest.mark.parametrize("runs", [{}, {"empty": []}])
def test_nothing_to_draw_is_an_error(runs: dict[str, list[object]]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        plots.sequence(runs)  # type: ignore[arg-type]


def gradients() -> plots.AccessibleFigure:
    lines = {f"w = {w}": [w**distance for distance in range(21)] for w in (0.5, 1.1)}
    return plots.gradient_by_distance(lines, read_at=13)


def test_the_unrolled_network_names_every_step_and_the_weights_they_share() -> None:
    figure = plots.unrolled(steps=4)
    assert "4 cells side by side" in figure.alt
    assert figure.svg.count("<path") > plots.unrolled(steps=3).svg.count("<path")
    use_language("vi")
    assert "4 ô cạnh nhau" in plots.unrolled(steps=4).alt


def test_the_gradients_are_told_at_the_distance_in_question() -> None:
    assert "w = 0.5: 1.2e-04, w = 1.1: 3.5e+00" in gradients().alt
    use_language("vi")
    figure = gradients()
    assert "Lùi 13 bước" in figure.alt
    assert "khoảng cách" in figure.svg


@pytest.mark.parametrize("draw_one", [plots.unrolled, gradients])
def test_figures_of_recurrent_networks_follow_the_page(
    draw_one: Callable[[], plots.AccessibleFigure],
) -> None:
    svg = draw_one().svg
    assert draw_one().svg == svg
    assert "currentColor" in svg
    assert plots._INK not in svg


@pytest.mark.parametrize(
    "call",
    [
        lambda: plots.unrolled(steps=1),
        lambda: plots.gradient_by_distance({}, read_at=0),
        lambda: plots.gradient_by_distance({"a": [1, 0.5], "b": [1]}, read_at=0),
        lambda: plots.gradient_by_distance({"a": [1, 0]}, read_at=0),
        lambda: plots.gradient_by_distance({"a": [1, 0.5]}, read_at=0, of="word"),
        lambda: plots.gradient_by_distance({"a": [1, 0.5]}, read_at=2),
    ],
)
def test_what_cannot_be_drawn_is_an_error(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"unrolled|gradient_by_distance"):
        call()


def test_figures_of_the_n_gram_chapter_say_what_they_show() -> None:
    unseen = plots.unseen_ngrams([0.014, 0.518])
    assert "n = 1: 1.4 %, n = 2: 51.8 %" in unseen.alt
    lines = plots.ngram_bits({"add_k": [8.67, 8.43], "modified_kneser_ney": [8.67, 7.67]})
    assert "modified Kneser-Ney 8.67 7.67" in lines.alt
    assert lines.svg.count("stroke-dasharray") >= 1
    training = plots.language_model_training([9.0, 6.5], [8.5, 7.9], counts=7.586)
    assert {"6.50", "7.90", "7.59"} <= set(training.alt.replace(";", " ").rstrip(".").split())
    use_language("vi")
    assert "bậc n" in plots.unseen_ngrams([0.5]).svg
    assert "nội suy" in plots.ngram_bits({"interpolation": [1.0]}).svg
    assert "những câu kiểm định" in plots.language_model_training([1.0], [1.0], 1.0).svg


@pytest.mark.parametrize(
    "draw_nothing",
    [
        lambda: plots.unseen_ngrams([]),
        lambda: plots.ngram_bits({}),
        lambda: plots.ngram_bits({"add_k": []}),
        lambda: plots.language_model_training([], [], 1.0),
        lambda: plots.language_model_training([1.0], [1.0, 2.0], 1.0),
    ],
)
def test_n_gram_figures_of_nothing_are_errors(draw_nothing: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"at least one|not empty"):
        draw_nothing()


# ---- Chapter 4 ---------------------------------------------------------------------------------


def test_gate_blocks_tell_every_shape_in_both_languages() -> None:
    for language, word in (("en", "batch"), ("vi", "lô")):
        use_language(language)
        figure = plots.gate_blocks(m=300, n=50, batch=32)
        assert word in figure.alt
        for shape in ("(32, 300)", "(300, 200)", "(32, 50)", "(50, 200)", "(32, 200)"):
            assert shape in figure.alt
            assert shape in figure.svg
        assert figure.svg == plots.gate_blocks(m=300, n=50, batch=32).svg


REACH = {"RNN": {5: [1.0, 1.0], 10: [0.5, 1.0]}, "LSTM": {5: [1.0, 1.0], 10: [1.0, 0.98]}}


def test_memory_reach_labels_its_lines_and_tells_their_means() -> None:
    figure = plots.memory_reach(REACH)
    assert "RNN: 1.00, 0.75; LSTM: 1.00, 0.99" in figure.alt
    assert {">RNN<", ">LSTM<", ">guessing<"} <= {f">{t}<" for t in texts(figure.svg)}
    assert figure.svg.count("stroke-dasharray") >= 2
    use_language("vi")
    assert "đoán mò" in plots.memory_reach(REACH).svg


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize("runs", [{}, {"RNN": {}}])
def test_no_reach_to_draw_is_an_error(runs: dict[str, dict[int, list[float]]]) -> None:
    with pytest.raises(ValueError, match="at least one run"):
        plots.memory_reach(runs)


# ---- Chapter 5 ---------------------------------------------------------------------------------


def test_the_figures_of_the_sarcasm_lab_tell_their_numbers_in_both_languages() -> None:
    def lengths() -> plots.AccessibleFigure:
        return plots.headline_lengths([3, 10, 10, 12, 39], padded_to=120)

    def by_epoch() -> plots.AccessibleFigure:
        return plots.accuracy_by_epoch([[0.7, 0.9], [0.8, 1.0]], [[0.82, 0.8], [0.84, 0.79]])

    def sure() -> plots.AccessibleFigure:
        return plots.reliability([0.6, 0.9], [0.55, 0.8], [3, 40])

    told = {
        lengths: ("120", "10", "39"),
        by_epoch: ("0.950", "0.830", "0.795"),
        sure: ("0.60 → 0.55", "0.90 → 0.80"),
    }
    for language, words in (("en", "headline"), ("vi", "tiêu đề")):
        use_language(language)
        for draw_one, numbers in told.items():
            figure = draw_one()
            assert words in figure.svg
            assert all(number in figure.alt for number in numbers), figure.alt
            assert figure.svg == draw_one().svg


@pytest.mark.parametrize(
    "draw_nothing",
    [
        lambda: plots.headline_lengths([], 120),
        lambda: plots.headline_lengths([121], 120),
        lambda: plots.accuracy_by_epoch([], []),
        lambda: plots.accuracy_by_epoch([[1.0, 1.0]], [[1.0]]),
        lambda: plots.reliability([], [], []),
        lambda: plots.reliability([0.5], [0.5, 0.6], [1]),
    ],
)
def test_what_the_sarcasm_lab_cannot_draw_is_an_error(draw_nothing: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"headline_lengths|accuracy_by_epoch|reliability"):
        draw_nothing()


# ---- Chapter 6 ---------------------------------------------------------------------------------


READ = {"first": {50: [0.7, 0.8], 100: [0.8, 0.82]}, "last": {100: [0.84]}}


def test_the_figures_of_the_sentiment_lab_tell_their_numbers_in_both_languages() -> None:
    told: dict[Callable[[], plots.AccessibleFigure], tuple[str, ...]] = {
        lambda: plots.review_lengths([5, 50, 250, 450, 1200], [200, 400]): ("0.600", "0.400"),
        lambda: plots.accuracy_by_words_read(READ): ("50: 0.750", "100: 0.810", "100: 0.840"),
        lambda: plots.ladder([[0.8, 0.82], [0.9]], [0.85, 0.81]): ("1: 0.810", "2: 0.900", "0.850"),
        lambda: plots.verdict_by_words(["good", "then", "awful"], [0.9, 0.91, 0.2], named=2): (
            "good (1): 0.50 → 0.90",
            "awful (3): 0.91 → 0.20",
        ),
        lambda: plots.accuracy_by_rating({1: 0.9, 7: 0.8}, {1: 10, 7: 3}): ("1: 0.90", "7: 0.80"),
    }
    seen = []
    for language in ("en", "vi"):
        use_language(language)
        for draw_one, numbers in told.items():
            figure = draw_one()
            seen.append(figure.alt)
            assert all(number in figure.alt for number in numbers), figure.alt
            assert figure.svg == draw_one().svg
    assert len(set(seen)) == 2 * len(told)


@pytest.mark.parametrize(
    "draw_nothing",
    [
        lambda: plots.review_lengths([], [200]),
        lambda: plots.review_lengths([5], [1000]),
        lambda: plots.accuracy_by_words_read({}),
        lambda: plots.accuracy_by_words_read({"middle": {50: [0.7]}}),
        lambda: plots.ladder([], [0.8]),
        lambda: plots.ladder([[0.8], []], [0.8]),
        lambda: plots.ladder([[0.8]], []),
        lambda: plots.verdict_by_words([], []),
        lambda: plots.verdict_by_words(["good"], [0.5, 0.6]),
        lambda: plots.accuracy_by_rating({}, {}),
        lambda: plots.accuracy_by_rating({1: 0.9}, {2: 3}),
    ],
)
def test_what_the_sentiment_lab_cannot_draw_is_an_error(draw_nothing: Callable[[], object]) -> None:
    names = r"review_lengths|accuracy_by_words_read|ladder|verdict_by_words|accuracy_by_rating"
    with pytest.raises(ValueError, match=names):
        draw_nothing()


# ---- Chapter 7 ---------------------------------------------------------------------------------


ARCS = {(0, 1): -11.0, (1, 2): -10.0, (2, 3): -8.5, (0, 2): -11.6, (1, 3): -9.0}
SYLLABLES = ["truyền", "thông", "tin"]
UNITS = ["words as given", "characters"]
MATRIX = [[90 if row == column else row == 0 for column in range(10)] for row in range(10)]


def test_the_figures_of_the_vietnamese_lab_tell_their_numbers_in_both_languages() -> None:
    told: dict[Callable[[], plots.AccessibleFigure], tuple[str, ...]] = {
        lambda: plots.word_lattice(SYLLABLES, ARCS): ("thông tin -9.00", ": truyền | thông tin."),
        lambda: plots.accuracy_by_tokens([94, 420], [[0.9, 0.88], [0.8]], UNITS): (
            ": 94, 0.890",
            ": 420, 0.800",
        ),
        lambda: plots.confusion(MATRIX): ("91", "100"),
        lambda: plots.classifier_head(["giá", "vàng"], topics=10): ("giá vàng", "10"),
    }
    seen = []
    for language in ("en", "vi"):
        use_language(language)
        assert len(set(plots.topic_names())) == 10
        for draw_one, numbers in told.items():
            figure = draw_one()
            seen.append(figure.alt)
            assert all(number in figure.alt for number in numbers), figure.alt
            assert figure.svg == draw_one().svg
    assert len(set(seen)) == 2 * len(told)


def test_the_thick_arcs_are_the_best_way_and_shares_stand_in_the_matrix() -> None:
    assert "thông tin -9.00" in texts(plots.word_lattice(SYLLABLES, ARCS).svg)
    cells = texts(plots.confusion(MATRIX).svg)
    assert cells.count("100") == 9  # every row but the first
    assert cells.count("91") == 1


@pytest.mark.parametrize(
    "draw_nothing",
    [
        lambda: plots.word_lattice([], {}),
        lambda: plots.word_lattice(["tin"], {(0, 2): -1.0}),
        lambda: plots.word_lattice(["thông", "tin"], {(0, 1): -1.0}),
        lambda: plots.accuracy_by_tokens([], [], []),
        lambda: plots.accuracy_by_tokens([94], [[]], ["a"]),
        lambda: plots.confusion([[1.0]]),
        lambda: plots.confusion([[0] * 10] * 10),
        lambda: plots.classifier_head([]),
    ],
)
def test_what_the_vietnamese_lab_cannot_draw_is_an_error(
    draw_nothing: Callable[[], object],
) -> None:
    with pytest.raises(
        ValueError, match=r"word_lattice|accuracy_by_tokens|confusion|classifier_head"
    ):
        draw_nothing()


# ---- Chapter 8 ---------------------------------------------------------------------------------


COUPLETS = [
    "Trăm năm trong cõi người ta,",
    "Chữ tài chữ mệnh khéo là ghét nhau.",
    "Trải qua một cuộc bể dâu,",
    "Những điều trông thấy mà đau đớn lòng.",
]


def test_the_figures_of_the_character_lab_tell_their_numbers_in_both_languages() -> None:
    told: dict[Callable[[], plots.AccessibleFigure], tuple[str, ...]] = {
        lambda: plots.accuracy_by_epoch([[0.7, 0.9]], [[0.6, 0.5]], of="reviews"): ("0.600",),
        # Three equal numbers: their mean lies above the greatest by what rounding takes.
        lambda: plots.accuracy_when_shifted([0, 50], [[0.9, 0.1]] * 3): ("0: 0.900", "50: 0.100"),
        lambda: plots.gradient_back([0, 20, 50], [[1, 0.01, 0], [3, 0.03, 0]]): (
            "20: 2.0e-02",
            "50: 0.0e+00",
        ),
        lambda: plots.character_bits({2: 3.1, 3: 2.5}, {"LSTM": [2.1, 2.2]}): ("3.100", "2.150"),
        lambda: plots.next_characters([" ", "a"], {0.3: [0.9, 0.1], 1.5: [0.6, 0.4]}): (
            "␣ 0.90",
            "a 0.40",
        ),
        lambda: plots.six_eight(COUPLETS): ("ta – là", "nhau – dâu", "dâu – đau"),
        lambda: plots.verdict_by_letters({1: ([10, 20], [0.5, 0.9])}): ("0.50 → 0.90",),
    }
    alts = []
    for language in ("en", "vi"):
        use_language(language)
        for draw_one, numbers in told.items():
            figure = draw_one()
            assert all(number in figure.alt for number in numbers), figure.alt
            assert figure.svg == draw_one().svg
            alts.append(figure.alt)
    assert len(set(alts)) == len(alts)


@pytest.mark.parametrize(
    "draw_nothing",
    [
        lambda: plots.accuracy_by_epoch([[1.0]], [[1.0]], of="verses"),
        lambda: plots.accuracy_when_shifted([0, 1], [[0.5]]),
        lambda: plots.gradient_back([0], [[0.0]]),
        lambda: plots.gradient_back([], []),
        lambda: plots.character_bits({}, {"LSTM": [2.1]}),
        lambda: plots.character_bits({2: 3.1}, {"LSTM": []}),
        lambda: plots.next_characters(["a"], {}),
        lambda: plots.next_characters(["a"], {1.0: [0.5, 0.5]}),
        lambda: plots.six_eight(COUPLETS[:3]),
        lambda: plots.six_eight([]),
        lambda: plots.verdict_by_letters({}),
        lambda: plots.verdict_by_letters({1: ([10], [])}),
    ],
)
def test_what_the_character_lab_cannot_draw_is_an_error(draw_nothing: Callable[[], object]) -> None:
    names = "accuracy_by_epoch|accuracy_when|gradient_back|character_bits|next_|six_|verdict_"
    with pytest.raises(ValueError, match=names):
        draw_nothing()
