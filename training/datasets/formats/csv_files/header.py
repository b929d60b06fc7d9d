"""What the columns of a CSV file mean, by the names that people give them.

Names are compared without case, spaces and signs: `XMin`, `x_min` and `xmin` are one.
"""

from collections.abc import Mapping, Sequence

from training.datasets.formats.csv_files.many_boxes import single_boxes_header
from training.datasets.formats.csv_files.words import meanings_of, plain
from training.datasets.formats.files.file_index import is_image_name
from training.datasets.formats.splits.words import split_of_any_word

# Each meaning's names, the likeliest first. `mapped_csv` says what the meanings are.
NAMES: Mapping[str, tuple[str, ...]] = {
    "image": ("filename", "imagename", "imagepath", "imagefilename", "imagefile", "filepath",
                "imageid", "image", "file", "path", "img", "imgname", "imgpath", "imgid", "picture",
                "frame", "imageurl", "photo", "externalid"),
    "class": ("class", "classname", "label", "labelname", "category", "categoryname", "classlabel",
              "objectclass", "object", "objectname", "tag", "species", "type", "target", "cls"),
    "class_id": ("classid", "labelid", "categoryid", "clsid", "classindex", "classnumber"),
    "x_min": ("xmin", "x1", "left", "xtl", "minx", "bboxxmin", "bboxx1", "boxxmin", "topleftx",
              "bboxleft", "x0", "startx", "xstart", "roix1"),
    "y_min": ("ymin", "y1", "top", "ytl", "miny", "bboxymin", "bboxy1", "boxymin", "toplefty",
              "bboxtop", "y0", "starty", "ystart", "roiy1"),
    "x_max": ("xmax", "x2", "right", "xbr", "maxx", "bboxxmax", "bboxx2", "boxxmax", "bottomrightx",
              "bboxright", "endx", "xend", "roix2"),
    "y_max": ("ymax", "y2", "bottom", "ybr", "maxy", "bboxymax", "bboxy2", "boxymax",
              "bottomrighty", "bboxbottom", "endy", "yend", "roiy2"),
    "x_center": ("xcenter", "xc", "cx", "centerx", "xcentre", "centrex", "bboxxcenter"),
    "y_center": ("ycenter", "yc", "cy", "centery", "ycentre", "centrey", "bboxycenter"),
    "box_width": ("boxwidth", "bboxwidth", "bboxw", "boxw", "w", "bw"),
    "box_height": ("boxheight", "bboxheight", "bboxh", "boxh", "h", "bh"),
    "width": ("width", "imagewidth", "imgwidth", "imgw", "originalwidth"),
    "height": ("height", "imageheight", "imgheight", "imgh", "originalheight"),
    "box": ("bbox", "boundingbox", "box"),
    "polygon": ("polygon", "segmentation"),
    "split": ("split", "subset", "usage"),
}  # fmt: skip
# One corner of a box whose size is given.
_X, _Y = ("x", "bboxx", "boxx"), ("y", "bboxy", "boxy")
_AUTO_ML = ("split", "filename", "class", "xmin", "ymin", "corner 2 x", "corner 2 y",
            "xmax", "ymax", "corner 4 x", "corner 4 y")  # fmt: skip
# By what stands in each field: i an image's name, t another text, n a number, - nothing.
_LINES = {
    "inntnnnn": ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"),
    "tnnnninn": ("label", "x", "y", "w", "h", "image", "width", "height"),
    "itnnnn": ("filename", "class", "xmin", "ymin", "xmax", "ymax"),
    # Google AutoML's and Model Maker's: the upper left corner, perhaps the next, and so on.
    "titnn--nn--": _AUTO_ML,
    "titnnnnnnnn": _AUTO_ML,
    "itnn--nn--": _AUTO_ML[1:],
    "itnnnnnnnn": _AUTO_ML[1:],
}
# The names that people use in English: a column of one of them is nobody's guess.
_ENGLISH = frozenset({*(name for names in NAMES.values() for name in names), *_X, *_Y, "name"})
_SIDES = ("box_width", "box_height")


def understand(header: Sequence[str]) -> dict[str, str]:
    """The column of each meaning; empty where they do not name an image and a box or outline.

    Args:
        header: the columns' names.

    Example:
        >>> understand(["image_id", "x", "y", "w", "h", "label"])
        {'image': 'image_id', 'class': 'label', 'box_width': 'w', 'box_height': 'h', \
'x_min': 'x', 'y_min': 'y'}
    """
    found = known_columns(header)
    is_drawn = has_box(found) or "polygon" in found
    return found if "image" in found and is_drawn else {}


def known_columns(header: Sequence[str]) -> dict[str, str]:
    """The column of each meaning, as far as names tell; in other languages where not in English.

    Args:
        header: the columns' names.
    """
    header = single_boxes_header(header)
    by_plain = {plain(name): name for name in reversed(header)}
    found = {
        meaning: by_plain[name]
        for meaning, names in NAMES.items()
        if (name := next((each for each in names if each in by_plain), None)) is not None
    }
    _take_corner_and_size(by_plain, found)
    found |= foreign_columns(header, found)
    _take_corner_and_size(by_plain, found)
    if "image" not in found and "class" in found and "name" in by_plain:
        found["image"] = by_plain["name"]
    elif "class" not in found and "name" in by_plain:
        found["class"] = by_plain["name"]
    return found


def foreign_columns(header: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """The columns that only words of other languages name, which are told as taken.

    Args:
        header: the columns' names.
        known: the column of each meaning by English names; others among them are told again.
    """
    english = {meaning: name for meaning, name in known.items() if plain(name) in _ENGLISH}
    return meanings_of(header, english)


def without_doubtful_split(
    columns: Mapping[str, str], rows: Sequence[Mapping[str, str]]
) -> dict[str, str]:
    """The columns without one of splits whose name may mean else, and whose fields are no splits.

    Args:
        columns: the column of each meaning, as names tell it.
        rows: the fields of each row by column.
    """
    column = columns.get("split")
    if column is None or plain(column) in NAMES["split"]:
        return dict(columns)
    said = {row.get(column, "").strip() for row in rows} - {""}
    if said and all(map(split_of_any_word, said)):
        return dict(columns)
    return {meaning: name for meaning, name in columns.items() if meaning != "split"}


def without_header(fields: Sequence[str]) -> tuple[str, ...]:
    """The columns of a file whose first line is an object already; empty where it is none.

    The Object Detection API's, makesense.ai's, Google AutoML's, and an image, its class and four
    corners.

    Example:
        >>> without_header(["cup", "6", "8", "18", "16", "a.jpg", "48", "32"])
        ('label', 'x', 'y', 'w', 'h', 'image', 'width', 'height')
    """
    kinds = "".join(kind_of(field) for field in fields)
    return next((names for kind, names in _LINES.items() if kind == kinds), ())


def has_box(columns: Mapping[str, str]) -> bool:
    """Whether the columns make a box, in any of its forms."""
    corners = {"x_min", "y_min"} <= set(columns)
    ends, sides = {"x_max", "y_max"} <= set(columns), set(_SIDES) <= set(columns)
    centers = {"x_center", "y_center"} <= set(columns)
    return (corners and (ends or sides)) or (centers and sides) or "box" in columns


def _take_corner_and_size(plain: Mapping[str, str], found: dict[str, str]) -> None:
    """`x`, `y` are a corner where sizes stand beside, and `width`, `height` those of the box."""
    x = next((plain[name] for name in _X if name in plain), None)
    y = next((plain[name] for name in _Y if name in plain), None)
    if "x_max" in found or "box" in found:
        return
    if x is not None and y is not None and "x_center" not in found and "x_min" not in found:
        found["x_min"], found["y_min"] = x, y
    begins = {"x_min", "y_min"} <= set(found) or {"x_center", "y_center"} <= set(found)
    if begins and not set(_SIDES) <= set(found) and {"width", "height"} <= set(found):
        found["box_width"], found["box_height"] = found.pop("width"), found.pop("height")


def kind_of(field: str) -> str:
    """What stands in a field: `i` an image's name, `n` a number, `t` another text, `-` nothing."""
    if is_image_name(field):
        return "i"
    try:
        # Where a comma is in a field, it separates none.
        float(field.replace(",", "."))
    except ValueError:
        return "t" if field else "-"
    return "n"
