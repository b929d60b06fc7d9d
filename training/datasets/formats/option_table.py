"""What a person may have to say of a data set: a row each, for the command line and for configs.

`ReadOptions` and a config's `DataSource` have a field for each row; the flags are made of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from training.datasets.formats.options import ReadOptions

Kind = Literal["text", "file", "folder", "number", "flag"]


@dataclass(frozen=True)
class DataOption:
    """One thing that files do not say.

    Args:
        setting: its field of `DataSource`.
        flag: of the command line; a former one may stand behind.
        help: a sentence for the command line.
        field: its field of `ReadOptions`; empty where it is the setting's.
        kind: what its value is.
        choices: the words that it may be; empty for any.
        default: what it is where nobody says.
        metavar: how the help shows its value; empty for the usual.
    """

    setting: str
    flag: tuple[str, ...]
    help: str
    field: str = ""
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    default: Any = None
    metavar: str = ""

    @property
    def read_field(self) -> str:
        """The field of `ReadOptions`."""
        return self.field or self.setting


DATA_OPTIONS = (
    DataOption("classes", ("--classes",),
               "Names in the order of their numbers, with commas; or a file, a name a line."),
    DataOption("label_map", ("--label-map",), kind="file",
               help="A label_map.pbtxt: the only classes that are known."),
    DataOption("rename", ("--rename",), metavar="NAME=NEW,...",
               help="Other names for classes, such as fist=zero,palm=five; several may become "
               "one."),
    DataOption("images", ("--images", "--pictures"), field="images_dir", kind="folder",
               help="Where the images are, if not where the format has them."),
    DataOption("columns", ("--columns",),
               "CSV: meaning=column with commas, or a YAML file of them, such as image=file,"
               "class=tag,x_min=left,y_min=top,box_width=w,box_height=h; those with the usual "
               "names may be left out. VGG Image Annotator: class=attribute."),
    DataOption("categories", ("--categories",), field="categories_csv", kind="file",
               help="CSV: the file that names the numbers in the class_id column."),
    DataOption("hands", ("--hands",), field="one_hand_class", choices=("one", "four"),
               default="one", help="EgoHands: one class, or mine and yours, left and right."),
    DataOption("voc_first_pixel", ("--voc-first-pixel",), choices=("0", "1"),
               help="Pascal VOC: where corners count from, where it is not found out."),
    DataOption("crowd_as_single", ("--crowd-as-single",), kind="flag", default=False,
               help="COCO: crowds as single objects, for tools that mark every mask as one."),
    DataOption("first_class", ("--first-class",), kind="number",
               help="YOLO, TFRecord, COCO: the number of the first class, where it is not found "
               "out: 1 where labels count from 1."),
    DataOption("exif_frame", ("--exif",), choices=("upright", "stored"),
               help="Images that EXIF turns: whether boxes were drawn on them as people see them "
               "or as they are stored, where it is not found out."),
    DataOption("box_form", ("--boxes",), choices=("xywh", "xyxy"),
               help="COCO, YOLO, a CSV's column of whole boxes: xyxy where they are two corners, "
               "[x_min, y_min, x_max, y_max], and xywh where they have a width and a height."),
    DataOption("encoding", ("--encoding",),
               "Of text files that are not UTF-8, where it is not found out: cp1251, gb18030, "
               "shift_jis, big5, euc-kr..."),
)  # fmt: skip


def said_settings(given: Mapping[str, Any], options: ReadOptions) -> dict[str, Any]:
    """The settings of a `DataSource` that read as options do, in plain values, as YAML has them.

    Args:
        given: what was said, by setting; what is None or the default says nothing.
        options: what was made of it.
    """
    found: dict[str, Any] = {}
    same = {each.name for each in fields(ReadOptions)} - {"label_map"}
    for row in DATA_OPTIONS:
        value = given.get(row.setting)
        if value is not None and value != row.default:
            # A setting of the same name holds what was understood, another what was given.
            found[row.setting] = _plain(
                getattr(options, row.setting) if row.setting in same else value
            )
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, Path) else value
