"""Forms of files: encodings, line ends, and errors that name the row."""

from __future__ import annotations

import codecs
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_course import use_language
from lstm_course.datasets import (
    DataError,
    read_headlines,
    read_imdb,
    read_kieu,
    read_ntc_scv,
    read_stop_words,
    read_vntc,
)

from .small import Kind, imdb_members, ntc_members, tar_of, vntc_members

BOM = codecs.BOM_UTF8
RESAVED: dict[str, Callable[[str], bytes]] = {
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr": lambda text: text.replace("\n", "\r").encode(),
    "mark": lambda text: BOM + text.encode(),
    "utf-16-le": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "utf-16-be": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "utf-16 with crlf": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "nfd": lambda text: unicodedata.normalize("NFD", text).encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
}


@pytest.mark.parametrize("resaved", RESAVED)
def test_an_editor_that_saves_otherwise_changes_nothing(
    line_kind: Kind, data: Path, resaved: str
) -> None:
    (path,) = line_kind.put(data)
    before = line_kind.load(require_full=True)
    path.write_bytes(RESAVED[resaved](path.read_text(encoding="utf-8")))
    assert line_kind.load(require_full=True) == before


@pytest.mark.parametrize("key", ["imdb", "ntc_scv", "vntc"])
@pytest.mark.parametrize("resaved", RESAVED)
def test_so_it_is_in_archives(
    make: Callable[[str], Kind], data: Path, key: str, resaved: str
) -> None:
    kind = make(key)
    members = {"imdb": imdb_members, "ntc_scv": ntc_members, "vntc": vntc_members}[key]()
    encoding = "utf-16" if key == "vntc" else "utf-8"
    changed = {
        name: RESAVED[resaved](content.decode(encoding).replace("\r\n", "\n"))
        for name, content in members.items()
    }
    pack = {"imdb": "aclImdb_train", "ntc_scv": "ntc_scv", "vntc": "vntc"}[key]
    kind.put(data)
    before = kind.load(require_full=True)
    for path in data.iterdir():
        path.unlink()
    (data / f"{pack}.tar.xz").write_bytes(tar_of(changed))
    after = kind.load(require_full=True)
    assert after.checksum == before.checksum
    assert [review.name for review in after.train] == [review.name for review in before.train]


BAD_BYTES = {
    "latin-1": "đúng rồi".encode("cp1258", errors="replace"),
    "utf-16 without its mark": "abc".encode("utf-16-le"),
    "utf-32": "abc".encode("utf-32"),
}


@pytest.mark.parametrize("encoding", BAD_BYTES)
def test_another_encoding_is_named_with_its_row(
    line_kind: Kind, tmp_path: Path, encoding: str
) -> None:
    good = next(iter(line_kind.files.values())).splitlines(keepends=True)
    path = tmp_path / "resaved"
    path.write_bytes(b"".join([*good[:2], BAD_BYTES[encoding], b"\n", *good[2:]]))
    with pytest.raises(DataError, match=r"resaved, row 3: .*expected UTF-8"):
        line_kind.read(path)


def test_an_utf_16_file_cut_in_half_a_letter_is_named(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("một\nhai\n".encode("utf-16") + b"b")
    with pytest.raises(DataError, match=r"words\.txt, row 3"):
        read_stop_words(path)


def test_a_member_in_another_encoding_is_named(tmp_path: Path) -> None:
    for content in BAD_BYTES.values():
        path = tmp_path / "mine.tar.xz"
        path.write_bytes(tar_of({**imdb_members(), "aclImdb/train/pos/77_7.txt": content}))
        with pytest.raises(DataError, match=r"mine.*train/pos/77_7\.txt: .*expected UTF-8"):
            read_imdb(path)


@pytest.mark.parametrize("content", [b"", b"\n\r\n", BOM, codecs.BOM_UTF16_LE])
def test_a_file_with_nothing_in_it_is_an_error(
    line_kind: Kind, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "empty"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"empty: there is nothing"):
        line_kind.read(path)


def test_a_file_that_is_not_there_or_is_a_folder_is_named(kind: Kind, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: cannot be read .*No such file"):
        kind.read(tmp_path / "nowhere")
    with pytest.raises(DataError, match=str(tmp_path)):
        kind.read(tmp_path)


# ---- Headlines --------------------------------------------------------------------------------

GOOD = {"article_link": "https://example.org/1", "headline": "rain", "is_sarcastic": 0}
BAD_ROWS = {
    "no headline": ({"article_link": "x", "is_sarcastic": 0}, "headline"),
    "empty headline": ({**GOOD, "headline": " "}, "headline"),
    "headline is a number": ({**GOOD, "headline": 5}, "headline"),
    "half a surrogate pair": ({**GOOD, "headline": "a\ud83d"}, "headline"),
    "no link": ({"headline": "x", "is_sarcastic": 0}, "article_link"),
    "link is null": ({**GOOD, "article_link": None}, "article_link"),
    "no label": ({"headline": "x", "article_link": "x"}, "is_sarcastic"),
    "label 2": ({**GOOD, "is_sarcastic": 2}, "is_sarcastic"),
    "label is a text": ({**GOOD, "is_sarcastic": "1"}, "is_sarcastic"),
    "label is true": ({**GOOD, "is_sarcastic": True}, "is_sarcastic"),
    "label 1.0": ({**GOOD, "is_sarcastic": 1.0}, "is_sarcastic"),
    "a list": ([1, 2], "JSON"),
    "a number": (3, "JSON"),
}


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_a_row_of_another_form_is_named_with_its_field(tmp_path: Path, bad: str) -> None:
    row, named = BAD_ROWS[bad]
    path = tmp_path / "mine.json"
    path.write_text(f"{json.dumps(GOOD)}\n\n{json.dumps(row)}\n{json.dumps(GOOD)}\n")
    with pytest.raises(DataError, match=rf"mine\.json, row 3: .*{named}"):
        read_headlines(path)
    use_language("vi")
    with pytest.raises(DataError, match=rf"mine\.json, dòng 3: .*{named}"):
        read_headlines(path)


@pytest.mark.parametrize("cut", range(1, len(json.dumps(GOOD))))
def test_a_cut_last_line_is_named(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "mine.json"
    path.write_text(f"{json.dumps(GOOD)}\n{json.dumps(GOOD)[:cut]}")
    with pytest.raises(DataError, match="row 2"):
        read_headlines(path)


def test_broken_json_cannot_break_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    for line in ("[" * 100_000, "1" * 5000, "{'a': 1}", "<html>"):
        path.write_text(line)
        with pytest.raises(DataError, match="row 1"):
            read_headlines(path)


def test_strange_letters_do_not_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    row = json.dumps({**GOOD, "headline": "a\u2028b\x85c"}, ensure_ascii=False)
    path.write_text(row, encoding="utf-8")
    assert [headline.text for headline in read_headlines(path)] == ["a\u2028b\x85c"]


# ---- Verse ------------------------------------------------------------------------------------

COUPLET = "Chiều nay mưa xuống bên hiên,\nTrang thơ mở dở còn nguyên dấu ngồi.\n"


def test_numbers_headings_and_empty_lines_are_no_verses(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    lines = COUPLET.splitlines()
    path.write_text(
        f"Chương IV: Mưa\n\n1. {lines[0]}\r\n\r\n  {lines[1]} \nHồi 2\n3 . {COUPLET}",
        encoding="utf-8",
    )
    verses = read_kieu(path)
    assert [verse.text for verse in verses] == lines * 2
    assert [verse.number for verse in verses] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (3, "Chiều nay mưa xuống bên,"),
        (4, "Trang thơ mở dở còn nguyên dấu."),
        (3, "Chiều nay mưa xuống bên hiên nhà,"),
        (3, "Chiều 2 nay mưa xuống bên hiên,"),
    ],
)
def test_a_verse_of_another_length_is_named(tmp_path: Path, line: int, wrong: str) -> None:
    lines = (COUPLET * 2).splitlines()
    lines[line - 1] = wrong
    path = tmp_path / "poem.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=rf"poem\.txt, row {line}: .*{wrong}"):
        read_kieu(path)
    assert len(read_kieu(path, strict=False)) == 4


def test_half_a_couplet_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text((COUPLET * 2).rsplit("\n", 2)[0], encoding="utf-8")
    with pytest.raises(DataError, match=r"poem\.txt: 3 verses"):
        read_kieu(path)


def test_a_table_is_no_list_of_stop_words(tmp_path: Path) -> None:
    path = tmp_path / "stop.tsv"
    path.write_text("và\ncủa\t5\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"stop\.tsv, row 2"):
        read_stop_words(path)


# ---- Files in archives ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "member"),
    [
        (read_imdb, "aclImdb/train/pos/notes.txt"),
        (read_imdb, "aclImdb/train/pos/1_11.txt"),
        (read_imdb, "aclImdb/valid/pos/1_9.txt"),
        (read_imdb, "aclImdb/train/neutral/1_5.txt"),
        (read_imdb, "1_5.txt"),
        (read_ntc_scv, "data_train/train/good/1.txt"),
        (read_ntc_scv, "data_test/train/pos/1.txt"),
        (read_ntc_scv, "data_train/train/pos/1.csv"),
        (read_ntc_scv, "train/pos/1.txt"),
        (read_vntc, "Train_Full/Thoi tiet/1.txt"),
        (read_vntc, "Train_Full/The thao/1.doc"),
        (read_vntc, "The thao/1.txt"),
        (read_vntc, "1.txt"),
    ],
)
def test_a_file_out_of_place_is_named(
    tmp_path: Path, read: Callable[..., object], member: str
) -> None:
    path = tmp_path / "mine.tar.xz"
    path.write_bytes(tar_of({member: b"text"}))
    with pytest.raises(DataError, match=rf"mine\.tar\.xz.* {member}: .*expected files such as"):
        read(path)


def test_what_the_original_has_beside_the_reviews_is_left_out(tmp_path: Path) -> None:
    beside = {
        "aclImdb/README": b"about",
        "aclImdb/imdb.vocab": b"the",
        "aclImdb/imdbEr.txt": b"0.1",
        "aclImdb/train/labeledBow.feat": b"9 0:9",
        "aclImdb/train/unsupBow.feat": b"0 0:9",
        "aclImdb/train/urls_pos.txt": b"http://example.org",
        "aclImdb/train/unsup/0_0.txt": b"unlabelled",
        "__MACOSX/aclImdb/train/pos/._0_9.txt": b"\x00\x05\x16\x07",
        "aclImdb/train/pos/._0_9.txt": b"\x00\x05\x16\x07",
        "aclImdb/.DS_Store": b"\x00",
        "aclImdb/train/Thumbs.db": b"\xd0",
    }
    path = tmp_path / "mine.tar.xz"
    path.write_bytes(tar_of({**beside, **imdb_members()}))
    reviews = read_imdb(path)
    assert len(reviews.train) + len(reviews.test) == len(imdb_members())
    ratings = {review.rating for review in reviews.train if review.label == 1}
    assert ratings <= {7, 8, 9, 10}
    path.write_bytes(tar_of(beside))
    with pytest.raises(DataError, match="no text is in it"):
        read_imdb(path)


def test_an_empty_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.tar.xz"
    path.write_bytes(tar_of({"Train_Full/The thao/a (1).txt": "\r\n".encode("utf-16")}))
    with pytest.raises(DataError, match=r"The thao/a \(1\)\.txt: the text is empty"):
        read_vntc(path)


def test_a_break_in_a_review_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.tar.xz"
    path.write_bytes(tar_of({"train/neg/0_1.txt": b"Bad.<br /><br />Very bad.\r\nSo bad."}))
    (review,) = read_imdb(path).train
    assert review.text == "Bad.<br /><br />Very bad.\nSo bad."
    assert (review.label, review.rating, review.name) == (0, 1, "0_1.txt")
