"""A box of Pascal VOC's kind of file in the forms in which scripts and tools write it.

The challenge has `<bndbox>` with `xmin`, `ymin`, `xmax`, `ymax`. Others write the corners as `x1`
or `left`, as a corner and a size, as attributes, and with their locale's decimal comma.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.datasets.formats.text.xml_tree import Node
from training.datasets.formats.voc.corners import Corners

CORNERS = ("xmin", "ymin", "xmax", "ymax")
# Tags are compared in lower case, without `_` and `-`.
BOXES = ("bndbox", "bbox", "box", "boundingbox")
_OTHER_CORNERS = (("x1", "y1", "x2", "y2"), ("left", "top", "right", "bottom"),
                  ("xleft", "ytop", "xright", "ybottom"), ("minx", "miny", "maxx", "maxy"),
                  ("xtl", "ytl", "xbr", "ybr"))  # fmt: skip
_WITH_SIZE = (("x", "y", "w", "h"), ("x", "y", "width", "height"),
              ("left", "top", "width", "height"), ("xmin", "ymin", "width", "height"),
              ("xmin", "ymin", "w", "h"))  # fmt: skip
_CENTERED = (("cx", "cy", "w", "h"), ("xcenter", "ycenter", "width", "height"),
             ("centerx", "centery", "width", "height"))  # fmt: skip
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


@dataclass(frozen=True, slots=True)
class VocBox:
    """A box as a file has it.

    Args:
        corners: [xmin, ymin, xmax, ymax], finite.
        form: how it was written where that was not with VOC's four elements; else empty.
        of_edges: whether they are edges from 0, as those of a corner or center and a size are.
    """

    corners: Corners
    form: str = ""
    of_edges: bool = False


def parse_box(node: Node) -> VocBox:
    """The box of a `bndbox` element.

    Raises:
        ValueError: it has none of the forms, or something else in the place of a number.
    """
    values = [node.text_of(name) for name in CORNERS]
    if all(values):
        numbers, has_comma = _numbers(CORNERS, values)
        return VocBox(_as_corners(numbers), "numbers with a decimal comma" if has_comma else "")
    fields = _fields(node)
    for names in (CORNERS, *_OTHER_CORNERS):
        if fields.keys() >= set(names):
            numbers, _ = _numbers(names, [fields[name] for name in names])
            return VocBox(_as_corners(numbers), f"corners called {', '.join(names)}")
    for names in (*_WITH_SIZE, *_CENTERED):
        if fields.keys() >= set(names):
            numbers, _ = _numbers(names, [fields[name] for name in names])
            x, y, width, height = numbers
            if names in _CENTERED:
                x, y = x - width / 2, y - height / 2
            what = "center" if names in _CENTERED else "upper left corner"
            form = f"{', '.join(names)}, taken as the {what} and the size"
            return VocBox((x, y, x + width, y + height), form, of_edges=True)
    missing = next((name for name in CORNERS if name not in fields), CORNERS[0])
    if not fields or fields.keys() & set(CORNERS):
        raise ValueError(f"{missing} is {fields.get(missing, '')!r}, a number was expected")
    raise ValueError(f"{', '.join(CORNERS)} were expected, there are {', '.join(fields)[:80]}")


def box_of(node: Node) -> Node | None:
    """The first child that is called like a box."""
    return next((child for child in node.children if _plain(child.tag) in BOXES), None)


def _fields(node: Node) -> Mapping[str, str]:
    found = {_plain(name): value for name, value in node.attributes.items()}
    return found | {_plain(child.tag): child.own_text for child in node.children}


def _plain(tag: str) -> str:
    return tag.lower().replace("_", "").replace("-", "")


def _as_corners(numbers: Sequence[float]) -> Corners:
    x_min, y_min, x_max, y_max = numbers
    return x_min, y_min, x_max, y_max


def _numbers(names: Sequence[str], texts: Sequence[str]) -> tuple[list[float], bool]:
    """The numbers, and whether one has a decimal comma.

    Raises:
        ValueError: one is none; names it.
    """
    found, has_comma = [], False
    for name, text in zip(names, texts, strict=True):
        is_comma = _DECIMAL_COMMA.fullmatch(text) is not None
        has_comma = has_comma or is_comma
        try:
            value = float(text.replace(",", ".") if is_comma else text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"{name} is {text[:40]!r}, a number was expected")
        found.append(value)
    return found, has_comma
