"""A gateway in front of a model of outlines, one of points, and a pipeline of both."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from detection.hands.skeleton import KEYPOINT_NAMES
from serving_protocol.messages import SignatureDef
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


def with_masks(images: int) -> Answer:
    """A round thing in every box, the second one with a hole."""
    y, x = np.mgrid[0:MASK_SIDE, 0:MASK_SIDE] / (MASK_SIDE - 1) - 0.5
    masks = np.tile((np.hypot(y, x) < 0.45).astype(np.float32), (3, 1, 1))
    masks[1, np.hypot(y, x) < 0.2] = 0
    return three_detections(images) | {"detection_masks": np.tile(masks, (images, 1, 1, 1))}


def with_points(images: int) -> Answer:
    """A fan of fingers above a wrist, and a belief map with one peak."""
    points = np.zeros((len(KEYPOINT_NAMES), 3), np.float32)
    points[0] = (0.9, 0.5, 0.9)
    for finger in range(5):
        for joint in range(4):
            reach, across = 0.25 + 0.12 * joint, (finger - 2) * 0.08 * (1 + joint / 2)
            points[1 + 4 * finger + joint] = (0.9 - reach, 0.5 + across, 0.8)
    maps = np.zeros((images, *MAPS_HW, len(KEYPOINT_NAMES) + 1), np.float32)
    maps[:, 6, 8, 0] = 1
    return three_detections(images) | {
        "keypoints": np.tile(points, (images, 3, 1, 1)),
        "belief_maps": maps,
    }


def signature_with(name: str, *sizes: int) -> SignatureDef:
    signature = detector_signature(tensor_info("DT_UINT8", 1, -1, -1, 3))
    signature.outputs[name].CopyFrom(tensor_info("DT_FLOAT", -1, 3, *sizes))
    return signature


@contextmanager
def special_gateway(folder: Path) -> Iterator[GatewayProcess]:
    """The gateway; the pipeline `later` waits for a model that is not there.

    Args:
        folder: of the models; what is missing is made.
    """
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
