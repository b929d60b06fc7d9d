"""Finding out in which order and unit a model's boxes come, by asking it once more about an image.

Only where nobody says it, once something is found, and seldom: see `BoxLayoutTracker.is_open`.
"""

import hashlib
import logging
from collections.abc import Sequence

from client_api.catalog.served_versions import ServedVersion
from client_api.errors import PredictionTimeout
from client_api.inference.deadline import Deadline
from client_api.inference.probe_locks import ProbeLocks
from client_api.inference.traceback_release import release_traceback
from client_api.model_facts.tracker import FactTracker
from detection.images import DecodedImage
from serving_protocol.answer_rows import AnswerRows, NotADetection
from serving_protocol.box_layout.probing import Reading, drawn_probes, may_tell, probes_of
from serving_protocol.box_layout.scales import Layout, inferred_layout
from serving_protocol.client_errors import (
    ModelServerError,
    ModelServerTimeout,
)
from serving_protocol.detector_answer import read_answer
from serving_protocol.detector_request import as_sent, image_batches
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_server import ModelChoice, ModelServer

# How long it may take at most, and which share of the time that the request has left.
MOST_S = 5.0
SHARE_OF_DEADLINE = 0.25
# In so many forms it is asked about an image.
FORMS = len(probes_of())

_log = logging.getLogger(__name__)


class BoxOrderProber:
    """Asks within the slot of the request that first shows what can be told from. Thread-safe.

    Args:
        server: the one to ask.
        facts: where it is written down.
        locks: one asks at a time, so that a model which hangs is asked once.
    """

    def __init__(self, server: ModelServer, facts: FactTracker, locks: ProbeLocks) -> None:
        self._server = server
        self._facts = facts
        self._layouts = facts.layouts
        self._locks = locks

    def probe(
        self,
        version: ServedVersion,
        signature: DetectorSignature,
        images: Sequence[DecodedImage],
        answers: Sequence[AnswerRows],
        deadline: Deadline,
        took_s: float,
    ) -> None:
        """Ask, if the order is open; whatever comes of it, the answers that are there stay.

        Requests that come meanwhile wait for it, so that their answers have the same order. A model
        that would not answer in time is not asked: it would go on with it, and keep others waiting.

        Args:
            version: that gave the answers.
            signature: the one that was asked, in the form that it takes.
            images: what it was asked about.
            answers: of each image.
            deadline: of the request, which is put off by the time that this takes.
            took_s: the answers, all of them.
        """
        self._facts.notice(version, answers)
        sizes_wh = [(each.width, each.height) for each in images]
        if not self._layouts.is_open(version, sizes_wh):
            return
        min_score = self._layouts.min_score(version, answers)
        telling = [number for number, answer in enumerate(answers) if may_tell(answer, min_score)]
        if not telling:
            return
        best = max(telling, key=lambda number: float(answers[number].scores.max()))
        if self._layouts.is_dissenting_image(version, _digest(images[best])):
            return
        try:
            timeout_s = min(MOST_S, SHARE_OF_DEADLINE * deadline.remaining_s())
        except PredictionTimeout:
            return
        if FORMS * took_s / len(images) > timeout_s:
            self._layouts.probe_inconclusive(version)
            return
        with deadline.paused(), self._locks.held(version.name, timeout_s) as is_held:
            # Another request may have found it out meanwhile.
            if not is_held:
                self._layouts.probe_inconclusive(version)
            elif self._layouts.is_open(version, [sizes_wh[best]]):
                self._probe_and_record(
                    version, signature, images[best], answers[best], timeout_s, min_score
                )

    def _probe_and_record(
        self,
        version: ServedVersion,
        signature: DetectorSignature,
        image: DecodedImage,
        answer: AnswerRows,
        timeout_s: float,
        min_score: float,
    ) -> None:
        try:
            layout = self._probe(version, signature, image, answer, timeout_s, min_score)
        except (ModelServerError, NotADetection, PredictionTimeout) as error:
            release_traceback(error)
            _log.info(
                "model %s, version %d, cannot be asked for the order of its boxes: %s",
                version.name, version.version, error,
            )  # fmt: skip
            if isinstance(error, ModelServerTimeout):
                self._layouts.probe_timed_out(version)
                return
            layout = None
        if layout is None:
            self._layouts.probe_inconclusive(version)
            return
        self._layouts.record(version, layout, _digest(image))
        if layout.unit is None:
            self._layouts.unit_inconclusive(version, (image.width, image.height))

    def _probe(
        self,
        version: ServedVersion,
        signature: DetectorSignature,
        image: DecodedImage,
        answer: AnswerRows,
        timeout_s: float,
        min_score: float,
    ) -> Layout | None:
        """How the model answers, by its answers to other forms of the image; None for unclear."""
        sent, forms = as_sent(image), drawn_probes()
        probes = [each.of(sent) for each in forms]
        choice = ModelChoice(version.name, version.version)
        found: dict[int, AnswerRows] = {}
        until = Deadline(timeout_s)
        for batch in image_batches(signature, probes, choice):
            response = self._server.predict(batch.request, until.remaining_s())
            found.update(zip(batch.images, read_answer(response, signature, batch), strict=True))
        readings = [Reading(answer, each, found[row]) for row, each in enumerate(forms)]
        facts, is_order_open, is_unit_open = self._layouts.known(version)
        layout = inferred_layout(readings, facts, min_score, is_unit_open=is_unit_open)
        if layout is None or not (is_order_open or layout.order is facts.box_order):
            return None
        return layout


def _digest(image: DecodedImage) -> str:
    """Of the pixels, so that a file that is packed otherwise is no other image."""
    return hashlib.sha256(image.pixels.tobytes()).hexdigest()[:32]
