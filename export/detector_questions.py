"""Asking a detector that a server has loaded, whichever form its strings take."""

from collections.abc import Sequence

from detection.pictures import Picture
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.client_errors import PredictionRefused
from serving_protocol.detector_answer import read_answer
from serving_protocol.detector_request import picture_batches
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_server import ModelChoice, ModelServer
from serving_protocol.string_forms import cannot_decode, other_form


def ask_detector(
    server: ModelServer,
    detector: DetectorSignature,
    pictures: Sequence[Picture],
    model: ModelChoice,
    timeout_s: float,
) -> tuple[DetectorSignature, list[AnswerRows]]:
    """What the model answers of each picture, and the signature in the form that it took.

    Args:
        server: has it loaded.
        detector: the signature to ask.
        pictures: at least one.
        model: which to ask.
        timeout_s: for each answer.

    Raises:
        ModelServerError, NotADetection: as the port and the protocol.
    """
    try:
        return detector, _asked(server, detector, pictures, model, timeout_s)
    except PredictionRefused as refusal:
        if not detector.takes_strings or not cannot_decode(refusal):
            raise
        other = detector.with_form(other_form(detector.image_input.form, refusal))
        try:
            return other, _asked(server, other, pictures, model, timeout_s)
        except PredictionRefused:
            raise refusal from None


def _asked(
    server: ModelServer,
    detector: DetectorSignature,
    pictures: Sequence[Picture],
    model: ModelChoice,
    timeout_s: float,
) -> list[AnswerRows]:
    answers: dict[int, AnswerRows] = {}
    for batch in picture_batches(detector, pictures, model):
        rows = read_answer(server.predict(batch.request, timeout_s), detector, batch)
        answers.update(zip(batch.pictures, rows, strict=True))
    return [answers[row] for row in range(len(pictures))]
