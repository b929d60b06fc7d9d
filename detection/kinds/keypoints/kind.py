"""`KEYPOINTS`: where the points of each object are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.detections import Detections
from detection.kinds.array_kind import ArrayKind
from detection.kinds.canvas import Canvas
from detection.kinds.keypoints import outputs as forms
from detection.kinds.keypoints.decoding import decode_keypoints
from detection.kinds.keypoints.drawing import draw_keypoints
from detection.kinds.keypoints.json_objects import keypoint_objects, parse_keypoints
from detection.kinds.output_kind import FARTHEST_PLACE, Array, Declared, NotADetection
from detection.label_map import LabelMap
from detection.tolerance import SURE, Tolerance

# Of an answer: an output of points that has none.
NO_POINTS = "no_points"
_ALL = (forms.KEYPOINTS, forms.PAIRED_KEYPOINTS, forms.KEYPOINT_SCORES)


@dataclass(frozen=True)
class KeypointKind(ArrayKind):
    """Keypoints: (N, K, 3) float32, [y, x, score], y and x in 0..1 of the image, as the score."""

    name = "keypoints"
    form = forms.KEYPOINTS
    # The box around them reaches to points that nobody is sure of.
    locates = True

    def is_answered_in(self, outputs: Collection[str]) -> bool:
        """Whether there is an output of places."""
        return forms.KEYPOINTS.name in outputs or forms.PAIRED_KEYPOINTS.name in outputs

    def read_outputs(self, declared: Declared) -> frozenset[str]:
        """Ours; else the Object Detection API's, the scores where there are some."""
        if forms.KEYPOINTS.is_declared(declared):
            return frozenset({forms.KEYPOINTS.name})
        if not forms.PAIRED_KEYPOINTS.is_declared(declared):
            return frozenset()
        pair = (forms.PAIRED_KEYPOINTS, forms.KEYPOINT_SCORES)
        return frozenset(each.name for each in pair if each.is_declared(declared))

    def unread_outputs(self, declared: Declared) -> tuple[str, ...]:
        """The Object Detection API's, in another form: others call other things `keypoints`."""
        name = forms.PAIRED_KEYPOINTS.name
        return (name,) if name in declared and not self.read_outputs(declared) else ()

    def check_outputs(self, outputs: Mapping[str, Array], batch: int, count: int) -> None:
        """Look at the shapes; a model may have no points.

        Raises:
            NotADetection: one is another, or two are of other points.
        """
        for form in _ALL:
            if form.name in outputs:
                form.check(outputs[form.name], batch, count)
        paired, scored = forms.PAIRED_KEYPOINTS.name, forms.KEYPOINT_SCORES.name
        if paired in outputs and scored in outputs:
            points, sure = outputs[paired].shape, outputs[scored].shape
            if points[:3] != sure:
                raise NotADetection(f"{paired} {points} and {scored} {sure} are about other points")

    def decode(self, outputs: Mapping[str, Array], row: int, kept: npt.NDArray[np.intp]) -> Any:
        """(N, K, 3) float64, y and x in the boxes' unit; None where the answer has none.

        Raises:
            NotADetection: a number is not finite, or none of its kind.
        """
        return decode_keypoints(outputs, row, kept)

    def oddities(self, outputs: Mapping[str, Array]) -> frozenset[str]:
        """`NO_POINTS`, where an output of points has none."""
        points = outputs.get(forms.KEYPOINTS.name, outputs.get(forms.PAIRED_KEYPOINTS.name))
        return frozenset({NO_POINTS} if points is not None and points.shape[2] == 0 else ())

    def normalized(self, values: Any, size_yx: npt.NDArray[np.float64] | None) -> Any:
        """The same with y and x in 0..1.

        Raises:
            NotADetection: a point lies in no image.
        """
        if size_yx is not None:
            values = np.concatenate([values[..., :2] / size_yx, values[..., 2:]], axis=-1)
        if np.abs(values[..., :2]).max(initial=0.0) > FARTHEST_PLACE:
            raise NotADetection(f"{forms.KEYPOINTS.name} holds points that are in no image")
        return values

    def json_objects(
        self, found: Detections, *, width: int, height: int, label_map: LabelMap | None
    ) -> list[dict[str, Any]]:
        """`keypoints` in pixels, by their names; one may lie beyond the edge."""
        size = {"width": width, "height": height}
        documents = []
        for class_id, points in zip(found.class_ids.tolist(), self._points(found), strict=True):
            names = () if label_map is None else label_map.keypoint_names(class_id, len(points))
            documents.append({"keypoints": keypoint_objects(points, names=names, **size)})
        return documents

    def parse_json(
        self, objects: Sequence[Mapping[str, Any]], *, width: int, height: int
    ) -> npt.NDArray[np.float32] | None:
        """(N, K, 3); None where not all objects have points.

        Raises:
            KeyError, TypeError, ValueError: they are something else.
        """
        if not objects or not all(self.name in each for each in objects):
            return None
        size = {"width": width, "height": height}
        return np.stack([parse_keypoints(each[self.name], **size) for each in objects])

    def coco_fields(self, found: Detections, *, width: int, height: int) -> list[dict[str, Any]]:
        """`keypoints`: x, y in pixels and the score of each, in a row."""
        scale = (width, height, 1)
        in_pixels = self._points(found)[..., [1, 0, 2]].astype(np.float64) * scale
        return [
            {"keypoints": [round(value, 4) for value in each.ravel().tolist()]}
            for each in in_pixels
        ]

    def coco_fields_of_json(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The same of one detection of the gateway's JSON."""
        if self.name not in document:
            return {}
        points = document[self.name]
        return {"keypoints": [each[name] for each in points for name in ("x", "y", "score")]}

    def draw(self, canvas: Canvas, found: Detections) -> None:
        """Draw the points, and of a hand the fingers."""
        draw_keypoints(canvas.draw, self._points(found))

    def alike(
        self, these: Detections, row: int, those: Detections, tolerance: Tolerance
    ) -> npt.NDArray[np.bool_]:
        """(N,): of which all sure points but a few are where those of `row` are."""
        points, others = self._points(these)[row], self._points(those)
        sure = points[:, 2] >= SURE
        away = np.abs(others[..., :2] - points[:, :2]).max(axis=-1)  # (N, K)
        strays = ((away > tolerance.point) & sure).sum(axis=-1)
        share = (strays / max(1, int(sure.sum()))).astype(np.float32)
        alike: npt.NDArray[np.bool_] = share <= tolerance.stray_points
        return alike

    def _points(self, found: Detections) -> npt.NDArray[np.float32]:
        points: npt.NDArray[np.float32] = found.extras[self]
        return points


KEYPOINTS = KeypointKind()
