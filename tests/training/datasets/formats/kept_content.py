"""What of a data set comes back from formats, by what their rows say they have a place for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.datasets.annotated import AnnotatedImage, AnnotatedObject, box_around
from training.datasets.dataset import Dataset
from training.datasets.formats.registry import FORMATS
from training.datasets.outlines import outlines_of

# TFRecords have floats of 32 bits.
TOLERANCE_PX = 0.002
FLAGS = ("difficult", "truncated", "crowd")


@dataclass(frozen=True)
class Kept:
    """What all of some formats have a place for.

    Args:
        formats: their names.
        masks: whether masks were asked for.
        with_points: whether the data set has keypoints, in whose place YOLO has outlines.
    """

    formats: tuple[str, ...]
    masks: bool
    with_points: bool

    @property
    def has_masks(self) -> bool:
        points_instead = "yolo" in self.formats and not self.boxes_of_outlines
        return self.masks and not points_instead and all(FORMATS[each].masks
                                                         for each in self.formats)  # fmt: skip

    @property
    def as_outlines(self) -> bool:
        """Whether masks come back as polygons along their pixels."""
        return self.has_masks and any(FORMATS[each].outlines for each in self.formats)

    @property
    def boxes_of_outlines(self) -> bool:
        """Whether YOLO has outlines, around which its boxes are then, and no keypoints instead."""
        if not self.masks or "yolo" not in self.formats:
            return False
        before = self.formats[: self.formats.index("yolo")]
        return not (self.with_points and all(FORMATS[each].keypoints for each in before))


def assert_kept(found: Dataset, expected: Dataset, kept: Kept) -> None:
    """Both hold the same of what the formats hold, objects in their order.

    An image is told by its split and size, of which the drawn ones have no two alike: names may be
    others, and some images are stored in another kind of file.
    """
    one_map, two_map = _names_of(found, kept), _names_of(expected, kept)
    assert sorted(one_map.values()) == sorted(two_map.values())
    there = {(each.split, each.width, each.height): each for each in found.images}
    assert len(there) == len(found.images) == len(expected.images)
    rows = [FORMATS[each] for each in kept.formats]
    for image in expected.images:
        other = there[image.split, image.width, image.height]
        ignored = image.ignored_yxyx if all(row.ignored for row in rows) else ()
        assert len(other.ignored_yxyx) == len(ignored)
        for one_box, two_box in zip(other.ignored_yxyx, ignored, strict=True):
            assert np.allclose(other.pixels_xyxy(one_box), image.pixels_xyxy(two_box),
                               rtol=0, atol=TOLERANCE_PX)  # fmt: skip
        assert other.group == (image.group if all(row.groups for row in rows) else None)
        assert len(other.objects) == len(image.objects)
        for one, two in zip(other.objects, image.objects, strict=True):
            assert one_map[one.label] == two_map[two.label]
            for flag in FLAGS:
                is_kept = all(flag in row.flags for row in rows)
                assert getattr(one, flag) == (is_kept and getattr(two, flag)), flag
            _assert_box(one, two, image, kept)
            _assert_points(one, two, is_kept=all(row.keypoints for row in rows))
            _assert_mask(one, two, image, kept)


def _names_of(dataset: Dataset, kept: Kept) -> dict[str, str]:
    """What each class is called and shown as; KITTI keeps one of them where a name has spaces."""
    has_shown = all(FORMATS[each].display_names for each in kept.formats)
    return {
        item.name: item.name if not has_shown or (
            "kitti" in kept.formats and len(item.name.split()) > 1
        ) else f"{item.name}, {item.label}"
        for item in dataset.label_map
    }  # fmt: skip


def _assert_box(
    found: AnnotatedObject, expected: AnnotatedObject, image: AnnotatedImage, kept: Kept
) -> None:
    box = expected.box_yxyx
    if kept.boxes_of_outlines and expected.has_mask:
        box = box_around(outlines_of(expected))
    assert np.allclose(image.pixels_xyxy(found.box_yxyx), image.pixels_xyxy(box),
                       rtol=0, atol=TOLERANCE_PX)  # fmt: skip


def _assert_points(found: AnnotatedObject, expected: AnnotatedObject, *, is_kept: bool) -> None:
    # Keypoints of which none is labelled are as good as none.
    one, two = (
        None if each is None or not each.any() else each
        for each in (found.keypoints, expected.keypoints)
    )
    if two is None or not is_kept:
        assert one is None
    else:
        assert one is not None
        assert np.allclose(one, two, rtol=0, atol=1e-5)


def _assert_mask(
    found: AnnotatedObject, expected: AnnotatedObject, image: AnnotatedImage, kept: Kept
) -> None:
    one, two = (
        None if mask is None or not mask.area else mask.bitmap()
        for mask in (each.mask_in(width=image.width, height=image.height)
                     for each in (found, expected))
    )  # fmt: skip
    if not kept.has_masks:
        assert not found.has_mask
    elif kept.as_outlines and expected.mask is not None:
        assert two is not None
        assert_along(np.zeros_like(two) if one is None else one, two)
    elif two is None:
        assert one is None
    else:
        assert one is not None
        assert (one == two).all()


def assert_along(found: npt.NDArray[np.bool_], mask: npt.NDArray[np.bool_]) -> None:
    """An outline's pixels are a mask's but for those at its edge; a bridge has no width."""
    padded = np.pad(mask, 1)
    around = [padded[y : y + mask.shape[0], x : x + mask.shape[1]]
              for y in range(3) for x in range(3)]  # fmt: skip
    inner, outer = np.logical_and.reduce(around), np.logical_or.reduce(around)
    assert (found | ~inner).all(), "a pixel within the mask is not in its outline"
    assert (outer | ~found).all(), "a pixel far from the mask is in its outline"
