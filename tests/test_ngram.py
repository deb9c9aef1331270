"""N-gram models: hand-worked tables, a naive second implementation, real verses."""

import math
import os
import random
import time
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from lstm_course import use_language
from lstm_course.ngram import END, SMOOTHINGS, START, UNK, NGramModel, UnseenHistoryError

SCHOOL = [
    line.split()
    for line in ("i go to school", "i go to work", "you go to school", "i go home", "you work")
]


def random_corpus(seed: int, lines: int = 60) -> list[list[str]]:
    generator = random.Random(seed)
    tokens = [chr(ord("a") + k) for k in range(12)]
    weights = [1 / (k + 1) for k in range(12)]
    return [
        generator.choices(tokens, weights, k=generator.randint(0, 9)) + ["z"] * (seed % 2)
        for _ in range(lines)
    ]


# ---- Tables worked by hand --------------------------------------------------------------------

# "a b", "a b", "a c": a bigram model predicts 9 tokens. V = 5: <unk>, </s>, a, b, c.
#   after <s>: a 3.   after a: b 2, c 1.   after b: </s> 2.   after c: </s> 1.
#   alone: </s> 3, a 3, b 2, c 1.
TINY = [["a", "b"], ["a", "b"], ["a", "c"]]
# Kneser-Ney counts of single tokens: how many different tokens stood before them.
#   a: 1 (<s>), b: 1 (a), c: 1 (a), </s>: 2 (b, c); together 5.
HAND: list[tuple[str, dict[str, Any], str, list[str], float]] = [
    ("none", {}, "b", ["a"], 2 / 3),
    ("none", {}, "c", ["b"], 0.0),
    ("none", {}, "a", [], 3 / 9),
    ("add_k", {"k": 1}, "b", ["a"], (2 + 1) / (3 + 5)),
    ("add_k", {"k": 0.5}, UNK, ["a"], 0.5 / (3 + 2.5)),
    ("add_k", {"k": 1}, "b", [UNK], 1 / 5),
    ("add_k", {"k": 1}, END, [], (3 + 1) / (9 + 5)),
    (
        "interpolation",
        {"weights": [0.1, 0.3, 0.6]},
        "b",
        ["a"],
        0.1 / 5 + 0.3 * 2 / 9 + 0.6 * 2 / 3,
    ),
    # nothing came after <unk>: orders 0 and 1 share the weight
    ("interpolation", {"weights": [0.1, 0.3, 0.6]}, "b", [UNK], (0.1 / 5 + 0.3 * 2 / 9) / 0.4),
    # alone: 4 distinct of 9, so P(b) = (2 + 4/5) / 13; after a: 2 distinct of 3
    ("witten_bell", {}, "b", ["a"], (2 + 2 * ((2 + 4 / 5) / 13)) / (3 + 2)),
    ("witten_bell", {}, "b", [UNK], (2 + 4 / 5) / 13),
    # bigrams: n1 = 2 (a c, c </s>), n2 = 2 (a b, b </s>), n3 = 1 (<s> a): D = 2 / (2 + 4) = 1/3.
    # alone: n1 = 3, n2 = 1: D = 3/5. P(b) = (1 - 3/5) / 5 + (4 * 3/5 / 5) / 5 = 0.08 + 0.096
    ("kneser_ney", {}, "b", [UNK], 0.176),
    ("kneser_ney", {}, "b", ["a"], (2 - 1 / 3) / 3 + (2 * (1 / 3) / 3) * 0.176),
    ("kneser_ney", {}, END, ["a"], (2 / 9) * ((2 - 3 / 5) / 5 + 0.48 / 5)),
    # bigrams: Y = 1/3, n4 = 0: D1 = 1 - 2/3 = 1/3, D2 = 2 - 3/3 * 1/2 = 3/2, D3 = 3 - 0: not
    # below 3, so 1/2, 1, 3/2. Alone n3 = 0: the same. P(b) = 0.5/5 + (3 * 0.5 + 1)/5 / 5 = 0.2
    ("modified_kneser_ney", {}, "b", [UNK], 0.2),
    ("modified_kneser_ney", {}, "b", ["a"], (2 - 1) / 3 + (0.5 + 1) / 3 * 0.2),
]


@pytest.mark.parametrize(("smoothing", "parameters", "token", "history", "expected"), HAND)
def test_worked_by_hand(
    smoothing: str, parameters: dict[str, Any], token: str, history: list[str], expected: float
) -> None:
    model = NGramModel.fit(TINY, 2, smoothing, **parameters)
    assert model.probability(token, history) == pytest.approx(expected, abs=1e-12)


def test_the_three_discounts_of_a_corpus_with_all_counts() -> None:
    # One token, no history: 1 counted four times, 2 three times, 3 twice, 4 once. </s> once more.
    counts = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "f": 3, "g": 4}
    line = [token for token, count in counts.items() for _ in range(count)]
    model = NGramModel.fit([line], 1, "modified_kneser_ney")
    n1, n2, n3, n4 = 4, 2, 1, 1  # </s> is among those counted once
    y = n1 / (n1 + 2 * n2)  # 1/2
    d1, d2, d3 = 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3
    assert model.discounts == [(d1, d2, d3)] == [(0.5, 1.25, 1.0)]
    taken = (4 * d1 + 2 * d2 + 2 * d3) / 15
    assert model.probability("g") == pytest.approx((4 - d3) / 15 + taken / 9)
    assert model.probability("d") == pytest.approx((2 - d2) / 15 + taken / 9)
    assert NGramModel.fit([line], 1, "kneser_ney").discounts == [(y,)]


def test_the_example_of_the_slides() -> None:
    model = NGramModel.fit(SCHOOL, 4, "none")
    assert model.counts(["i", "go", "to"]) == {"school": 1, "work": 1}
    assert model.probability("school", ["i", "go", "to"]) == 1 / 2
    unigram = model.changed(order=1)
    product = math.prod(unigram.probability(token) for token in ("i", "go", "to", "school"))
    assert product == pytest.approx((3 * 4 * 3 * 2) / 22**4)  # 17 words and 5 ends


def test_the_relative_frequencies_of_the_weights_are_most_likely() -> None:
    # Held out: "b" after "a" always, as half of the training says: the bigram deserves more.
    model = NGramModel.fit(TINY, 2, "interpolation", held_out=[["a", "b"]] * 3)
    best = model.bits([["a", "b"]])
    generator = np.random.default_rng(0)
    for weights in generator.dirichlet([1, 1, 1], size=200):
        other = model.changed(weights=(weights / weights.sum()).tolist())
        assert other.bits([["a", "b"]]) >= best - 1e-6
    assert sum(model.weights) == pytest.approx(1)


def test_weights_by_leaving_one_out_are_most_likely() -> None:
    corpus = random_corpus(1)

    def one_out(weights: list[float]) -> float:
        # every token by a model of all the others, as the definition says
        bits = 0.0
        tables: list[dict[tuple[str, ...], dict[str, int]]] = [{}, {}]
        grams = []
        for line in corpus:
            for before, token in pairwise([START, *line, END]):
                grams.append((before, token))
                for table, history in zip(tables, [(), (before,)], strict=True):
                    row = table.setdefault(history, {})
                    row[token] = row.get(token, 0) + 1
        size = len({t for line in corpus for t in line}) + 2
        for before, token in grams:
            p, total = weights[0] / size, weights[0]
            for table, history, weight in zip(tables, [(), (before,)], weights[1:], strict=True):
                seen = sum(table[history].values()) - 1
                if seen:
                    p += weight * (table[history][token] - 1) / seen
                    total += weight
            bits -= math.log2(p / total)
        return bits

    found = list(NGramModel.fit(corpus, 2, "interpolation").weights)
    best = one_out(found)
    for weights in np.random.default_rng(0).dirichlet([1, 4, 4], size=40):
        assert one_out(weights.tolist()) >= best - 1e-4


# ---- A second, naive implementation -----------------------------------------------------------


class Naive:
    """The same definitions without tables: every count is a walk over all n-grams."""

    def __init__(self, corpus: list[list[str]], order: int, smoothing: str) -> None:
        self.order, self.smoothing = order, smoothing
        self.padded = [[START] * (order - 1) + line + [END] for line in corpus]
        self.size = len({t for line in corpus for t in line}) + 2

    def grams(self, n: int) -> list[tuple[str, ...]]:
        return [
            tuple(line[i - n + 1 : i + 1])
            for line in self.padded
            for i in range(self.order - 1, len(line))
        ]

    def counts(self, n: int) -> dict[tuple[str, ...], int]:
        if "kneser" in self.smoothing and n < self.order:
            longer = set(self.grams(n + 1))
            return {g: len({x for x in longer if x[1:] == g}) for g in set(self.grams(n))}
        grams = self.grams(n)
        return {gram: grams.count(gram) for gram in set(grams)}

    def p(self, token: str, history: tuple[str, ...]) -> float:
        n = len(history) + 1
        lower = self.p(token, history[1:]) if history else 1 / self.size
        table = self.counts(n)
        row = {gram[-1]: count for gram, count in table.items() if gram[:-1] == history}
        total, mine = sum(row.values()), row.get(token, 0)
        if not total:
            return lower
        if self.smoothing == "witten_bell":
            return (mine + len(row) * lower) / (total + len(row))
        n1, n2, n3, n4 = (sum(c == k for c in table.values()) for k in (1, 2, 3, 4))
        if self.smoothing == "kneser_ney":
            discounts = [n1 / (n1 + 2 * n2)] * 3 if n1 and n2 else [0.5] * 3
        else:
            discounts = [0.5, 1.0, 1.5]
            if n1 and n2 and n3:
                y = n1 / (n1 + 2 * n2)
                exact = [1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
                if 0 < exact[0] < 1 and 0 < exact[1] < 2 and 0 < exact[2] < 3:
                    discounts = exact
        of = [0.0, *discounts]
        own = mine - of[min(mine, 3)] if mine else 0.0
        return own / total + sum(of[min(c, 3)] for c in row.values()) / total * lower

    def perplexity(self, corpus: list[list[str]]) -> float:
        logs = []
        for line in corpus:
            padded = [START] * (self.order - 1) + line + [END]
            for i in range(self.order - 1, len(padded)):
                logs.append(math.log(self.p(padded[i], tuple(padded[i - self.order + 1 : i]))))
        return math.exp(-sum(logs) / len(logs))


@pytest.mark.parametrize("smoothing", ["witten_bell", "kneser_ney", "modified_kneser_ney"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_perplexity_of_a_naive_implementation(smoothing: str, order: int) -> None:
    corpus = random_corpus(0, lines=15) + SCHOOL
    held_out = [["go", "a", "b"], ["i", "go", "home"], [], ["b", "a", "c"]]
    model = NGramModel.fit(corpus, order, smoothing)
    expected = Naive(corpus, order, smoothing).perplexity(held_out)
    assert model.perplexity(held_out) == pytest.approx(expected, rel=1e-10)
    assert model.perplexity(held_out) == pytest.approx(2 ** model.bits(held_out))


# ---- What every smoothing must keep -----------------------------------------------------------


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("boundaries", [True, False])
@pytest.mark.parametrize("min_count", [1, 4])
def test_every_distribution_sums_to_one(smoothing: str, boundaries: bool, min_count: int) -> None:
    corpus = random_corpus(3)
    generator = random.Random(4)
    tokens = [*"abcdefghijklz", "never", UNK] + [START] * boundaries
    for order in (1, 2, 3, 5):
        model = NGramModel.fit(corpus, order, smoothing, boundaries=boundaries, min_count=min_count)
        for _ in range(40):
            history = generator.choices(tokens, k=generator.randint(0, 6))
            try:
                p = model.distribution(history)
            except UnseenHistoryError:
                assert smoothing == "none"
                assert not model.counts(history)
                continue
            assert p.dtype == np.float64
            assert p.shape == (len(model.tokens),)
            assert abs(math.fsum(p) - 1) < 1e-9
            assert p.min() >= 0
            assert (smoothing in ("none", "interpolation")) or p.min() > 0
            token = generator.choice(model.tokens)
            assert model.probability(token, history) == pytest.approx(
                p[model.numbers[token]], rel=1e-12
            )
            levels = model.explain(history)
            assert sum(level.weight for level in levels) == pytest.approx(1)
            assert [level.order for level in levels] == list(range(len(levels) - 1, -1, -1))


def test_explain_tells_which_orders_answer() -> None:
    model = NGramModel.fit(SCHOOL, 3, "kneser_ney")
    levels = model.explain(["they", "go"])
    assert [level.history for level in levels] == [(UNK, "go"), ("go",), (), ()]
    assert [(level.total, level.distinct) for level in levels[:3]] == [(0, 0), (4, 2), (22, 8)]
    assert levels[0].weight == 0
    assert model.changed(smoothing="none").explain(["they", "go"])[0].total == 0


def test_changing_is_fitting_anew() -> None:
    corpus = random_corpus(5)
    whole = NGramModel.fit(corpus, 4, "none")
    for smoothing in SMOOTHINGS:
        for order in (1, 2, 3, 4):
            changed = whole.changed(order=order, smoothing=smoothing, k=0.3)
            fitted = NGramModel.fit(corpus, order, smoothing, k=0.3)
            assert changed.tokens == fitted.tokens
            assert changed.bits(corpus) == pytest.approx(fitted.bits(corpus), rel=1e-12)


@pytest.mark.parametrize("boundaries", [True, False])
def test_a_model_comes_back_from_its_longest_ngrams(boundaries: bool) -> None:
    corpus = random_corpus(6)
    for smoothing in SMOOTHINGS:
        model = NGramModel.fit(corpus, 3, smoothing, boundaries=boundaries)
        again = NGramModel.from_ngrams(model.longest_ngrams(), model.tokens, 3, smoothing)
        assert again.boundaries is boundaries
        assert again.bits(corpus) == pytest.approx(model.bits(corpus), rel=1e-12)


def test_a_history_longer_than_the_order_is_cut_and_a_shorter_one_is_taken_as_it_is() -> None:
    model = NGramModel.fit(SCHOOL, 3)
    long = model.distribution(["school", "i", "go"])
    assert (long == model.distribution(["i", "go"])).all()
    assert model.changed(smoothing="none").probability("to", ["go"]) == 3 / 4
    assert model.changed(smoothing="none").probability("i", [START]) == 3 / 5


# ---- Vocabulary -------------------------------------------------------------------------------


def test_rare_tokens_become_unknown() -> None:
    model = NGramModel.fit(SCHOOL, 2, "none", min_count=2)
    assert "home" not in model.tokens
    assert model.probability("home", ["go"]) == model.probability(UNK, ["go"]) == 1 / 4
    assert model.probability("never seen", ["go"]) == 1 / 4


def test_a_given_vocabulary_is_closed_and_may_hold_more_than_the_corpus() -> None:
    model = NGramModel.fit(SCHOOL, 2, vocabulary=["i", "go", "to", "church"])
    assert set(model.tokens) == {UNK, END, "i", "go", "to", "church"}
    assert 0 < model.probability("church", ["to"]) < model.probability("school", ["to"])
    assert model.counts(["to"]) == {UNK: 3}


def test_decomposed_letters_are_the_same_tokens() -> None:
    verse = ["trăm", "năm", "trong", "cõi", "người", "ta"]
    apart = [unicodedata.normalize("NFD", token) for token in verse]
    assert apart != verse
    model = NGramModel.fit([apart], 3, "none")
    assert set(verse) < set(model.tokens)
    assert model.probability(apart[2], apart[:2]) == 1 == model.probability(verse[2], verse[:2])


def test_without_boundaries_nothing_begins_or_ends() -> None:
    model = NGramModel.fit([list("abab"), list("ba")], 3, "none", boundaries=False)
    assert not {START, END} & set(model.tokens)
    assert model.counts() == {"a": 3, "b": 3}
    assert model.counts(["a", "b"]) == {"a": 1}  # and the last "a b" is followed by nothing
    assert model.token_bits(list("ab")) == [1.0, 0.0]
    with pytest.raises(UnseenHistoryError):
        model.probability("b", [START])


def test_the_beginning_of_running_text_counts_as_a_left_neighbour() -> None:
    # Before a: the beginning, b. Before b: a. So a has 2 of 3.
    model = NGramModel.fit([list("aba")], 2, "kneser_ney", boundaries=False)
    n1, n2 = 1, 1
    discount = n1 / (n1 + 2 * n2)
    expected = (2 - discount) / 3 + (2 * discount / 3) / 3
    assert model.probability("a", []) == pytest.approx(expected)


# ---- Sampling ---------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_tokens() -> None:
    model = NGramModel.fit(random_corpus(7), 3)
    lines = [model.sample(seed=seed) for seed in range(30)]
    assert lines == [model.sample(seed=seed) for seed in range(30)]
    assert len({tuple(line) for line in lines}) > 15
    assert not any({START, END} & set(line) for line in lines)


def test_samples_follow_the_distribution() -> None:
    model = NGramModel.fit(TINY, 2, "none")
    second = [model.sample(["a"], seed=seed)[0] for seed in range(600)]
    assert second.count("b") / 600 == pytest.approx(2 / 3, abs=0.06)
    cold = [model.sample(["a"], seed=seed, temperature=0.05)[0] for seed in range(50)]
    assert set(cold) == {"b"}
    hot = [model.sample(["a"], seed=seed, temperature=50)[0] for seed in range(600)]
    assert hot.count("b") / 600 == pytest.approx(1 / 2, abs=0.06)
    assert model.sample(["a"], temperature=1e-300) == ["b"]


def test_sampling_ends() -> None:
    model = NGramModel.fit([["a"] * 50], 1, "none")
    assert len(model.sample(length=7, temperature=0.01)) == 7
    running = NGramModel.fit([list("abc")], 2, "none", boundaries=False)
    assert running.sample(["a"], length=10) == ["b", "c"]
    with pytest.raises(UnseenHistoryError):
        running.sample(["c"])
    smooth = running.changed(smoothing="witten_bell")
    assert len(smooth.sample(["a"], length=10)) == 10


# ---- Edges ------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("corpus", [[["a"]], [[]], [["a", "a", "a", "a"]], [["a"], []]])
@pytest.mark.parametrize("order", [1, 2, 9])
def test_tiny_corpora_and_long_orders(smoothing: str, corpus: list[list[str]], order: int) -> None:
    model = NGramModel.fit(corpus, order, smoothing)
    for history in ([], ["a"], ["b", "a"], [START] * (order - 1)):
        try:
            assert math.fsum(model.distribution(history)) == pytest.approx(1, abs=1e-12)
        except UnseenHistoryError:
            assert smoothing == "none"
    assert model.bits(corpus) >= 0
    assert isinstance(model.sample(seed=1), list)


@pytest.mark.parametrize("smoothing", ["kneser_ney", "modified_kneser_ney"])
def test_discounts_without_counts_of_counts(smoothing: str) -> None:
    # "a" five times, "</s>" five times: n1 to n4 are zero, the formulas divide by zero.
    model = NGramModel.fit([["a"]] * 5, 2, smoothing)
    expected = (0.5,) if smoothing == "kneser_ney" else (0.5, 1.0, 1.5)
    assert model.discounts == [expected, expected]
    # only n-grams counted once: D would be 1 and take all
    assert NGramModel.fit([["a", "b", "c"]], 3, smoothing).discounts == [expected] * 3


def test_without_smoothing_the_unseen_has_no_distribution() -> None:
    model = NGramModel.fit(SCHOOL, 3, "none")
    with pytest.raises(UnseenHistoryError, match="“to go” was never followed"):
        model.distribution(["to", "go"])
    use_language("vi")
    with pytest.raises(UnseenHistoryError, match="“to go” chưa từng"):
        model.probability("home", ["to", "go"])
    assert model.bits([["to", "go"]]) == math.inf == model.perplexity([["to", "go"]])


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: NGramModel.fit(SCHOOL, 0), "order"),
    (lambda: NGramModel.fit(SCHOOL, 2, "laplace"), "smoothing: one of none, add_k"),
    (lambda: NGramModel.fit(SCHOOL, 2, "add_k", k=0), "k: a number above 0"),
    (lambda: NGramModel.fit(SCHOOL, 2, "add_k", k=-1), "k: a number above 0"),
    (lambda: NGramModel.fit(SCHOOL, 2, "add_k", k=math.nan), "k: a number above 0"),
    (lambda: NGramModel.fit([], 2), "no tokens"),
    (lambda: NGramModel.fit([[]], 2, boundaries=False), "no tokens"),
    (lambda: NGramModel.fit("i go to school", 2), "one string"),
    (lambda: NGramModel.fit(["i go to school"], 2), "one string"),
    (lambda: NGramModel.fit([["a", "</s>"]], 2), "</s>"),
    (lambda: NGramModel.fit(SCHOOL, 2, vocabulary=["<s>"]), "<s>"),
    (lambda: NGramModel.fit(SCHOOL, 2, vocabulary=["i"], min_count=2), "not both"),
    (lambda: NGramModel.fit(SCHOOL, 2, "interpolation", weights=[0.5, 0.5]), "3 numbers"),
    (lambda: NGramModel.fit(SCHOOL, 2, "interpolation", weights=[0.5, 0.5, 0.5]), "sum 1"),
    (lambda: NGramModel.fit(SCHOOL, 2, "interpolation", weights=[-0.5, 0.5, 1]), "sum 1"),
    (lambda: NGramModel.fit(SCHOOL, 2, "interpolation", held_out=[]), "held_out"),
    (lambda: NGramModel.fit(SCHOOL, 2, "none", weights=[1, 0, 0]), "belong"),
    (lambda: NGramModel.fit(SCHOOL, 2).changed(order=3), "order: from 1 to 2"),
    (lambda: NGramModel.fit(SCHOOL, 2).probability("to", "go"), "one string"),
    (lambda: NGramModel.fit(SCHOOL, 2).bits([]), "no tokens"),
    (lambda: NGramModel.fit(SCHOOL, 2).bits("i go"), "one string"),
    (lambda: NGramModel.fit(SCHOOL, 2).sample(temperature=0), "temperature"),
    (lambda: NGramModel.fit(SCHOOL, 2).sample(length=0), "length"),
]


@pytest.mark.parametrize(("wrong", "message"), BAD)
def test_what_is_wrong_is_said(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()


# ---- Truyện Kiều ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def verses() -> tuple[list[str], list[str]]:
    if not os.environ.get("LSTM_COURSE_DATA"):
        pytest.skip("Truyện Kiều: LSTM_COURSE_DATA is not set")
    datasets = pytest.importorskip("lstm_course.datasets")
    kieu = datasets.load_kieu(require_full=True)
    return [verse.text for verse in kieu.train], [verse.text for verse in kieu.test]


def running(verses: list[str]) -> list[list[str]]:
    return [list("\n".join(verses) + "\n")]


@pytest.mark.parametrize(
    ("smoothing", "order", "bits"),
    [
        ("witten_bell", 3, 2.577),
        ("witten_bell", 4, 2.447),
        ("witten_bell", 5, 2.503),
        ("modified_kneser_ney", 5, 2.380),
        ("modified_kneser_ney", 8, 2.333),
    ],
)
def test_bits_per_character_of_the_last_couplets(
    verses: tuple[list[str], list[str]], smoothing: str, order: int, bits: float
) -> None:
    train, test = map(running, verses)
    model = NGramModel.fit(train, order, smoothing, boundaries=False)
    assert model.bits(test) == pytest.approx(bits, abs=0.0006)


def test_kneser_ney_is_the_best_of_syllables(verses: tuple[list[str], list[str]]) -> None:
    from lstm_course.text import clean, syllable_tokens

    train, test = ([syllable_tokens(clean(verse)) for verse in part] for part in verses)
    counted = NGramModel.fit(train, 3, "none", min_count=2)
    bits = {name: counted.changed(smoothing=name).bits(test) for name in SMOOTHINGS}
    by_k = [counted.changed(smoothing="add_k", k=10.0**power).bits(test) for power in range(-5, 1)]
    bits["add_k"] = min(by_k)
    assert bits["none"] == math.inf
    for better in ("kneser_ney", "modified_kneser_ney"):
        for worse in ("add_k", "interpolation"):
            assert bits[better] < bits[worse]


def test_a_character_model_is_fast(verses: tuple[list[str], list[str]]) -> None:
    train = running([*verses[0], *verses[1]])
    before = time.process_time()
    NGramModel.fit(train, 5, boundaries=False)
    assert time.process_time() - before < 2
