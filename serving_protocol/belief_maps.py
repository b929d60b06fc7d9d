"""Asking a model of keypoints for its belief maps: how surely each point is at each place."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detection.kinds.keypoints.outputs import BELIEF_MAPS
from serving_protocol.detector_answer import NotADetection
from serving_protocol.detector_request import ImageBatch
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.fill_budget import TensorDecodingError
from serving_protocol.image_input import ImageInput, NotADetector
from serving_protocol.messages import PredictResponse, SignatureDef
from serving_protocol.tensors import UnsupportedDtype, decode_tensor

# (h, w, K) float32, 1 for certainty.
BeliefMaps = npt.NDArray[np.float32]


def belief_signature(signatures: Mapping[str, SignatureDef]) -> DetectorSignature:
    """The signature to ask, as one of a detector's whose output is the maps.

    Raises:
        NotADetector: the model has none.
    """
    signature = signatures.get(BELIEF_MAPS)
    if signature is None or BELIEF_MAPS not in signature.outputs or len(signature.inputs) != 1:
        raise NotADetector(f"it has no signature {BELIEF_MAPS} with such an output")
    [(name, info)] = signature.inputs.items()
    image_input = ImageInput.from_tensor_info(name, info)
    return DetectorSignature(BELIEF_MAPS, image_input, (BELIEF_MAPS,), None)


def decode_belief_maps(response: PredictResponse, batch: ImageBatch) -> list[BeliefMaps]:
    """The maps of each of `batch.images`: (h, w, K), the background's left out.

    Raises:
        NotADetection: the answer has none, or something else in their place.
    """
    if BELIEF_MAPS not in response.outputs:
        raise NotADetection(f"the answer lacks {BELIEF_MAPS}")
    try:
        maps = decode_tensor(response.outputs[BELIEF_MAPS])
    except (TensorDecodingError, UnsupportedDtype) as error:
        raise NotADetection(f"{BELIEF_MAPS}: {error}") from error
    count = len(batch.images)
    if maps.dtype.kind != "f" or maps.ndim != 4 or len(maps) < count or 0 in maps.shape[1:]:
        raise NotADetection(f"{BELIEF_MAPS} (N, h, w, K + 1) was expected, but got {maps.shape}")
    if maps.shape[3] < 2 or not np.isfinite(maps[:count]).all():
        raise NotADetection(f"{BELIEF_MAPS} holds no maps of points")
    return [each[..., :-1].astype(np.float32) for each in maps[:count]]
