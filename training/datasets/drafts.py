"""`ImageDraft`: an annotation on its way from a file, repaired where it has to be.

Readers give it what the file says, in the file's units. What cannot be an `AnnotatedObject` becomes
a `Defect` that names its place, and the nearest thing that can, or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import numpy.typing as npt

from detection.kinds.masks.run_lengths import RunLengths
from training.datasets.annotated import (
    AnnotatedImage,
    AnnotatedObject,
    Box,
    Keypoints,
    box_around,
    pixels_xywh,
)
from training.datasets.box_checks import SMALLEST_SIDE_PX, Complaint, check_box, shares_complaint
from training.datasets.box_forms import BoxCounts, BoxForm
from training.datasets.defects import Defect, DefectKind, Loss
from training.datasets.exif_frames import AnnotatedFrame
from training.datasets.formats.splits.hints import NO_HINTS, SplitHints
from training.datasets.point_checks import check_keypoints, check_polygon, reach_of
from training.datasets.polygons import Points
from training.datasets.sources import ImageHeader, ImageSource


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of one annotation: the image, unless it had to be dropped, and the defects.

    Args:
        image: of the frame that the annotation is of; None where it was dropped.
        defects: what was wrong.
        frame: which frame that is, where EXIF turns the image; None where it does not.
        hints: on the image's split, beside what the annotation says.
        counts: of boxes that fit another reading.
    """

    image: AnnotatedImage | None
    defects: tuple[Defect, ...] = ()
    frame: AnnotatedFrame | None = None
    hints: SplitHints = NO_HINTS
    counts: BoxCounts = field(default_factory=BoxCounts)


@dataclass
class ImageDraft:
    """One image's annotation being read.

    Args:
        name: as `AnnotatedImage.name`.
        source: the image's bytes.
        width: in pixels; coordinates in pixels are of this size.
        height: in pixels.
        origin: the annotation's file or record, the beginning of every defect's place.
        image_size_wh: the image's own size where it was scaled after it was annotated; None where
            it is `width` and `height`.
        frame: which frame the annotation is of, where EXIF turns the image; else None.
        contradicted: whether the size is the stored image's, and a box is in the upright one alone.
        in_shares: whether the file's boxes are shares where its format has pixels, as `are_shares`
            tells: each is a defect.
        hints: on the split, beside the annotation.
        box_form: as `ReadOptions` has it.
        counts: of boxes that fit another reading.
        header: what the image file says of itself, where it was looked at.
    """

    name: str
    source: ImageSource
    width: int
    height: int
    origin: str
    split: str | None = None
    group: str | None = None
    image_id: int | str | None = None
    image_size_wh: tuple[int, int] | None = None
    frame: AnnotatedFrame | None = None
    in_shares: bool = False
    hints: SplitHints = NO_HINTS
    objects: list[AnnotatedObject] = field(default_factory=list)
    ignored: list[Box] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    contradicted: bool = False
    box_form: BoxForm | None = None
    counts: BoxCounts = field(default_factory=BoxCounts)
    header: ImageHeader | None = None

    def report(
        self, place: str, kind: DefectKind, message: str, repair: str, loses: Loss = Loss.NOTHING
    ) -> None:
        """Keep a defect at `place` (a line, an object) of the origin."""
        where = f"{self.origin}, {place}" if place else self.origin
        self.defects.append(Defect(where, kind, message, repair, loses=loses))

    def drop(self, place: str, kind: DefectKind, message: str) -> None:
        """Keep a defect for which an object is dropped."""
        self.report(place, kind, message, "dropped", Loss.OBJECT)

    def add(
        self,
        place: str,
        label: str,
        box_xyxy: Sequence[float] | None,
        *,
        polygons_xy: Sequence[npt.NDArray[Any]] = (),
        mask: RunLengths | None = None,
        keypoints_xyv: npt.NDArray[Any] | None = None,
        difficult: bool = False,
        truncated: bool = False,
        crowd: bool = False,
        area_px: float | None = None,
        written_xywh: Box | None = None,
        as_corners: Sequence[float] | None = None,
    ) -> None:
        """Add an object, all of it in pixels.

        Args:
            place: the line, object or record, for defects.
            label: its class; an empty one is a defect.
            box_xyxy: [x_min, y_min, x_max, y_max]; None to put it around the polygons.
            polygons_xy: (N, 2) each, [x, y].
            mask: its pixels, in the place of polygons.
            keypoints_xyv: (K, 3), x, y and visibility.
            difficult: as `AnnotatedObject.difficult`.
            truncated: as `AnnotatedObject.truncated`.
            crowd: as `AnnotatedObject.crowd`.
            area_px: as `AnnotatedObject.area_px`.
            written_xywh: as `AnnotatedObject` has it, also where the box says the same.
            as_corners: as `check_box` has it.
        """
        if not label.strip():
            self.drop(place, DefectKind.UNKNOWN_CLASS, "the class's name is empty")
            return
        if as_corners is not None and self.box_form == "xyxy":
            box_xyxy, as_corners, written_xywh = as_corners, None, None
        polygons = self._polygons(place, polygons_xy)
        if box_xyxy is None:
            if not polygons:
                self.drop(place, DefectKind.BAD_ANNOTATION, "neither a box nor a polygon")
                return
            box_xyxy = self._around(polygons)
        box = self.box(place, box_xyxy, as_corners)
        if box is None:
            return
        if mask is not None and (mask.width, mask.height) != (self.width, self.height):
            message = (
                f"the mask is {mask.width}x{mask.height}, the image {self.width}x{self.height}"
            )
            self.report(place, DefectKind.BAD_MASK, message, "mask dropped")
            mask = None
        keypoints = None if keypoints_xyv is None else self._keypoints(place, keypoints_xyv)
        self.objects.append(
            AnnotatedObject(
                label, box, polygons, mask, keypoints, difficult=difficult, truncated=truncated,
                crowd=crowd, area_px=area_px, written_xywh=self._unless_said(written_xywh, box),
            )
        )  # fmt: skip

    def ignore(self, place: str, box_xyxy: Sequence[float]) -> None:
        """Add a box, in pixels, in which nobody has looked for objects."""
        box = self.box(place, box_xyxy)
        if box is not None:
            self.ignored.append(box)

    def box(
        self, place: str, box_xyxy: Sequence[float], as_corners: Sequence[float] | None = None
    ) -> Box | None:
        """The box as [y_min, x_min, y_max, x_max] in 0..1; swapped, clipped, or None."""
        if self.in_shares:
            self.drop(place, (found := shares_complaint(box_xyxy)).kind, found.message)
            return None
        checked = check_box(box_xyxy, width=self.width, height=self.height, as_corners=as_corners)
        self._count(box_xyxy, as_corners)
        if checked.complaints and self.frame is not None and self.frame.is_only_said:
            self._look_for_contradiction(box_xyxy)
        self._complain(place, checked.complaints)
        return checked.box_yxyx

    def _count(self, box_xyxy: Sequence[float], as_corners: Sequence[float] | None = None) -> None:
        frame, size = self.frame, (self.width, self.height)
        if self.box_form is None:
            self.counts.see(box_xyxy, as_corners, size)
        if frame is not None and frame.is_on_its_side and not frame.by_size:
            self.counts.see_turned(box_xyxy, size)

    def _look_for_contradiction(self, box_xyxy: Sequence[float]) -> None:
        """Note whether a box lies in the other frame alone than the one that the size says."""
        inside, in_other = (
            not check_box(box_xyxy, width=width, height=height).complaints
            for width, height in ((self.width, self.height), (self.height, self.width))
        )
        self.contradicted = self.contradicted or (in_other and not inside)

    def _around(self, polygons: Sequence[Points]) -> Box:
        y_min, x_min, y_max, x_max = box_around(polygons)
        return (x_min * self.width, y_min * self.height, x_max * self.width, y_max * self.height)

    def _unless_said(self, written_xywh: Box | None, box: Box) -> Box | None:
        """`written_xywh` where `box` does not give it back, to the last digit."""
        if written_xywh is None:
            return None
        said = pixels_xywh(box, width=self.width, height=self.height)
        return None if written_xywh == said else written_xywh

    def finish(self) -> Parsed:
        """The image as it can be."""
        if self.contradicted and self.frame is not None:
            message = (
                f"the annotation says {self.width}x{self.height}, as the image is stored, and has "
                "boxes that lie inside of the upright one alone; EXIF turns it: --exif upright or "
                "--exif stored says on which form they were drawn"
            )
            return dropped(self.origin, DefectKind.SIZE_DIFFERS, message, "image dropped")
        width, height = self.image_size_wh or (self.width, self.height)
        objects = self.objects
        if self.image_size_wh is not None:
            # These are of the frame that was annotated; what is kept as shares still holds.
            objects = [replace(each, mask=None, area_px=None, written_xywh=None)
                       for each in objects if not self._is_thin(each, width, height)]  # fmt: skip
        image = AnnotatedImage(
            name=image_name(self.name) or "unnamed",
            source=self.source,
            width=width,
            height=height,
            objects=tuple(objects),
            ignored_yxyx=tuple(self.ignored),
            split=self.split,
            group=self.group,
            origin=self.origin,
            image_id=self.image_id,
        )
        return Parsed(image, tuple(self.defects), self.frame, self.hints, self.counts)

    def _is_thin(self, each: AnnotatedObject, width: int, height: int) -> bool:
        """Whether an object is too thin in the image as it is."""
        y_min, x_min, y_max, x_max = each.box_yxyx
        side = min((x_max - x_min) * width, (y_max - y_min) * height)
        if side < SMALLEST_SIDE_PX:
            message = f"{each.label!r} is {side:.2g} pixels thin in an image of {width}x{height}"
            self.drop("", DefectKind.BOX_EMPTY, message)
        return side < SMALLEST_SIDE_PX

    def _polygons(self, place: str, polygons_xy: Sequence[npt.NDArray[Any]]) -> tuple[Points, ...]:
        polygons: list[Points] = []
        for polygon in polygons_xy:
            points, complaints = check_polygon(polygon, width=self.width, height=self.height)
            self._complain(place, complaints)
            if points is None:
                continue
            if complaints:
                self._count(reach_of(polygon))
            polygons.append(points)
        return tuple(polygons)

    def _keypoints(self, place: str, keypoints_xyv: npt.NDArray[Any]) -> Keypoints:
        keypoints, complaints = check_keypoints(keypoints_xyv, width=self.width, height=self.height)
        self._complain(place, complaints)
        return keypoints

    def _complain(self, place: str, complaints: Sequence[Complaint]) -> None:
        for each in complaints:
            self.report(place, each.kind, each.message, each.repair, each.loses)


def image_name(path: str) -> str:
    """A path from an annotation as an `AnnotatedImage.name`: relative, with `/`, without `..`."""
    parts = PurePosixPath(path.replace("\\", "/").replace("\0", "_")).parts
    return "/".join(
        part for part in parts if part not in ("/", "//", "..", ".") and ":" not in part
    )


def dropped(where: str, kind: DefectKind, message: str, repair: str = "dropped") -> Parsed:
    """An annotation of which nothing could be kept."""
    return Parsed(None, (Defect(where, kind, message, repair, loses=Loss.IMAGE),))
