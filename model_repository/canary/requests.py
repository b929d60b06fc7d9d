"""Asking a detector that a server has loaded, whichever form its strings take."""

from collections.abc import Sequence

from detection.images import DecodedImage
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.client_errors import PredictionRefused
from serving_protocol.detector_answer import read_answer
from serving_protocol.detector_request import image_batches
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_server import ModelChoice, ModelServer
from serving_protocol.string_forms import cannot_decode, other_form


def ask_detector(
    server: ModelServer,
    detector: DetectorSignature,
    images: Sequence[DecodedImage],
    model: ModelChoice,
    timeout_s: float,
) -> tuple[DetectorSignature, list[AnswerRows]]:
    """What the model answers of each image, and the signature in the form that it took.

    Args:
        server: has it loaded.
        detector: the signature to ask.
        images: at least one.
        model: which to ask.
        timeout_s: for each answer.

    Raises:
        ModelServerError, NotADetection: as the port and the protocol.
    """
    try:
        return detector, _asked(server, detector, images, model, timeout_s)
    except PredictionRefused as refusal:
        if not detector.takes_strings or not cannot_decode(refusal):
            raise
        other = detector.with_form(other_form(detector.image_input.form, refusal))
        try:
            return other, _asked(server, other, images, model, timeout_s)
        except PredictionRefused:
            raise refusal from None


def _asked(
    server: ModelServer,
    detector: DetectorSignature,
    images: Sequence[DecodedImage],
    model: ModelChoice,
    timeout_s: float,
) -> list[AnswerRows]:
    answers: dict[int, AnswerRows] = {}
    for batch in image_batches(detector, images, model):
        rows = read_answer(server.predict(batch.request, timeout_s), detector, batch)
        answers.update(zip(batch.images, rows, strict=True))
    return [answers[row] for row in range(len(images))]
