"""Annotations that say no split: each format's, of a cup in every image."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.annotated_folders import (
    LINE,
    coco_box,
    coco_file,
    coco_image,
    text_file,
    voc_xml,
)

Writing = Callable[[Path, Sequence[str]], object]


def coco(root: Path, names: Sequence[str]) -> None:
    numbers = range(1, len(names) + 1)
    coco_file(
        root / "all.json",
        [coco_image(number, name) for number, name in zip(numbers, names, strict=True)],
        [{**coco_box(number), "id": number} for number in numbers],
    )


def voc(root: Path, names: Sequence[str]) -> None:
    for name in names:
        text_file(root / "annotations" / f"{Path(name).stem}.xml", voc_xml(name))


def csv(root: Path, names: Sequence[str]) -> None:
    rows = "".join(f"{name},64,48,cup,10,8,30,28\n" for name in names)
    text_file(root / "labels.csv", f"filename,width,height,class,xmin,ymin,xmax,ymax\n{rows}")


def csv_retinanet(root: Path, names: Sequence[str]) -> None:
    text_file(root / "boxes.csv", "".join(f"{name},10,8,30,28,cup\n" for name in names))


def labelme(root: Path, names: Sequence[str]) -> None:
    shape = {"label": "cup", "points": [[10, 8], [30, 28]], "shape_type": "rectangle"}
    for name in names:
        content = {"imagePath": name, "shapes": [shape], "imageWidth": 64, "imageHeight": 48}
        text_file(root / "json" / f"{Path(name).stem}.json", json.dumps(content))


def via(root: Path, names: Sequence[str]) -> None:
    region = {
        "shape_attributes": {"name": "rect", "x": 10, "y": 8, "width": 20, "height": 20},
        "region_attributes": {"class": "cup"},
    }
    text_file(root / "via.json", json.dumps({
        name: {"filename": name, "size": 1, "file_attributes": {}, "regions": [region]}
        for name in names
    }))  # fmt: skip


def cvat(root: Path, names: Sequence[str]) -> None:
    box = '<box label="cup" xtl="10" ytl="8" xbr="30" ybr="28"></box>'
    images = "".join(
        f'<image id="{number}" name="{name}" width="64" height="48">{box}</image>'
        for number, name in enumerate(names)
    )
    text_file(root / "annotations.xml", f"<annotations>{images}</annotations>")


def label_studio(root: Path, names: Sequence[str]) -> None:
    value = {"x": 15.625, "y": 16.6667, "width": 31.25, "height": 41.6667,
             "rectanglelabels": ["cup"]}  # fmt: skip
    result = {"type": "rectanglelabels", "value": value}
    text_file(root / "export.json", json.dumps([
        {"id": number, "data": {"image": name},
         "annotations": [{"id": number, "result": [result], "was_cancelled": False}]}
        for number, name in enumerate(names, 1)
    ]))  # fmt: skip


def open_images(root: Path, names: Sequence[str]) -> None:
    rows = "".join(f"{Path(name).stem},cup,0.15625,0.46875,0.16667,0.58333\n" for name in names)
    text_file(root / "boxes.csv", f"ImageID,LabelName,XMin,XMax,YMin,YMax\n{rows}")


def kitti(root: Path, names: Sequence[str]) -> None:
    line = "cup 0.00 0 -10 10.00 8.00 30.00 28.00 -1 -1 -1 -1000 -1000 -1000 -10\n"
    for name in names:
        text_file(root / "labels" / f"{Path(name).stem}.txt", line)


def yolo(root: Path, names: Sequence[str]) -> None:
    text_file(root / "classes.txt", "cup\n")
    for name in names:
        text_file(root / "labels" / f"{Path(name).stem}.txt", LINE)


BY_FORMAT: dict[str, Writing] = {
    "coco": coco, "voc": voc, "csv": csv, "csv-retinanet": csv_retinanet, "labelme": labelme,
    "via": via, "cvat": cvat, "label-studio": label_studio, "open-images": open_images,
    "kitti": kitti, "yolo": yolo,
}  # fmt: skip
# Those whose annotations call an image by its path, as far as they are given one.
WITH_PATHS = ("coco", "voc", "csv", "csv-retinanet", "labelme", "via", "cvat", "label-studio")
