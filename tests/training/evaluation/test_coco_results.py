"""COCO results in the forms that people have, and what is said of those that fit nothing."""

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from boxwright.evaluate.command import evaluate
from boxwright.evaluate.detectors import DetectorOptions, opened
from boxwright.evaluate.measurement import measured as measured_by
from boxwright.evaluate.report_head import circumstances_of
from tests.training.evaluation import coco_files
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset
from training.datasets.workers import Workers
from training.evaluation.coco_lines import explained
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.detection_files import DetectionFile
from training.evaluation.errors import EvaluationError

BOX = [10, 8, 20, 20]
RESULT = {"image_id": 1, "category_id": 7, "bbox": BOX, "score": 0.9}


def annotations(**changed: Any) -> dict[str, Any]:
    """An image of 64 x 48 with one object, of category 7; category 0 is another."""
    annotation = {"id": 1, "image_id": 1, "category_id": 7, "bbox": BOX, "area": 400, "iscrowd": 0}
    return {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [annotation | changed],
        "categories": [{"id": 7, "name": "cup"}, {"id": 0, "name": "fork"}],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    coco_files.draw_images(tmp_path)
    return tmp_path


def measured(
    folder: Path, results: str = "results.json", label_map: Path | None = None
) -> tuple[dict[str, float], str]:
    """COCO's numbers and what is said of them: the command's work without its report."""
    asked = DetectorOptions(
        path=folder / results, url=None, api_key=None, model=None, version=None, label=None,
        pipeline=None, checkpoint="best", label_map_file=label_map, coco_images=None,
    )  # fmt: skip
    data = read_dataset(folder / "annotations.json", "coco", ReadOptions(images_needed=False))
    with Workers(processes=1) as workers, opened(asked, workers, with_data=False) as what:
        what.prepared_for(data)
        evaluation = measured_by(what, data, workers, None, 0)
        told = circumstances_of(what, data, folder, evaluation.class_names)
    return evaluation.metrics.values, "\n".join((*told.notes, explained(evaluation.metrics.lines)))


def command(folder: Path, *more: str, results: str = "results.json") -> Any:
    arguments = [str(folder / results), "--data", str(folder / "annotations.json")]
    return CliRunner().invoke(evaluate, [*arguments, "--output", str(folder / "report"), *more])


def reported(folder: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads((folder / "report" / "report.json").read_text())["coco"]
    return found


def test_categories_from_0_with_gaps_are_the_data_s_own(folder: Path) -> None:
    coco_files.write(folder, annotations(), [RESULT])
    result = command(folder)
    assert result.exit_code == 0, result.output
    assert reported(folder)["ap"] == pytest.approx(1)
    assert "0 fork, 7 cup" in result.stdout


def test_results_beyond_the_edge_are_not_cut_before_they_are_measured(folder: Path) -> None:
    wide = RESULT | {"bbox": [-6, 8, 26, 20]}
    paths = coco_files.write(folder, annotations(bbox=[0, 8, 20, 20]), [wide])
    expected = coco_files.pycocotools_stats(paths[0], [wide], "bbox")
    assert list(measured(folder)[0].values()) == expected
    assert expected[0] == pytest.approx(0.6)


def test_the_file_s_area_says_what_is_small(folder: Path) -> None:
    paths = coco_files.write(folder, annotations(area=2000), [RESULT])
    values, _ = measured(folder)
    assert values["ap_small"] == -1
    assert values["ap_medium"] == pytest.approx(1)
    assert list(values.values()) == coco_files.pycocotools_stats(paths[0], [RESULT], "bbox")


def test_a_label_map_may_begin_at_0(folder: Path) -> None:
    coco_files.write(folder, annotations(), [RESULT | {"category_id": 0}])
    (folder / "own.pbtxt").write_text('item { id: 0 name: "cup" } item { id: 1 name: "fork" }')
    values, _ = measured(folder, label_map=folder / "own.pbtxt")
    assert values["ap"] == pytest.approx(1)


def test_results_that_name_their_categories_are_matched_by_name(folder: Path) -> None:
    document = {
        "annotations": [RESULT | {"category_id": 0, "image_id": 40}],
        "categories": [{"id": 0, "name": "cup"}],
        "images": [{"id": 40, "file_name": "shots/a.png"}],
    }
    coco_files.write(folder, annotations(), document)
    assert measured(folder)[0]["ap"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.json", json.dumps({"annotations": [RESULT, RESULT]})),
        ("r.json", json.dumps({"info": {}, "predictions": [RESULT, RESULT]})),
        ("r.jsonl", f"{json.dumps(RESULT)}\n\n{json.dumps(RESULT)}\n"),
        ("r.json", json.dumps([RESULT, RESULT], indent=2)),
        ("r.json", "\ufeff" + json.dumps([RESULT, RESULT])),
        ("r.json.gz", json.dumps([RESULT, RESULT])),
        ("r.ndjson.gz", f"{json.dumps(RESULT)}\n{json.dumps(RESULT)}"),
    ],
)
def test_results_are_read_in_the_forms_that_people_have(
    name: str, content: str, folder: Path
) -> None:
    coco_files.write(folder, annotations(), [])
    data = content.encode()
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert measured(folder, name)[0]["ap"] == pytest.approx(1)


def test_no_result_at_all_is_measured_and_said(folder: Path) -> None:
    coco_files.write(folder, annotations(), [])
    values, said = measured(folder)
    assert "no result at all" in said
    assert values["ap"] == 0


@pytest.mark.parametrize("category", [3, "7", None, [7], {"id": 7}, 7.5, 10**30])
def test_results_of_no_category_are_counted_and_left_out(category: Any, folder: Path) -> None:
    results = [RESULT, RESULT | {"category_id": category, "score": 0.95}]
    coco_files.write(folder, annotations(), results)
    values, said = measured(folder)
    assert "1 result is of a category_id" in said
    assert str(category)[:20] in said
    assert values["ap"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"image_id": 2}, "record 2: .* image_id that the annotations do not have: 2"),
        ({"image_id": "1"}, "'1'; they have it as a number, the results as a text"),
        ({"image_id": None}, "record 2: an image_id is a number or a text"),
        ({"image_id": [1]}, "record 2: an image_id is a number or a text"),
        ({"score": "0.9"}, "a score, a finite number, was expected, not '0.9'"),
        ({"score": math.nan}, "a score, a finite number, was expected, not nan"),
        ({"score": None}, "a score, a finite number, was expected, not None"),
        ({"bbox": [1, 2, 3]}, "bbox: 4 numbers were expected, not 3"),
        ({"bbox": [1, 2, 3, "4"]}, "bbox: finite numbers in a list"),
        ({"bbox": [1, 2, 3, math.inf]}, "bbox: finite numbers in a list"),
        ({"bbox": {"x": 1}}, "bbox: finite numbers in a list"),
        ({"bbox": None}, "a bbox of x, y, width and height was expected, not None"),
        ({"segmentation": {"size": [4, 4], "counts": "04"}}, r"image's size, \[48, 64\]"),
        ({"segmentation": {"size": [48, 64], "counts": "~"}}, "no part of run-lengths"),
        ({"segmentation": {"size": [48, 64], "counts": [1, 2]}}, "cover 3 pixels"),
        ({"segmentation": [[1, 2, 3]]}, "polygons of three points"),
        ({"segmentation": [[1, 2, 3, 4, 1e9, 6]]}, "pixels beyond its image"),
        ({"keypoints": [1, "2", 3]}, "keypoints: finite numbers"),
    ],
)
def test_what_is_wrong_with_a_result_is_said(
    changed: dict[str, Any], message: str, folder: Path
) -> None:
    _, path = coco_files.write(folder, annotations(), [RESULT, RESULT | changed])
    truth = read_dataset(folder / "annotations.json", "coco")
    with pytest.raises(EvaluationError, match=message):
        list(DetectionFile(path).detect(truth.images))


@pytest.mark.parametrize("key", RESULT)
@pytest.mark.parametrize(
    "value", [[], {}, None, "x", True, 1e400, -1e400, 10**400, [[[]]], [RESULT], "\udc00"]
)
def test_a_wrong_type_at_any_key_is_an_error_or_left_out(
    key: str, value: Any, folder: Path
) -> None:
    coco_files.write(folder, annotations(), [RESULT, RESULT | {key: value}])
    try:
        _, said = measured(folder)
    except EvaluationError as error:
        said = str(error)
    assert "record 2" in said or "left out" in said


def test_results_of_another_split_are_left_out_and_counted(tmp_path: Path) -> None:
    for number, split in enumerate(("train", "val"), 1):
        coco_files.draw_images(tmp_path / split)
        content = annotations(image_id=number)
        content["images"][0]["id"] = number
        (tmp_path / "annotations").mkdir(exist_ok=True)
        (tmp_path / f"annotations/instances_{split}.json").write_text(json.dumps(content))
    (tmp_path / "results.json").write_text(
        json.dumps([RESULT | {"image_id": each} for each in (1, 2, 2)])
    )
    arguments = [str(tmp_path / "results.json"), "--data", str(tmp_path)]
    result = CliRunner().invoke(
        evaluate, [*arguments, "--split", "val", "--output", str(tmp_path / "report")]
    )
    assert result.exit_code == 0, result.output
    assert "1 result is of images that are not measured here" in result.stdout
    assert reported(tmp_path)["ap"] == pytest.approx(1)


def test_objects_that_are_all_crowds_are_said_to_be(folder: Path) -> None:
    coco_files.write(folder, annotations(iscrowd=1), [RESULT])
    _, said = measured(folder)
    assert "the only object of the data is marked as crowd" in said.lower()
    assert "-1.000: no such objects" in said


def test_an_annotation_whose_id_is_0_is_found_as_any_other(folder: Path) -> None:
    # pycocotools keeps a match as the id of its object, and takes 0 for none.
    coco_files.write(folder, annotations(id=0), [RESULT])
    truth = read_dataset(folder / "annotations.json", "coco")
    detector = DetectionFile(folder / "results.json")
    names = detector.numbers(truth)
    assert names is not None
    found = [names.as_data(each) for each in detector.detect(truth.images)]
    assert coco_metrics(truth, found).ap == pytest.approx(1)


def test_what_is_odd_in_the_data_is_said_beside_the_numbers(folder: Path) -> None:
    content = annotations()
    content["annotations"].append(content["annotations"][0] | {"bbox": [30, 8, 20, 20]})
    coco_files.write(folder, content, [RESULT])
    _, said = measured(folder)
    assert "several annotations have the same id (1)" in said
    assert "pycocotools takes the last" in said


def test_the_page_has_the_numbers_of_keypoints_and_masks_that_the_json_has(folder: Path) -> None:
    points = [12, 10, 2, 25, 20, 2, 14, 26, 1]
    outline = [[10, 8, 30, 8, 30, 28, 10, 28]]
    content = annotations(keypoints=points, num_keypoints=3, segmentation=outline)
    content["categories"][0]["keypoints"] = ["top", "middle", "bottom"]
    shifted = [value + 1 if place % 3 == 0 else value for place, value in enumerate(points)]
    found = RESULT | {"keypoints": shifted, "segmentation": outline}
    coco_files.write(folder, content, [found])
    assert command(folder).exit_code == 0
    report = json.loads((folder / "report" / "report.json").read_text())
    page = (folder / "report" / "report.html").read_text()
    for part in (report["keypoints"], report["masks"], report):
        assert part["coco"]["ap"] > 0
        for line in part["coco_lines"]:
            assert line.replace("-1.000", "-1.000: no such objects") in page or line in page
    assert "keypoints (OKS)" in page
    assert "masks (segm)" in page


def test_more_than_100_results_of_an_image_count_by_class(folder: Path) -> None:
    wrong = [RESULT | {"category_id": 0, "bbox": [40, 30, 5, 5], "score": 0.95}] * 150
    paths = coco_files.write(folder, annotations(), [*wrong, RESULT])
    values, _ = measured(folder)
    assert values["ap"] == pytest.approx(1)
    assert list(values.values()) == coco_files.pycocotools_stats(paths[0], [*wrong, RESULT], "bbox")
