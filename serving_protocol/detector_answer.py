"""A detector's `PredictResponse` as `Detections`, one of each image.

In two steps, since what the numbers mean is a fact of the model and not of one answer:
`read_answer` gives the rows as they came, `detections_of` makes detections of them by the facts.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from detection.detections import Detections
from serving_protocol.answer_rows import AnswerRows, NotADetection, rows_of
from serving_protocol.box_layout.evidence import counting, told_unit
from serving_protocol.box_layout.geometry import counts_pixels, normalized_yxyx, size_yx
from serving_protocol.detector_request import ImageBatch
from serving_protocol.detector_signature import (
    BOXES,
    CLASSES,
    COUNT,
    IMAGE_INFO,
    KEYPOINT_SCORES,
    KEYPOINTS,
    MASKS,
    PAIRED_KEYPOINTS,
    SCORES,
    DetectorSignature,
)
from serving_protocol.fill_budget import TensorDecodingError
from serving_protocol.messages import PredictResponse
from serving_protocol.model_facts import BoxOrder, BoxUnit, FactSource, ModelFacts
from serving_protocol.tensors import Array, UnsupportedDtype, decode_tensor

__all__ = ["NotADetection", "decode_detections", "detections_of", "facts_of_answers", "read_answer"]

# No detector means a box that lies so many images beside the one that was asked about.
FARTHEST_BOX = 1000.0
_SHAPES = {
    MASKS: ("(N, M, h, w)", 4, None),
    KEYPOINTS: ("(N, M, K, 3)", 4, 3),
    PAIRED_KEYPOINTS: ("(N, M, K, 2)", 4, 2),
    KEYPOINT_SCORES: ("(N, M, K)", 3, None),
}


def decode_detections(
    response: PredictResponse,
    signature: DetectorSignature,
    batch: ImageBatch,
    facts: ModelFacts | None = None,
) -> list[Detections]:
    """What was found in each of `batch.images`, in their order.

    Args:
        response: the answer to `batch.request`.
        signature: the one that was asked.
        batch: what was sent.
        facts: of the model. None, for one that is asked nothing else, takes them from this answer.

    Raises:
        NotADetection: an output is missing, of another shape than a detection's, not finite, or
            a score lies outside 0..1.
    """
    answers = read_answer(response, signature, batch)
    if facts is None:
        facts = facts_of_answers(answers)
    facts = facts.over(facts_of_signature(signature))
    return [detections_of(each, facts) for each in answers]


def read_answer(
    response: PredictResponse, signature: DetectorSignature, batch: ImageBatch
) -> list[AnswerRows]:
    """The rows of each of `batch.images`, in their order, as the model means them.

    Raises:
        NotADetection: as `decode_detections`.
    """
    outputs = _outputs(response, signature)
    if not signature.image_input.batched and outputs[SCORES].ndim == 1:
        outputs = {name: output[None] for name, output in outputs.items()}
    _check_shapes(outputs, len(batch.images))
    return [rows_of(outputs, row, batch.size_sent(row)) for row in range(len(batch.images))]


def facts_of_signature(signature: DetectorSignature) -> ModelFacts:
    """What a signature lets one suppose until something is known.

    Model Garden's exports answer pixels along with the `image_info` that these refer to, unless
    they were told to answer normalized boxes, which their signature does not say. Their boxes are
    yxyx, and so are the Object Detection API's.
    """
    height, width = signature.image_input.size_hw
    facts = ModelFacts(
        BoxUnit.PIXELS if IMAGE_INFO in signature.output_filter else None,
        BoxOrder.YXYX if signature.is_conventional else None,
        input_size_hw=None if height is None or width is None else (height, width),
    )
    return facts.said_by(FactSource.SIGNATURE)


def facts_of_answers(answers: Sequence[AnswerRows]) -> ModelFacts:
    """What can be told from answers, which may be nothing."""
    unit = told_unit(answers)
    if unit is None:
        return ModelFacts()
    return ModelFacts(unit, sources={"box_unit": FactSource.ANSWERS})


def detections_of(answer: AnswerRows, facts: ModelFacts) -> Detections:
    """Detections of the rows of one image, by what is known of the model.

    What is not known is taken as the Object Detection API has it: normalized, yxyx.

    Raises:
        NotADetection: boxes are of pixels, and nobody says of how large an image; or one lies
            where no detector looks.
    """
    boxes_yxyx = normalized_yxyx(answer, facts)
    points = answer.keypoints
    if points is not None and counts_pixels(facts) and len(boxes_yxyx):
        places = points[..., :2] / size_yx(answer, facts)
        points = np.concatenate([places, points[..., 2:]], axis=-1)
    reach = np.abs(boxes_yxyx).max(-1, initial=0.0)[counting(answer)]
    # One that strays is clipped.
    if len(reach) and np.median(reach) > FARTHEST_BOX:
        raise NotADetection(f"{BOXES} reaches {reach.max():g} times the image's size")
    boxes_yxyx = np.clip(boxes_yxyx, -FARTHEST_BOX, FARTHEST_BOX)
    # Rounding errors can put the upper corner of an empty box below the lower one.
    corners = np.sort(boxes_yxyx.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    if points is not None and np.abs(points[..., :2]).max(initial=0.0) > FARTHEST_BOX:
        raise NotADetection(f"{KEYPOINTS} holds points that are in no image")
    return Detections(
        corners.astype(np.float32),
        answer.scores.astype(np.float32),
        answer.class_ids,
        answer.masks,
        None if points is None else points.astype(np.float32),
    )


def _outputs(response: PredictResponse, signature: DetectorSignature) -> dict[str, Array]:
    missing = set(signature.output_filter) - set(response.outputs)
    if missing:
        raise NotADetection(f"the answer lacks {', '.join(sorted(missing))}")
    outputs: dict[str, Array] = {}
    for name in signature.output_filter:
        try:
            output = decode_tensor(response.outputs[name])
        except (TensorDecodingError, UnsupportedDtype) as error:
            raise NotADetection(f"{name}: {error}") from error
        if output.dtype.kind not in "iuf":
            raise NotADetection(f"{name} holds {output.dtype}, not numbers")
        outputs[name] = output
    return outputs


def _check_shapes(outputs: Mapping[str, Array], image_count: int) -> None:
    scores = outputs[SCORES]
    rows, count = scores.shape if scores.ndim == 2 else (-1, -1)
    wanted = {BOXES: (rows, count, 4), SCORES: (rows, count), CLASSES: (rows, count)}
    if rows < image_count or any(outputs[name].shape != wanted[name] for name in wanted):
        raise NotADetection(
            f"expected boxes (N, M, 4), scores (N, M) and classes (N, M) for {image_count} "
            f"images, but got {outputs[BOXES].shape}, {scores.shape}, {outputs[CLASSES].shape}"
        )
    if COUNT in outputs and outputs[COUNT].size < image_count:
        raise NotADetection(f"{COUNT} has {outputs[COUNT].size} numbers for {image_count} images")
    for name, (form, rank, last) in _SHAPES.items():
        if name not in outputs:
            continue
        shape = outputs[name].shape
        fits = len(shape) == rank and shape[:2] == (rows, count)
        # A model may have no points, but no masks without pixels.
        fits = fits and (name != MASKS or 0 not in shape[2:])
        if not fits or last not in (None, shape[-1]):
            raise NotADetection(f"expected {name} {form}, M = {count}, but got {shape}")
    if KEYPOINT_SCORES in outputs and PAIRED_KEYPOINTS in outputs:
        points, sure = outputs[PAIRED_KEYPOINTS].shape, outputs[KEYPOINT_SCORES].shape
        if points[:3] != sure:
            raise NotADetection(
                f"{PAIRED_KEYPOINTS} {points} and {KEYPOINT_SCORES} {sure} are about other points"
            )
