"""A small whole data set of every format that is read: two images of 48x32, three objects."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support import small_datasets as small
from tests.support.egohands import egohands
from tests.support.small_datasets import image_file
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import WRITABLE, write_dataset

Seed = Callable[[Path], None]
NAMES = ("a.jpg", "b.jpg")


def _of_writer(name: str) -> Seed:
    """What is written is taken for a seed: masks where the format holds some, else flags."""

    def write(folder: Path) -> None:
        make = small.with_keypoints if name == "yolo" else small.with_masks
        dataset = make(folder.parent / f"made-{folder.name}")
        write_dataset(dataset, folder, name, WriteOptions(include_masks=True))

    return write


def _images(folder: Path) -> None:
    for name in NAMES:
        image_file(folder, name)


def _labelme(folder: Path) -> None:
    _images(folder)
    cup = {"label": "cup", "points": [[6, 8], [24, 24]], "shape_type": "rectangle"}
    fork = {"label": "fork", "points": [[6, 8], [24, 10], [12, 24]], "shape_type": "polygon"}
    for name, shapes in zip(NAMES, ([cup, fork], [cup]), strict=True):
        content: dict[str, Any] = {
            "version": "5.4.1", "flags": {}, "shapes": shapes, "imagePath": name, "imageData": None,
            "imageHeight": 32, "imageWidth": 48,
        }  # fmt: skip
        (folder / name).with_suffix(".json").write_text(json.dumps(content))


def _via(folder: Path) -> None:
    _images(folder)

    def region(label: str, **shape: Any) -> dict[str, Any]:
        return {"shape_attributes": shape, "region_attributes": {"type": label}}

    cup = region("cup", name="rect", x=6, y=8, width=18, height=16)
    fork = region("fork", name="polygon", all_points_x=[6, 24, 12], all_points_y=[8, 9, 24])
    content = {
        f"{name}10": {"filename": name, "size": 10, "regions": regions, "file_attributes": {}}
        for name, regions in zip(NAMES, ([cup, fork], [cup]), strict=True)
    }
    (folder / "via_export_json.json").write_text(json.dumps(content))


def _cvat(folder: Path) -> None:
    _images(folder / "images")
    box = '<box label="cup" occluded="0" xtl="6.00" ytl="8.00" xbr="24.00" ybr="24.00"/>'
    polygon = '<polygon label="fork" points="6.0,8.0;24.0,9;12,24.0"/>'
    images = "\n".join(
        f'<image id="{number}" name="{name}" width="48" height="32">{shapes}</image>'
        for number, (name, shapes) in enumerate(zip(NAMES, (box + polygon, box), strict=True))
    )
    (folder / "annotations.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>'
        "\n<meta><task>"
        "<labels><label><name>fork</name></label><label><name>cup</name></label></labels>"
        f"</task></meta>\n{images}\n</annotations>\n"
    )


def _label_studio(folder: Path) -> None:
    _images(folder)

    def result(kind: str, label: str, **value: Any) -> dict[str, Any]:
        return {
            "id": label, "type": kind, "from_name": "label", "to_name": "image",
            "original_width": 48, "original_height": 32, "image_rotation": 0,
            "value": {**value, kind: [label]},
        }  # fmt: skip

    cup = result("rectanglelabels", "cup", x=12.5, y=25.0, width=37.5, height=50.0, rotation=0)
    fork = result("polygonlabels", "fork", points=[[12.5, 25.0], [50.0, 25.0], [25.0, 75.0]])
    tasks = [
        {"id": number, "data": {"image": f"/data/upload/1/ab12cd34-{name}"}, "predictions": [],
         "annotations": [{"id": 1, "result": results, "was_cancelled": False}]}
        for number, (name, results) in enumerate(zip(NAMES, ([cup, fork], [cup]), strict=True))
    ]  # fmt: skip
    (folder / "project-1.json").write_text(json.dumps(tasks))


def _open_images(folder: Path) -> None:
    _images(folder / "train")
    rows = [
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,"
        "IsGroupOf,IsDepiction,IsInside",
        "a,xclick,/m/0cmf2,1,0.125,0.5,0.25,0.75,0,0,0,0,0",
        "a,xclick,/m/1,1,0,1,0,0.5,0,1,1,0,-1",
        "b,xclick,/m/0cmf2,1,0.125,0.5,0.25,0.75,0,0,0,0,0",
    ]
    (folder / "train-annotations-bbox.csv").write_text("\n".join(rows) + "\n")
    (folder / "class-descriptions-boxable.csv").write_text("/m/0cmf2,Cup\n/m/1,Fork\n")


def _synthetic_hands(folder: Path) -> None:
    points = [[10.0 + number, 10.0 + number / 2, 1.0] for number in range(21)]
    for name in NAMES:
        image_file(folder / "synth1", name)
        file = (folder / "synth1" / name).with_suffix(".json")
        file.write_text(json.dumps({"hand_pts": points, "is_left": 1}))


def _egohands(folder: Path) -> None:
    egohands(folder)


SEEDS: dict[str, Seed] = {
    **{name: _of_writer(name) for name in WRITABLE},
    "labelme": _labelme,
    "via": _via,
    "cvat": _cvat,
    "label-studio": _label_studio,
    "open-images": _open_images,
    "synthetic-hands": _synthetic_hands,
    "egohands": _egohands,
}


def sown(name: str, folder: Path) -> list[Path]:
    """Write the seed of a format into a new folder; its annotation files."""
    folder.mkdir(parents=True, exist_ok=True)
    SEEDS[name](folder)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [file for file in files if file.suffix not in (".jpg", ".png")]
