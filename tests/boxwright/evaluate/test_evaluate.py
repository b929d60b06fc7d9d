"""`boxwright evaluate` as people call it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from detection.boxes import to_pixels_xyxy
from tests.boxwright.gateways import Answer, Asked, detection, gateway, problem
from tests.support.shared import REPOSITORY, shared
from tests.support.small_datasets import HEIGHT, WIDTH, boxes_only
from tests.support.waiting import free_port
from tests.training.evaluation.perturbed import noisy
from training.datasets.dataset import Dataset
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset, write_dataset
from training.evaluation.coco_metrics import coco_metrics

REPORT = {"report.json", "report.html", "precision_recall.png", "confusion.png",
          "detections.jsonl.gz"}  # fmt: skip


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(boxwright, ["evaluate", *map(str, arguments)])
    # What is not an answer or a refusal is a trace.
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    write_dataset(boxes_only(tmp_path), tmp_path / "coco", "coco")
    return tmp_path / "coco"


class Served:
    """Answers of a gateway that finds most of what a data set holds; numbers of its own."""

    def __init__(self, data: Dataset) -> None:
        self.found = noisy(data, seed=5)
        self._names = {number: name for name, number in data.class_ids.items()}
        self._by_file = {
            each.source.read(): found for each, found in zip(data.images, self.found, strict=True)
        }

    def __call__(self, asked: Asked) -> Answer:
        found = self._by_file[asked.parts["image"][1]]
        boxes = to_pixels_xyxy(found.boxes_yxyx, width=WIDTH, height=HEIGHT).tolist()
        content = {
            "model": {"name": "cells", "version": "4"},
            "image": {"width": WIDTH, "height": HEIGHT},
            "detections": [
                # Another numbering than the data set's: names are what counts.
                detection(self._names[number], score, *box, class_id=number + 10)
                for box, score, number in zip(
                    boxes, found.scores.tolist(), found.class_ids.tolist(), strict=True
                )
            ],
        }
        return Answer(json.dumps(content).encode())


def numbers(folder: Path) -> Any:
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def test_a_gateway_is_measured_as_what_it_answers(coco: Path, tmp_path: Path) -> None:
    data = read_dataset(coco)
    served = Served(data)
    with gateway(served) as (url, asked):
        direct = run("--url", url, "--model", "cells", "--data", coco, "--output", tmp_path / "url")
        lines = tmp_path / "found.jsonl"
        predict = ["predict", str(coco), "--url", url, "--format", "jsonl", "--output", str(lines)]
        assert CliRunner().invoke(boxwright, predict).exit_code == 0
    assert direct.exit_code == 0, direct.output
    assert {each.path for each in asked[:4]} == {
        "/models/cells/predict?score_threshold=0.0&max_detections=100"
    }
    written = run(lines, "--data", coco, "--output", tmp_path / "lines")
    assert written.exit_code == 0, written.output
    expected = coco_metrics(data, served.found)
    for folder in ("url", "lines"):
        assert numbers(tmp_path / folder)["coco"] == pytest.approx(expected.values, abs=1e-6)
    assert expected.table() in direct.stdout
    assert numbers(tmp_path / "url")["detector"] == f"gateway {url}, model cells version 4"
    assert numbers(tmp_path / "url")["lowest_score"] == 0


def test_what_is_printed_names_classes_files_and_what_only_one_side_has(
    coco: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.pbtxt"
    own.write_text("item { id: 11 name: 'white' } item { id: 12 name: 'dust' }")
    with gateway(Served(read_dataset(coco))) as (url, _):
        result = run("--url", url, "--data", coco, "--split", "train", "--output", tmp_path / "out",
                     "--detector-label-map", own)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "train: 2 images, 4 objects" in result.stdout
    assert "Classes of the detector alone, ignored: dust" in result.stdout
    assert "Classes of the data alone, all missed: red cell, platelet" in result.stdout
    assert "│ platelet │       0 │     - │" in result.stdout
    files = {each.name for each in (tmp_path / "out").iterdir()}
    assert files - {"worst.jpg", "suspect_labels.csv", "suspect_labels.jpg"} == REPORT
    assert "may be wrong (" in result.stdout
    for name in files:
        assert f"wrote {tmp_path / 'out' / name}" in result.stdout


def test_large_and_small_objects_are_counted_apart_when_asked(coco: Path, tmp_path: Path) -> None:
    with gateway(Served(read_dataset(coco))) as (url, _):
        arguments = ("--url", url, "--data", coco, "--output", tmp_path / "out")
        result = run(*arguments, "--by-area", "0.05", "--score-threshold", "0.2")
    assert result.exit_code == 0, result.output
    by_area = numbers(tmp_path / "out")["by_area"]
    large, small, together = by_area["rows"]
    assert large["objects"] + small["objects"] == together["objects"] > 0
    assert large["objects"] > 0
    assert 0 < together["right"] <= together["found"] <= together["objects"]
    assert "0.05 of the image and more" in result.stdout
    told = f"false alarms of any class: {by_area['false_per_image']:.3f} an image"
    assert told in result.stdout
    bad = run("--url", url, "--data", coco, "--by-area", "5")
    assert bad.exit_code == 2
    assert "5.0 is not in the range 0<=x<=1" in bad.output


def test_intervals_companions_and_the_threshold_in_use_are_told(coco: Path, tmp_path: Path) -> None:
    with gateway(Served(read_dataset(coco))) as (url, _):
        arguments = ("--url", url, "--data", coco, "--split", "val", "--output", tmp_path / "out")
        result = run(*arguments, "--bootstrap", 30, "--score-threshold", 0.35)
    assert result.exit_code == 0, result.output
    assert "0.35, as asked for" in result.stdout
    assert "where F1 is highest on these images" in result.stdout
    # Of val both images are nearly the same.
    assert "All images belong together, so that there is no interval." in result.stdout
    assert "images have a companion in train" in result.stdout
    assert (tmp_path / "out" / "near_duplicates.jpg").is_file()
    content = numbers(tmp_path / "out")
    assert content["certainty"]["score_threshold"] == 0.35
    assert content["companions_in_train"]["images_of_train"] == 2
    assert content["thresholds"]["in_use"]["recall"] == pytest.approx(
        content["certainty"]["figures"]["recall"]["value"]
    )


def test_an_earlier_report_and_a_gateway_are_compared_with(coco: Path, tmp_path: Path) -> None:
    data = read_dataset(coco)
    with gateway(Served(data)) as (url, asked):
        before = run("--url", url, "--data", coco, "--output", tmp_path / "before")
        own = ("--url", url, "--data", coco, "--output", tmp_path / "now", "--bootstrap", 20)
        same = run(*own, "--against", tmp_path / "before")
        again = run(*own, "--against", f"{url}/models/cells/versions/3/")
        wrong = run(*own, "--against", "ftp://x")
    assert before.exit_code == same.exit_code == again.exit_code == 0, same.output + again.output
    assert "no class in common" not in same.output
    assert f"against detections in {tmp_path / 'before' / 'detections.jsonl.gz'}" in same.stdout
    told = json.loads((tmp_path / "now" / "report.json").read_text())["against"]
    assert {each["difference"] for each in told["figures"]} == {0.0}
    assert told["changed"] == []
    assert {each.path.partition("?")[0] for each in asked} > {"/models/cells/versions/3/predict"}
    assert wrong.exit_code == 2
    assert "is not a gateway's URL, such as" in wrong.output


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--split", "test"), "on test images: use --split val"),
        ((), "on training images (splits train, val): use --split val"),
    ],
)
@pytest.mark.tensorflow
def test_a_threshold_is_not_chosen_on_what_tests(
    more: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    splits = {"val": "test"} if more else {}
    data = boxes_only(tmp_path)
    named = tuple(
        replace(each, split=splits.get(str(each.split), each.split)) for each in data.images
    )
    write_dataset(replace(data, images=named), tmp_path / "coco", "coco")
    model = shared("models/hands/1")
    own = tmp_path / "own.pbtxt"
    own.write_text("item { id: 1 name: 'white' }")
    arguments = (model, "--data", tmp_path / "coco", "--detector-label-map", own, *more)
    result = run(*arguments, "--to-card", "--output", tmp_path / "out")
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_detections_without_low_scores_are_said_to_be_cut(coco: Path, tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    found.write_text(json.dumps([
        {"image_id": 1, "file_name": "fourth.jpg", "category_id": 2, "bbox": [6, 8, 18, 16],
         "score": 0.8}
    ]))  # fmt: skip
    result = run(found, "--data", coco, "--split", "val", "--output", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "No detection scores below 0.8" in result.stdout
    assert "The detector has no class names" in result.stdout
    assert numbers(tmp_path / "out")["coco"]["ap"] == pytest.approx(1)
    assert numbers(tmp_path / "out")["score_threshold"] == pytest.approx(0.8)
    (tmp_path / "own.pbtxt").write_text("item { id: 1 name: 'cat' }")
    other = run(found, "--data", coco, "--detector-label-map", tmp_path / "own.pbtxt")
    assert other.exit_code == 1
    assert "no class in common: cat (detector), white" in other.output


@pytest.mark.tensorflow
def test_an_exported_model_is_measured(tmp_path: Path) -> None:
    model = shared("models/hands/1")
    names = ReadOptions(classes=("five", "four", "one", "three", "two"))
    gestures = read_dataset(shared("data/gestures_yolo"), "yolo", names)
    chosen = replace(gestures, images=gestures.of_split("test").images[:3])
    write_dataset(chosen, tmp_path / "few", "coco")
    own = tmp_path / "own.pbtxt"
    own.write_text(f"item {{ id: 1 name: '{gestures.class_names[0]}' }}")
    result = run(model, "--data", tmp_path / "few", "--detector-label-map", own,
                 "--output", tmp_path / "out")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout.count(" @[ IoU=") == 12
    content = numbers(tmp_path / "out")
    assert content["detector"] == f"exported model {model}"
    assert content["detections"] > 0


@pytest.mark.tensorflow
def test_the_card_gets_the_threshold_that_is_best_or_the_one_that_is_named(tmp_path: Path) -> None:
    version = tmp_path / "hands" / "1"
    shutil.copytree(REPOSITORY / "models" / "hands-gestures" / "1", version)
    names = ReadOptions(classes=("five", "four", "one", "three", "two"))
    gestures = read_dataset(shared("data/gestures_yolo"), "yolo", names)
    chosen = replace(gestures, images=gestures.of_split("val").images[:4])
    write_dataset(chosen, tmp_path / "few", "coco")
    arguments = (version, "--data", tmp_path / "few", "--to-card", "--output", tmp_path / "out")
    for more, value in ((("--score-threshold", 0.125), 0.125), ((), None)):
        result = run(*arguments, *more)
        assert result.exit_code == 0, result.output
        written = json.loads((version / "model_card.json").read_text())["score_threshold"]
        best = numbers(tmp_path / "out")["thresholds"]["best_f1"]["threshold"]
        assert best != 0.125
        assert written["value"] == (value or best)
        assert ("named" in written["chosen"]) is (value is not None)
        assert written["images"] == 4


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--data", "coco"), 2, "give one detector to measure"),
        (("found.jsonl", "--url", "http://x", "--data", "coco"), 2, "give one detector to measure"),
        (("found.jsonl",), 2, "--data is missing: name the annotated images"),
        (("found.jsonl", "--model", "m", "--data", "coco"), 2, "--pipeline need --url"),
        (("--url", "http://x", "--label", "stable", "--data", "coco"), 2, "versions of --model"),
        (
            ("found.jsonl", "--data", "coco", "--split", "dev"),
            1,
            "no split 'dev'; it has train, val",
        ),
        (("found.jsonl", "--data", "nowhere"), 1, "nowhere does not exist"),
        (("nowhere", "--data", "coco"), 1, "nowhere does not exist"),
        (("coco", "--data", "coco"), 1, "coco"),
        (
            ("coco/label_map.pbtxt", "--data", "coco"),
            1,
            "neither a folder nor a file of detections (.json, .jsonl",
        ),
        (("found.jsonl", "--data", "coco"), 1, "found.jsonl says nothing of"),
        (("--url", "http://127.0.0.1:{port}", "--data", "coco"), 1, "is the gateway up?"),
    ],
)
@pytest.mark.tensorflow
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], code: int, message: str, coco: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(coco.parent)
    Path("found.jsonl").write_text("")
    port = str(free_port())
    result = run(*(each.replace("{port}", port) for each in arguments))
    assert result.exit_code == code, result.output
    assert message in result.output
    assert not Path("evaluation").exists()


def test_a_refusal_names_the_image(coco: Path) -> None:
    with gateway(lambda asked: problem(404, "no model 'cells'")) as (url, _):
        result = run("--url", url, "--model", "cells", "--data", coco)
    assert result.exit_code == 1
    assert "first.jpg: HTTP 404: no model 'cells'" in result.output
