"""Suppression class by class is changed in OpenVINO's graph, and answers as TensorFlow does."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from server.embedded.engines.choice import engine_named
from server.embedded.engines.engine import Array, EngineSettings, LoadedModel
from server.embedded.engines.openvino_conversion import convert_signature
from server.embedded.engines.openvino_engine import compilation_settings, the_core
from server.embedded.engines.openvino_postprocessing import with_quick_postprocessing
from server.embedded.engines.openvino_suppression_groups import graphs_of
from server.embedded.engines.saved_model import read_saved_model
from tests.support.class_suppression import (
    BOXES,
    KEPT,
    best_of_all_classes,
    in_a_loop,
    one_after_the_other,
    suppression,
    write_postprocessing,
)
from tests.support.shared import shared

CLASSES = 4
VERSIONS = (1, 2, 3, 4, 5)
OVERLAPS = (0.0, 1.0)


def random_boxes(rng: np.random.Generator) -> Array:
    corner = rng.random((BOXES, 2), np.float32)
    return np.hstack([corner, corner + np.float32(0.3) * rng.random((BOXES, 2), np.float32)])


def half_covered_boxes() -> Array:
    """Of different lengths, side by side: many cover a half of another exactly."""
    left = np.arange(BOXES, dtype=np.float32) // 2
    length = np.where(np.arange(BOXES) % 2, np.float32(2), np.float32(1))
    return np.stack([np.zeros_like(left), left, np.ones_like(left), left + length], axis=1)


def detections(kind: str) -> tuple[Array, Array]:
    """Boxes (N, 4) and scores (N, C)."""
    rng = np.random.default_rng(len(kind))
    boxes, scores = random_boxes(rng), rng.random((BOXES, CLASSES), np.float32) ** 4
    if kind == "ties":
        scores = np.round(scores, 1)
    elif kind == "nothing":
        scores[:] = 0
    elif kind == "few":
        scores[5:] = 0
    elif kind == "one place":
        boxes[:] = boxes[0]
    elif kind == "one class in one place":
        likely = rng.permutation(BOXES)[: BOXES * 3 // 4]
        boxes[likely] = boxes[likely[0]]
        scores[likely, 1] += 1
    elif kind == "half covered":
        boxes = half_covered_boxes()
    elif kind == "no numbers":
        scores[rng.random(scores.shape) < 0.1] = np.nan
        scores[:, 2] = np.nan
        scores[7:10, 3] = np.inf, np.inf, -np.inf
    elif kind == "logits":
        scores = np.log(scores)
    elif kind == "turned corners":
        boxes = boxes[:, [2, 3, 0, 1]]
    else:
        assert kind == "random"
    return boxes, scores


KINDS = (
    "random", "ties", "nothing", "few", "one place", "one class in one place", "half covered",
    "no numbers", "logits", "turned corners",
)  # fmt: skip


@dataclass(frozen=True)
class Engines:
    """The same SavedModel in both engines."""

    folder: Path
    openvino: LoadedModel
    tensorflow: LoadedModel

    def agree(self, signature: str, boxes: Array, scores: Array) -> dict[str, Array]:
        """What both answer, to the last bit."""
        given = {"boxes": boxes, "scores": scores}
        outputs = list(self.tensorflow.signatures[signature].outputs)
        wanted = self.tensorflow.run(signature, given, outputs)
        found = self.openvino.run(signature, given, outputs)
        for name in outputs:
            np.testing.assert_array_equal(found[name], wanted[name], err_msg=name)
        return found

    def suppressions(self, signature: str) -> int:
        """How many operations of OpenVINO's suppress boxes; those that sort have one box."""
        folder = read_saved_model(self.folder, frozenset({"serve"}))
        model = convert_signature(the_core(), folder, signature).model
        nodes = [node for graph in graphs_of(model) for node in graph.get_ops()]
        return sum(
            node.get_type_name() == "NonMaxSuppression"
            and node.input_value(0).get_partial_shape()[1] != 1
            for node in nodes
        )


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    functions = {
        f"version_{each}": best_of_all_classes([suppression(each)] * CLASSES) for each in VERSIONS
    }
    for each in OVERLAPS:
        functions[f"iou_{each}"] = best_of_all_classes([suppression(3, iou=each)] * CLASSES)
    strict, loose, lowering = (
        suppression(3),
        suppression(3, 0.75),
        suppression(5, soft_nms_sigma=1.0),
    )
    functions |= {
        "loop": in_a_loop(functions["version_3"], CLASSES * KEPT),
        "dependent": one_after_the_other,
        "lowering": best_of_all_classes([lowering] * CLASSES),
        "limits": best_of_all_classes(
            [strict, loose, lambda boxes, scores: strict(boxes * 2.0, scores), loose]
        ),
    }
    folder = tmp_path_factory.mktemp("suppression") / "1"
    write_postprocessing(folder, CLASSES, functions, {"loop"})
    loaded = [engine_named(name).load(folder) for name in ("openvino", "tensorflow")]
    yield Engines(folder, *loaded)
    for model in loaded:
        model.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_computed_for_all_classes_at_once(engines: Engines, version: int) -> None:
    signature = f"version_{version}"
    # The likeliest boxes of all classes, and all boxes of the classes that need them.
    assert engines.suppressions(signature) == 2
    counts = {kind: len(engines.agree(signature, *detections(kind))["scores"]) for kind in KINDS}
    assert counts["random"] == CLASSES * KEPT
    assert counts["one place"] == CLASSES
    assert counts["one class in one place"] > (CLASSES - 1) * KEPT
    assert counts["nothing"] == (0 if version > 2 else CLASSES * KEPT)


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_boxes_that_overlap_by_the_threshold_itself_are_both_kept(
    engines: Engines, overlap: float
) -> None:
    for kind in ("half covered", "one place", "random"):
        engines.agree(f"iou_{overlap}", *detections(kind))


def test_images_of_a_batch_are_suppressed_in_a_loop(engines: Engines) -> None:
    assert engines.suppressions("loop") == 2
    images = [detections(kind) for kind in ("random", "nothing", "one class in one place")]
    boxes, scores = (np.stack(each) for each in zip(*images, strict=True))
    assert engines.agree("loop", boxes, scores)["scores"].shape == (3, CLASSES * KEPT)


def test_a_choice_among_what_another_one_left_comes_after_it(engines: Engines) -> None:
    assert engines.suppressions("dependent") == 2 * 2
    for kind in KINDS:
        engines.agree("dependent", *detections(kind))


def test_classes_with_limits_or_boxes_of_their_own_are_suppressed_by_themselves(
    engines: Engines,
) -> None:
    assert engines.suppressions("limits") == 3 * 2
    for kind in KINDS:
        engines.agree("limits", *detections(kind))


def test_scores_that_are_lowered_stay_as_they_were_converted(engines: Engines) -> None:
    assert engines.suppressions("lowering") == CLASSES


def test_a_detector_of_the_object_detection_api_answers_with_what_it_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = read_saved_model(shared("models/hands/1"), frozenset({"serve"}))
    photos = sorted(shared("images/hands").glob("*.jpg"))[:4]
    images = [np.asarray(Image.open(photo).convert("RGB")) for photo in photos]
    images += [np.zeros((90, 70, 3), np.uint8), np.full((70, 90, 3), 255, np.uint8)]
    images.append(np.random.default_rng(5).integers(0, 256, (300, 300, 3), np.uint8))
    settings = compilation_settings(EngineSettings())
    answers = []
    for change in (with_quick_postprocessing, lambda model: model):
        monkeypatch.setattr(f"{convert_signature.__module__}.with_quick_postprocessing", change)
        model = convert_signature(the_core(), folder, "serving_default").model
        request = the_core().compile_model(model, "CPU", settings).create_infer_request()
        found = []
        for image in images:
            request.infer([image[np.newaxis]])
            found.append([tensor.data.copy() for tensor in request.output_tensors])
        answers.append(found)
    for quick, as_converted in zip(*answers, strict=True):
        for mine, theirs in zip(quick, as_converted, strict=True):
            np.testing.assert_array_equal(mine, theirs)
