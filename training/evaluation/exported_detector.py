"""An exported model, as TF Serving would load it: a SavedModel with a detector's signature.

Its names are the Object Detection API's (`exporter_lib_v2.py`): one input of pixels or of encoded
images; `detection_boxes`, `detection_scores`, `detection_classes`, `num_detections`.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from detection.detections import Detections
from detection.images import DecodedImage
from detection.kinds.boxes.outputs import BOXES, CLASSES, COUNT, SCORES
from detection.kinds.table import KINDS, OutputKinds
from detection.label_map import LabelMap, LabelMapError
from detection.label_map_text import LABEL_MAP_NAME, PLACES_IN_VERSION, parse_label_map
from training.datasets.annotated import AnnotatedImage
from training.evaluation.errors import EvaluationError
from training.evaluation.image_detector import LOWEST_SCORE, MOST_DETECTIONS, read_upright

SAVED_MODEL = "saved_model.pb"
SIGNATURE = "serving_default"


class ExportedDetector:
    """Asks a SavedModel about one image after another; an `ImageDetector`.

    Args:
        folder: of one version, with `saved_model.pb`; or of a model with numbered versions, of
            which the highest is taken.
        label_map: in the place of `label_map.pbtxt` there, in its `assets`, or one folder above.
        kinds: of output, that are looked for.

    Raises:
        EvaluationError: there is none, or it is no detector.
    """

    def __init__(
        self, folder: Path, label_map: LabelMap | None = None, kinds: OutputKinds = KINDS
    ) -> None:
        self._folder = version_folder(folder)
        self._kinds = kinds
        self.lowest_score = LOWEST_SCORE
        self.label_map = label_map or _label_map(self._folder)
        try:
            # The model's variables live as long as it does, so it is kept.
            self._model: Any = tf.saved_model.load(str(self._folder))
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise EvaluationError(f"{self._folder} cannot be loaded: {error}") from error
        self._ask = self._model.signatures.get(SIGNATURE)
        if self._ask is None:
            found = ", ".join(self._model.signatures) or "none"
            raise EvaluationError(f"{self._folder}: no signature {SIGNATURE}; there is {found}")
        missing = {BOXES, SCORES, CLASSES} - set(self._ask.structured_outputs)
        inputs = self._ask.structured_input_signature[1]
        if missing or len(inputs) != 1:
            raise EvaluationError(
                f"{self._folder} is no detector: it takes {', '.join(inputs)} and answers "
                f"{', '.join(sorted(self._ask.structured_outputs))}; one input of images was "
                f"expected, and {BOXES}, {SCORES} and {CLASSES}"
            )
        [(self._input_name, self._input)] = inputs.items()

    @property
    def folder(self) -> Path:
        """Of the version, with `saved_model.pb` in it."""
        return self._folder

    @property
    def kind(self) -> str:
        """The kind of output that it finds, by the names of our own exports' outputs."""
        names = self._ask.structured_outputs
        return self._kinds.of_outputs(
            [each.output for each in self._kinds if each.output in names]
        ).name

    @property
    def description(self) -> str:
        """The exported model's folder."""
        return f"exported model {self._folder}"

    def detect(self, images: Sequence[AnnotatedImage]) -> Iterator[Detections]:
        """What is in each image, asked about alone, as its signature takes it."""
        for image in images:
            tensor = self._tensor(read_upright(image))
            try:
                answer = self._ask(**{self._input_name: tensor})
                outputs = {name: value.numpy() for name, value in answer.items()}
                found = _detections(outputs, self._kinds)
            except (tf.errors.OpError, ValueError, TypeError, IndexError) as error:
                raise EvaluationError(f"{self._folder}, {image.name}: {error}") from error
            yield found

    def _tensor(self, image: DecodedImage) -> tf.Tensor:
        if self._input.dtype == tf.string:
            return tf.constant([_file(image)])
        shape = self._input.shape
        sides = shape[1:3] if shape.rank == 4 else (None, None)
        size_wh = (sides[1] or image.width, sides[0] or image.height)
        pixels = image.pixels
        if pixels.size != size_wh:
            pixels = pixels.resize(size_wh, Image.Resampling.BILINEAR)
        return tf.cast(np.asarray(pixels)[None], self._input.dtype)  # (1, H, W, 3)


def version_folder(folder: Path) -> Path:
    """The folder with `saved_model.pb`: `folder`, or its highest numbered one.

    Raises:
        EvaluationError: there is none.
    """
    if (folder / SAVED_MODEL).is_file():
        return folder
    versions = [each.parent for each in folder.glob(f"*/{SAVED_MODEL}")
                if each.parent.name.isdecimal()]  # fmt: skip
    if not versions:
        raise EvaluationError(f"{folder} holds no {SAVED_MODEL}, and no numbered folder with one")
    return max(versions, key=lambda each: int(each.name))


def _label_map(folder: Path) -> LabelMap | None:
    places = [*(folder / place for place in PLACES_IN_VERSION), folder.parent / LABEL_MAP_NAME]
    for path in places:
        if path.is_file():
            try:
                return parse_label_map(path.read_bytes())
            except (OSError, LabelMapError) as error:
                raise EvaluationError(f"{path}: {error}") from error
    return None


def _file(image: DecodedImage) -> bytes:
    """A file that shows the upright image to `tf.io.decode_image`, which turns nothing."""
    if image.plain_file:
        return image.data
    file = BytesIO()
    image.pixels.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _detections(answer: dict[str, np.ndarray[Any, Any]], kinds: OutputKinds) -> Detections:
    """The first row of each output; class numbers of quantized models are a little off."""
    scores = answer[SCORES].reshape(-1)
    count = round(float(answer[COUNT].reshape(-1)[0])) if COUNT in answer else len(scores)
    boxes = np.sort(answer[BOXES].reshape(-1, 2, 2)[:count], axis=1).reshape(-1, 4)
    found = Detections(
        np.clip(boxes, 0, 1),
        np.clip(scores[:count], 0, 1),
        np.rint(answer[CLASSES].reshape(-1)[:count]).astype(np.int64),
        kinds.own_extras(answer, 0, np.arange(count)),
    )
    return found.select(max_detections=MOST_DETECTIONS)
