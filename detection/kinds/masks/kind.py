"""`MASKS`: which parts of each box are the object's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.detections import Detections
from detection.kinds.array_kind import ArrayKind
from detection.kinds.canvas import Canvas
from detection.kinds.masks.drawing import draw_box_mask, draw_run_lengths
from detection.kinds.masks.outlines import mask_polygons
from detection.kinds.masks.placing import place_mask
from detection.kinds.masks.run_lengths import RunLengths
from detection.kinds.output_form import OutputForm
from detection.kinds.output_kind import Array
from detection.label_map import LabelMap
from detection.palette import class_color
from detection.tolerance import Tolerance


@dataclass(frozen=True)
class MaskKind(ArrayKind):
    """Masks, in one of two forms.

    (N, h, w) float32 in 0..1: how surely each part of each box is of the object, the box divided
    into h rows and w columns, as the Object Detection API has it. Or N `RunLengths`, over the whole
    image, where they came so: in an answer of a gateway's, or in COCO results.
    """

    name = "masks"
    form = OutputForm("detection_masks", "(N, M, h, w)")

    def of(self, found: Detections) -> npt.NDArray[np.float32] | None:
        """(N, h, w): the boxes' masks; None where there are none, or only the image's."""
        values = found.extras.get(self)
        return values if isinstance(values, np.ndarray) else None

    def run_lengths(self, found: Detections) -> tuple[RunLengths, ...] | None:
        """The image's masks; None where there are none, or only the boxes'."""
        values = found.extras.get(self)
        return values if isinstance(values, tuple) else None

    def over_image(self, found: Detections, *, width: int, height: int) -> list[RunLengths] | None:
        """The mask of each detection over the whole image; None where there are no masks.

        Args:
            found: in the image.
            width: of it, in pixels.
            height: of it, in pixels.
        """
        run_lengths, masks = self.run_lengths(found), self.of(found)
        if run_lengths is not None:
            return list(run_lengths)
        if masks is None:
            return None
        size = {"width": width, "height": height}
        return [
            place_mask(mask, box, **size).run_lengths(**size)
            for mask, box in zip(masks, found.boxes_yxyx, strict=True)
        ]

    def check(self, values: Any, count: int) -> Any:
        """The boxes' masks as float32, or the image's.

        Raises:
            ValueError: they have another form, or are not finite.
        """
        if not isinstance(values, tuple):
            return super().check(values, count)
        if len(values) != count:
            raise ValueError(f"expected run-lengths of {count} detections, but got {len(values)}")
        return values

    def rows(self, values: Any, rows: npt.NDArray[Any] | slice) -> Any:
        """Those of some detections."""
        if not isinstance(values, tuple):
            return values[rows]
        return tuple(values[row] for row in np.arange(len(values))[rows].tolist())

    def check_outputs(self, outputs: Mapping[str, Array], batch: int, count: int) -> None:
        """Look at the shape, where it is answered; there is no mask without pixels.

        Raises:
            NotADetection: it is another.
        """
        if self.output in outputs:
            self.form.check(outputs[self.output], batch, count, may_be_empty=False)

    def decode(self, outputs: Mapping[str, Array], row: int, kept: npt.NDArray[np.intp]) -> Any:
        """(N, h, w) in 0..1; None where the answer has none.

        Raises:
            NotADetection: a number is not finite.
        """
        masks = super().decode(outputs, row, kept)
        return None if masks is None else np.asarray(np.clip(masks, 0.0, 1.0))

    def json_objects(
        self,
        found: Detections,
        *,
        width: int,
        height: int,
        label_map: LabelMap | None,
    ) -> list[dict[str, Any]]:
        """`mask` and `polygons`.

        The mask is COCO's run-lengths of the whole image. The polygons are its outer outlines,
        [x, y, x, y, ...] in pixels each, the largest first; a hole is in the mask alone. Masks that
        came as run-lengths have no polygons, and are in no answer of a gateway's.
        """
        masks, size = self.of(found), {"width": width, "height": height}
        if masks is None:
            return [{} for _ in range(len(found))]
        whole = self.over_image(found, **size) or []
        return [
            {"mask": run_lengths.as_coco(), "polygons": mask_polygons(mask, box, **size)}
            for run_lengths, mask, box in zip(whole, masks, found.boxes_yxyx, strict=True)
        ]

    def parse_json(
        self,
        objects: Sequence[Mapping[str, Any]],
        *,
        width: int,
        height: int,
    ) -> tuple[RunLengths, ...] | None:
        """The image's masks; None where not all objects have one.

        Raises:
            KeyError, TypeError, ValueError: one is something else.
        """
        if not objects or not all("mask" in each for each in objects):
            return None
        return tuple(RunLengths.of_coco(each["mask"]) for each in objects)

    def coco_fields(self, found: Detections, *, width: int, height: int) -> list[dict[str, Any]]:
        """`segmentation`: run-lengths of the whole image."""
        whole = self.over_image(found, width=width, height=height) or []
        return [{"segmentation": mask.as_coco()} for mask in whole]

    def coco_fields_of_json(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The same of one detection of the gateway's JSON."""
        return {"segmentation": document["mask"]} if "mask" in document else {}

    def draw(self, canvas: Canvas, found: Detections) -> None:
        """Draw each mask as a translucent area with a line around it."""
        masks, run_lengths = self.of(found), self.run_lengths(found)
        line_px = max(1, canvas.line_px // 2)
        for row in reversed(range(len(found))):
            color = class_color(int(found.class_ids[row]))
            if run_lengths is not None:
                draw_run_lengths(canvas.image, run_lengths[row], color, line_px)
            elif masks is not None:
                draw_box_mask(canvas.image, masks[row], found.boxes_yxyx[row], color, line_px)

    def alike(
        self, these: Detections, row: int, those: Detections, tolerance: Tolerance
    ) -> npt.NDArray[np.bool_]:
        """(N,): which masks differ little; two boxes that lie apart show other parts."""
        mask, masks = self.of(these), self.of(those)
        if mask is None or masks is None:
            return np.ones(len(those), np.bool_)
        apart = np.abs(masks - mask[row]).mean(axis=(1, 2))
        alike: npt.NDArray[np.bool_] = apart <= tolerance.mask
        return alike


MASKS = MaskKind()
