"""The six data sets: where they come from, what is in them, and their loaders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

from lstm_course.cache import code_fingerprint, fingerprint
from lstm_course.datasets import archives, decoding, readers, records, segmenting, store
from lstm_course.datasets.decoding import at
from lstm_course.datasets.lookup import DataSet, load
from lstm_course.datasets.records import PARTS, Article, Headline, Review, Source, Splits, Verse
from lstm_course.language import text as words

Record = TypeVar("Record")
Texts = TypeVar("Texts", Review, Article)

_GITHUB = "https://raw.githubusercontent.com"

# ---- Headlines -------------------------------------------------------------------------------


def load_headlines(*, require_full: bool = False) -> Splits[Headline]:
    """English headlines, sarcastic (The Onion) or not (HuffPost): the first 20,000 / last 6,709.

    Records: ``Headline(text, label, link)``, label 1 = sarcastic. Licence: none stated; its
    makers ask for a citation: Misra and Arora, "Sarcasm Detection using News Headlines Dataset",
    AI Open 4 (2023). Raises ``DataError``.
    """
    return load(HEADLINES, require_full)


def _cut(all_records: tuple[Record, ...], count: int, source: Source) -> Splits[Record]:
    return Splits(all_records[:count], (), all_records[count:], False, source)


def _cut_headlines(paths: Sequence[Path], source: Source) -> Splits[Headline]:
    return _cut(readers.read_headlines(paths[0]), 20_000, source)


def _sample_headlines(source: Source) -> Splits[Headline]:
    return _cut(_sample(readers.read_headlines, "headlines.jsonl"), 44, source)


HEADLINES = DataSet(
    source=Source(
        "headlines",
        "News Headlines Dataset for Sarcasm Detection",
        "Misra and Arora: Sarcasm Detection using News Headlines Dataset. AI Open 4 (2023)",
        (
            f"{_GITHUB}/rishabhmisra/News-Headlines-Dataset-For-Sarcasm-Detection/"
            "533946fdb9907fd13805072453d895cedcb7e6fc/Sarcasm_Headlines_Dataset.json",
        ),
    ),
    reader="read_headlines",
    alternatives=(("Sarcasm_Headlines_Dataset.json",),),
    hashes={
        "Sarcasm_Headlines_Dataset.json": (
            "sha256:a0ef80faee87588f307aceb44eba562bc5c6b6f655c96c91677ae2fcc554ac51"
        )
    },
    read=_cut_headlines,
    sample=_sample_headlines,
    counts={"train": {0: 11_206, 1: 8_794}, "test": {0: 3_779, 1: 2_930}},
    checksums={
        "train": "cf0180b5c56dcabc8f8b156788648dba3e4a99c515e789aaac23254607ceb407",
        "test": "773c22d4143bccfd466dc356a509fff58c627ed7e6336db843f647ed74dc7d41",
    },
)

# ---- Truyện Kiều -----------------------------------------------------------------------------


def load_kieu(*, require_full: bool = False) -> Splits[Verse]:
    """Truyện Kiều by Nguyễn Du: 3,254 verses, couplets of six and eight syllables (lục bát).

    Records: ``Verse(number, text)``, as printed, in NFC; without verse numbers and the chapter
    heading, and one misprint mended. The first 90 % of couplets train, the rest test. Licence:
    in the public domain by age. Cite: Nguyễn Du (1765-1820), Truyện Kiều. Raises ``DataError``.
    """
    return load(KIEU, require_full)


def _cut_kieu(paths: Sequence[Path], source: Source) -> Splits[Verse]:
    return _cut_couplets(readers.read_kieu(paths[0]), source)


def _sample_kieu(source: Source) -> Splits[Verse]:
    return _cut_couplets(_sample(readers.read_kieu, "luc_bat.txt"), source)


def _cut_couplets(verses: tuple[Verse, ...], source: Source) -> Splits[Verse]:
    couplets = len(verses) // 2
    return _cut(verses, 2 * (9 * couplets // 10), source)


KIEU = DataSet(
    source=Source(
        "kieu",
        "Truyện Kiều",
        "Nguyễn Du (1765-1820): Truyện Kiều",
        (
            f"{_GITHUB}/HwanNorm/Truyen-Kieu-with-AI-Implementation/"
            "8e50ec331f7b0521cf95705e5cd49003a4bd436c/data/truyen_kieu.txt",
        ),
    ),
    reader="read_kieu",
    alternatives=(("truyen_kieu.txt",),),
    hashes={
        "truyen_kieu.txt": "sha256:69e180123cdc189996013b12c0522e4c19ad645ffd94819676fc16175860fc2b"
    },
    read=_cut_kieu,
    sample=_sample_kieu,
    counts={"train": {None: 2_928}, "test": {None: 326}},
    checksums={
        "train": "ece1426f656b3260930b4f16e696aab67a7a00f9fc757004bd4efcd1ccfd8a8f",
        "test": "5217e5cd7944a45eec50cd88775f5aefcbae38ecc9822d72b48a7806218ca9a9",
    },
)

# ---- Stop words ------------------------------------------------------------------------------


def load_stop_words(*, require_full: bool = False) -> tuple[str, ...]:
    """Vietnamese stop words of one or more syllables, as the vietnamese-stopwords list has them.

    Licence: none stated with the file. Cite: Le Van-Duyet, vietnamese-stopwords. Raises
    ``DataError``.
    """
    return load(STOP_WORDS, require_full).train


def _read_stop_words(paths: Sequence[Path], source: Source) -> Splits[str]:
    return _cut(readers.read_stop_words(paths[0]), 1_000_000, source)


def _sample_stop_words(source: Source) -> Splits[str]:
    return _cut(_sample(readers.read_stop_words, "stop_words.txt"), 1_000_000, source)


STOP_WORDS = DataSet(
    source=Source(
        "stop_words",
        "vietnamese-stopwords",
        "vietnamese-stopwords, a list on GitHub",
        (
            f"{_GITHUB}/stopwords/vietnamese-stopwords/"
            "a453d389e1b52e20748ca83ddd8b0faebb04f5aa/vietnamese-stopwords.txt",
        ),
    ),
    reader="read_stop_words",
    alternatives=(("vietnamese-stopwords.txt",),),
    hashes={
        "vietnamese-stopwords.txt": (
            "sha256:724f5cb2b5611f6510ba3788122eafeb34f4425cc5693958b780b2788355c4fb"
        )
    },
    read=_read_stop_words,
    sample=_sample_stop_words,
    counts={"train": {None: 1_942}},
    checksums={"train": "2b1c89f1cdde0be2a081efd8e3c0ee18591a4734144f3e8e9ca54197687e9fc9"},
)

# ---- Reviews and articles --------------------------------------------------------------------


def load_imdb(*, require_full: bool = False) -> Splits[Review]:
    """English film reviews: 12,500 negative and 12,500 positive to train, as many to test.

    Records: ``Review(text, label, rating, name)``, label 1 = positive, rating 1 to 10; ``<br />``
    stays in the text. ``test`` is ``()`` when the archive holds the training part alone. Licence:
    none stated; its makers ask for a citation: Maas et al., "Learning Word Vectors for Sentiment
    Analysis", ACL (2011). Raises ``DataError``.
    """
    return load(IMDB, require_full)


def load_ntc_scv(*, require_full: bool = False) -> Splits[Review]:
    """Vietnamese reviews of places to eat: 30,000 to train, 10,000 each to validate and test.

    Records: ``Review(text, label, None, name)``, label 1 = positive; in NFC, the syllables of a
    word joined by ``_`` in the source. Licence as stated: Apache-2.0. Cite: NTC-SCV, 2018.
    Raises ``DataError``.
    """
    return load(NTC_SCV, require_full)


def load_vntc(
    *, segmented: bool = False, processes: int | None = None, require_full: bool = False
) -> Splits[Article]:
    """Vietnamese newspaper articles on ten topics: 33,759 to train, 50,373 to test.

    Records: ``Article(text, label, name)``, label 0 to 9 counts in ``VNTC_TOPICS``. With
    ``segmented`` the words are separated by spaces, the syllables of one joined by ``_``: by two
    ``processes`` for some minutes the first time, from the cache later. Licence as stated: MIT
    (the articles belong to the newspapers). Cite: Hoang et al., "A Comparative Study on
    Vietnamese Text Classification Methods", RIVF (2007). Raises ``DataError``, and
    ``ImportError`` when pyvi is missing.
    """
    articles = load(VNTC, require_full)
    if not segmented:
        return articles
    if articles.is_sample:
        return _segmented(articles, processes=1)  # sooner done than a worker is started
    names = [article.name for part in PARTS for article in getattr(articles, part)]
    key = fingerprint(segmenting.segmenter_fingerprint(), articles.checksum, names)
    return store.remembered(
        f"vntc-segmented-{key[:32]}", articles.source, lambda: _segmented(articles, processes)
    )


def _segmented(articles: Splits[Article], processes: int | None) -> Splits[Article]:
    parts = [getattr(articles, part) for part in PARTS]
    texts = iter(
        segmenting.segment([article.text for part in parts for article in part], processes)
    )
    train, validation, test = (
        tuple(replace(article, text=next(texts)) for article in part) for part in parts
    )
    return replace(articles, train=train, validation=validation, test=test)


def _kept(
    read: Callable[..., Splits[Texts]],
) -> Callable[[Sequence[Path], Source], Splits[Texts]]:
    # An archive is unpacked once; a folder, which has no checksum, is read every time.
    def read_once(paths: Sequence[Path], source: Source) -> Splits[Texts]:
        if any(path.is_dir() for path in paths):
            return replace(read(*paths), source=source)
        code = code_fingerprint(archives, decoding, readers, records, store)
        key = fingerprint(code, [_sha256(path) for path in paths])
        return store.remembered(f"{source.key}-{key[:32]}", source, lambda: read(*paths))

    return read_once


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise at(path, words("datasets.unreadable", reason=error.strerror or error)) from error


def _sample_reviews(name: str) -> Callable[[Source], Splits[Review]]:
    def read(source: Source) -> Splits[Review]:
        rows = _sample(_rows, name)
        return _by_part(
            source,
            [(r["part"], Review(r["text"], r["label"], r["rating"], r["name"])) for r in rows],
        )

    return read


def _sample_articles(source: Source) -> Splits[Article]:
    rows = _sample(_rows, "articles.jsonl")
    return _by_part(source, [(r["part"], Article(r["text"], r["label"], r["name"])) for r in rows])


def _by_part(source: Source, placed: list[tuple[str, Record]]) -> Splits[Record]:
    train, validation, test = (
        tuple(record for part, record in placed if part == wanted) for wanted in PARTS
    )
    return Splits(train, validation, test, False, source)


def _sample(read: Callable[[Path], Record], name: str) -> Record:
    with as_file(files("lstm_course") / "samples" / name) as path:
        return read(path)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


IMDB = DataSet(
    source=Source(
        "imdb",
        "Large Movie Review Dataset (IMDB)",
        "Maas et al.: Learning Word Vectors for Sentiment Analysis. ACL (2011)",
        ("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",),
    ),
    reader="read_imdb",
    alternatives=(("aclImdb_v1.tar.gz",), ("aclImdb_train.tar.xz",), ("aclImdb",)),
    hashes={"aclImdb_v1.tar.gz": "md5:7c2ac02c03563afcf9b574c7e56c153a"},
    read=_kept(readers.read_imdb),
    sample=_sample_reviews("imdb.jsonl"),
    counts={"train": {0: 12_500, 1: 12_500}, "test": {0: 12_500, 1: 12_500}},
    checksums={"train": "a81be555d6262741b50baa42f077f9f1937371c691f27cfea18c26502f5c1637"},
)

NTC_SCV = DataSet(
    source=Source(
        "ntc_scv",
        "NTC-SCV",
        "NTC-SCV: Vietnamese sentiment data set of Foody reviews (2018)",
        tuple(
            f"{_GITHUB}/congnghia0609/ntc-scv/314019c9de91d144e1ee14a8aa6f8a47bbc49769/data/{name}"
            for name in ("data_train.zip", "data_test.zip")
        ),
    ),
    reader="read_ntc_scv",
    alternatives=(
        ("ntc_scv.tar.xz",),
        ("data_train.zip", "data_test.zip"),
        ("ntc_scv",),
        ("data_train", "data_test"),
    ),
    hashes={},  # of these files none is known; what they hold is checked
    read=_kept(readers.read_ntc_scv),
    sample=_sample_reviews("ntc_scv.jsonl"),
    counts={
        "train": {0: 15_000, 1: 15_000},
        "validation": {0: 5_000, 1: 5_000},
        "test": {0: 5_000, 1: 5_000},
    },
    checksums={
        "train": "a35bf325b6bc94a85819aa8a907b427c8c240310e26519a3e0dd9ffb13556c08",
        "validation": "9a8bda26dc2bd2fe73026f2aa09c1558e8cced05e1d4f11e373082bd71694514",
        "test": "09312a43de9ba652a09c2a476316bd02d7aa35027b13338f546f991e40a40c70",
    },
)

_VNTC_TRAIN = (5219, 3159, 1820, 2552, 3868, 3384, 2898, 5298, 3080, 2481)
_VNTC_TEST = (7567, 2036, 2096, 5276, 3788, 5417, 6716, 6667, 6250, 4560)

VNTC = DataSet(
    source=Source(
        "vntc",
        "VNTC",
        "Hoang et al.: A Comparative Study on Vietnamese Text Classification Methods. RIVF (2007)",
        tuple(
            f"{_GITHUB}/duyvuleo/VNTC/533a3d6e1a78d73cde5dcfaf867cf8fe62c1fca8/"
            f"Data/10Topics/Ver1.1/{name}"
            for name in ("Train_Full.rar", "Test_Full.rar")
        ),
    ),
    reader="read_vntc",
    alternatives=(
        ("vntc.tar.xz",),
        ("Train_Full.rar", "Test_Full.rar"),
        ("vntc",),
        ("Train_Full", "Test_Full"),
    ),
    hashes={},
    read=_kept(readers.read_vntc),
    sample=_sample_articles,
    counts={"train": dict(enumerate(_VNTC_TRAIN)), "test": dict(enumerate(_VNTC_TEST))},
    checksums={
        "train": "0807e9c5bdb74b1cbcd34ed3697197b13042baaebbea71b15512b11eef6e70d4",
        "test": "d2dc9a7465ee1651f06aeff69f361cff666a9d893c3f3dca049ded0a4e33ac10",
    },
)
