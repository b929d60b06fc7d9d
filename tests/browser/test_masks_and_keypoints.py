"""What models of outlines and of points find, drawn over the picture."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from detection.hand_skeleton import BONES, KEYPOINT_NAMES
from serving_protocol.messages import SignatureDef
from tests.browser.visiting import picture_of, visit
from tests.support.fake_model_server import (
    Answer,
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
    three_detections,
)
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving

MASK_SIDE = 28
MAPS_HW = (12, 16)


def with_masks(pictures: int) -> Answer:
    """A round thing in every box, the second one with a hole."""
    y, x = np.mgrid[0:MASK_SIDE, 0:MASK_SIDE] / (MASK_SIDE - 1) - 0.5
    masks = np.tile((np.hypot(y, x) < 0.45).astype(np.float32), (3, 1, 1))
    masks[1, np.hypot(y, x) < 0.2] = 0
    return three_detections(pictures) | {"detection_masks": np.tile(masks, (pictures, 1, 1, 1))}


def with_points(pictures: int) -> Answer:
    """A fan of fingers above a wrist, and a belief map with one peak."""
    points = np.zeros((len(KEYPOINT_NAMES), 3), np.float32)
    points[0] = (0.9, 0.5, 0.9)
    for finger in range(5):
        for joint in range(4):
            reach, across = 0.25 + 0.12 * joint, (finger - 2) * 0.08 * (1 + joint / 2)
            points[1 + 4 * finger + joint] = (0.9 - reach, 0.5 + across, 0.8)
    maps = np.zeros((pictures, *MAPS_HW, len(KEYPOINT_NAMES) + 1), np.float32)
    maps[:, 6, 8, 0] = 1
    return three_detections(pictures) | {
        "keypoints": np.tile(points, (pictures, 3, 1, 1)),
        "belief_maps": maps,
    }


def signature_with(name: str, *sizes: int) -> SignatureDef:
    signature = detector_signature(tensor_info("DT_UINT8", 1, -1, -1, 3))
    signature.outputs[name].CopyFrom(tensor_info("DT_FLOAT", -1, 3, *sizes))
    return signature


@pytest.fixture(scope="module")
def special(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway with a model of masks, one of keypoints, and a pipeline of both."""
    maps = SignatureDef(
        inputs={"input_tensor": tensor_info("DT_UINT8", 1, -1, -1, 3)},
        outputs={"belief_maps": tensor_info("DT_FLOAT", -1, *MAPS_HW, len(KEYPOINT_NAMES) + 1)},
    )
    points = {"serving_default": signature_with("keypoints", 21, 3), "belief_maps": maps}
    masks = {"serving_default": signature_with("detection_masks", MASK_SIDE, MASK_SIDE)}
    fake = FakeModelServer()
    fake.models = {
        "masks": {1: FakeVersion(signatures=masks, answer=with_masks)},
        "points": {1: FakeVersion(signatures=points, answer=with_points)},
    }
    folder = tmp_path_factory.mktemp("special")
    for name in fake.models:
        (folder / name / "1").mkdir(parents=True)
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODELS_DIR=str(folder),
            MODEL_NAME="masks",
            PIPELINES="pair:masks+points,later:masks+missing",
            GATEWAY_WORKERS="1",
        ) as gateway,
    ):
        yield gateway


def choose_layer(page: Page, name: str) -> None:
    page.get_by_role("group", name="Layers").get_by_role("button", name=name).click()


def test_masks_cover_their_objects_and_their_area_is_in_the_table(
    browser: Browser, special: GatewayProcess, photo: Path
) -> None:
    with visit(browser, special.url) as (page, seen):
        page.get_by_label("Choose a picture").set_input_files(photo)
        masks = page.locator("g.detection:not(.off) path.mask")
        expect(masks).to_have_count(2)
        mask, box = masks.last.bounding_box(), page.locator(".line[x='128']").bounding_box()
        assert mask is not None
        assert box is not None
        assert abs(mask["x"] + mask["width"] / 2 - box["x"] - box["width"] / 2) < 3
        assert 0.8 < mask["height"] / box["height"] < 1.01
        # A circle of radius 0.45 in a box of 0.2 by 0.4 of the picture is 5.1 % of it.
        area = page.get_by_role("row").nth(1).get_by_role("cell").last.inner_text()
        assert 4.5 < float(area.removesuffix("%")) < 5.2
        # The hole's middle is that of a box which the picture's lower border cuts.
        with_hole = page.locator("g.detection:has([x='320']) path.mask")
        filled = "(each, [x, y]) => each.isPointInFill(new DOMPoint(x, y))"
        assert with_hole.evaluate(filled, [400, 250]) is True
        assert with_hole.evaluate(filled, [400, 348]) is False
        picture_of(page, "masks")
        choose_layer(page, "Masks")
        expect(masks.first).to_be_hidden()
        choose_layer(page, "Boxes")
        expect(page.locator("g.detection:not(.off) .line").first).to_be_hidden()
        assert len(seen.predictions) == 1


def test_a_skeleton_has_its_bones_and_the_belief_map_comes_when_it_is_wanted(
    browser: Browser, special: GatewayProcess, photo: Path
) -> None:
    with visit(browser, special.url, path="/?model=points") as (page, seen):
        page.get_by_label("Choose a picture").set_input_files(photo)
        skeleton = page.locator("g.detection:not(.off) g.skeleton").first
        expect(skeleton.locator(".bone")).to_have_count(len(BONES))
        expect(skeleton.locator(".point")).to_have_count(len(KEYPOINT_NAMES))
        picture_of(page, "skeleton")
        assert "overlay" not in seen.predictions[0].url
        choose_layer(page, "Belief map")
        expect(page.locator("canvas.beliefs")).to_be_visible()
        assert [("overlay=belief" in each.url) for each in seen.predictions] == [False, True]
        picture_of(page, "beliefs")
        page.get_by_role("row").nth(1).hover()
        expect(page.locator("g.detection.lit")).to_have_count(1)
        picture_of(page, "beliefs-lit")
        choose_layer(page, "Belief map")
        expect(page.locator("canvas.beliefs")).to_be_hidden()
        choose_layer(page, "Skeletons")
        expect(skeleton).to_be_hidden()
        assert len(seen.predictions) == 2


def test_a_pipeline_is_chosen_kept_in_the_address_and_asked(
    browser: Browser, special: GatewayProcess, photo: Path
) -> None:
    with visit(browser, special.url) as (page, seen):
        chooser = page.get_by_label("Model", exact=True)
        page.get_by_label("Choose a picture").set_input_files(photo)
        expect(page.locator("g.detection:not(.off) path.mask")).to_have_count(2)
        expect(chooser.locator("option[value='pipelines/later']")).to_be_disabled()
        chooser.select_option("pipelines/pair")
        expect(page.locator("g.detection:not(.off) g.skeleton")).to_have_count(2)
        assert "pipeline=pair" in seen.predictions[-1].url
        assert "model=pipelines%2Fpair" in page.url
        choose_layer(page, "Belief map")
        expect(page.locator("canvas.beliefs")).to_be_visible()
        page.get_by_text("The same request in code").click()
        expect(page.get_by_label("curl", exact=True)).to_contain_text("pipeline=pair")
        page.get_by_role("link", name="Models").click()
        later = page.get_by_role("region", name="Pipeline later")
        expect(later).to_contain_text("Waiting: model missing")
        expect(later.get_by_role("button")).to_be_disabled()
        pair = page.get_by_role("region", name="Pipeline pair")
        expect(pair.get_by_role("button")).to_have_text("In use")
        picture_of(page, "pipelines")
        page.get_by_role("button", name="Use masks version 1").click()
        expect(pair.get_by_role("button", name="Use pipeline pair")).to_have_text("Use")
        pair.get_by_role("button").click()
        # Whoever keeps the address comes back to the same choice.
        page.reload()
        page.get_by_role("link", name="Upload").click()
        expect(chooser).to_have_value("pipelines/pair")
        page.get_by_label("Choose a picture").set_input_files(photo)
        expect(page.locator("g.detection:not(.off) g.skeleton")).to_have_count(2)


def test_a_pipeline_is_asked_without_scripts(
    browser: Browser, special: GatewayProcess, photo: Path
) -> None:
    with visit(browser, special.url, scripts=False) as (page, _):
        page.get_by_label("Model", exact=True).select_option("pipelines/pair")
        page.get_by_role("button", name="Choose", exact=True).click()
        page.get_by_label("Choose a picture").set_input_files(photo)
        page.get_by_role("button", name="Find objects").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 objects found")
        page.get_by_text("The answer as JSON").click()
        expect(page.get_by_label("JSON", exact=True)).to_contain_text('"keypoints": [')
        expect(page.locator("#upload-form")).to_have_attribute("action", "/predict?pipeline=pair")
