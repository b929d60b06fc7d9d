"""A model of masks, from drawn pictures in TFRecords to a checkpoint ranked by its masks."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.training.running.experiments import experiment
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import write_dataset
from training.datasets.hands.one_class import as_one_class
from training.datasets.hands.scene import Wishes
from training.datasets.hands.synthesis import synthesize_hands
from training.datasets.workers import Workers
from training.running.trainer import train

OPTIONS = {
    "pyramid_channels": 16, "box_head_width": 16, "mask_head_width": 8, "mask_head_depth": 1,
    "proposals": 12, "proposals_before_nms": 40, "roi_samples": 8, "detections": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn_hands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hands")
    wishes = Wishes(size_wh=(96, 64), gestures=("one", "five"), empty_share=0.3)
    with Workers(1) as workers:
        drawn = synthesize_hands(folder / "drawn", 6, wishes, seed=3, workers=workers)
        write_dataset(
            as_one_class(drawn, "hand"), folder / "records", "tfrecord",
            WriteOptions(include_masks=True), workers,
        )  # fmt: skip
    return folder / "records"


def test_masks_are_learned_and_their_ap_is_what_ranks(tmp_path: Path, drawn_hands: Path) -> None:
    asked = experiment(
        tmp_path, drawn_hands,
        model={
            "name": "mask_rcnn_mobilenet_v3_small_fpn", "input_size": [64, 96], "options": OPTIONS
        },
        optimisation={"steps": 2, "batch_size": 2, "warmup_steps": 1},
        validation={"every_steps": 2}, logging={"every_steps": 1, "tensorboard": False},
    )  # fmt: skip
    train(asked, console=Console(quiet=True))
    run = tmp_path / "run"
    assert " mask " in (run / "train.log").read_text()
    [measured] = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    assert {"ap", "segm_ap"} <= set(measured)
    assert (run / "best" / "state.json").is_file()
