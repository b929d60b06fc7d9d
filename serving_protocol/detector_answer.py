"""A detector's `PredictResponse` as `Detections`, one of each image.

In two steps, since what the numbers mean is a fact of the model and not of one answer:
`read_answer` gives the rows as they came, `detections_of` makes detections of them by the facts.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from detection.detections import Detections
from detection.kinds.boxes.outputs import BOXES, CLASSES, COUNT, IMAGE_INFO, SCORES
from detection.kinds.output_kind import FARTHEST_PLACE, NotADetection, OutputKind
from serving_protocol.answer_rows import AnswerRows, rows_of
from serving_protocol.box_layout.evidence import counting, inferred_unit
from serving_protocol.box_layout.geometry import counts_pixels, normalized_yxyx, size_yx
from serving_protocol.detector_request import ImageBatch
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.fill_budget import TensorDecodingError
from serving_protocol.messages import PredictResponse
from serving_protocol.model_facts import BoxOrder, BoxUnit, FactSource, ModelFacts
from serving_protocol.tensors import Array, UnsupportedDtype, decode_tensor

__all__ = ["NotADetection", "decode_detections", "detections_of", "facts_of_answers", "read_answer"]


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
    kinds = signature.answered_kinds
    _check_shapes(outputs, len(batch.images), kinds)
    return [rows_of(outputs, row, batch.size_sent(row), kinds) for row in range(len(batch.images))]


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
    unit = inferred_unit(answers)
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
    in_pixels = counts_pixels(facts) and len(boxes_yxyx) > 0
    reach = np.abs(boxes_yxyx).max(-1, initial=0.0)
    if reach.max(initial=0.0) > FARTHEST_PLACE:
        # One that strays is clipped.
        counted = reach[counting(answer)]
        if len(counted) and np.median(counted) > FARTHEST_PLACE:
            raise NotADetection(f"{BOXES} reaches {counted.max():g} times the image's size")
        boxes_yxyx = np.clip(boxes_yxyx, -FARTHEST_PLACE, FARTHEST_PLACE)
    # Rounding errors can put the upper corner of an empty box below the lower one.
    corners = np.sort(boxes_yxyx.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    size = size_yx(answer, facts) if in_pixels else None
    return Detections(
        corners.astype(np.float32),
        answer.scores.astype(np.float32),
        answer.class_ids,
        {kind: kind.normalized(values, size) for kind, values in answer.extras.items()},
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


def _check_shapes(
    outputs: Mapping[str, Array], image_count: int, kinds: Sequence[OutputKind]
) -> None:
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
    for kind in kinds:
        kind.check_outputs(outputs, rows, count)
