"""The long-memory task: what a sequence holds, fair sizes, the forget bias, training, gates."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from lstm_course import long_memory, results
from lstm_course.long_memory import mean_gates, network, sequences, start_forget_gates, train
from lstm_course.models import RecurrentClassifier, parameters_by_layer


@pytest.fixture(autouse=True)
def in_full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("LSTM_COURSE_QUICK", raising=False)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # tensors this small only wait for one another
    yield
    torch.set_num_threads(threads)


def test_only_the_first_symbol_tells_the_answer() -> None:
    tokens, signs = sequences(7, 4000, torch.Generator().manual_seed(0))
    assert tokens.shape == (4000, 8)
    assert (tokens[:, 0] == signs + 1).all()
    assert set(tokens[:, 0].tolist()) == {1, 2, 3, 4}
    assert set(tokens[:, 1:].unique().tolist()) == {5, 6, 7, 8}
    for sign in range(4):  # distractors are drawn alike whatever the sign
        counts = torch.bincount(tokens[signs == sign, 1:].flatten(), minlength=9)[5:].float()
        assert ((counts / counts.sum() - 0.25).abs() < 0.03).all()


def test_no_distractor_at_all() -> None:
    tokens, signs = sequences(0, 3, torch.Generator().manual_seed(0))
    assert tokens.tolist() == [[sign + 1] for sign in signs.tolist()]


def test_the_three_networks_have_about_equally_many_weights() -> None:
    counts = [parameters_by_layer(network(cell), True)["recurrent"] for cell in long_memory.UNITS]
    assert max(counts) / min(counts) < 1.05


def biases(lstm: nn.RNNBase) -> tuple[torch.Tensor, ...]:
    return tuple((lstm.bias_ih_l0 + lstm.bias_hh_l0).detach().chunk(4))


def test_the_forget_bias_and_nothing_else_is_set() -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 5)
    before = biases(lstm)
    start_forget_gates(lstm, 1.5)
    after = biases(lstm)
    assert after[1].tolist() == [1.5] * 5
    for gate in (0, 2, 3):
        assert torch.equal(before[gate], after[gate])


def test_the_logarithm_spreads_the_memories_up_to_the_distance() -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 500)
    start_forget_gates(lstm, "log", distance=100)
    entry, forget, _, _ = biases(lstm)
    lengths = forget.exp()
    assert 1 <= lengths.min() < 5
    assert 95 < lengths.max() <= 100.01
    assert 45 < lengths.mean() < 56
    assert torch.equal(entry, -forget)
    with pytest.raises(ValueError, match="'chrono'"):
        start_forget_gates(lstm, "chrono")


def test_training_learns_a_near_sign_and_stops_early() -> None:
    outcome = train("lstm", distance=3, batches=400, forget_bias=1)
    assert outcome.accuracy > 0.97
    assert outcome.batches < 400
    assert outcome.batches % long_memory.CHECK_EVERY == 0


def test_training_is_the_same_again_and_leaves_other_random_numbers_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one = train("gru", distance=8, batches=4, seed=3)
    assert torch.equal(torch.rand(1), expected)
    assert one == train("gru", distance=8, batches=4, seed=3)
    assert one != train("gru", distance=8, batches=4, seed=4)


def test_a_test_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTM_COURSE_QUICK", "1")
    assert train("rnn", distance=4, batches=1000).batches <= 3


def test_watching_sees_the_beginning_and_every_check() -> None:
    seen: list[int] = []
    train("rnn", 40, 120, watch=lambda model, done: seen.append(done))
    assert seen == [0, 50, 100]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_mean_gates_are_those_of_the_step(cell: str) -> None:
    torch.manual_seed(1)
    model = network(cell)
    found = mean_gates(model, distance=6, count=3, seed=2)
    tokens, _ = sequences(6, 3, torch.Generator().manual_seed(2))
    assert found == pytest.approx(by_hand(model, tokens), abs=1e-6)
    assert list(found) == {"lstm": ["i", "f", "o"], "gru": ["r", "z"]}[cell]


def by_hand(model: RecurrentClassifier, tokens: torch.Tensor) -> dict[str, float]:
    """Walk with torch's own cell and read each gate off its sums."""
    layer, n = model.recurrent, model.recurrent.hidden_size
    is_lstm = isinstance(layer, nn.LSTM)
    one = (nn.LSTMCell if is_lstm else nn.GRUCell)(9, n)
    one.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
    state = (torch.zeros(3, n), torch.zeros(3, n)) if is_lstm else torch.zeros(3, n)
    sums: dict[str, list[torch.Tensor]] = {}
    with torch.no_grad():
        for t in range(tokens.shape[1]):
            x = torch.eye(9)[tokens[:, t]]
            h = state[0] if isinstance(state, tuple) else state
            z = one.weight_ih @ x.T + one.weight_hh @ h.T + (one.bias_ih + one.bias_hh)[:, None]
            for letter, part in zip(
                "ifgo" if is_lstm else "rzn", z.chunk(len(z) // n), strict=True
            ):
                if t and letter not in "gn":
                    sums.setdefault(letter, []).append(part.sigmoid())
            state = one(x, state)
    return {letter: torch.stack(parts).mean().item() for letter, parts in sums.items()}


def test_the_study_shows_what_chapter_4_says_of_it() -> None:
    study = results.load("long_memory")

    def runs(name: str, distance: int) -> list[float]:
        found: list[float] = study.values(f"{name}, distance {distance}", "accuracy").tolist()
        return found

    guess = pytest.approx([0.25] * 3, abs=0.03)
    assert min(runs("lstm", 10)) > 0.99
    assert runs("lstm", 20) == guess
    assert min(runs("gru", 20)) > 0.99
    assert runs("gru", 40) == guess
    assert max(runs("lstm, forget bias 1", 20)) > 0.99
    assert runs("lstm, forget bias 1", 40) == guess
    for distance in (5, 10, 20, 40, 80):
        assert min(runs("lstm, forget bias log", distance)) > 0.98
    every = [accuracy for distance in (5, 10, 20, 40, 80) for accuracy in runs("rnn", distance)]
    assert sum(accuracy < 0.01 for accuracy in every) == 2  # "every answer wrong"
    assert (min(runs("rnn", 40)), max(runs("rnn", 40))) == (0.0, 1.0)
