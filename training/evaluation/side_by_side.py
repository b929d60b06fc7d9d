"""An image twice: with what is there, and with what was found."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

from detection.detections import Detections
from detection.drawing import draw_detections
from detection.hands.skeleton import KEYPOINT_NAMES
from detection.images import ImageError, read_image
from detection.label_map import LabelMap
from training.datasets.annotated import AnnotatedImage
from training.datasets.contact_sheet import BACKGROUND, INK, arrange, draw_annotations
from training.datasets.dataset import Dataset
from training.datasets.sources import MAX_PIXELS
from training.datasets.workers import Workers

GAP_PX = 4
CAPTION_PX = 34
TEXT_PX = 12
LONGEST_LINE = 96
THREADS = 4


class Wrong(Protocol):
    """An image in which something is wrong."""

    @property
    def index(self) -> int:
        """Its place in the data set."""

    @property
    def name(self) -> str:
        """Its name there, with the split."""

    @property
    def reasons(self) -> str:
        """What is wrong, in a line."""


def side_by_side(
    image: AnnotatedImage, found: Detections, label_map: LabelMap, *, longer_side_px: int
) -> Image.Image:
    """Truth on the left, detections on the right; an image that cannot be read says why.

    Args:
        image: the truth.
        found: with the numbers of `label_map`.
        label_map: the data set's.
        longer_side_px: of each of the two.

    Returns:
        Mode RGB, twice as wide as the scaled image, and a gap.
    """
    scale = longer_side_px / max(image.width, image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    try:
        pixels = read_image(image.source.read(), max_pixels=MAX_PIXELS).pixels
    except (OSError, ImageError) as error:
        halves = [_message(str(error), size), _message("", size)]
    else:
        pixels = pixels.resize(size, Image.Resampling.BILINEAR)
        class_ids = {item.name: item.id for item in label_map}
        truth = draw_annotations(pixels, image, class_ids, bones=_has_hands(image))
        halves = [truth, draw_detections(pixels, found, label_map)]
    pair = Image.new("RGB", (2 * size[0] + GAP_PX, size[1]), BACKGROUND)
    pair.paste(halves[0], (0, 0))
    pair.paste(halves[1], (size[0] + GAP_PX, 0))
    return pair


def annotated_image(
    image: AnnotatedImage, class_ids: dict[str, int], *, longer_side_px: int
) -> Image.Image:
    """An image, scaled, with what is annotated; one that cannot be read says why."""
    scale = longer_side_px / max(image.width, image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    try:
        pixels = read_image(image.source.read(), max_pixels=MAX_PIXELS).pixels
    except (OSError, ImageError) as error:
        return _message(str(error), size)
    pixels = pixels.resize(size, Image.Resampling.BILINEAR)
    return draw_annotations(pixels, image, class_ids, bones=_has_hands(image))


def worst_pairs(
    truth: Dataset,
    found: Sequence[Detections],
    worst: Sequence[Wrong],
    workers: Workers,
    *,
    longer_side_px: int,
) -> list[Image.Image]:
    """`side_by_side` of each of `worst`; `found` is of all images of `truth`."""
    if not worst:
        return []

    def draw(each: Wrong) -> Image.Image:
        image, detections = truth.images[each.index], found[each.index]
        return side_by_side(image, detections, truth.label_map, longer_side_px=longer_side_px)

    pairs = []
    # Pillow decodes and scales without Python's lock; processes take longer to start than this.
    with ThreadPoolExecutor(THREADS) as pool, workers.progress("drawing", len(worst)) as advance:
        for pair in pool.map(draw, worst):
            pairs.append(pair)
            advance(1)
    return pairs


def worst_sheet(
    pairs: Sequence[Image.Image], worst: Sequence[Wrong], *, columns: int
) -> Image.Image:
    """One image of one or more pairs, each with its name and what is wrong below it."""
    width = max(pair.width for pair in pairs)
    height = max(pair.height for pair in pairs)
    tiles = []
    font = ImageFont.load_default(TEXT_PX)
    for pair, each in zip(pairs, worst, strict=True):
        tile = Image.new("RGB", (width, height + CAPTION_PX), BACKGROUND)
        tile.paste(pair, ((width - pair.width) // 2, (height - pair.height) // 2))
        canvas = ImageDraw.Draw(tile)
        canvas.text((2, height + 2), _line(each.name), INK, font)
        canvas.text((2, height + 2 + TEXT_PX + 3), _line(each.reasons), INK, font)
        tiles.append(tile)
    return arrange(tiles, columns)


def _has_hands(image: AnnotatedImage) -> bool:
    """Whether its objects' keypoints are hands'."""
    counts = {len(each.keypoints) for each in image.objects if each.keypoints is not None}
    return counts == {len(KEYPOINT_NAMES)}


def _message(text: str, size_wh: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size_wh, BACKGROUND)
    shown = "\n".join(_line(text[start : start + 40]) for start in range(0, len(text), 40))
    ImageDraw.Draw(image).multiline_text((4, 4), shown, INK, ImageFont.load_default(TEXT_PX))
    return image


def _line(text: str) -> str:
    """One line that the built-in font can show, not too long."""
    text = "".join(each if each.isprintable() else " " for each in text)
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
