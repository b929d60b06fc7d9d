"""Images with rectangles that are found again by their color, wherever they went."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from detection.kinds.masks.run_lengths import RunLengths
from training.datasets.annotated import AnnotatedImage, AnnotatedObject, Box
from training.datasets.sources import ImageSource
from training.input_pipeline.augmentation.augmenter import TrainingImage
from training.input_pipeline.targets import ImageTargets

# Not square, and no multiple of each other or of a model's input.
WIDTH, HEIGHT = 176, 128
BACKGROUND = (90, 90, 90)
# Each class is of one color; none is near the background.
CLASS_COLORS = {"red": (255, 0, 0), "green": (0, 255, 0)}
CLASS_NUMBERS = {"red": 0, "green": 1}
# In pixels: y_min, x_min, y_max, x_max.
RECTANGLES = {"red": (24, 16, 72, 64), "green": (56, 96, 104, 128)}


class NoFile:
    """A source whose pixels are known already."""

    def read(self) -> bytes:
        raise FileNotFoundError

    def exists(self) -> bool:
        return False


def drawn_image(
    *, labels: tuple[str, ...] = ("red", "green"), with_masks: bool = False
) -> TrainingImage:
    """Colored rectangles with their boxes, their four corners and their middle as keypoints."""
    pixels = np.full((HEIGHT, WIDTH, 3), BACKGROUND, np.uint8)
    objects = []
    for label in labels:
        top, left, bottom, right = RECTANGLES[label]
        covered = np.zeros((HEIGHT, WIDTH), np.bool_)
        covered[top:bottom, left:right] = True
        pixels[covered] = CLASS_COLORS[label]
        box = (top / HEIGHT, left / WIDTH, bottom / HEIGHT, right / WIDTH)
        mask = RunLengths.of(covered) if with_masks else None
        objects.append(AnnotatedObject(label, box, mask=mask, keypoints=_keypoints(box)))
    source: ImageSource = NoFile()
    image = AnnotatedImage("drawn.png", source, WIDTH, HEIGHT, tuple(objects))
    targets = ImageTargets.of(image, CLASS_NUMBERS, 5)
    return TrainingImage(Image.fromarray(pixels), targets)


def colored_pixels(pixels: npt.NDArray[np.uint8], label: str) -> npt.NDArray[np.bool_]:
    """(H, W): where the color of a class is nearer than the background's."""
    values = pixels.astype(np.int16)
    to_class = np.abs(values - CLASS_COLORS[label]).sum(-1)
    others = [color for other, color in CLASS_COLORS.items() if other != label]
    to_others = [np.abs(values - color).sum(-1) for color in (*others, BACKGROUND)]
    nearest: npt.NDArray[np.bool_] = to_class < np.min(to_others, axis=0)
    return nearest


def box_of_pixels(covered: npt.NDArray[np.bool_]) -> Box:
    """[y_min, x_min, y_max, x_max] in pixels around what is True."""
    rows, columns = np.flatnonzero(covered.any(1)), np.flatnonzero(covered.any(0))
    return (float(rows[0]), float(columns[0]), float(rows[-1] + 1), float(columns[-1] + 1))


def _keypoints(box: Box) -> npt.NDArray[np.float64]:
    y_min, x_min, y_max, x_max = box
    middle = ((y_min + y_max) / 2, (x_min + x_max) / 2)
    corners = ((y_min, x_min), (y_min, x_max), (y_max, x_max), (y_max, x_min))
    return np.array([(y, x, 2) for y, x in (*corners, middle)])
