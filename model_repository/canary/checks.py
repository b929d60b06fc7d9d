"""What a version is asked before it is published: an image, or made-up numbers.

A detector's signature gets an image, and what it answers must be detections. Of any other no more
is known than dtypes and shapes; it gets zeros, and a string the bytes of an image. A model that
refuses those brings warm-up requests which it does not refuse.
"""

from collections.abc import Mapping
from io import BytesIO

import numpy as np
from PIL import Image

from detection.agreement import MOST_SHOWN
from detection.detections import Detections
from detection.images import DecodedImage, ImageError, read_image
from model_repository.canary.known_image import KnownImage
from model_repository.canary.requests import ask_detector
from model_repository.model_folder import WARMUP_FILE
from serving_protocol.answer_rows import NotADetection
from serving_protocol.client_errors import ModelServerError, PredictionRefused
from serving_protocol.detector_answer import detections_of, facts_of_answers, facts_of_signature
from serving_protocol.detector_signature import PREDICT_METHOD, DetectorSignature
from serving_protocol.image_input import NotADetector, describe_tensor
from serving_protocol.messages import PredictRequest, SignatureDef, TensorInfo
from serving_protocol.model_facts import ModelFacts
from serving_protocol.model_server import ModelChoice, ModelServer, ServedSignatures
from serving_protocol.tensors import DT_STRING, Array, UnsupportedDtype, encode_tensor, numpy_dtype

IMAGE_SIZE_WH = (320, 240)
MAX_KNOWN_PIXELS = 50_000_000


class QuestionFailed(Exception):
    """A signature did not answer as it should; the message names it."""


def ask_signatures(
    server: ModelServer,
    model: ModelChoice,
    signatures: Mapping[str, SignatureDef],
    *,
    timeout_s: float,
    was_warmed: bool,
    facts: ModelFacts,
) -> str:
    """Ask each signature that predicts once.

    Args:
        server: has the model loaded.
        model: which is asked.
        signatures: what it can be asked, by name.
        timeout_s: for each answer.
        was_warmed: whether the version has answered requests that it brought along, so that one
            which refuses made-up numbers is known to answer others.
        facts: what its card and its operator say of its answers.

    Returns:
        A line about the answers.

    Raises:
        QuestionFailed: one did not answer, or not with detections where it should; or there is
            none to ask.
    """
    told = []
    for name, signature in sorted(signatures.items()):
        if name.startswith("__") or signature.method_name not in (PREDICT_METHOD, ""):
            continue
        try:
            told.append(f"{name}: {_ask(server, model, name, signature, timeout_s, facts)}")
        except PredictionRefused as error:
            if not was_warmed or _is_detector(name, signature):
                raise QuestionFailed(
                    f"signature {name!r} refused a made-up request ({error}); put one that it "
                    f"answers into {WARMUP_FILE}"
                ) from error
            told.append(f"{name}: answers its warm-up requests")
        except (ModelServerError, NotADetection, UnsupportedDtype) as error:
            raise QuestionFailed(f"signature {name!r} failed: {error}") from error
    if not told and not was_warmed:
        raise QuestionFailed(
            f"it has no signature to ask; it has {', '.join(sorted(signatures)) or 'none'}"
        )
    return "; ".join(told)


def ask_known_image(
    server: ModelServer,
    model: ModelChoice,
    served: ServedSignatures,
    known: KnownImage,
    timeout_s: float,
    facts: ModelFacts,
) -> str:
    """Ask about an image of which the answer is known, as the gateway would and by the default.

    Returns:
        A line about the answer.

    Raises:
        QuestionFailed: it is another; or the model is no detector.
    """
    try:
        asked = DetectorSignature.find(served.signatures)
        by_default = DetectorSignature.find_default(served.signatures)
        image = read_image(known.file, max_pixels=MAX_KNOWN_PIXELS)
        found = [
            _detections_in(image, server, each, model, timeout_s, facts)
            for each in dict.fromkeys((asked, by_default))
        ]
    except (ModelServerError, NotADetection, NotADetector, ImageError) as error:
        raise QuestionFailed(f"its canary image is not answered: {error}") from error
    differences = [difference for each in found for difference in known.differences(each)]
    if differences:
        shown = ", ".join(differences[:MOST_SHOWN])
        raise QuestionFailed(f"its canary image is answered wrongly: {shown}")
    return "the canary image is answered as it must be"


def _ask(
    server: ModelServer,
    model: ModelChoice,
    name: str,
    signature: SignatureDef,
    timeout_s: float,
    facts: ModelFacts,
) -> str:
    try:
        detector = DetectorSignature.find({name: signature})
    except NotADetector:
        request = PredictRequest(model_spec=model.model_spec(name))
        for key, info in signature.inputs.items():
            request.inputs[key].CopyFrom(encode_tensor(_made_up(key, info)))
        outputs = server.predict(request, timeout_s).outputs
        return f"{', '.join(sorted(outputs))} for made-up {', '.join(sorted(signature.inputs))}"
    found = _detections_in(_image(), server, detector, model, timeout_s, facts)
    return f"{len(found.scores)} detections for an image"


def _detections_in(
    image: DecodedImage,
    server: ModelServer,
    detector: DetectorSignature,
    model: ModelChoice,
    timeout_s: float,
    facts: ModelFacts,
) -> Detections:
    """What the detector finds in an image, by what is said of its answers, else by themselves."""
    detector = detector.with_form(facts.image_form or detector.image_input.form)
    taken, [answer] = ask_detector(server, detector, [image], model, timeout_s)
    known_facts = facts.over(facts_of_answers([answer])).over(facts_of_signature(taken))
    return detections_of(answer, known_facts)


def _is_detector(name: str, signature: SignatureDef) -> bool:
    try:
        DetectorSignature.find({name: signature})
    except NotADetector:
        return False
    return True


def _made_up(name: str, info: TensorInfo) -> Array:
    """Zeros of the declared shape, 1 where a size is free; an image's bytes for strings."""
    shape = [max(1, dim.size) if dim.size else 0 for dim in info.tensor_shape.dim]
    if info.dtype == DT_STRING:
        return np.full(shape, _image().data, object)
    try:
        return np.zeros(shape, numpy_dtype(info.dtype))
    except UnsupportedDtype as error:
        raise UnsupportedDtype(f"input {describe_tensor(name, info)}: {error}") from error


def _image() -> DecodedImage:
    """A small image whose colors run from corner to corner, so that it is not all one."""
    width, height = IMAGE_SIZE_WH
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width, dtype=np.uint8)
    pixels[..., 1] = np.linspace(0, 255, height, dtype=np.uint8)[:, None]
    pixels[..., 2] = 127
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return read_image(file.getvalue(), max_pixels=width * height)
