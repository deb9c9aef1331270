"""The n-gram explorer in Python: its counts packed and back, what it reads, what it refuses."""

import gzip
import os
import random
import unicodedata
from base64 import b64encode

import numpy as np
import pytest
import traitlets

from lstm_course import use_language
from lstm_course.ngram import END, SMOOTHINGS, START, UNK, NGramModel, UnseenHistoryError
from lstm_course.widgets import NGramExplorer
from lstm_course.widgets.ngram_explorer import pack, read_tokens, unpack

VERSES = [
    line.split()
    for line in (
        "trăm năm trong cõi người ta",
        "chữ tài chữ mệnh khéo là ghét nhau",
        "trải qua một cuộc bể dâu",
        "những điều trông thấy mà đau đớn lòng",
    )
]


@pytest.mark.parametrize("boundaries", [True, False])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_packed_counts_come_back(boundaries: bool, order: int) -> None:
    generator = random.Random(order)
    tokens = ["a", "ệ", "<unk>", "😀", "\n", " ", *(f"t{k}" for k in range(300))]
    sequences = [generator.choices(tokens, k=generator.randint(0, 40)) for _ in range(30)]
    sequences.append(["a"] * 1000)  # a count of three bytes
    model = NGramModel.fit(sequences, order, "none", boundaries=boundaries)
    again = unpack(pack(model))
    assert again.tokens == model.tokens
    assert again.boundaries is boundaries
    assert again.longest_ngrams() == model.longest_ngrams()


@pytest.mark.parametrize(
    "bad", ["", "????", "AAAA", "AwE=", b64encode(bytes([2, 1, 1, 9])).decode()]
)
def test_what_is_no_packed_counts_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="no packed counts"):
        unpack(bad)


def test_an_order_that_the_page_cannot_number_is_refused() -> None:
    model = NGramModel.fit([[f"t{k}" for k in range(5000)]], 6, "none")
    with pytest.raises(ValueError, match="order 6 is too high"):
        pack(model)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_it_answers_as_its_model(smoothing: str) -> None:
    model = NGramModel.fit(VERSES, 3, smoothing)
    explorer = NGramExplorer(model, "trong cõi")
    assert explorer.smoothing == smoothing
    assert (explorer.distribution() == model.distribution(["trong", "cõi"])).all()
    assert explorer.top(3) == sorted(explorer.top(3), key=lambda pair: -pair[1])
    explorer.order = 1
    assert (explorer.distribution() == model.changed(order=1).distribution()).all()


def test_weights_and_k_of_a_model_are_kept() -> None:
    model = NGramModel.fit(VERSES, 2, "interpolation", weights=[0.2, 0.3, 0.5])
    assert NGramExplorer(model).model.weights == (0.2, 0.3, 0.5)
    assert NGramExplorer(NGramModel.fit(VERSES, 2, "add_k", k=0.05)).k == 0.05


def test_what_a_reader_sets_can_be_read() -> None:
    explorer = NGramExplorer(VERSES, order=2)
    explorer.history, explorer.smoothing, explorer.k = "Trăm", "add_k", 0.5
    size = len(explorer.model.tokens)
    assert explorer.top(1) == [("năm", (1 + 0.5) / (1 + 0.5 * size))]
    assert repr(explorer) == "NGramExplorer(history='Trăm', order=2, smoothing='add_k', k=0.5)"


def test_a_line_begins_or_does_not() -> None:
    explorer = NGramExplorer(VERSES, "trăm")
    assert explorer.context == [START, "trăm"]
    explorer.line_start = False
    assert explorer.context == ["trăm"]
    explorer.history = ""
    assert explorer.context == []
    explorer.line_start, explorer.order = True, 1
    assert explorer.context == []
    running = NGramExplorer(NGramModel.fit([list("abab")], 3, boundaries=False), "a")
    assert running.context == ["a"]


READ = [
    ("", []),
    ("  \n\t ", []),
    ("Trăm NĂM", ["trăm", "năm"]),
    (unicodedata.normalize("NFD", "trăm năm"), ["trăm", "năm"]),
    ("trăm, năm!", ["trăm", "năm"]),
    ("bể-dâu", ["bể", "dâu"]),
    ("học máy", [UNK, UNK]),
    ("<unk> năm", [UNK, "năm"]),
    ("</s>", [UNK]),
    ("<b>trăm</b>", [UNK, "trăm", UNK]),
    ("😀 trăm", ["trăm"]),
    ("_ - ' …", []),
    ("12 3.5", [UNK, UNK, UNK]),
]


@pytest.mark.parametrize(("typed", "tokens"), READ)
def test_what_is_typed_becomes_tokens(typed: str, tokens: list[str]) -> None:
    explorer = NGramExplorer(VERSES, typed)
    assert explorer.tokens == tokens
    assert np.isclose(explorer.distribution().sum(), 1)


def test_characters() -> None:
    model = NGramModel.fit([list("ab a\nba b\n")], 3, boundaries=False)
    explorer = NGramExplorer(model, "A b⏎x")
    assert explorer.unit == "characters"
    assert explorer.tokens == ["a", " ", "b", "\n", UNK]
    assert read_tokens("ab", {"a", "b", "ab"}, "words") == ["ab"]


def test_examples_are_frequent_histories_or_those_given() -> None:
    often = NGramExplorer([["a", "b", "c"]] * 2 + [["a", "b", "d"], ["x", "y", "z"]], unit="words")
    assert often.examples[0] == "a b"
    assert NGramExplorer(VERSES, examples=["trăm năm"]).examples == ["trăm năm"]
    assert NGramExplorer(VERSES, order=1).examples == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": 0},
        {"order": 4},
        {"smoothing": "laplace"},
        {"k": 0},
        {"k": 2},
        {"seed": 0},
        {"unit": "syllables"},
        {"history": 3},
    ],
)
def test_wrong_values_are_refused_and_the_last_good_one_stays(wrong: dict[str, object]) -> None:
    explorer = NGramExplorer(VERSES)
    before = explorer.state()
    (name, value), *_ = wrong.items()
    with pytest.raises(traitlets.TraitError):
        setattr(explorer, name, value)
    assert explorer.state() == before


def test_the_refusal_of_an_order_speaks_the_widgets_language() -> None:
    use_language("vi")
    with pytest.raises(traitlets.TraitError, match="số nguyên từ 1 đến 3"):
        NGramExplorer(VERSES).order = 9


def test_the_state_brings_counts_and_answers_back() -> None:
    explorer = NGramExplorer(VERSES, "trong cõi", smoothing="interpolation", line_start=False)
    again = NGramExplorer(**explorer.state())
    assert again.static_html() == explorer.static_html()
    assert again.distribution() == pytest.approx(explorer.distribution(), abs=1e-15)


def test_the_stored_picture_names_the_next_tokens_in_the_readers_language() -> None:
    model = NGramModel.fit(VERSES, 3, "none")
    for lang, end in (("en", "end of line"), ("vi", "hết dòng")):
        html = NGramExplorer(model, "người ta", lang=lang).static_html()
        assert f"<td>{end}</td><td>1.000</td><td>1</td>" in html
        assert "Entropy = 0.000" in html
    html = NGramExplorer([["<b>", "&"], ["<b>", "&"]], "<b> &", unit="words").static_html()
    assert "<b>" not in html
    assert END not in html


def test_the_stored_picture_says_where_there_is_no_distribution() -> None:
    explorer = NGramExplorer(VERSES, "ta ta", smoothing="none")
    with pytest.raises(UnseenHistoryError):
        explorer.distribution()
    assert "Without smoothing there is no distribution" in explorer.static_html()


def test_truyen_kieu_fits_into_a_page() -> None:
    if not os.environ.get("LSTM_COURSE_DATA"):
        pytest.skip("Truyện Kiều: LSTM_COURSE_DATA is not set")
    from lstm_course.datasets import load_kieu
    from lstm_course.text import clean, syllable_tokens

    kieu = load_kieu(require_full=True)
    verses = [syllable_tokens(clean(verse.text)) for verse in (*kieu.train, *kieu.test)]
    html = NGramExplorer(NGramModel.fit(verses, 3), "trăm năm").static_html()
    assert len(gzip.compress(html.encode())) < 100_000
