"""Images that are measured on, each beside the one in train that is nearly the same."""

from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from training.datasets.annotated import AnnotatedImage
from training.evaluation.side_by_side import GAP_PX, THREADS, annotated_image, worst_sheet
from training.evaluation.train_overlap import Pair, TrainOverlap

MOST_SHOWN = 24
SIDE_PX = 224
COLUMNS = 3


def train_overlap_sheet(overlap: TrainOverlap, class_ids: dict[str, int]) -> Image.Image | None:
    """A sheet of the most alike pairs, with what is annotated; None where there are none.

    Args:
        overlap: the pairs.
        class_ids: of the data set that is measured on, for the colors; another class of train has
            one of theirs.
    """
    shown = overlap.pairs[:MOST_SHOWN]
    if not shown:
        return None
    labels = {one.label for each in shown for one in each.learned.objects}
    colors = {**dict.fromkeys(labels, 0), **class_ids}

    def draw(pair: Pair) -> Image.Image:
        both = Image.new("RGB", (2 * SIDE_PX + GAP_PX, SIDE_PX), "black")
        for column, image in enumerate((pair.measured, pair.learned)):
            both.paste(_square(image, colors), (column * (SIDE_PX + GAP_PX), 0))
        return both

    with ThreadPoolExecutor(THREADS) as pool:
        return worst_sheet(list(pool.map(draw, shown)), shown, columns=COLUMNS)


def _square(image: AnnotatedImage, class_ids: dict[str, int]) -> Image.Image:
    square = Image.new("RGB", (SIDE_PX, SIDE_PX), "black")
    drawn = annotated_image(image, class_ids, longer_side_px=SIDE_PX)
    square.paste(drawn, ((SIDE_PX - drawn.width) // 2, (SIDE_PX - drawn.height) // 2))
    return square
