"""``python -m lstm_course.evaluate``: right figures on small data, one line for what is wrong."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from lstm_course import use_language
from lstm_course.datasets import VNTC_TOPICS
from lstm_course.evaluate import LABS, main
from lstm_course.models import RecurrentClassifier, RecurrentLanguageModel, save
from lstm_course.text import Encoder, Vocabulary

ENCODER = Encoder(["lower"], "spaces", vocabulary=Vocabulary(["<pad>", "<unk>", "good", "bad"]))

# Whoever only looks for the word "good" is right about three of the four.
IMDB = {
    "test/pos/0_9.txt": "A good film",
    "test/pos/1_10.txt": "Good good GOOD",
    "test/neg/0_1.txt": "bad",
    "test/neg/1_2.txt": "the good actors cannot save it",
    "train/pos/0_8.txt": "good",
}
REPORT = """\
Lab sentiment, part test: 4 texts, model in {folder}
Accuracy: 0.750

class     precision  recall     F1  texts
negative      1.000   0.500  0.667      2
positive      0.667   1.000  0.800      2

Confusion matrix: a row for each true class, a column for the class that was predicted
true class  0  1
0 negative  1  1
1 positive  0  2
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("LSTM_COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LSTM_COURSE_DATA", raising=False)
    yield
    use_language("en")


def says_good(classes: int = 1) -> RecurrentClassifier:
    """A model that answers yes (or the last class) to a text with the word "good"."""
    model = RecurrentClassifier(4, classes, dimension=1, units=1, pooling="max", cell="rnn")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.embedding.weight[2] = 1.0
        model.recurrent.weight_ih_l0[:] = 5.0
        model.head.output.weight[-1] = 5.0
        model.head.output.bias[-1] = -2.0
    return model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save(tmp_path / "model", says_good(), ENCODER, ["no", "yes"])
    return tmp_path / "model"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    with tarfile.open(tmp_path / "data" / "aclImdb_v1.tar.gz", "w:gz") as archive:
        for name, text in IMDB.items():
            member = tarfile.TarInfo(f"aclImdb/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return tmp_path / "data"


Captured = pytest.CaptureFixture[str]


def test_the_report_is_right(model: Path, data: Path, capsys: Captured) -> None:
    for place in (data, data / "aclImdb_v1.tar.gz"):
        assert main(["sentiment", "--data", str(place), "--model", str(model)]) == 0
        assert capsys.readouterr().out == REPORT.format(folder=model)


def test_a_folder_that_was_extracted_will_do(model: Path, data: Path, capsys: Captured) -> None:
    with tarfile.open(data / "aclImdb_v1.tar.gz") as archive:
        archive.extractall(data / "out", filter="data")
    for place in (data / "out", data / "out" / "aclImdb"):
        assert main(["sentiment", "--data", str(place), "--model", str(model)]) == 0
        assert capsys.readouterr().out == REPORT.format(folder=model)


def test_the_report_in_vietnamese(model: Path, data: Path, capsys: Captured) -> None:
    arguments = ["sentiment", "--data", str(data), "--model", str(model), "--part", "train"]
    assert main([*arguments, "--language", "vi"]) == 0
    shown = capsys.readouterr().out
    assert "phần train: 1 văn bản" in shown
    assert "Độ chính xác: 1.000" in shown
    assert re.search(r"tích cực +1\.000 +1\.000 +1\.000 +1\n", shown)


def test_the_model_of_a_lab_has_a_place(data: Path, capsys: Captured, tmp_path: Path) -> None:
    arguments = ["sentiment", "--data", str(data)]
    assert main(arguments) == 1
    place = tmp_path / "cache" / "models" / "sentiment"
    assert f"There is no saved model in {place}" in capsys.readouterr().err
    save(place, says_good(), ENCODER)
    assert main(arguments) == 0
    assert "Accuracy: 0.750" in capsys.readouterr().out


def test_headlines(model: Path, tmp_path: Path, capsys: Captured) -> None:
    rows = [("good news", 1), ("weather", 0)]
    named = [{"headline": h, "is_sarcastic": s, "article_link": "http://x"} for h, s in rows]
    path = tmp_path / "mine.json"
    path.write_text("\n".join(map(json.dumps, named)), encoding="utf-8")
    arguments = ["sarcasm", "--data", str(path), "--model", str(model), "--part", "train"]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "Accuracy: 1.000" in shown
    assert "1 sarcastic" in shown


def test_ten_topics(tmp_path: Path, capsys: Captured) -> None:
    for number, topic in enumerate(VNTC_TOPICS):
        folder = tmp_path / "vntc" / "Test_Full" / topic
        folder.mkdir(parents=True)
        (folder / f"{number}.txt").write_text("good" if number in {3, 9} else "bad", "utf-16")
    save(tmp_path / "model", says_good(10), ENCODER)
    arguments = ["news", "--data", str(tmp_path), "--model", str(tmp_path / "model")]
    assert main([*arguments, "--language", "vi"]) == 0
    shown = capsys.readouterr().out
    assert "Độ chính xác: 0.200" in shown
    assert re.search(r"\n9 vi tính +0 +0 +0 +0 +0 +0 +0 +0 +0 +1\n", shown)
    assert re.search(r"\nvi tính +0\.500 +1\.000 +0\.667 +1\n", shown)


def test_reviews_in_vietnamese(model: Path, tmp_path: Path, capsys: Captured) -> None:
    for name in ("data_train/train/pos/1.txt", "data_test/test/neg/2.txt"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("good", encoding="utf-8")
    assert main(["reviews", "--data", str(tmp_path), "--model", str(model)]) == 0
    assert "Accuracy: 0.000" in capsys.readouterr().out


def test_every_lab_names_its_classes() -> None:
    assert list(LABS) == ["sarcasm", "sentiment", "reviews", "news"]
    for lab in LABS.values():
        assert sorted(lab.data_set.counts["train"]) == list(range(len(lab.classes)))


WRONG = [
    ("", "Usage: python -m lstm_course.evaluate LAB"),
    ("sentiment", "Usage"),
    ("sentiment --data", "Usage"),
    ("sentiment --data {data} --colour red", "Usage"),
    ("weather --data {data}", "“weather” is none of sarcasm, sentiment, reviews, news"),
    ("sentiment --data {data} --part middle", "“middle” is none of train, validation, test"),
    ("sentiment --data {data} --language fr", "“fr” is none of en, vi"),
    ("sentiment --data {data}/none --model {model}", "none does not exist"),
    ("news --data {data} --model {model}", "holds none of the files that this lab reads: vntc"),
    ("sentiment --data {data} --model {model} --part validation", "no texts of the part"),
    ("sentiment --data {data} --model {data}/empty", "model.safetensors is missing"),
    ("sentiment --data {data} --model {data}/none", "There is no saved model"),
    ("sentiment --data {data} --model {data}/cut.pt", "is a pickle"),
    ("sentiment --data {data}/cut.tar.gz --model {model}", "cut.tar.gz"),
    ("sentiment --data {data} --model {data}/ten", "tells 10 classes apart, but this lab has 2"),
    ("sentiment --data {data} --model {data}/plain", "no classifier with the encoder"),
    ("sentiment --data {data} --model {data}/verse", "no classifier with the encoder"),
]


@pytest.mark.parametrize(("command", "told"), WRONG)
def test_what_is_wrong_is_told_in_one_line(
    command: str, told: str, model: Path, data: Path, capsys: Captured
) -> None:
    whole = (data / "aclImdb_v1.tar.gz").read_bytes()
    (data / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    torch.save({}, data / "cut.pt")
    (data / "empty").mkdir()
    save(data / "ten", says_good(10), ENCODER)
    save(data / "plain", says_good())
    save(data / "verse", RecurrentLanguageModel(4, 2, 2), ENCODER)
    arguments = [part.format(data=data, model=model) for part in command.split()]
    assert main(arguments) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert told in shown.err
    assert shown.err.startswith("Cannot evaluate: ")
    assert shown.err.count("\n") == 1
    if "--language" not in arguments:
        assert main([*arguments, "--language", "vi"]) == 1
        assert capsys.readouterr().err.startswith("Không đánh giá được: ")


def test_the_command_itself(model: Path, data: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "lstm_course.evaluate", "sentiment", "--data"]
    root = Path(__file__).parents[1]
    told = {"env": {**os.environ, "PYTHONPATH": str(root)}, "capture_output": True, "text": True}
    good = subprocess.run([*command, str(data), "--model", str(model)], cwd=tmp_path, **told)
    assert (good.returncode, good.stdout, good.stderr) == (0, REPORT.format(folder=model), "")
    bad = subprocess.run([*command, "/nowhere", "--model", str(model)], cwd=tmp_path, **told)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "Traceback" not in bad.stderr


def test_torch_waits_until_the_data_are_good(model: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from lstm_course.evaluate import main;"
        f"main(['sentiment', '--data', {str(tmp_path)!r}, '--model', {str(model)!r}]);"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "holds none of the files" in done.stderr
    assert done.returncode == 0
