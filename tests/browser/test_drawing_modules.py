"""The modules that decode and draw, asked in the browser and compared with the Python side."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Page
from pycocotools import mask as coco_mask

from detection.hands.skeleton import BONES, KEYPOINT_NAMES
from detection.palette import class_color
from tests.browser.visiting import module_path, visit
from tests.support.gateway_process import GatewayProcess

Mask = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def page(browser: Browser, gateway: GatewayProcess) -> Iterator[Page]:
    with visit(browser, gateway.url) as (page, _):
        yield page


def call(page: Page, module: str, function: str, *arguments: object) -> Any:
    """What a function of a module of the page answers."""
    source = "([path, name, given]) => import(path).then((module) => module[name](...given))"
    return page.evaluate(source, [module_path(page, module), function, list(arguments)])


def large_mask() -> Mask:
    mask = np.zeros((480, 640), np.uint8)
    mask[100:300, 50:600] = 1
    mask[150:170, 300:310] = 0
    return mask


def ring_mask() -> Mask:
    """A ring with a dot in its hole, a bay that is open at one pixel, and another piece."""
    y, x = np.mgrid[0:40, 0:60]
    distance = np.hypot(y - 18.3, x - 20.6)
    mask: Mask = (((distance < 15) & (distance > 8)) | (distance < 3)).astype(np.uint8)
    mask[5:30, 45:58] = 1
    mask[10:20, 48:54] = 0
    mask[15, 54:58] = 0
    return mask


MASKS = {
    "empty": np.zeros((5, 9), np.uint8),
    "full": np.ones((7, 3), np.uint8),
    "noise": np.random.default_rng(3).integers(0, 2, (13, 29), np.uint8),
    "large": large_mask(),
    "ring": ring_mask(),
}


@pytest.mark.parametrize("name", MASKS)
def test_run_lengths_are_decoded_as_pycocotools_encodes_them(page: Page, name: str) -> None:
    mask = MASKS[name]
    encoded = coco_mask.encode(np.asfortranarray(mask))
    sent = {"size": [int(each) for each in encoded["size"]], "counts": encoded["counts"].decode()}
    columns = call(page, "result/run_lengths", "columnsOf", sent)
    decoded = np.zeros_like(mask)
    for x, parts in enumerate(columns):
        for start, end in zip(parts[::2], parts[1::2], strict=True):
            decoded[start:end, x] = 1
    np.testing.assert_array_equal(decoded, mask)
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
    path = "M2.5 1L2 1.5L2.5 2L4.5 2L5 1.5L4.5 1Z"
    assert call(page, "result/shapes", "maskPath", found) == path
    assert call(page, "result/shapes", "maskPath", {}) is None


FILLED = """async ([module, { mask, polygons }]) => {
  const { maskPath } = await import(module);
  const [height, width] = mask.size;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  const path = new Path2D(maskPath({ mask, polygons }));
  const isInside = (_, at) =>
    context.isPointInPath(path, (at % width) + 0.5, Math.floor(at / width) + 0.5, "evenodd");
  return Array.from({ length: width * height }, isInside);
}"""


@pytest.mark.parametrize("name", ["full", "noise", "ring"])
def test_what_an_outline_encloses_is_the_mask_holes_and_all(page: Page, name: str) -> None:
    mask = MASKS[name]
    encoded = coco_mask.encode(np.asfortranarray(mask))
    sent = {"size": list(mask.shape), "counts": encoded["counts"].decode()}
    whole = [0, 0, mask.shape[1], 0, mask.shape[1], mask.shape[0], 0, mask.shape[0]]
    place = module_path(page, "result/shapes")
    filled = page.evaluate(FILLED, [place, {"mask": sent, "polygons": [whole]}])
    np.testing.assert_array_equal(np.reshape(filled, mask.shape), mask)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["###", "#.#", "###"], True),
        (["###", "#.#", "#.#"], False),
        ([".##", "#.#", "###"], True),
        (["#####", "#...#", "#.#.#", "#...#", "#####"], True),
        (["#####", "#....", "#.###", "#...#", "#####"], False),
        (["#.#", "###"], False),
        (["..", "##"], False),
    ],
)
def test_a_hole_has_the_object_all_around_it(page: Page, rows: list[str], expected: bool) -> None:
    mask = np.array([[each == "#" for each in row] for row in rows], np.uint8)
    for turned in (mask, mask.T, np.pad(mask, 2)):
        encoded = coco_mask.encode(np.asfortranarray(turned))
        sent = {"size": list(turned.shape), "counts": encoded["counts"].decode()}
        assert call(page, "result/outlines", "hasHole", sent) is expected


def test_a_hands_bones_are_those_of_the_project(page: Page) -> None:
    keypoints = [{"name": name} for name in KEYPOINT_NAMES]
    bones = call(page, "result/skeleton", "bonesOf", keypoints)
    assert {tuple(each) for each in bones} == set(BONES)
    assert call(page, "result/skeleton", "bonesOf", [{"name": "nose"}, {"name": "tail"}]) == []
    colors = [call(page, "result/skeleton", "colorOfPoint", name) for name in KEYPOINT_NAMES]
    assert len(set(colors)) == 6
    assert all(len(set(colors[1 + 4 * each : 5 + 4 * each])) == 1 for each in range(5))


def test_classes_have_the_colors_of_the_annotated_image(page: Page) -> None:
    for class_id in (0, 1, 8, 9, 300):
        assert call(page, "result/colors", "classColor", class_id) == class_color(class_id)


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
    scaled = call(page, "camera/scaling", "scaledTo", answer, {"width": 640, "height": 720})
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
