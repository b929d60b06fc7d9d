"""`boxwright evaluate` on a run, as training leaves one."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from boxwright.__main__ import boxwright
from tests.support.small_datasets import an_image, boxes_only
from training.configuration.experiment import read_experiment
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.formats.label_map_file import read_label_map, write_label_map
from training.datasets.formats.registry import write_dataset
from training.loop.atomic_folders import replace_link, write_state
from training.loop.building import build_detector

EXPERIMENT = """
name: cells
model: {{name: ssdlite_mobilenet_v3_small, input_size: [64, 96]}}
data:
  train: [{{path: {data}, split: train}}]
  validation: [{{path: {data}, split: val}}]
optimization: {{steps: 2}}
"""


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run with one checkpoint of random weights, which is the best."""
    return run_on(boxes_only(tmp_path), tmp_path)


def run_on(dataset: Dataset, tmp_path: Path) -> Path:
    """The same, of a data set in `tmp_path / "coco"`."""
    write_dataset(dataset, tmp_path / "coco", "coco")
    checkpoint = tmp_path / "run" / "checkpoints" / "step-00000002"
    checkpoint.mkdir(parents=True)
    file = checkpoint / "experiment.yaml"
    file.write_text(EXPERIMENT.format(data=tmp_path / "coco"))
    label_map = read_label_map(tmp_path / "coco" / "label_map.pbtxt")
    write_label_map(label_map, checkpoint)
    detector = build_detector(read_experiment(file), label_map)
    detector.network.save_weights(checkpoint / "model.weights.h5")
    write_state(checkpoint, {"step": 2})
    replace_link(tmp_path / "run" / "best", checkpoint)
    return tmp_path / "run"


def test_a_run_is_measured_on_its_own_validation_images(run_folder: Path) -> None:
    result = CliRunner().invoke(boxwright, ["evaluate", str(run_folder)])
    assert result.exit_code == 0, result.output
    assert "on the experiment's validation images: 2 images, 1 objects" in result.stdout
    content = json.loads((run_folder / "evaluation" / "report.json").read_text(encoding="utf-8"))
    assert content["detector"].endswith("step-00000002 (ssdlite_mobilenet_v3_small)")
    assert content["coco"]["ap"] >= 0
    # Asked for by its checkpoint and about other images, the report stays out of the checkpoint.
    arguments = ["evaluate", str(run_folder / "best"), "--data", str(run_folder.parent / "coco")]
    again = CliRunner().invoke(boxwright, arguments)
    assert again.exit_code == 0, again.output
    assert "4 images, 5 objects" in again.stdout
    assert f"wrote {run_folder / 'evaluation' / 'report.json'}" in again.stdout


def test_images_of_another_split_that_follow_training_images_are_told(tmp_path: Path) -> None:
    red = AnnotatedObject("red cell", (0.25, 0.125, 0.75, 0.5))
    splits = ["train", "test", "train", "val"] * 3
    images = tuple(an_image(tmp_path, f"IMG_{20 + n}.jpg", (red,), split)
                   for n, split in enumerate(splits))  # fmt: skip
    run = run_on(Dataset(label_map_of(["red cell"]), images), tmp_path)
    arguments = ["--data", str(tmp_path / "coco"), "--split", "test"]
    result = CliRunner().invoke(boxwright, ["evaluate", str(run), *arguments])
    assert result.exit_code == 0, result.output
    assert "3 of the 3 images have a companion in train" in result.output
    report = json.loads((run / "evaluation" / "report.json").read_text(encoding="utf-8"))
    assert report["companions_in_train"]["by_number_or_time"] == 3
