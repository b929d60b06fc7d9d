"""What a SavedModel is, and what it is not, is said before it is loaded."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from export.errors import ExportError, UnservableGraph
from export.importing.errors import NoDetector, NotImportable
from export.importing.foreign_model import read_foreign_model
from serving_protocol.messages import MetaGraphDef, TensorInfo
from tests.support.shared import shared
from tests.support.small_detector import UINT8, write_small_detector
from tests.support.small_graphs import (
    STRING,
    affine,
    meta_graph,
    operation,
    placeholder,
    signature,
    tensor_info,
    write_saved_model,
)

FOUND = {
    "detection_boxes": tensor_info("y:0", (-1, 100, 4)),
    "detection_scores": tensor_info("y:0", (-1, 100)),
    "detection_classes": tensor_info("y:0", (-1, 100)),
    "num_detections": tensor_info("y:0", (-1,)),
}
PIXELS = {"images": tensor_info("images:0", (1, 240, 320, 3), UINT8)}
FILES = {"image_bytes": tensor_info("images:0", (-1,), STRING)}


def declared(
    **signatures: tuple[Mapping[str, TensorInfo], Mapping[str, TensorInfo]],
) -> MetaGraphDef:
    """A graph that says all that and computes nothing."""
    return meta_graph(
        [placeholder("images", ())],
        {name: signature(taken, given) for name, (taken, given) in signatures.items()},
    )


def test_an_object_detection_api_export_is_read_as_it_is() -> None:
    model = read_foreign_model(shared("models/hands/1"))
    assert (model.origin, model.kind, model.class_count) == ("TF Object Detection API", "boxes", 7)
    assert [each.name for each in model.detectors] == ["serving_default"]


def test_its_whole_export_folder_may_be_given(tmp_path: Path) -> None:
    write_small_detector(tmp_path / "exported" / "saved_model")
    (tmp_path / "exported" / "pipeline.config").write_text("model {}")
    assert read_foreign_model(tmp_path / "exported").folder == tmp_path / "exported" / "saved_model"


def test_model_gardens_exports_are_known_by_their_image_info(tmp_path: Path) -> None:
    given = {**FOUND, "image_info": tensor_info("y:0", (-1, 4, 2))}
    graph = declared(image_bytes=(FILES, given), serving_default=(PIXELS, given))
    model = read_foreign_model(write_saved_model(tmp_path / "1", graph))
    assert (model.origin, model.class_count) == ("TF Model Garden", None)
    assert [each.name for each in model.detectors] == ["serving_default", "image_bytes"]


@pytest.mark.parametrize(
    ("output", "kind"),
    [("detection_masks", "masks"), ("keypoints", "keypoints"), ("anchors", "boxes")],
)
def test_what_is_found_is_known_by_the_outputs(tmp_path: Path, output: str, kind: str) -> None:
    graph = declared(serving_default=(PIXELS, {**FOUND, output: tensor_info("y:0")}))
    assert read_foreign_model(write_saved_model(tmp_path / "1", graph)).kind == kind


def test_a_model_of_another_kind_is_refused_with_what_it_answers(tmp_path: Path) -> None:
    source = write_saved_model(tmp_path / "1", affine())
    with pytest.raises(NoDetector, match=r"answers detection_boxes, .*, but this answers y$"):
        read_foreign_model(source)


def test_a_detector_of_two_inputs_is_refused_with_what_it_takes(tmp_path: Path) -> None:
    graph = declared(serving_default=({**PIXELS, "size": tensor_info("images:0")}, FOUND))
    with pytest.raises(NoDetector, match="takes one input, images, but this takes images, size"):
        read_foreign_model(write_saved_model(tmp_path / "1", graph))


def test_an_operation_that_the_serving_image_lacks_is_named(tmp_path: Path) -> None:
    graph = declared(serving_default=(PIXELS, FOUND))
    graph.graph_def.node.append(operation("DecodeJxl", "newer"))
    with pytest.raises(UnservableGraph, match="lacks the operation DecodeJxl"):
        read_foreign_model(write_saved_model(tmp_path / "1", graph))


def test_a_folder_that_is_no_saved_model_is_refused_with_what_is_in_it(tmp_path: Path) -> None:
    refused = {"it holds nothing": tmp_path / "empty", "it holds weights.h5": tmp_path / "weights"}
    for folder in refused.values():
        folder.mkdir()
    (tmp_path / "weights" / "weights.h5").touch()
    for message, folder in refused.items():
        with pytest.raises(
            NotImportable, match=rf"not a SavedModel: it has no saved_model\.pb; {message}"
        ):
            read_foreign_model(folder)


def test_a_folder_of_versions_is_refused_with_the_newest(tmp_path: Path) -> None:
    for version in ("1", "10", "9"):
        write_small_detector(tmp_path / version)
    with pytest.raises(NotImportable, match=f"the newest is {tmp_path}/10$"):
        read_foreign_model(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = write_small_detector(tmp_path / "1") / "saved_model.pb"
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(NotImportable, match=r"saved_model\.pb cannot be read as a SavedModel"):
        read_foreign_model(tmp_path / "1")


def test_a_graph_that_servers_do_not_load_is_refused_with_its_tags(tmp_path: Path) -> None:
    source = write_saved_model(tmp_path / "1", affine(tags=("serve", "gpu")), affine(tags=()))
    with pytest.raises(NotImportable, match=r"it has one tagged serve, gpu; one without a tag$"):
        read_foreign_model(source)
    with pytest.raises(NotImportable, match="it has no graph at all"):
        read_foreign_model(write_saved_model(tmp_path / "2"))


@pytest.mark.parametrize("name", ["model_card.json", "canary"])
def test_a_whole_version_is_published_instead(tmp_path: Path, name: str) -> None:
    source = write_small_detector(tmp_path / "1")
    (source / name).mkdir()
    with pytest.raises(ExportError, match=f"has {name} already.*boxwright models publish"):
        read_foreign_model(source)
