"""What int8 is calibrated with: images from all over what was trained on."""

from pathlib import Path

from export.quantization.sampling import sample_of
from tests.support.small_datasets import an_image
from training.datasets.dataset import Dataset, label_map_of
from training.input_pipeline.batches import TrainingSource


def dataset(folder: Path, prefix: str, count: int) -> Dataset:
    images = tuple(an_image(folder, f"{prefix}{number}.png") for number in range(count))
    return Dataset(label_map_of(["cell"]), images)


def names(sources: list[TrainingSource], most: int) -> list[str]:
    return [each.name for each in sample_of(sources, most)]


def test_images_are_spread_over_each_source(tmp_path: Path) -> None:
    sources = [TrainingSource(dataset(tmp_path, "a", 8)), TrainingSource(dataset(tmp_path, "b", 4))]
    assert names(sources, 6) == ["a0.png", "a2.png", "a4.png", "a6.png", "b0.png", "b2.png"]


def test_a_source_has_its_share_of_the_training(tmp_path: Path) -> None:
    real, drawn = dataset(tmp_path, "real", 2), dataset(tmp_path, "drawn", 8)
    found = names([TrainingSource(real, 0.8), TrainingSource(drawn, 0.2)], 5)
    assert found == ["real0.png", "real1.png", "drawn0.png"]


def test_no_more_than_there_are(tmp_path: Path) -> None:
    assert len(names([TrainingSource(dataset(tmp_path, "a", 3))], 300)) == 3
