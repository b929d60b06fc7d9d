"""Label Studio's JSON and JSON-MIN exports. Images are 48x32 pixels; percents of them are exact."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.small_datasets import image_file
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.label_studio.images import image_names, stored_names
from training.datasets.formats.registry import detect, read_dataset

# 6, 8 to 24, 24.
PERCENTS = {"x": 12.5, "y": 25.0, "width": 37.5, "height": 50.0}


def a_result(kind: str = "rectanglelabels", **changes: Any) -> dict[str, Any]:
    value = {**PERCENTS, "rotation": 0, kind: ["cup"], **changes}
    return {
        "id": f"r{len(str(changes))}", "type": kind, "from_name": "label", "to_name": "image",
        "original_width": 48, "original_height": 32, "image_rotation": 0, "value": value,
    }  # fmt: skip


def a_task(*results: Any, image: str = "/data/upload/1/ab12cd34-a.jpg", **more: Any) -> Any:
    annotation = {"id": 1, "result": list(results), "was_cancelled": False}
    return {"id": 7, "data": {"image": image}, "annotations": [annotation], "predictions": [],
            **more}  # fmt: skip


def a_set(folder: Path, *tasks: Any) -> Dataset:
    image_file(folder, "a.jpg")
    (folder / "project-1.json").write_text(json.dumps(list(tasks)))
    return read_dataset(folder)


def boxes(dataset: Dataset) -> list[tuple[str, tuple[float, ...]]]:
    (image,) = dataset.images
    return [(each.label, image.pixels_xyxy(each.box_yxyx)) for each in image.objects]


@pytest.mark.parametrize(
    ("result", "box"),
    [
        (a_result(), (6, 8, 24, 24)),
        # Turned by a quarter, clockwise, around its upper left corner: 18 wide becomes 18 high.
        (a_result(x=50.0, y=25.0, height=25.0, rotation=90), (16, 8, 24, 26)),
        (a_result("polygonlabels", points=[[12.5, 25.0], [50.0, 25.0], [25.0, 75.0]]),
         (6, 8, 24, 24)),
        (a_result("ellipselabels", x=50.0, y=50.0, radiusX=12.5, radiusY=25.0), (18, 8, 30, 24)),
        # Its radii are 6 and 8 pixels, and change places.
        (a_result("ellipselabels", x=50.0, y=50.0, radiusX=12.5, radiusY=25.0, rotation=90),
         (16, 10, 32, 22)),
    ],
)  # fmt: skip
def test_the_box_of_each_region(result: Any, box: tuple[float, ...], tmp_path: Path) -> None:
    dataset = a_set(tmp_path, a_task(result))
    assert dataset.defects == ()
    assert boxes(dataset) == [("cup", box)]


def test_a_rectangle_and_its_label_are_two_results_of_one_id(tmp_path: Path) -> None:
    rectangle = {**a_result(), "type": "rectangle", "value": dict(PERCENTS)}
    labels = {**a_result("labels"), "id": rectangle["id"]}
    assert boxes(a_set(tmp_path, a_task(rectangle, labels))) == [("cup", (6, 8, 24, 24))]


def test_keypoints_in_a_region_are_its(tmp_path: Path) -> None:
    person = {**a_result(), "id": "p"}
    nose = {**a_result("keypointlabels", x=25.0, y=50.0, width=1, keypointlabels=["nose"]),
            "parentID": "p"}  # fmt: skip
    relation = {"type": "relation", "from_id": "p", "to_id": "x", "direction": "right"}
    choice = {**a_result("choices"), "type": "choices", "value": {"choices": ["good"]}}
    dataset = a_set(tmp_path, a_task(nose, person, relation, choice))
    assert dataset.defects == ()
    assert dataset.keypoint_names == ("nose",)
    (found,) = dataset.images[0].objects
    assert found.keypoints is not None
    assert found.keypoints.tolist() == [[0.5, 0.25, 2]]


def test_the_newest_annotation_that_was_not_cancelled_is_read(tmp_path: Path) -> None:
    def annotation(label: str, created: str, **more: Any) -> Any:
        result = a_result(rectanglelabels=[label])
        return {"result": [result], "created_at": created, **more}

    old, new = annotation("old", "2024-01-01"), annotation("new", "2024-02-01")
    cancelled = annotation("wrong", "2024-03-01", was_cancelled=True)
    dataset = a_set(tmp_path, a_task(annotations=[new, cancelled, old]))
    assert [label for label, _ in boxes(dataset)] == ["new"]
    assert any("1 task with several annotations" in note.message for note in dataset.notes)
    truth = annotation("true", "2023-01-01", ground_truth=True)
    dataset = a_set(tmp_path, a_task(annotations=[new, truth]))
    assert [label for label, _ in boxes(dataset)] == ["true"]


def test_tasks_without_an_annotation_are_told_and_an_empty_one_is_an_image(tmp_path: Path) -> None:
    for name in ("b.jpg", "c.jpg", "d.jpg"):
        image_file(tmp_path, name)
    dataset = a_set(
        tmp_path,
        a_task(a_result()),
        a_task(image="b.jpg"),
        a_task(image="c.jpg", annotations=[], predictions=[{"result": [a_result()]}]),
        a_task(image="d.jpg", annotations=[{"result": [a_result()], "was_cancelled": True}]),
    )
    assert [(each.name, len(each.objects)) for each in dataset.images] == [
        ("a.jpg", 1), ("b.jpg", 0)
    ]  # fmt: skip
    messages = [note.message for note in dataset.notes]
    assert "2 tasks without an annotation (1 cancelled, 1 with predictions alone)" in messages


def test_an_export_without_any_annotation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no task has an annotation"):
        a_set(tmp_path, a_task(annotations=[], file_upload="a.jpg", was_cancelled=1, result=[]))


def test_json_min(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    minimal = {
        "image": "/data/upload/1/ab12cd34-a.jpg", "id": 7, "annotator": 1, "annotation_id": 3,
        "label": [{**PERCENTS, "rotation": 0, "rectanglelabels": ["cup"], "original_width": 48,
                   "original_height": 32}],
        "created_at": "2024-01-01", "updated_at": "2024-01-01", "lead_time": 3.5,
    }  # fmt: skip
    (tmp_path / "min.json").write_text(json.dumps([minimal]))
    assert detect(tmp_path).name == "label-studio"
    assert boxes(read_dataset(tmp_path)) == [("cup", (6, 8, 24, 24))]


def test_json_min_without_what_annotators_leave(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        image_file(tmp_path, name)
    regions = [{**PERCENTS, "rectanglelabels": ["cup"], "original_width": 48,
                "original_height": 32}]  # fmt: skip
    tasks = [
        {"id": 1, "photo": "s3://bucket/x/a.jpg", "label": regions},
        {"id": 2, "photo": "b.jpg"},
    ]
    (tmp_path / "min.json").write_text(json.dumps(tasks))
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert [(each.name, len(each.objects)) for each in dataset.images] == [
        ("a.jpg", 1), ("b.jpg", 0)
    ]  # fmt: skip
    messages = [note.message for note in dataset.notes]
    assert "Label Studio's JSON-MIN, 2 tasks" in messages
    assert any(each.startswith("1 task of JSON-MIN without a region") for each in messages)


def test_json_min_of_regions_alone(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    task = {"image": "a.jpg", "label": [{**PERCENTS, "rectanglelabels": ["cup"]}]}
    (tmp_path / "min.json").write_text(json.dumps(task))
    assert boxes(read_dataset(tmp_path)) == [("cup", (6, 8, 24, 24))]


def test_the_servers_folders_are_no_part_of_a_name(tmp_path: Path) -> None:
    for name in ("1/ab12cd34-a.jpg", "2/ab12cd34-b.jpg", "2/ab12cd34-c.jpg", "3/ab12cd34-c.jpg"):
        image_file(tmp_path / "upload", name)
    stored = ("1/ab12cd34-a.jpg", "2/ab12cd34-b.jpg", "2/ab12cd34-c.jpg", "3/ab12cd34-c.jpg")
    images = [f"/data/upload/{name}" for name in stored]
    (tmp_path / "p.json").write_text(
        json.dumps([a_task(a_result(), image=each) for each in images])
    )
    assert [each.name for each in read_dataset(tmp_path).images] == [
        "ab12cd34-a.jpg", "ab12cd34-b.jpg", "upload/2/ab12cd34-c.jpg", "upload/3/ab12cd34-c.jpg",
    ]  # fmt: skip


def test_a_storages_file_an_annotation_with_its_task_inside(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    (annotation,) = a_task(a_result())["annotations"]
    task = {"id": 7, "data": {"image": "a.jpg"}}
    (tmp_path / "1.json").write_text(json.dumps({**annotation, "task": task}))
    assert boxes(read_dataset(tmp_path)) == [("cup", (6, 8, 24, 24))]


@pytest.mark.parametrize(
    ("said", "upload", "names"),
    [
        ("/data/upload/1/ab12cd34-a.jpg", None, ("upload/1/ab12cd34-a.jpg", "a.jpg")),
        ("/data/local-files/?d=set/b%20c.jpg", None, ("set/b c.jpg",)),
        ("s3://bucket/set/a.jpg", None, ("set/a.jpg",)),
        ("/tasks/1/presign/?fileuri=czM6Ly9idWNrZXQvYS5qcGc=", None, ("a.jpg",)),
        ("/projects/2/resolve?fileuri=czM6Ly9idWNrZXQvYS5qcGc", None, ("a.jpg",)),
        ("/tasks/1/presign/?fileuri=%FF", None, ("/tasks/1/presign/?fileuri=%FF",)),
        ("https://host/set/a%20b.jpg?X-Amz=1", None, ("set/a b.jpg",)),
        ("gs://bucket/a.jpg", "x.jpg", ("a.jpg", "x.jpg")),
        ("what? #1.jpg", None, ("what? #1.jpg",)),
        (
            "http://localhost:8080/data/upload/3/0f-deadbeef.jpg",
            None,
            ("upload/3/0f-deadbeef.jpg",),
        ),
    ],
)
def test_what_an_image_is_called(said: str, upload: str | None, names: Any) -> None:
    task = {"data": {"image": said}, "file_upload": upload}
    assert stored_names([image_names(task)]) == [names]


def test_a_name_before_the_upload_that_two_had_is_nobodys() -> None:
    first, second = ("upload/1/aaaaaaaa-a.jpg",), ("upload/1/bbbbbbbb-a.jpg",)
    assert stored_names([first, second]) == [first, second]


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, "a region was expected, not None"),
        ({**a_result(), "value": None}, "`value` was expected"),
        (a_result(x=[1]), "x is [1], a number was expected"),
        (a_result(rectanglelabels=[]), "without a label"),
        ({**a_result(), "image_rotation": 90}, "turned by 90 degrees"),
        (a_result("brushlabels", format="rle", rle=[1, 2]), "drawn with the brush"),
        (a_result("keypointlabels"), "has no area"),
        (a_result("polygonlabels", points=[[1, 2], [3, 4]]), "a polygon of 2 points"),
        (a_result("ellipselabels", radiusX=0, radiusY=1), "no area"),
        ({**a_result(), "type": "videorectangle", "value": {"sequence": [], "labels": ["cup"]}},
         "x is None"),
    ],
)  # fmt: skip
def test_a_region_that_is_none_is_a_defect(result: Any, message: str, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, a_task(result, {**a_result(), "id": "good"}))
    (defect,) = dataset.defects
    assert message in defect.message
    assert defect.where == f"{tmp_path / 'project-1.json'}, task 7, result 1"
    assert boxes(dataset) == [("cup", (6, 8, 24, 24))]


@pytest.mark.parametrize(
    "task", [None, {"id": 1}, {"data": {"image": 3}, "annotations": [{"result": []}]},
             {"data": {"image": "b.jpg"}, "annotations": 3},
             {"data": {"image": "b.jpg"}, "annotations": [3]},
             {"data": {"image": "b.jpg"}, "annotations": [{"result": 3}]}]
)  # fmt: skip
def test_a_task_that_is_none_is_a_defect(task: Any, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, a_task(a_result()), task)
    assert [each.where for each in dataset.defects] == [f"{tmp_path / 'project-1.json'}, task 2"]


def test_a_region_of_two_labels_is_told(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, a_task(a_result(rectanglelabels=["cup", "fork"])))
    assert "2 labels: cup, fork" in dataset.defects[0].message
    assert boxes(dataset) == [("cup", (6, 8, 24, 24))]
