"""Images that EXIF turns, with a white box that is annotated as they are stored."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from tests.support.annotated_folders import (
    boxes_of,
    coco_box,
    coco_file,
    coco_image,
    text_file,
    voc_xml,
)
from training.datasets.dataset import Dataset

# As the rows are stored: [x_min, y_min, x_max, y_max] in an image of 64x48 or 50x50.
STORED_XYXY = (6, 4, 26, 14)
LYING, SQUARE = (64, 48), (50, 50)
ON_ITS_SIDE = (5, 6, 7, 8)
TURNED = (2, 3, 4, *ON_ITS_SIDE)


def drawn(
    path: Path, orientation: int, size_wh: tuple[int, int] = LYING
) -> tuple[int, int, int, int]:
    """An image with a white box that EXIF turns; the box where Pillow's transposing puts it."""
    x_min, y_min, x_max, y_max = STORED_XYXY
    pixels = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    pixels[y_min:y_max, x_min:x_max] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "PNG", exif=exif)
    return white_box(path)


def white_box(path: Path) -> tuple[int, int, int, int]:
    with Image.open(path) as image:
        upright = np.asarray(ImageOps.exif_transpose(image).convert("L")) > 128
    rows, columns = np.nonzero(upright)
    return (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def the_box(dataset: Dataset) -> tuple[float, ...]:
    ((_, _, _, box),) = boxes_of(dataset)
    return box


def coco(folder: Path, size_wh: Sequence[int] = LYING, **fields: object) -> Path:
    x_min, y_min, x_max, y_max = STORED_XYXY
    record = coco_image(1, "a.png", width=size_wh[0], height=size_wh[1])
    box = coco_box(bbox=[x_min, y_min, x_max - x_min, y_max - y_min], **fields)
    return coco_file(folder / "c.json", [record], [box])


def voc(folder: Path) -> Path:
    x_min, y_min, x_max, y_max = STORED_XYXY
    return text_file(
        folder / "a.xml", voc_xml("a.png", ("cup", (x_min + 1, y_min + 1, x_max, y_max)))
    )


def csv(folder: Path) -> Path:
    row = ",".join(map(str, ("a.png", *LYING, "cup", *STORED_XYXY)))
    return text_file(folder / "a.csv", f"filename,width,height,class,xmin,ymin,xmax,ymax\n{row}\n")


def labelme(folder: Path) -> Path:
    x_min, y_min, x_max, y_max = STORED_XYXY
    shape: dict[str, object] = {
        "label": "cup", "points": [[x_min, y_min], [x_max, y_max]], "group_id": None,
        "shape_type": "rectangle", "flags": {},
    }  # fmt: skip
    content: dict[str, object] = {
        "version": "5.5.0", "flags": {}, "shapes": [shape], "imagePath": "a.png",
        "imageData": None, "imageWidth": LYING[0], "imageHeight": LYING[1],
    }  # fmt: skip
    return text_file(folder / "a.json", json.dumps(content))


def cvat(folder: Path) -> Path:
    x_min, y_min, x_max, y_max = STORED_XYXY
    return text_file(
        folder / "annotations.xml",
        f'<annotations><image id="0" name="a.png" width="{LYING[0]}" height="{LYING[1]}">'
        f'<box label="cup" xtl="{x_min}" ytl="{y_min}" xbr="{x_max}" ybr="{y_max}"/>'
        "</image></annotations>",
    )


def yolo(folder: Path) -> Path:
    x_min, y_min, x_max, y_max = STORED_XYXY
    width, height = LYING
    center = ((x_min + x_max) / 2 / width, (y_min + y_max) / 2 / height)
    side = ((x_max - x_min) / width, (y_max - y_min) / height)
    text_file(folder / "classes.txt", "cup\n")
    return text_file(folder / "a.txt", f"0 {' '.join(f'{value:.8f}' for value in center + side)}\n")


def kitti(folder: Path) -> Path:
    corners = " ".join(f"{value:.2f}" for value in STORED_XYXY)
    return text_file(folder / "label_2" / "a.txt", f"cup 0.00 0 0.00 {corners} 0 0 0 0 0 0 0\n")
