"""The glossary: complete, in both languages, and linked where a chapter first uses a term."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from chapter_numbers import chapter_number
from glossary import DATA, GlossaryError, alphabetical, read
from languages import NAMES, language_of, other
from lstm_course.language import text
from term_links import link_terms

from .small_books import ROOT, Book

TERMS = read(ROOT / DATA)

CORE = {
    "hidden state": "trạng thái ẩn",
    "cell state": "trạng thái ô nhớ",
    "memory cell": "ô nhớ",
    "forget gate": "cổng quên",
    "input gate": "cổng vào",
    "output gate": "cổng ra",
    "candidate memory": "trạng thái ô nhớ ứng viên",
    "vanishing gradient": "tiêu biến gradient",
    "exploding gradient": "bùng nổ gradient",
    "long-range dependency": "phụ thuộc dài hạn",
    "recurrent neural network": "mạng nơ-ron hồi tiếp (RNN)",
    "backpropagation through time": "lan truyền ngược qua thời gian",
    "language model": "mô hình ngôn ngữ",
    "smoothing": "làm trơn",
    "perplexity": "perplexity",
    "embedding": "biểu diễn nhúng; vector nhúng",
    "embedding layer": "tầng nhúng",
    "token": "token",
    "vocabulary": "bộ từ vựng",
    "padding": "đệm",
    "truncation": "cắt bớt",
    "word segmentation": "tách từ",
    "stop word": "từ dừng",
    "syllable": "tiếng (âm tiết)",
    "learning rate": "tốc độ học",
    "overfitting": "quá khớp",
    "batch": "lô",
    "epoch": "lượt (epoch)",
    "dropout": "dropout",
    "bidirectional": "hai chiều",
    "sarcasm": "châm biếm",
    "training set": "tập huấn luyện",
    "test set": "tập kiểm tra",
    "loss function": "hàm mất mát",
    "weight": "trọng số",
    "bias (parameter)": "hệ số điều chỉnh (bias)",
    "layer": "tầng",
    "class": "lớp",
    "hidden unit": "nút ẩn",
    "activation function": "hàm kích hoạt",
    "validation set": "tập kiểm định",
    "accuracy": "độ chính xác",
    "precision": "precision",
    "recall": "độ phủ",
    "baseline": "mô hình cơ sở",
    "standard deviation": "độ lệch chuẩn",
}
"""The terms that the book agreed on before it was written."""

GATE = """[[term]]
id = "gate"
chapter = 3
en = "gate"
vi = "cổng"
meaning_en = "A number."
meaning_vi = "Một số."
"""


# ------------------------------------------------------------------------------------ the data


def test_the_core_is_there_word_for_word() -> None:
    names = {term.names["en"]: term.names["vi"] for term in TERMS}
    assert {english: names.get(english) for english in CORE} == CORE


def test_every_term_is_complete_and_its_own() -> None:
    for term in TERMS:
        assert term.chapter in range(1, 9), term.id
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", term.id)
        for language in NAMES:
            words = [term.names[language], term.meanings[language]]
            assert all(word == word.strip() and word for word in words), term.id
            assert all(unicodedata.is_normalized("NFC", word) for word in words), term.id
            assert term.meanings[language].endswith("."), term.id
            assert len(term.meanings[language]) <= 180, f"{term.id}: more than a line or two"
            assert term.forms[language] or term.everyday[language], f"{term.id} links nowhere"
    for language in NAMES:
        names = Counter(term.names[language].casefold() for term in TERMS)
        forms = Counter(
            form.casefold()
            for term in TERMS
            for form in (*term.forms[language], *term.everyday[language])
        )
        assert [name for name, count in (names + forms).items() if names[name] > 1] == []
        assert [form for form, count in forms.items() if count > 1] == []
    assert [name for name, count in Counter(term.id for term in TERMS).items() if count > 1] == []


def test_meanings_are_no_copies_of_each_other() -> None:
    assert all(term.meanings["en"] != term.meanings["vi"] for term in TERMS)
    assert len({term.meanings["vi"] for term in TERMS}) == len(TERMS)


@pytest.mark.parametrize("key", ["en", "vi", "meaning_en", "meaning_vi", "chapter", "id"])
def test_an_entry_that_lacks_something_is_named(tmp_path: Path, key: str) -> None:
    path = tmp_path / "glossary.toml"
    path.write_text(re.sub(rf"(?m)^{key} = .*\n", "", GATE), encoding="utf-8")
    with pytest.raises(GlossaryError, match=f"has no {key}"):
        read(path)


def test_a_misspelt_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "glossary.toml"
    path.write_text(GATE + 'baned = ["cửa"]\n', encoding="utf-8")
    with pytest.raises(GlossaryError, match="gate: what is baned"):
        read(path)


def test_words_are_sorted_as_in_a_vietnamese_dictionary() -> None:
    rows = ["an", "ăn", "ấn", "ba", "bà", "bả", "bã", "bá", "bạ", "ca", "da", "đa", "em", "êm"]
    rows += ["ô", "ơ", "tư vấn", "từ dừng", "uy", "ưa", "vay", "y"]
    assert sorted(set(rows), key=alphabetical) == rows


# ------------------------------------------------------------------------------ links in a chapter


def linked(html: str, language: str = "en") -> list[tuple[str, str]]:
    """Return the words that are linked in an article, with the term each leads to."""
    article = BeautifulSoup(f"<article>{html}</article>", "html.parser").article
    assert isinstance(article, Tag)
    before = article.get_text()
    link_terms(article, TERMS, language, "glossary.html")
    assert article.get_text() == before, "a link must not change the words"
    links = article.select("a.lc-term")
    assert all(link["title"] for link in links)
    return [
        (link.get_text(), str(link["href"]).removeprefix("glossary.html#term-")) for link in links
    ]


def test_only_the_first_use_is_linked_and_the_longest_term_wins() -> None:
    found = linked("<p>Hidden states, and the <em>hidden state</em>; an embedding layer.</p>")
    assert found == [("Hidden states", "hidden-state"), ("embedding layer", "embedding-layer")]
    found = linked("<p>Trạng thái ô nhớ ứng viên, rồi trạng thái\nô nhớ.</p>", "vi")
    assert found == [
        ("Trạng thái ô nhớ ứng viên", "candidate-memory"),
        ("trạng thái\nô nhớ", "cell-state"),
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<h2>A gate</h2>",
        "<p><code>gate</code></p>",
        "<pre>gate</pre>",
        '<p><a href="x">a gate</a></p>',
        '<p><span class="math">gate</span></p>',
        '<div class="cell"><p>a gate</p></div>',
        '<div class="lstm-widget"><p>a gate</p></div>',
        "<figure><p>a gate</p></figure>",
        "<blockquote><p>a gate</p></blockquote>",
        "<details><summary>gate</summary><p>a gate</p></details>",
        "<table><tr><td><p>gate</p></td></tr></table>",
        '<p><span lang="vi">cổng gate</span></p>',
        "<section><h2>3.12. References#</h2><p>Gates, 1997.</p></section>",
        '<p class="admonition-title">A gate</p>',
        "<div>gate</div>",
    ],
)
def test_what_is_no_running_text_is_left_alone(html: str) -> None:
    assert linked(html) == []
    assert linked(f"{html}<p>A gate.</p>") == [("gate", "gate")]


def test_words_inside_words_are_none() -> None:
    assert linked("<p>Navigate, gated, tailgate, gate-keeper, batchwise, tokenize.</p>") == []
    assert linked("<p>Tổng cộng, cổngx, lôgic, lô-gic.</p>", "vi") == []


def test_everyday_words_are_linked_only_where_they_are_set_off() -> None:
    assert linked("<p>A piece of history. <em>a piece of history</em></p>") == []
    assert linked("<p>Recall that.</p><p>The <strong>history</strong> h.</p>") == [
        ("history", "history")
    ]
    assert linked("<p>Lớp học hai chiều.</p>", "vi") == []
    assert linked("<p>Gọi là <em>lớp</em> (class).</p>", "vi") == [("lớp", "class")]


def test_english_plurals_are_found() -> None:
    found = linked("<p>Biases, batches, vocabularies, losses, weights and RNNs.</p>")
    assert [term for _, term in found] == [
        *("bias", "batch", "vocabulary", "weight", "recurrent-neural-network"),
    ]


# --------------------------------------------------------------------------------- in the book


def chapters_and_others(book: Book) -> tuple[list[str], list[str]]:
    pages = [name for name in book.names if (ROOT / name).parent.name in NAMES]
    chapters = [name for name in pages if chapter_number(name) is not None]
    return chapters, [name for name in book.names if name not in chapters]


def test_chapters_link_their_terms_once_each_and_other_pages_none(real_book: Book) -> None:
    chapters, others = chapters_and_others(real_book)
    anchors = {term.anchor: term for term in TERMS}
    for name in chapters:
        links = real_book.page(name).select("a.lc-term")
        targets = [str(link["href"]) for link in links]
        assert len(targets) >= 10, name
        assert len(targets) == len(set(targets)), name
        for link in links:
            page, _, anchor = str(link["href"]).partition("#")
            assert page == "glossary.html"
            assert link["title"] == anchors[anchor].meanings[language_of(name)]
    for name in others:
        assert real_book.page(name).select("a.lc-term") == [], name


@pytest.mark.parametrize("language", NAMES)
def test_the_page_holds_every_term_in_its_order(real_book: Book, language: str) -> None:
    name = f"chapters/{language}/glossary"
    page = real_book.page(name)
    entries = page.select("dl.lc-glossary > dt")
    assert {str(entry["id"]) for entry in entries} == {term.anchor for term in TERMS}
    shown = [entry.select(".lc-name")[0].get_text() for entry in entries]
    assert shown == sorted(shown, key=alphabetical)
    by_anchor = {term.anchor: term for term in TERMS}
    built = {chapter_number(page) for page in chapters_and_others(real_book)[0]}
    for entry in entries:
        term = by_anchor[str(entry["id"])]
        beside = entry.select_one(".lc-other")
        meaning = entry.find_next_sibling("dd")
        assert isinstance(beside, Tag)
        assert isinstance(meaning, Tag)
        assert beside["lang"] == other(language)
        assert beside.get_text() == term.names[other(language)]
        words = meaning.get_text().strip().replace("’", "'")
        assert words.startswith(term.meanings[language])
        links = [link.get_text() for link in meaning.select("a")]
        home = text("glossary.chapter", lang=language, number=term.chapter)
        assert links == ([home] if term.chapter in built else []), term.id


@pytest.mark.parametrize("language", NAMES)
def test_without_scripts_the_whole_list_stands_there(real_book: Book, language: str) -> None:
    page = real_book.page(f"chapters/{language}/glossary")
    assert page.select("dl.lc-glossary [hidden]") == []
    box = page.select_one(".lc-filter")
    assert isinstance(box, Tag)
    assert box.has_attr("hidden")
