"""Data sets drawn by Hypothesis: names, classes, boxes, masks, keypoints, splits of all kinds."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from PIL import Image

from detection.kinds.masks.run_lengths import RunLengths
from detection.label_map import LabelMap, LabelMapItem
from training.datasets.annotated import AnnotatedImage, AnnotatedObject, Box
from training.datasets.box_checks import SMALLEST_SIDE_PX
from training.datasets.dataset import Dataset
from training.datasets.sources import FileImage

# As stored: the size, the orientation that EXIF says, and the kind of file.
STORED = (
    ((48, 32), 1, "JPEG"), ((33, 70), 6, "JPEG"), ((20, 20), 3, "JPEG"), ((7, 5), 1, "PNG"),
    ((64, 48), 8, "JPEG"), ((300, 2), 1, "PNG"), ((40, 30), 1, "WEBP"), ((16, 24), 1, "BMP"),
)  # fmt: skip
# The same letter in two ways of Unicode, names that differ by case or suffix alone, and names that
# mean something to a shell, to YAML, to CSV, to XML, to a URL.
NAMES = (
    "a.jpg", "A.JPG", "a.png", "a b.jpg", "caf\u00e9.jpg", "cafe\u0301.jpg", "x/1.jpg", "y/1.jpg",
    "x_1.jpg", "100%.png", "#1.jpg", "a,b.jpg", "it's \"so\".png", "-rf.jpg", "a&b<c>.jpg", "1.jpg",
    "two.dots.jpg", "images/a.jpg", "labels/a.jpg", "\u732b.webp",
    "a;b.jpg", "a%20b.jpg", "yes.jpg", "null.jpg", "[x].jpg", "$HOME.jpg", "a  b.jpg",
    # Hidden, of folders that are passed over, with ends of lines of Unicode's, as long as can be.
    ".a.jpg", ".b/1.jpg", "__MACOSX/1.jpg", "venv/1.jpg", " a.jpg", "a.jpg ", "a .jpg", "a..jpg",
    "a\u2028b.jpg", "a\u0085b.jpg", "a\tb.jpg", "a\nb.jpg", "a\\b.jpg", "c:a.jpg", "c:/a.jpg",
    251 * "n" + ".jpg", 200 * "m" + "/" + 200 * "n" + ".jpg", 83 * "\u732b" + ".jpg", "CON.jpg",
    "a", "train/a.jpg", "val/b.jpg", "train.jpg", "Thumbs.db", "x/Thumbs.db/1.jpg", "a/b/c/d/1.jpg",
    "s3://x/1.jpg", "a?d=b.jpg", "\U0001f408.jpg", "a.txt", "a.json.jpg",
)  # fmt: skip
CLASSES = (
    "cup", "0", "1", "yes", "no", "010", "1e3", "null", "~", "a b", "a,b", "a;b", "it's", '"q"',
    "caf\u00e9", "cafe\u0301", "\u732b", "Cup", "#x", "a: b", "[x]", "{y}", "-", "a_b", "a&b<c>",
    "a\\b", "a/b", "DontCare", "background", "true", "2.5", "nan", "@", "%", "!tag", "a|b", "*",
    " cup", "cup ", "a  b", "a\tb", "a\nb", "a\r\nb", "a\u2028b", "a\u0085b", "a\u00a0b", "a\x01b",
    "\u200b", "\ufeffcup", "\ufffe", "\U0001f408", "c" * 300, "No Object", "dontcare", "a 1", "1 a",
    "picture", "class", "=1+1", "'", "&amp;", "]]>", "<!--", "- x", "? x", "|", ">", "0x1f",
)  # fmt: skip
SPLITS = st.sampled_from([(None,), ("train", "val"), ("train", "val", "test"), ("val",)])


def draw_images(folder: Path) -> list[Path]:
    """A file of each kind in `STORED`, no two with the same bytes."""
    folder.mkdir()
    paths = []
    for number, (size, orientation, kind) in enumerate(STORED):
        pixels = np.random.default_rng(number).integers(0, 255, (size[1], size[0], 3), np.uint8)
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = folder / f"{number}.{kind.lower()}"
        Image.fromarray(pixels).save(path, kind, **({"exif": exif} if kind == "JPEG" else {}))
        paths.append(path)
    return paths


def _upright(number: int) -> tuple[int, int]:
    (width, height), orientation, _ = STORED[number]
    return (height, width) if orientation > 4 else (width, height)


@st.composite
def _sides(draw: st.DrawFn, length: int) -> tuple[float, float]:
    """Two ends of a side in pixels: whole, halves, thin, at the edge, or with many digits."""
    smallest = SMALLEST_SIDE_PX * 1.001
    low = draw(
        st.one_of(
            st.integers(0, 2 * length - 1).map(lambda half: half / 2),
            st.floats(0, max(0, length - smallest)),
            st.just(0.0),
        )
    )
    low = min(low, length - smallest)
    high = draw(
        st.one_of(
            st.floats(smallest, length).map(lambda size: low + size),
            st.integers(1, length).map(lambda size: float(int(low) + size)),
            st.just(float(length)),
            st.just(low + smallest),
        )
    )
    high = min(max(high, low + smallest), float(length))
    # A set of which no box reaches beyond the first pixel is taken for one in shares.
    return (low, high) if high > 1.5 else (low, min(2.0, float(length)))


@st.composite
def _boxes(draw: st.DrawFn, size_wh: tuple[int, int]) -> Box:
    width, height = size_wh
    x_min, x_max = draw(_sides(width))
    y_min, y_max = draw(_sides(height))
    return (y_min / height, x_min / width, y_max / height, x_max / width)


@st.composite
def _bitmaps(draw: st.DrawFn, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """One or two rectangles, which touch, overlap, or lie apart."""
    bitmap = np.zeros(shape, bool)
    for _ in range(draw(st.integers(1, 2))):
        top, left = (draw(st.integers(0, side - 1)) for side in shape)
        bitmap[top : top + draw(st.integers(1, 9)), left : left + draw(st.integers(1, 9))] = True
    return bitmap


@st.composite
def _objects(
    draw: st.DrawFn, size_wh: tuple[int, int], classes: list[str], points: int, masks: bool
) -> AnnotatedObject:
    width, height = size_wh
    box = draw(_boxes(size_wh))
    y_min, x_min, y_max, x_max = np.multiply(box, (height, width) * 2).tolist()
    label = draw(st.sampled_from(classes))
    flags: dict[str, Any] = {
        flag: draw(st.integers(0, 5)) == 0 for flag in ("difficult", "truncated", "crowd")
    }
    keypoints = None
    if points and draw(st.booleans()):
        keypoints = np.array(
            [
                (draw(st.integers(0, 8)) / 8, draw(st.integers(0, 8)) / 8, draw(st.integers(0, 2)))
                for _ in range(points)
            ],
            np.float64,
        )
        keypoints[keypoints[:, 2] == 0] = 0
    kind = draw(st.integers(0, 2)) if masks else 0
    if kind == 1:
        corners = np.array([[y_min, x_min], [y_min, x_max], [y_max, x_max]]) / (height, width)
        return AnnotatedObject(label, box, (corners,), keypoints=keypoints, **flags)
    if kind == 2:
        mask = RunLengths.of(draw(_bitmaps((height, width))))
        return AnnotatedObject(label, mask.box_yxyx(), mask=mask, keypoints=keypoints, **flags)
    return AnnotatedObject(label, box, keypoints=keypoints, **flags)


@st.composite
def datasets(draw: st.DrawFn, files: list[Path]) -> Dataset:
    """A data set of one to five of `files`."""
    count = draw(st.integers(1, 5))
    numbers = draw(st.permutations(range(len(files))))[:count]
    names = draw(st.lists(st.sampled_from(NAMES), min_size=count, max_size=count, unique=True))
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=4, unique=True))
    splits = draw(SPLITS)
    points, masks = draw(st.sampled_from([0, 0, 3])), draw(st.booleans())
    has_ids = draw(st.booleans())
    images = []
    for place, (number, name) in enumerate(zip(numbers, names, strict=True)):
        size = _upright(number)
        objects = draw(st.lists(_objects(size, classes, points, masks), max_size=3))
        images.append(
            AnnotatedImage(
                name, FileImage(files[number]), *size, tuple(objects),
                ignored_yxyx=tuple(draw(st.lists(_boxes(size), max_size=2))),
                split=draw(st.sampled_from(splits)), image_id=7 * place if has_ids else None,
                group=draw(st.sampled_from([None, None, "video 1"])),
            )
        )  # fmt: skip
    names_of_points = tuple(f"p{number}" for number in range(points))
    return Dataset(_label_map(draw, classes), tuple(images), names_of_points)


def _label_map(draw: st.DrawFn, classes: list[str]) -> LabelMap:
    """Some classes are shown by another name; numbers may have gaps."""
    gap = draw(st.sampled_from([1, 1, 3]))
    shown = [f"{name} as shown" if draw(st.integers(0, 5)) == 5 else None for name in classes]
    return LabelMap(tuple(LabelMapItem(gap * number, name, display)
                          for number, (name, display)
                          in enumerate(zip(classes, shown, strict=True), 1)))  # fmt: skip
