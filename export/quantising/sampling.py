"""A sample of what a model was trained on."""

from collections.abc import Sequence

from training.datasets.annotated import AnnotatedPicture
from training.input.batches import TrainingSource


def sample_of(sources: Sequence[TrainingSource], most: int) -> list[AnnotatedPicture]:
    """Pictures spread over each source, as many of each as its share of the training is.

    Args:
        sources: of the training.
        most: how many pictures at most.
    """
    weights = [each.share or float(len(each.dataset)) for each in sources]
    found: list[AnnotatedPicture] = []
    for source, weight in zip(sources, weights, strict=True):
        pictures = source.dataset.pictures
        count = min(len(pictures), round(most * weight / sum(weights)))
        found += [pictures[place * len(pictures) // count] for place in range(count)]
    return found
