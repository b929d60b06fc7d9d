"""What the fake model server can do with a prediction; one of your own is a function alike."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np

from serving_protocol.messages import PredictRequest, PredictResponse
from serving_protocol.testing.detector import (
    Arrays,
    detector_response,
    image_count,
    three_detections,
)

if TYPE_CHECKING:
    from serving_protocol.testing.fake_model_server import FakeModelServer

# Takes the server, the request and its context; bytes are sent as they are.
Behavior = Callable[
    ["FakeModelServer", PredictRequest, grpc.ServicerContext], PredictResponse | bytes
]
NOT_A_MESSAGE = b"\xff" * 64


def answers(
    server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
) -> PredictResponse:
    """Three detections in each image."""
    return answering(three_detections)(server, request, context)


def answering(outputs: Callable[[int], Arrays]) -> "Callable[..., PredictResponse]":
    """Other outputs.

    Args:
        outputs: of so many images.
    """

    def behavior(
        server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
    ) -> PredictResponse:
        del context
        return detector_response(request, server.version, outputs(image_count(request)))

    return behavior


def slow(delay_s: float) -> Behavior:
    """Right, after a while; nothing once nobody waits for it any more."""

    def behavior(
        server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
    ) -> PredictResponse:
        server.wait(context, delay_s)
        return answers(server, request, context)

    return behavior


def hangs(
    server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
) -> PredictResponse:
    """Nothing, until the caller gives up or the server stops."""
    server.wait(context, None)
    return answers(server, request, context)


def dies(
    server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
) -> PredictResponse:
    """The server is gone in the middle of the request, with its port, until `start`."""
    server.die(waits=False)
    server.wait(context, None)
    return answers(server, request, context)


def flaps(
    server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
) -> PredictResponse:
    """UNAVAILABLE, and at the next request an answer, in turn."""
    if next(server.turns) % 2 == 0:
        context.abort(grpc.StatusCode.UNAVAILABLE, "away for a moment")
    return answers(server, request, context)


def failing(code: grpc.StatusCode, details: str = "because") -> Behavior:
    """A status such as UNAVAILABLE, RESOURCE_EXHAUSTED or INTERNAL."""

    def behavior(
        server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
    ) -> PredictResponse:
        del server, request
        context.abort(code, details)

    return behavior


def garbage(
    server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
) -> bytes:
    """Bytes that are no message."""
    del server, request, context
    return NOT_A_MESSAGE


def nan_scores(images: int) -> Arrays:
    """For `answering`: every score is not a number."""
    outputs = three_detections(images)
    return outputs | {"detection_scores": outputs["detection_scores"] * np.float32(np.nan)}


def nan_boxes(images: int) -> Arrays:
    """For `answering`: every corner is not a number."""
    outputs = three_detections(images)
    return outputs | {"detection_boxes": outputs["detection_boxes"] * np.float32(np.nan)}


def wrong_shapes(images: int) -> Arrays:
    """For `answering`: boxes of three numbers."""
    outputs = three_detections(images)
    return outputs | {"detection_boxes": outputs["detection_boxes"][..., :3]}


def wrong_types(images: int) -> Arrays:
    """For `answering`: scores that are truths."""
    outputs = three_detections(images)
    wrong: Any = outputs["detection_scores"] > 0.5
    return outputs | {"detection_scores": wrong}


def missing_outputs(images: int) -> Arrays:
    """For `answering`: no scores."""
    outputs = three_detections(images)
    del outputs["detection_scores"]
    return outputs


def large(size_bytes: int) -> Callable[[int], Arrays]:
    """For `answering`: so many bytes of boxes, of which the first three are right."""

    def outputs(images: int) -> Arrays:
        few = three_detections(images)
        count = size_bytes // (16 * images)
        boxes = np.zeros((images, count, 4), np.float32)
        boxes[:, :3] = few["detection_boxes"]
        padded = {
            name: np.pad(few[name], ((0, 0), (0, count - few[name].shape[1])))
            for name in ("detection_scores", "detection_classes")
        }
        return few | padded | {"detection_boxes": boxes}

    return outputs


def switches_version(
    server: "FakeModelServer", request: PredictRequest, context: grpc.ServicerContext
) -> PredictResponse:
    """The next version answers, which came while the request was on its way; once."""
    server.version += 1
    server.behavior = answers
    return answers(server, request, context)
