"""A running gateway as an `ImageDetector`: what is served is what is measured."""

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from boxwright.predict.gateway import Gateway, GatewayRefused, GatewayUnreachable, Question
from detection.detections import Detections
from detection.label_map import LabelMap
from training.datasets.annotated import AnnotatedImage
from training.datasets.sources import FileImage
from training.evaluation.errors import EvaluationError
from training.evaluation.gateway_answers import AnsweredLabels, read_answer
from training.evaluation.image_detector import LOWEST_SCORE, MOST_DETECTIONS

# Questions on their way; the gateway answers several at once where it has the cores.
JOBS = 4


class AskedGateway:
    """Asks a gateway about every image, for its lowest scores too.

    Args:
        gateway: to ask; the caller closes it.
        url: where it is, for messages.
        question: which model; the parameters that it leaves open are set here.
        label_map: what class numbers mean, in the place of the names in the answers.
    """

    def __init__(
        self, gateway: Gateway, url: str, question: Question, label_map: LabelMap | None = None
    ) -> None:
        self._gateway = gateway
        self._url = url
        self._question = replace(
            question,
            parameters={
                "score_threshold": str(LOWEST_SCORE), "max_detections": str(MOST_DETECTIONS),
                **question.parameters,
            },
        )  # fmt: skip
        self._own_label_map = label_map
        self._labels = AnsweredLabels()
        self._answered_by = ""
        self.lowest_score = float(self._question.parameters["score_threshold"])

    @property
    def description(self) -> str:
        """The gateway, and the model and version that its answers named."""
        return f"gateway {self._url}{self._answered_by}"

    @property
    def kind(self) -> str:
        """What the model finds, as `GET /models` says: `boxes`, `masks` or `keypoints`.

        Raises:
            EvaluationError: the gateway does not answer.
        """
        try:
            return self._gateway.kind(self._question)
        except GatewayUnreachable as error:
            raise EvaluationError(str(error)) from error

    @property
    def label_map(self) -> LabelMap | None:
        """What was given, else the names in the answers."""
        return self._own_label_map or self._labels.label_map

    def detect(self, images: Sequence[AnnotatedImage]) -> Iterator[Detections]:
        """What the gateway says is in each image."""
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
            return self._gateway.ask(image.source.path, self._question)
        # The gateway's client sends files; this one is in the middle of another.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(image.name).name
            path.write_bytes(image.source.read())
            return self._gateway.ask(path, self._question)
