"""What eight bits cost and bring, of two models that answer differently."""

from pathlib import Path

import numpy as np
import pytest

from export.quantization.comparison import Run, compare
from tests.support.small_datasets import boxes_only
from training.evaluation.kinds import KINDS

SIZE_HW = (16, 24)


def answering(score: float, asked: list[tuple[int, ...]]) -> Run:
    """Finds the one object of the fourth image, and the same in every other."""

    def run(pixels: np.ndarray) -> dict[str, np.ndarray]:
        asked.append(pixels.shape)
        return {
            "detection_boxes": np.array([[[0.25, 0.125, 0.75, 0.5]]], np.float32)
            * np.float32(score),
            "detection_scores": np.array([[0.9]], np.float32),
            "detection_classes": np.array([[2.0]], np.float32),
            "num_detections": np.array([1.0], np.float32),
        }

    return run


def test_the_loss_is_the_difference_and_both_are_asked_about_every_image(tmp_path: Path) -> None:
    truth = boxes_only(tmp_path)
    numbers = truth.class_ids
    assert numbers["red cell"] == 2
    full_asked: list[tuple[int, ...]] = []
    made_asked: list[tuple[int, ...]] = []
    compared = compare(
        answering(1.0, full_asked), answering(0.9, made_asked), truth, SIZE_HW, KINDS["boxes"]
    )
    assert full_asked == made_asked == [(1, *SIZE_HW, 3)] * (len(truth) + 3)
    assert compared.full_score > compared.quantized_score
    assert compared.loss == pytest.approx(compared.full_score - compared.quantized_score)
    told = compared.as_json()
    assert told["AP lost"] == round(compared.loss, 4)
    assert told["pictures"] == len(truth)
    assert told["times as fast"] > 0
