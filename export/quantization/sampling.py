"""Sample the training images, for calibration."""

from collections.abc import Sequence

from training.datasets.annotated import AnnotatedImage
from training.input_pipeline.batches import TrainingSource


def sample_of(sources: Sequence[TrainingSource], most: int) -> list[AnnotatedImage]:
    """Images spread over each source, as many of each as its share of the training is.

    Args:
        sources: of the training.
        most: how many images at most.
    """
    weights = [each.share or float(len(each.dataset)) for each in sources]
    found: list[AnnotatedImage] = []
    for source, weight in zip(sources, weights, strict=True):
        images = source.dataset.images
        count = min(len(images), round(most * weight / sum(weights)))
        found += [images[place * len(images) // count] for place in range(count)]
    return found
