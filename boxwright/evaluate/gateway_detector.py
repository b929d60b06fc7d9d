"""A running gateway as an `ImageDetector`, so that the served model itself is measured."""

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from boxwright.predict.gateway_client import (
    GatewayClient,
    GatewayRefused,
    GatewayUnreachable,
    PredictOptions,
)
from detection.detections import Detections
from detection.label_map import LabelMap
from training.datasets.annotated import AnnotatedImage
from training.datasets.sources import FileImage
from training.evaluation.errors import EvaluationError
from training.evaluation.gateway_answers import AnsweredLabels, read_answer
from training.evaluation.image_detector import LOWEST_SCORE, MOST_DETECTIONS

# Concurrent requests: the gateway answers several at a time if it has the cores.
JOBS = 4


class GatewayDetector:
    """Detector that sends every image to a gateway, and keeps detections of the lowest scores.

    Args:
        gateway: the client; closed by the caller.
        url: its address, for messages.
        options: the model; score threshold and maximum are added unless given.
        label_map: names of the class ids, instead of those in the answers.
    """

    def __init__(
        self,
        gateway: GatewayClient,
        url: str,
        options: PredictOptions,
        label_map: LabelMap | None = None,
    ) -> None:
        self._gateway = gateway
        self._url = url
        self._options = replace(
            options,
            parameters={
                "score_threshold": str(LOWEST_SCORE), "max_detections": str(MOST_DETECTIONS),
                **options.parameters,
            },
        )  # fmt: skip
        self._own_label_map = label_map
        self._labels = AnsweredLabels()
        self._answered_by = ""
        self.lowest_score = float(self._options.parameters["score_threshold"])

    @property
    def description(self) -> str:
        """The gateway's URL, and the model and version that answered."""
        return f"gateway {self._url}{self._answered_by}"

    @property
    def kind(self) -> str:
        """Kind of the detections by `GET /models`: `boxes`, `masks` or `keypoints`.

        Raises:
            EvaluationError: the gateway does not answer.
        """
        try:
            return self._gateway.kind(self._options)
        except GatewayUnreachable as error:
            raise EvaluationError(str(error)) from error

    @property
    def label_map(self) -> LabelMap | None:
        """The label map that was given, else the names in the answers."""
        return self._own_label_map or self._labels.label_map

    def detect(self, images: Sequence[AnnotatedImage]) -> Iterator[Detections]:
        """Yield the gateway's detections of each image."""
        with ThreadPoolExecutor(JOBS) as pool:
            waiting: deque[Future[dict[str, Any]]] = deque()
            following = iter(images)
            for image in images:
                while len(waiting) < 2 * JOBS and (each := next(following, None)) is not None:
                    waiting.append(pool.submit(self._answer, each))
                try:
                    answer = waiting.popleft().result()
                except (GatewayRefused, GatewayUnreachable, OSError) as error:
                    pool.shutdown(cancel_futures=True)
                    raise EvaluationError(f"{image.source}: {error}") from error
                model = answer.get("model")
                if isinstance(model, dict):
                    self._answered_by = (
                        f", model {model.get('name')} version {model.get('version')}"
                    )
                yield read_answer(answer, image, self._labels)

    def _answer(self, image: AnnotatedImage) -> dict[str, Any]:
        if isinstance(image.source, FileImage):
            return self._gateway.predict(image.source.path, self._options)
        # The client sends files, and this image is inside an archive or a TFRecord.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(image.name).name
            path.write_bytes(image.source.read())
            return self._gateway.predict(path, self._options)
