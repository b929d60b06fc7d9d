"""Finding out in which order and unit a model's boxes come, by asking it once more about an image.

Only where nobody says it, once something is found, and seldom: see `LayoutFacts.is_open`.
"""

import hashlib
import logging
from collections.abc import Sequence
from enum import Enum

from client_api.catalog.served_models import ServedVersion
from client_api.errors import PredictionTimeout
from client_api.inference.deadline import Deadline
from client_api.inference.probe_locks import ProbeTurns
from client_api.inference.released_traceback import let_go
from client_api.model_facts.facts import ModelFactsBook
from detection.images import DecodedImage
from serving_protocol.answer_rows import AnswerRows, NotADetection
from serving_protocol.box_layout.probing import Reading, drawn_probes, may_tell, probes_of
from serving_protocol.box_layout.scales import Layout, told_layout
from serving_protocol.client_errors import (
    ModelNotFound,
    ModelServerError,
    ModelServerTimeout,
    ModelServerUnavailable,
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


class _Failed(Enum):
    """Why asking told nothing."""

    UNTOLD = "untold"  # the model answers something else, or refuses
    UNASKED = "unasked"  # the model server could not be asked
    LATE = "late"  # it did not answer in time, and may go on with it


class BoxOrders:
    """Asks within the slot of the request that first shows what can be told from. Thread-safe.

    Args:
        server: the one to ask.
        facts: where it is written down.
        turns: one asks at a time, so that a model which hangs is asked once.
    """

    def __init__(self, server: ModelServer, facts: ModelFactsBook, turns: ProbeTurns) -> None:
        self._server = server
        self._facts = facts
        self._layouts = facts.layouts
        self._turns = turns

    def find_out(
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
        sure = self._layouts.sure_score(version, answers)
        told = [number for number, answer in enumerate(answers) if may_tell(answer, sure)]
        if not told:
            return
        best = max(told, key=lambda number: float(answers[number].scores.max()))
        if self._layouts.has_spoken_against(version, _digest(images[best])):
            return
        try:
            timeout_s = min(MOST_S, SHARE_OF_DEADLINE * deadline.remaining_s())
        except PredictionTimeout:
            return
        if FORMS * took_s / len(images) > timeout_s:
            self._layouts.was_not_asked(version)
            return
        with deadline.paused(), self._turns.turn(version.name, timeout_s) as is_turn:
            # Another request may have found it out meanwhile.
            if not is_turn:
                self._layouts.was_not_asked(version)
            elif self._layouts.is_open(version, [sizes_wh[best]]):
                told_by = images[best], answers[best]
                found = self._asked(version, signature, *told_by, timeout_s, sure)
                self._take(version, images[best], found)

    def _take(self, version: ServedVersion, image: DecodedImage, found: Layout | _Failed) -> None:
        if isinstance(found, Layout):
            self._layouts.take(version, found, _digest(image))
            if found.unit is None:
                self._layouts.told_no_unit(version, (image.width, image.height))
        elif found is _Failed.LATE:
            self._layouts.timed_out(version)
        elif found is _Failed.UNASKED:
            self._layouts.was_not_asked(version)
        else:
            self._layouts.told_nothing(version)

    def _asked(
        self,
        version: ServedVersion,
        signature: DetectorSignature,
        image: DecodedImage,
        answer: AnswerRows,
        timeout_s: float,
        sure: float,
    ) -> Layout | _Failed:
        sent, forms = as_sent(image), drawn_probes()
        probes = [each.of(sent) for each in forms]
        choice = ModelChoice(version.name, version.version)
        found: dict[int, AnswerRows] = {}
        until = Deadline(timeout_s)
        try:
            for batch in image_batches(signature, probes, choice):
                response = self._server.predict(batch.request, until.remaining_s())
                found.update(
                    zip(batch.images, read_answer(response, signature, batch), strict=True)
                )
        except (ModelServerError, NotADetection, PredictionTimeout) as error:
            let_go(error)
            _log.info(
                "model %s, version %d, cannot be asked for the order of its boxes: %s",
                version.name, version.version, error,
            )  # fmt: skip
            return _why(error)
        readings = [Reading(answer, each, found[row]) for row, each in enumerate(forms)]
        facts, is_order_open, is_unit_open = self._layouts.known(version)
        told = told_layout(readings, facts, sure, is_unit_open=is_unit_open)
        if told is None or not (is_order_open or told.order is facts.box_order):
            return _Failed.UNTOLD
        return told


def _digest(image: DecodedImage) -> str:
    """Of the pixels, so that a file that is packed otherwise is no other image."""
    return hashlib.sha256(image.pixels.tobytes()).hexdigest()[:32]


def _why(error: Exception) -> _Failed:
    if isinstance(error, ModelServerTimeout):
        return _Failed.LATE
    if isinstance(error, PredictionTimeout | ModelServerUnavailable | ModelNotFound):
        return _Failed.UNASKED
    return _Failed.UNTOLD
