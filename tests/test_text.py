"""Text tools: Vietnamese edge cases, the order of cleaning, vocabularies, padding, bucketing."""

import json
import random
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from lstm_course import text, use_language
from lstm_course.text import Encoder, Vocabulary, clean, old_tone_placement, pad


def apart(string: str) -> str:
    return unicodedata.normalize("NFD", string)


# ---- Vietnamese letters -----------------------------------------------------------------------

TONES = [
    ("hoà", "hòa"),
    ("khoẻ", "khỏe"),
    ("thuỷ", "thủy"),
    ("loá", "lóa"),
    ("uỷ", "ủy"),
    ("tuỵ", "tụy"),
    ("HOÀ", "HÒA"),
    ("Hoà", "Hòa"),
]
ONE_SPELLING = [
    "hoàn",
    "quý",
    "Quỳ",
    "toán",
    "khoẻo",
    "huỳnh",
    "của",
    "mía",
    "đường",
    "xoăn",
    "mùa",
]


@pytest.mark.parametrize(("new", "old"), TONES)
def test_two_tone_placements_become_one(new: str, old: str) -> None:
    for spelling in (new, old, apart(new), apart(old)):
        assert old_tone_placement(spelling) == old
    assert old_tone_placement(f"«{new}», {new}.") == f"«{old}», {old}."


@pytest.mark.parametrize("word", ONE_SPELLING)
def test_a_syllable_with_one_spelling_stays(word: str) -> None:
    assert old_tone_placement(word) == word
    assert old_tone_placement(apart(word)) == word


def test_every_tokenizer_gives_composed_letters() -> None:
    sentence = "Đường về, ký ức ở lại; đi!"
    for tokenize in (text.word_tokens, text.syllable_tokens, text.characters):
        assert tokenize(apart(sentence)) == tokenize(sentence)
        assert all(unicodedata.is_normalized("NFC", token) for token in tokenize(apart(sentence)))
    assert text.syllable_tokens(sentence)[0] == "Đường"
    assert clean("ĐÀ NẴNG") == "đà nẵng"


# ---- Cleaning ---------------------------------------------------------------------------------

CLEANED = [
    ("Quán ngon lắm!!! :D 😋👍🏽", "quán ngon lắm"),
    ("Xem https://a.vn/b?c=1&d=2, nhé", "xem nhé"),
    ("hỏi a.b@c.vn nha", "hỏi nha"),
    ("<p>Phở &amp; bún<br />ngon</p>", "phở bún ngon"),
    ("&lt;b&gt;", "b"),
    ("5 < 6 và 7 > 3", "và"),
    ("nhân_viên dễ_thương ^^", "nhân_viên dễ_thương"),
    ("Wifi free, staff friendly, 10 điểm", "wifi free staff friendly điểm"),
    ("🇻🇳 Việt\u00a0Nam\u200b vô địch", "việt nam vô địch"),
    ("\ufeffHay", "hay"),
    (apart("Tuyệt vời"), "tuyệt vời"),
    ("", ""),
    (" \n\t", ""),
    ("😀😀", ""),
]


@pytest.mark.parametrize(("raw", "cleaned"), CLEANED)
def test_cleaning(raw: str, cleaned: str) -> None:
    assert clean(raw).replace("\u200b", "") == cleaned


@pytest.mark.parametrize("raw", [raw for raw, _ in CLEANED])
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


@pytest.mark.parametrize(
    "smile", [":)", ":-D", ":(", "=))", ";)", "<3", "^^", ":v", "T_T", "xD", "😂"]
)
def test_emoticons_are_found(smile: str) -> None:
    assert clean(f"ngon {smile} quá") == "ngon quá"


@pytest.mark.parametrize(("smile", "rest"), [(":-D", "d"), (":v", "v"), (":P", "p")])
def test_punctuation_first_leaves_the_rest_of_an_emoticon(smile: str, rest: str) -> None:
    wrong_order = ["punctuation", "emoticons", "digits", "space", "lower"]
    assert clean(f"ngon {smile} quá", wrong_order) == f"ngon {rest} quá"
    assert clean(f"ngon {smile} quá") == "ngon quá"


@pytest.mark.parametrize("innocent", ["8:30", "a:b", "(8)", "1:3", "x = 3", "TT"])
def test_what_only_looks_like_an_emoticon_stays(innocent: str) -> None:
    assert text.CLEANING["emoticons"](innocent) == innocent


def test_the_steps_are_told_one_by_one_in_order() -> None:
    told = list(text.clean_steps("<b>HAY</b> :)"))
    assert [name for name, _ in told] == list(text.CLEANING)
    assert told[-1][1] == clean("<b>HAY</b> :)") == "hay"
    with pytest.raises(KeyError, match="no_such_step"):
        clean("x", ["no_such_step"])


def test_a_page_of_html_is_cleaned_in_good_time() -> None:
    assert clean("<" * 50_000) == ""
    assert clean("a@" * 20_000 + "b") != ""
    assert clean("x" * 200_000 + "@") == "x" * 200_000


# ---- Tokenizers -------------------------------------------------------------------------------


def test_words_and_syllables() -> None:
    assert text.word_tokens("I don't like well-made nhân_viên.") == [
        "I",
        "don't",
        "like",
        "well-made",
        "nhân_viên",
        ".",
    ]
    assert text.syllable_tokens("nhân_viên 5*") == ["nhân", "viên", "5", "*"]
    assert text.word_tokens("") == text.syllable_tokens(" ") == text.characters("") == []


def test_pyvi_segments_the_sentence_of_the_course() -> None:
    sentence = "Sinh viên vi phạm quy chế thi cử"
    assert text.vietnamese_words(sentence) == ["Sinh_viên", "vi_phạm_quy_chế", "thi_cử"]
    assert text.vietnamese_words(apart(sentence)) == text.vietnamese_words(sentence)
    assert text.vietnamese_words("Học sinh học sinh học") == ["Học_sinh_học_sinh_học"]
    assert text.vietnamese_words("") == []


@pytest.mark.parametrize(("lang", "told"), [("en", "pip install pyvi"), ("vi", "tách từ")])
def test_without_pyvi_one_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, lang: str, told: str
) -> None:
    use_language(lang)
    monkeypatch.setitem(sys.modules, "pyvi", None)
    with pytest.raises(ImportError, match=told):
        text.vietnamese_words("học sinh")


def test_subwords_of_short_words_and_wrong_lengths() -> None:
    assert text.subwords("a", 3, 5) == []
    assert text.subwords("ab", 3, 5) == ["<ab", "ab>"]
    assert text.subwords("", 1, 2) == ["<", ">"]
    for shortest, longest in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="shortest"):
            text.subwords("word", shortest, longest)


# ---- Vocabulary -------------------------------------------------------------------------------


def test_a_vocabulary_is_ordered_by_count_then_alphabet() -> None:
    built = Vocabulary.build([["b", "a", "c"], ["c", "b"], ["<unk>", "<pad>"]], min_count=1)
    assert built.tokens == ["<pad>", "<unk>", "b", "c", "a"]
    assert Vocabulary.build([["b", "a", "c"], ["c", "b"]], max_size=3).tokens[2:] == ["b"]
    assert Vocabulary.build([["b", "a"], ["b"]], min_count=2).tokens[2:] == ["b"]
    assert len(Vocabulary.build([])) == 2


def test_encoding_and_back() -> None:
    vocabulary = Vocabulary.build([["cổng", "quên"]])
    numbers = vocabulary.encode(["quên", "nhà", "cổng"])
    assert vocabulary.decode(numbers) == ["quên", "<unk>", "cổng"]
    assert "nhà" not in vocabulary
    for bad in ([99], [-1]):
        with pytest.raises(IndexError, match="0 to 3"):
            vocabulary.decode(bad)


def test_a_vocabulary_survives_the_disk(tmp_path: Path) -> None:
    vocabulary = Vocabulary.build([["cổng", "😀", '"', "\n"]])
    vocabulary.save(tmp_path / "v.json")
    assert Vocabulary.load(tmp_path / "v.json") == vocabulary


@pytest.mark.parametrize(
    "content", ["", "{", "{}", "[1, 2]", '["a"]', '["<pad>", "<unk>", "a", "a"]']
)
def test_a_file_that_is_no_vocabulary_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "v.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"v\.json"):
        Vocabulary.load(file)


@pytest.mark.parametrize("size", [1, 0, -5])
def test_a_vocabulary_has_room_for_its_two_marks(size: int) -> None:
    with pytest.raises(ValueError, match="at least 2"):
        Vocabulary.build([["a"]], max_size=size)


# ---- Padding and buckets ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "truncate", "expected"),
    [
        ("post", "post", [[1, 2, 3], [5, 0, 0], [0, 0, 0]]),
        ("post", "pre", [[2, 3, 4], [5, 0, 0], [0, 0, 0]]),
        ("pre", "post", [[1, 2, 3], [0, 0, 5], [0, 0, 0]]),
        ("pre", "pre", [[2, 3, 4], [0, 0, 5], [0, 0, 0]]),
    ],
)
def test_padding_and_truncation(side: str, truncate: str, expected: list[list[int]]) -> None:
    array, lengths = pad([[1, 2, 3, 4], [5], []], length=3, side=side, truncate=truncate)
    assert array.tolist() == expected
    assert lengths.tolist() == [3, 1, 0]
    assert array.dtype == lengths.dtype == np.int64


def test_padding_to_the_longest_and_of_nothing() -> None:
    assert pad([[1], [2, 3]], value=9)[0].tolist() == [[1, 9], [2, 3]]
    assert pad([])[0].shape == (0, 0)
    with pytest.raises(ValueError, match="pre"):
        pad([[1]], side="left")


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_buckets_hold_every_index_once_and_pad_little(seed: int | None) -> None:
    rng = random.Random(5)
    lengths = [rng.randint(1, 100) for _ in range(1003)]
    batches = text.buckets(lengths, 32, seed)
    assert sorted(i for batch in batches for i in batch) == list(range(1003))
    assert max(map(len, batches)) == 32
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    assert padded < 1.05 * sum(lengths)


def test_the_seed_decides_the_order() -> None:
    lengths = [3] * 10 + [5] * 10
    one, same, other = (
        [batch.tolist() for batch in text.buckets(lengths, 4, seed)] for seed in (1, 1, 2)
    )
    assert one == same != other
    with pytest.raises(ValueError, match="at least 1"):
        text.buckets(lengths, 0)
    assert text.buckets([], 4) == []


# ---- Encoder ----------------------------------------------------------------------------------


def letters(**options: object) -> Encoder:
    return Encoder(["lower"], "characters", vocabulary=Vocabulary.build(["abc"]), **options)


@pytest.mark.parametrize(
    ("tokenizer", "tokens"),
    [
        ("words", ["ngon", "quá", "!"]),
        ("syllables", ["ngon", "quá", "!"]),
        ("spaces", ["ngon", "quá!"]),
        ("characters", list("ngon quá!")),
    ],
)
def test_an_encoder_cleans_then_cuts_into_tokens(tokenizer: str, tokens: list[str]) -> None:
    encoder = Encoder.build(["NGON quá!"], ["nfc", "lower"], tokenizer)
    assert encoder.tokens("NGON " + apart("quá!")) == tokens
    assert set(encoder.vocabulary.tokens) == {"<pad>", "<unk>", *tokens}
    assert encoder.encode("") == [1]


def test_an_encoder_segments_vietnamese() -> None:
    encoder = Encoder.build(["Sinh viên đi học"], ["lower"], "vietnamese_words")
    assert "sinh_viên" in encoder.tokens("Sinh viên đi học")


def test_an_encoder_cuts_at_either_end() -> None:
    assert letters().encode("ABCd") == [2, 3, 4, 1]
    assert letters(length=2).encode("ABCd") == [2, 3]
    assert letters(length=2, keep="last").encode("ABCd") == [4, 1]
    assert letters(length=9, keep="last").encode("ab") == [2, 3]
    assert letters(length=2).tokens("") == ["<unk>"]


def test_words_come_in_pieces_and_pairs() -> None:
    assert text.pieces_and_pairs("") == text.word_pieces("") == []
    line = "A dog's dog, e\u0323! \ufeff"
    pieces, pairs = text.word_pieces(line), text.pieces_and_pairs(line)
    assert pieces.count(" ") == pairs.count(" ") == len(text.word_tokens(line))
    found = [piece for piece in pairs if " " in piece[1:] or piece == " A"]
    assert found == [" A", "A dog's", "dog's dog", "dog ,", ", ẹ", "ẹ !", "! \ufeff"]
    assert [piece for piece in pairs if piece not in found] == pieces


@pytest.mark.parametrize("tokenizer", text.IN_PIECES)
def test_a_vocabulary_in_pieces_has_what_stands_whole_first(tokenizer: str) -> None:
    encoder = text.Encoder.build(["the cat sat", "the dog sat"], (), tokenizer, max_size=20)
    tokens, told = encoder.vocabulary.tokens, encoder.pieces
    assert len(tokens) == 20
    assert told["word_end"] == tokens.index(text.WORD_END)
    whole = [text.stands_whole(token) for token in tokens[2:]]
    assert whole == [True] * (told["first_piece"] - 2) + [False] * (20 - told["first_piece"])
    assert {"<the>", "<sat>"} <= set(tokens[: told["first_piece"]])
    assert (" the" in tokens) == (tokenizer == "pieces_and_pairs")
    assert text.Encoder.from_json(encoder.to_json()).pieces == told


def test_only_pieces_have_pieces() -> None:
    for encoder in (
        text.Encoder.build(["the cat"]),
        text.Encoder((), "word_pieces", vocabulary=text.Vocabulary([text.PAD, text.UNK])),
    ):
        with pytest.raises(ValueError, match="a vocabulary of word_pieces"):
            _ = encoder.pieces


def test_an_encoder_encodes_many(capsys: pytest.CaptureFixture[str]) -> None:
    texts = ["ab", "", "c"]
    for progress in (False, True):
        assert letters().encode_all(texts, progress=progress) == [[2, 3], [1], [4]]
    assert capsys.readouterr().out == ""


def test_an_encoder_survives_json() -> None:
    encoder = Encoder.build(["Đẹp quá"], ["nfc", "lower"], "syllables", length=3, keep="last")
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again == encoder
    assert again.encode("đẹp lạ") == encoder.encode("đẹp lạ")
    assert again != letters()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"steps": ["polish"]}, "step is one of"),
        ({"steps": "lower"}, "steps is a list"),
        ({"tokenizer": "bpe"}, "tokenizer is one of"),
        ({"tokenizer": ["words"]}, "tokenizer is one of"),
        ({"keep": "middle"}, "keep is one of"),
        ({"length": 0}, "length is a whole number"),
        ({"length": 2.0}, "length is a whole number"),
        ({"vocabulary": ["a", "b"]}, "a vocabulary begins"),
        ({"vocabulary": [0, 1]}, "vocabulary is a list"),
        ({"colour": "red"}, "an encoder has"),
    ],
)
def test_an_encoder_that_cannot_be_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Encoder.from_json({**letters().to_json(), **wrong})
    content = letters().to_json()
    del content["keep"]
    with pytest.raises(ValueError, match="an encoder has"):
        Encoder.from_json(content)
