import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

from detection.kinds.masks.run_lengths import RunLengths
from tests.support import small_datasets as small
from tests.support.annotated_folders import coco_box, coco_file, coco_image, image_file
from tests.support.shared import shared
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import read_dataset, write_dataset

IMAGE = {"id": 0, "file_name": "a.jpg", "width": 48, "height": 32}
CELL = {"id": 3, "name": "cell"}


def annotated(**fields: Any) -> dict[str, Any]:
    return {"id": 7, "image_id": 0, "category_id": 3, "bbox": [6, 8, 18, 16], **fields}


def a_file(
    tmp_path: Path, *annotations: dict[str, Any], categories: list[dict[str, Any]] | None = None
) -> Path:
    small.image_file(tmp_path, "a.jpg")
    content = {
        "images": [IMAGE], "annotations": annotations,
        "categories": [CELL] if categories is None else categories,
    }  # fmt: skip
    (tmp_path / "c.json").write_text(json.dumps(content))
    return tmp_path / "c.json"


def test_a_box_is_corner_and_size(tmp_path: Path) -> None:
    image = read_dataset(a_file(tmp_path, annotated())).images[0]
    assert image.pixels_xyxy(image.objects[0].box_yxyx) == (6, 8, 24, 24)


@pytest.mark.parametrize(
    ("categories", "ids"),
    [
        ([{"id": 3, "name": "cell"}, {"id": 90, "name": "rare"}], {"cell": 3, "rare": 90}),
        ([{"id": 3, "name": "cell"}, {"id": 0, "name": "none"}], {"none": 1, "cell": 2}),
        (
            [
                {"id": 0, "name": "blood", "supercategory": "none"},
                {"id": 3, "name": "cell", "supercategory": "blood"},
            ],
            {"cell": 3},
        ),
    ],
    ids=["gaps stay", "id 0 renumbers", "an unused super-category is no class"],
)
def test_ids(categories: list[dict[str, Any]], ids: dict[str, int], tmp_path: Path) -> None:
    assert read_dataset(a_file(tmp_path, annotated(), categories=categories)).class_ids == ids


@pytest.mark.parametrize("form", ["polygon", "list", "string"])
def test_masks_in_every_form(form: str, tmp_path: Path) -> None:
    bitmap = np.zeros((32, 48), bool)
    bitmap[8:24, 6:24] = True
    mask = RunLengths.of(bitmap)
    flat = bitmap.T.ravel().astype(int)
    edges = np.flatnonzero(np.diff(flat, prepend=0, append=0))
    segmentation: Any = {
        "polygon": [[6, 8, 24, 8, 24, 24, 6, 24]],
        "list": {
            "size": [32, 48],
            "counts": np.diff([0, *edges.tolist(), flat.size]).tolist(),
        },
        "string": {"size": [32, 48], "counts": mask.counts},
    }[form]
    path = a_file(tmp_path, annotated(segmentation=segmentation, iscrowd=int(form == "list")))
    found = read_dataset(path).images[0].objects[0]
    assert found.mask_in(width=48, height=32) == mask
    assert found.crowd == (form == "list")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"category_id": 9}, DefectKind.UNKNOWN_CLASS),
        ({"image_id": 9}, DefectKind.MISSING_IMAGE),
        ({"bbox": [1, 2]}, DefectKind.BAD_ANNOTATION),
        ({"bbox": [1, 2, 0, 5]}, DefectKind.BOX_EMPTY),
        ({"bbox": None}, DefectKind.BAD_ANNOTATION),
        ({"segmentation": {"size": [9, 9], "counts": [81]}}, DefectKind.BAD_MASK),
        ({"segmentation": {"size": [32, 48], "counts": "!!"}}, DefectKind.BAD_MASK),
        ({"segmentation": [[1, 2, 3]]}, DefectKind.BAD_MASK),
    ],
)
def test_a_bad_annotation_is_named_by_its_id(
    fields: dict[str, Any], kind: DefectKind, tmp_path: Path
) -> None:
    (defect,) = read_dataset(a_file(tmp_path, annotated(**fields))).defects
    assert defect.kind == kind
    assert defect.where.startswith(str(tmp_path / "c.json"))
    assert "annotation 7" in defect.where


def test_broken_json_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"images": [],\n"annotations": ]')
    with pytest.raises(DatasetError, match=r"c\.json, line 2"):
        read_dataset(tmp_path / "c.json")


def test_what_is_written_is_what_pycocotools_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = small.with_masks(tmp_path)
    write_dataset(dataset, tmp_path / "out", "coco", WriteOptions(include_masks=True))
    coco = COCO(str(tmp_path / "out" / "annotations" / "instances.json"))
    assert len(coco.getAnnIds()) == dataset.object_count
    assert [each["name"] for each in coco.loadCats(coco.getCatIds())] == ["ball", "bone"]
    areas = {each["area"] for each in coco.loadAnns(coco.getAnnIds())}
    assert RunLengths.of(small.DISC).area in areas


def test_what_is_read_is_what_pycocotools_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(3)
    categories = [{"id": number, "name": f"class {number}"} for number in (0, 5, 90)]
    records = [coco_image(10 * number + 1, f"s{number % 3}/{number}.jpg") for number in range(12)]
    for record in records:
        image_file(tmp_path / "images" / record["file_name"])
    boxes = [
        coco_box(
            chance.choice(records)["id"], chance.choice([0, 5, 90]), id=number,
            bbox=[round(chance.uniform(low, high), 3)
                  for low, high in ((0, 30), (0, 20), (1, 30), (1, 25))],
        )
        for number in range(80)
    ]  # fmt: skip
    theirs = COCO(str(coco_file(tmp_path / "c.json", records, boxes, categories)))
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    ours = [
        (image.image_id, dataset.category_ids[each.label],
         [round(value, 3) for value in image.pixels_xywh(each.box_yxyx)])
        for image in dataset.images for each in image.objects
    ]  # fmt: skip
    assert sorted(ours) == sorted(
        (each["image_id"], each["category_id"], each["bbox"]) for each in theirs.anns.values()
    )


def test_nuts_are_what_their_readme_says() -> None:
    dataset = read_dataset(shared("data/nuts_coco_masks/data"))
    assert (len(dataset), dataset.object_count) == (18, 165)
    assert dataset.class_ids == {"date": 1, "fig": 2, "hazelnut": 3}
    assert all(each.polygons for image in dataset.images for each in image.objects)
    assert dataset.defects == ()
