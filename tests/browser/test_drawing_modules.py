"""The modules that decode and draw, asked in the browser and compared with the Python side."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Page
from pycocotools import mask as coco_mask

from detection.drawing import class_colour
from detection.hand_skeleton import BONES, KEYPOINT_NAMES
from tests.browser.visiting import visit
from tests.support.gateway_process import GatewayProcess

Mask = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def page(browser: Browser, gateway: GatewayProcess) -> Iterator[Page]:
    with visit(browser, gateway.url) as (page, _):
        yield page


def call(page: Page, module: str, function: str, *arguments: object) -> Any:
    """What a function of a module of the page answers."""
    source = "([path, name, given]) => import(path).then((module) => module[name](...given))"
    place = page.locator("script[type=module]").get_attribute("src")
    assert place is not None
    path = place.replace("main.js", f"{module}.js")
    return page.evaluate(source, [path, function, list(arguments)])


def large_mask() -> Mask:
    mask = np.zeros((480, 640), np.uint8)
    mask[100:300, 50:600] = 1
    mask[150:170, 300:310] = 0
    return mask


MASKS = {
    "empty": np.zeros((5, 9), np.uint8),
    "full": np.ones((7, 3), np.uint8),
    "noise": np.random.default_rng(3).integers(0, 2, (13, 29), np.uint8),
    "large": large_mask(),
}


@pytest.mark.parametrize("name", MASKS)
def test_run_lengths_are_decoded_as_pycocotools_encodes_them(page: Page, name: str) -> None:
    mask = MASKS[name]
    encoded = coco_mask.encode(np.asfortranarray(mask))
    sent = {"size": [int(each) for each in encoded["size"]], "counts": encoded["counts"].decode()}
    decoded = call(page, "result/run_lengths", "decodeMask", sent)
    np.testing.assert_array_equal(np.reshape(decoded, mask.shape), mask)
    assert call(page, "result/run_lengths", "areaOf", sent) == int(mask.sum())


@pytest.mark.parametrize("ring", [[1, 2, 30, 2, 30, 8.5], [[1, 2], [30, 2], [30, 8.5]]])
def test_polygons_become_a_path_in_either_form(page: Page, ring: list[Any]) -> None:
    assert call(page, "result/shapes", "pathOf", [ring]) == "M1 2L30 2L30 8.5Z"
    assert call(page, "result/shapes", "pathOf", []) == ""


def test_a_mask_without_polygons_covers_its_pixels(page: Page) -> None:
    mask = np.zeros((4, 6), np.uint8)
    mask[1, 2:5] = 1
    encoded = coco_mask.encode(np.asfortranarray(mask))
    found = {"mask": {"size": [4, 6], "counts": encoded["counts"].decode()}, "polygons": []}
    assert call(page, "result/shapes", "maskPath", found) == "M2 1H5V2H2Z"
    assert call(page, "result/shapes", "maskPath", {}) is None


def test_a_hands_bones_are_those_of_the_project(page: Page) -> None:
    keypoints = [{"name": name} for name in KEYPOINT_NAMES]
    bones = call(page, "result/skeleton", "bonesOf", keypoints)
    assert {tuple(each) for each in bones} == set(BONES)
    assert call(page, "result/skeleton", "bonesOf", [{"name": "nose"}, {"name": "tail"}]) == []
    colours = [call(page, "result/skeleton", "colourOfPoint", name) for name in KEYPOINT_NAMES]
    assert len(set(colours)) == 6
    assert all(len(set(colours[1 + 4 * each : 5 + 4 * each])) == 1 for each in range(5))


def test_classes_have_the_colours_of_the_annotated_picture(page: Page) -> None:
    for class_id in (0, 1, 8, 9, 300):
        assert call(page, "result/colours", "classColour", class_id) == class_colour(class_id)


@pytest.mark.parametrize(
    ("frame", "taken", "sent"),
    [
        ((640, 480), (320, 320), (427, 320)),
        ((480, 640), (320, 320), (320, 427)),
        ((1280, 720), (320, 240), (427, 240)),
        ((320, 240), (640, 640), (320, 240)),
        ((1280, 720), None, (853, 480)),
    ],
)
def test_a_frame_is_scaled_so_that_it_covers_what_the_model_takes(
    page: Page, frame: tuple[int, int], taken: tuple[int, int] | None, sent: tuple[int, int]
) -> None:
    def size(size_wh: tuple[int, int] | None) -> dict[str, int] | None:
        return size_wh and {"width": size_wh[0], "height": size_wh[1]}

    assert call(page, "camera/frames", "sizeToSend", size(frame), size(taken)) == size(sent)


def test_a_snapshots_boxes_are_in_the_videos_pixels(page: Page) -> None:
    answer = {
        "image": {"width": 320, "height": 240},
        "detections": [
            {
                "box": {"x_min": 10, "y_min": 20, "x_max": 30, "y_max": 60},
                "polygons": [[10, 20, 30, 20, 30, 60]],
                "keypoints": [{"name": "wrist", "x": 15, "y": 25, "score": 0.5}],
            }
        ],
    }
    scaled = call(page, "camera/view", "scaledTo", answer, {"width": 640, "height": 720})
    [found] = scaled["detections"]
    assert found["box"] == {"x_min": 20, "y_min": 60, "x_max": 60, "y_max": 180}
    assert found["polygons"] == [[20, 60, 60, 60, 60, 180]]
    assert found["keypoints"][0] == {"name": "wrist", "x": 30, "y": 75, "score": 0.5}


def test_a_table_is_quoted_so_that_no_spreadsheet_runs_it(page: Page) -> None:
    box = {"x_min": 1, "y_min": 2, "x_max": 3, "y_max": 4.5}
    found = [
        {"class_id": 1, "label": '=1+1, "x"', "score": 0.9, "box": box},
        {"class_id": 2, "label": None, "score": 0.8, "box": box},
    ]
    text = call(page, "result/documents", "csvOf", {"detections": found})
    lines = text.split("\r\n")
    assert lines[1] == """1,"'=1+1, ""x\""",0.9,1,2,3,4.5"""
    assert lines[2:] == ["2,,0.8,1,2,3,4.5", ""]
