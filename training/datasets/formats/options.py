"""What the files of a format do not say, and a person has to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from detection.label_map import LabelMap
from training.datasets.box_forms import BoxForm
from training.datasets.exif_frames import ExifFrame


@dataclass(frozen=True)
class ReadOptions:
    """How a data set is to be read.

    Args:
        classes: the names, in the order of the ids in the files; empty where the files name them.
        label_map: the only classes that are known; an object of another is a defect.
        rename: other names for classes, by the name in the files; several may become one.
        images_dir: where the images are, if not where the format has them.
        columns: for a CSV of columns of its own: what each means (see `mapped_csv`).
        categories_csv: for the same: the file that names the numbers in the class column.
        one_hand_class: EgoHands as one class `hand`, not as four.
        images_needed: whether images are looked at while reading: one that is not there or has
            another size is a defect. Without, an annotation that says a size is taken at its word.
        crowd_as_single: COCO's crowds as single objects, for tools that call every mask one.
        first_class: the number of the first class, where files have numbers and names have places;
            None to find out.
        exif_frame: the frame that annotations of images are of that EXIF turns; None to find out.
        box_form: `xyxy` where boxes are two corners and the format has a size in the place of the
            second, `xywh` where they are as the format has them; None to find out.
        encoding: of text files without a byte-order mark, as Python calls it; None to find out.
        voc_first_pixel: 1 where VOC's corners count from 1, 0 where from 0; None to find out.
    """

    classes: tuple[str, ...] = ()
    label_map: LabelMap | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    images_dir: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    categories_csv: Path | None = None
    one_hand_class: bool = True
    images_needed: bool = True
    crowd_as_single: bool = False
    voc_first_pixel: int | None = None
    encoding: str | None = None
    first_class: int | None = None
    exif_frame: ExifFrame | None = None
    box_form: BoxForm | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", _current_meanings(self.columns))


@dataclass(frozen=True)
class WriteOptions:
    """How a data set is to be written.

    Args:
        include_masks: polygons and masks too, where the format can hold them.
        shards: for TFRecords: files a split; 0 for as many as keep each below 100 MB.
        columns: for a CSV of columns of its own: what each means.
    """

    include_masks: bool = False
    shards: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", _current_meanings(self.columns))


def _current_meanings(columns: Mapping[str, str]) -> Mapping[str, str]:
    """The mapping with `image` for `picture`, as that meaning was called before."""
    return {"image" if key == "picture" else key: name for key, name in columns.items()}
