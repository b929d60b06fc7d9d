import numpy as np
from PIL import Image

from detection.detections import Detections
from detection.drawing import draw_detections
from detection.json_objects import json_objects
from detection.kinds.masks.kind import MASKS
from detection.palette import class_color


def half_masked() -> Detections:
    """A box in the middle of the image whose right half is the object, and one that is empty."""
    masks = np.zeros((2, 28, 28), np.float32)
    masks[0, :, 14:] = 1
    boxes = np.array([[0.25, 0.25, 0.75, 0.75], [0.0, 0.0, 0.1, 0.1]], np.float32)
    return Detections(boxes, np.array([0.9, 0.8], np.float32), np.array([1, 2]), {MASKS: masks})


def test_a_mask_is_translucent_and_what_is_not_the_object_stays_as_it_was() -> None:
    image = Image.new("RGB", (400, 200), "#808080")
    image.putpixel((250, 120), (255, 255, 255))
    drawn = draw_detections(image, half_masked())
    pixels = np.asarray(drawn).astype(np.float64)
    inside, marked = pixels[130, 260], pixels[120, 250]
    assert pixels[130, 150].tolist() == [128, 128, 128]
    color = np.array([int(class_color(1)[start : start + 2], 16) for start in (1, 3, 5)])
    np.testing.assert_allclose(inside, 128 + (color - 128) * 96 / 255, atol=2)
    # What lies under the area is still seen.
    assert marked.sum() > inside.sum() + 100
    assert image.getpixel((260, 130)) == (128, 128, 128)


def test_a_line_goes_around_the_mask() -> None:
    drawn = draw_detections(Image.new("RGB", (400, 200), "#000000"), half_masked())
    row = np.asarray(drawn)[130].sum(axis=1)
    # The mask's left edge is in the middle of the box.
    assert row[195:206].max() > row[230:280].max() + 100


def test_run_lengths_are_drawn_as_the_mask_is_on_a_smaller_image_too() -> None:
    found = half_masked()
    runs = tuple(MASKS.over_image(found, width=800, height=400) or ())
    told = Detections(found.boxes_yxyx, found.scores, found.class_ids, {MASKS: runs})
    image = Image.new("RGB", (400, 200), "#808080")
    by_mask, by_runs = (np.asarray(draw_detections(image, each)) for each in (found, told))
    differs = (by_mask.astype(int) != by_runs).any(axis=-1)
    # The line lies on the edge of the one, and inside the edge of the other.
    assert not differs[55:145, 205:295].any()
    assert not differs[:, :190].any()
    assert differs.mean() < 0.02
    assert by_runs[130, 260].tolist() != [128, 128, 128]


def test_json_has_the_mask_of_the_whole_image_and_its_outline() -> None:
    found = half_masked()
    first, empty = MASKS.json_objects(found, width=400, height=200, label_map=None)
    assert first["mask"]["size"] == [200, 400]
    assert isinstance(first["mask"]["counts"], str)
    (polygon,) = first["polygons"]
    assert [min(polygon[::2]), max(polygon[::2])] == [200.0, 300.0]
    assert [min(polygon[1::2]), max(polygon[1::2])] == [50.0, 150.0]
    assert empty["polygons"] == []


def test_detections_without_masks_have_none_in_json() -> None:
    boxes = np.array([[0, 0, 1, 1]], np.float32)
    found = Detections(boxes, np.array([0.9], np.float32), np.array([1]))
    [document] = json_objects(found, width=40, height=20, label_map=None)
    assert not {"mask", "polygons"} & document.keys()
