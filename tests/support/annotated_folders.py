"""Folders of annotated images in the layouts in which tools and collections write them.

An image is 64 wide and 48 high, and a cup lies in it from 10, 8 to 30, 28 unless something else is
said: in Pascal VOC's pixels from 1 that is 11, 9, 30, 28, in YOLO's shares `LINE`.
"""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from training.datasets.dataset import Dataset

WIDTH, HEIGHT = 64, 48
CUP_XYXY = (10.0, 8.0, 30.0, 28.0)
LINE = "0 0.3125 0.375 0.3125 0.416667\n"
CATEGORIES = [{"id": 1, "name": "cup"}, {"id": 2, "name": "fork"}]
_EXIF_ORIENTATION = 0x0112


def image_file(
    path: Path, size_wh: tuple[int, int] = (WIDTH, HEIGHT), *, orientation: int = 1
) -> Path:
    """An image of its own, as its suffix says, else JPEG; EXIF turns it as `orientation` says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    color = (len(path.name) * 7 % 256, sum(path.as_posix().encode()) % 256, 99)
    image = Image.new("RGB", size_wh, color)
    exif = Image.Exif()
    exif[_EXIF_ORIENTATION] = orientation
    file = BytesIO()
    image.save(file, "PNG" if path.suffix == ".png" else "JPEG", exif=exif)
    path.write_bytes(file.getvalue())
    return path


def images(root: Path, *names: str) -> Path:
    """Images in a folder; the folder."""
    for name in names:
        image_file(root / name)
    return root


def text_file(path: Path, text: str | bytes) -> Path:
    """A file with a text, in UTF-8 unless it is bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def coco_image(image_id: Any, name: Any, **fields: Any) -> dict[str, Any]:
    """A record of `images`."""
    return {"id": image_id, "file_name": name, "width": WIDTH, "height": HEIGHT, **fields}


def coco_box(image_id: Any = 1, category_id: Any = 1, **fields: Any) -> dict[str, Any]:
    """A record of `annotations`, the cup."""
    return {"id": 1, "image_id": image_id, "category_id": category_id,
            "bbox": [10, 8, 20, 20], "area": 400, "iscrowd": 0, **fields}  # fmt: skip


def coco_file(
    path: Path,
    images: Any = None,
    annotations: Any = None,
    categories: Any = None,
    **more: Any,
) -> Path:
    """A COCO file; without more said, of `a.jpg` with a cup."""
    content = {
        "images": [coco_image(1, "a.jpg")] if images is None else images,
        "annotations": [coco_box()] if annotations is None else annotations,
        "categories": CATEGORIES if categories is None else categories,
        **more,
    }
    return text_file(path, json.dumps(content))


def voc_xml(
    name: str,
    *boxes: tuple[str, tuple[object, ...]],
    size: str = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>",
) -> str:
    """A Pascal VOC file; without boxes, of a cup in pixels from 1."""
    objects = "".join(
        f"<object><name>{label}</name><bndbox><xmin>{x_min}</xmin><ymin>{y_min}</ymin>"
        f"<xmax>{x_max}</xmax><ymax>{y_max}</ymax></bndbox></object>"
        for label, (x_min, y_min, x_max, y_max) in boxes or [("cup", (11, 9, 30, 28))]
    )
    return f"<annotation><filename>{name}</filename>{size}{objects}</annotation>"


def boxes_of(dataset: Dataset) -> list[tuple[str, str | None, str, tuple[float, ...]]]:
    """Name, split, class and [x_min, y_min, x_max, y_max] in pixels of every object, sorted."""
    return sorted(
        (image.name, image.split, each.label,
         tuple(round(value, 2) for value in image.pixels_xyxy(each.box_yxyx)))
        for image in dataset.images for each in image.objects
    )  # fmt: skip


def notes_of(dataset: Dataset) -> str:
    """Every note, a line each, with its kind."""
    return "\n".join(f"{note.kind}: {note}" for note in dataset.notes)
