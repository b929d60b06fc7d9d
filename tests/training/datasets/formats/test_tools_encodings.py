"""The labelling tools' JSON and XML as PowerShell and some editors save them again."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.small_datasets import image_file
from training.datasets.formats.registry import detect, read_dataset

LABELME = {
    "shapes": [{"label": "Äpfel", "points": [[6, 8], [24, 24]], "shape_type": "rectangle"}],
    "imagePath": "a.jpg", "imageData": None, "imageHeight": 32, "imageWidth": 48,
}  # fmt: skip
VIA = {"a.jpg1": {"filename": "a.jpg", "size": 1, "file_attributes": {}, "regions": [{
    "shape_attributes": {"name": "rect", "x": 6, "y": 8, "width": 18, "height": 16},
    "region_attributes": {"class": "Äpfel"}}]}}  # fmt: skip
LABEL_STUDIO = [{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": [{
    "type": "rectanglelabels", "original_width": 48, "original_height": 32,
    "value": {"x": 12.5, "y": 25, "width": 37.5, "height": 50, "rotation": 0,
              "rectanglelabels": ["Äpfel"]}}]}]}]  # fmt: skip
CVAT = (
    '<annotations><image id="0" name="a.jpg" width="48" height="32">'
    '<box label="Äpfel" xtl="6" ytl="8" xbr="24" ybr="24"/></image></annotations>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    ("name", "content"),
    [("labelme", LABELME), ("via", VIA), ("label-studio", LABEL_STUDIO), ("cvat", CVAT)],
)
def test_an_export_in_another_encoding(
    name: str, content: Any, encoding: str, tmp_path: Path
) -> None:
    image_file(tmp_path, "a.jpg")
    is_xml = isinstance(content, str)
    text = content if is_xml else json.dumps(content, ensure_ascii=False)
    (tmp_path / ("a.xml" if is_xml else "a.json")).write_bytes(text.encode(encoding))
    assert detect(tmp_path).name == name
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    (image,) = dataset.images
    (found,) = image.objects
    assert (found.label, image.pixels_xyxy(found.box_yxyx)) == ("Äpfel", (6, 8, 24, 24))
