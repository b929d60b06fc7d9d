"""The second stage of a pipeline: the keypoints of every hand that the first one found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from client_api.catalog.model_catalog import ModelCatalog
from client_api.catalog.served_versions import ServedVersion
from client_api.errors import ModelIsNoDetector
from client_api.inference.belief_maps import BeliefMapClient
from client_api.inference.deadline import Deadline
from client_api.inference.detector_client import DetectorClient
from client_api.inference.known_version import KnownVersion
from detection.detections import Detections
from detection.hands.crops import HandWindow
from detection.images import DecodedImage
from detection.kinds.keypoints.belief_drawing import belief_image
from detection.kinds.keypoints.kind import KEYPOINTS
from serving_protocol.belief_maps import BeliefMaps
from serving_protocol.model_server import ModelChoice

# The size of crops for a model that does not say what it takes: the largest of the usual ones.
CROP_SIDE_PX = 368


class KeypointStage:
    """Finds the keypoints of detected hands with a second model, all of an image in one request.

    Args:
        client: of the model server.
        belief_maps: its client for belief maps.
        catalog: model cards, which say how large an image a model takes.
    """

    def __init__(
        self, client: DetectorClient, belief_maps: BeliefMapClient, catalog: ModelCatalog
    ) -> None:
        self._client = client
        self._belief_maps = belief_maps
        self._catalog = catalog

    def find(self, choice: ModelChoice, deadline: Deadline) -> KnownVersion:
        """The version that finds the keypoints.

        Raises:
            GatewayError: there is none, or it finds no keypoints.
        """
        known = self._client.find(choice, deadline)
        _check(known)
        return known

    def add_keypoints(
        self, choice: ModelChoice, image: DecodedImage, hands: Detections, deadline: Deadline
    ) -> tuple[Detections, ServedVersion]:
        """The hands with their keypoints, and the version that found these.

        Args:
            choice: the model of keypoints.
            image: upright.
            hands: found in it.
            deadline: of the request.

        Raises:
            GatewayError: as a prediction.
        """
        known = self.find(choice, deadline)
        if not len(hands):
            return hands, known.served
        crops = _HandCrops(image, _windows(hands, image), self._input_size_wh(known.served))
        found = self._client.predict(choice, known, crops, deadline, check=_check)
        points = [
            _in_image(each, window, image)
            for each, window in zip(found.detections, crops.windows, strict=True)
        ]
        return hands.with_extra(KEYPOINTS, np.stack(points)), found.known.served

    def belief_map(
        self, choice: ModelChoice, image: DecodedImage, hands: Detections | None, deadline: Deadline
    ) -> Image.Image:
        """Where the model thinks that points are: gray, mode L, of the image's size.

        Args:
            choice: the model of keypoints.
            image: upright.
            hands: in which it looks; None for the whole image.
            deadline: of the request.

        Raises:
            GatewayError: as a prediction, or the model has no belief maps.
        """
        size_wh = image.pixels.size
        if hands is None:
            [maps] = self._belief_maps.predict(choice, [image], deadline)
            return belief_image(maps, size_wh)
        whole = Image.new("L", size_wh)
        crops_wh = self._input_size_wh(self._client.find(choice, deadline).served)
        crops = _HandCrops(image, _windows(hands, image), crops_wh)
        found = self._belief_maps.predict(choice, crops, deadline)
        for window, maps in zip(crops.windows, found, strict=True):
            _add_beliefs(whole, maps, window)
        return whole

    def _input_size_wh(self, version: ServedVersion) -> tuple[int, int]:
        height, width = version.as_detector().image_input.size_hw
        card = self._catalog.card(version.name, version.version).card
        if (height is None or width is None) and card is not None and card.preprocessing:
            height, width = card.preprocessing.input_size_hw
        return width or CROP_SIDE_PX, height or CROP_SIDE_PX


def _check(known: KnownVersion) -> None:
    version = known.served
    if known.signature.kind != KEYPOINTS:
        raise ModelIsNoDetector(
            f"model {version.name}, version {version.version}, finds no keypoints, so it cannot "
            "be the second model of a pipeline"
        )


def _windows(hands: Detections, image: DecodedImage) -> list[HandWindow]:
    size = {"width": image.width, "height": image.height}
    return [HandWindow.around(np.clip(box, 0, 1), **size) for box in hands.boxes_yxyx]


@dataclass(frozen=True)
class _HandCrops:
    """Each window of an image as large as the model takes it, made when it is asked for."""

    image: DecodedImage
    windows: Sequence[HandWindow]
    size_wh: tuple[int, int]

    def __iter__(self) -> Iterator[DecodedImage]:
        for window in self.windows:
            pixels = window.cut_out(self.image.pixels).resize(
                self.size_wh, Image.Resampling.BILINEAR
            )
            yield DecodedImage(pixels, b"", "PNG", plain_file=False)


def _add_beliefs(whole: Image.Image, maps: BeliefMaps, window: HandWindow) -> None:
    """Lay a hand's maps into the image's, which is changed; looked at is the window alone."""
    inside = window.inside(width=whole.width, height=whole.height)
    if inside is None:
        return
    left, top, right, bottom = inside
    part = tuple(
        (place - start) / window.side
        for place, start in zip(inside, (window.left, window.top) * 2, strict=True)
    )
    seen = belief_image(maps, (right - left, bottom - top), part)
    whole.paste(ImageChops.lighter(whole.crop(inside), seen), (left, top))


def _in_image(
    found: Detections, window: HandWindow, image: DecodedImage
) -> npt.NDArray[np.float32]:
    """(K, 3): the best detection's points, as shares of the image."""
    keypoints = KEYPOINTS.of(found)
    assert keypoints is not None  # noqa: S101  # `_check` has seen the output
    _, count, _ = keypoints.shape
    if not len(found):
        # Nobody is sure of anything: in the middle, with no score.
        best = np.tile(np.array([0.5, 0.5, 0.0], np.float32), (count, 1))
    else:
        best = keypoints[0]
    places = window.to_image(best[:, :2], width=image.width, height=image.height)
    return np.column_stack([places, best[:, 2]]).astype(np.float32)
