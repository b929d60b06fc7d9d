"""Shares of the image, 0 to 1, where a format has pixels. Images are 48x32 pixels."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.small_datasets import image_file
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

SHARES, PIXELS = (0.125, 0.25, 0.5, 0.75), (6, 8, 24, 24)
# Thinner than a pixel and inside of the first one: small beside others, not a share.
TINY = (0.25, 0.25, 0.75, 0.75)
Box = tuple[float, ...]


def labelme(folder: Path, boxes: list[Box]) -> None:
    shapes = [{"label": "cup", "points": [box[:2], box[2:]], "shape_type": "rectangle"}
              for box in boxes]  # fmt: skip
    _write_labelme(folder, shapes)


def labelme_polygons(folder: Path, boxes: list[Box]) -> None:
    shapes = [
        {"label": "cup", "points": [(x1, y1), (x2, y1), (x2, y2)], "shape_type": "polygon"}
        for x1, y1, x2, y2 in boxes
    ]
    _write_labelme(folder, shapes)


def _write_labelme(folder: Path, shapes: list[Any]) -> None:
    content = {"shapes": shapes, "imagePath": "a.jpg", "imageHeight": 32, "imageWidth": 48}
    (folder / "a.json").write_text(json.dumps({**content, "imageData": None}))


def via(folder: Path, boxes: list[Box]) -> None:
    regions = [{"shape_attributes": {"name": "rect", "x": x, "y": y, "width": x2 - x,
                                     "height": y2 - y},
                "region_attributes": {"class": "cup"}} for x, y, x2, y2 in boxes]  # fmt: skip
    entry = {"filename": "a.jpg", "size": 1, "file_attributes": {}, "regions": regions}
    (folder / "via.json").write_text(json.dumps({"a.jpg1": entry}))


def cvat(folder: Path, boxes: list[Box]) -> None:
    drawn = "".join(f'<box label="cup" xtl="{x}" ytl="{y}" xbr="{x2}" ybr="{y2}"/>'
                    for x, y, x2, y2 in boxes)  # fmt: skip
    image = f'<image id="0" name="a.jpg" width="48" height="32">{drawn}</image>'
    (folder / "annotations.xml").write_text(f"<annotations>{image}</annotations>")


def kitti(folder: Path, boxes: list[Box]) -> None:
    (folder / "label_2").mkdir()
    lines = [f"cup 0.00 0 -10 {' '.join(map(str, box))} -1 -1 -1 -1000 -1000 -1000 -10\n"
             for box in boxes]  # fmt: skip
    lines.append("DontCare -1 -1 -10 1 1 8 8 -1 -1 -1 -1000 -1000 -1000 -10\n")
    (folder / "label_2" / "a.txt").write_text("".join(lines))


FORMATS = [labelme, labelme_polygons, via, cvat, kitti]


@pytest.mark.parametrize("write", FORMATS)
def test_they_are_said_to_look_like_shares_and_no_box_is_kept(
    write: Callable[[Path, list[Box]], None], tmp_path: Path
) -> None:
    image_file(tmp_path, "a.jpg")
    write(tmp_path, [SHARES, SHARES])
    dataset = read_dataset(tmp_path, None, ReadOptions(classes=("cup",)))
    assert dataset.object_count == 0
    said = [each for each in dataset.defects if "looks like shares of the image" in each.message]
    assert len(said) == 2


@pytest.mark.parametrize("write", FORMATS)
def test_a_tiny_box_among_others_is_none(
    write: Callable[[Path, list[Box]], None], tmp_path: Path
) -> None:
    image_file(tmp_path, "a.jpg")
    write(tmp_path, [PIXELS, TINY])
    dataset = read_dataset(tmp_path)
    assert dataset.object_count == 2
    assert not any("shares" in each.message for each in dataset.defects)


def label_studio(folder: Path, boxes: list[Box]) -> None:
    results = [{"id": str(number), "type": "rectanglelabels", "original_width": 48,
                "original_height": 32,
                "value": {"x": x, "y": y, "width": x2 - x, "height": y2 - y,
                          "rectanglelabels": ["cup"]}}
               for number, (x, y, x2, y2) in enumerate(boxes)]  # fmt: skip
    task = {"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": results}]}
    (folder / "project.json").write_text(json.dumps([task]))


def test_shares_are_not_taken_as_label_studios_percent(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    label_studio(tmp_path, [SHARES, SHARES])
    dataset = read_dataset(tmp_path, None, ReadOptions(classes=("cup",)))
    assert dataset.object_count == 0
    assert [each.message for each in dataset.defects] == 2 * [
        "[0.125, 0.25, 0.5, 0.75] looks like shares of the image, 0 to 1; percent were expected"
    ]
    label_studio(tmp_path, [SHARES, (12.5, 25, 50, 75)])
    dataset = read_dataset(tmp_path)
    assert (dataset.object_count, dataset.defects) == (2, ())
