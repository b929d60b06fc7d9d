"""What was repaired in order to be trained on is said, and how to see it."""

from pathlib import Path

from tests.support.annotated_folders import coco_box, coco_file, images
from training.datasets.formats.registry import read_dataset
from training.input_pipeline.batches import TrainingSource
from training.loop.images import ExperimentImages, guesses, repairs


def test_defects_of_both_parts_are_counted_by_kind(tmp_path: Path) -> None:
    boxes = [coco_box(), coco_box(category_id=9), coco_box(bbox=[50, 8, 40, 20])]
    whole = read_dataset(coco_file(images(tmp_path, "a.jpg") / "right.json"))
    broken = read_dataset(coco_file(tmp_path / "broken.json", annotations=boxes))
    learned = (TrainingSource(whole, None), TrainingSource(broken, None))
    said = repairs(ExperimentImages(whole.label_map, learned, broken))
    assert len(said) == 2
    assert said[0].startswith("train: 2 defects repaired (1 unknown class, 1 box outside)")
    assert "boxwright dataset check" in said[1]
    assert repairs(ExperimentImages(whole.label_map, (TrainingSource(whole, None),), None)) == []


def test_what_was_guessed_of_any_part_is_told_once(tmp_path: Path) -> None:
    root = images(tmp_path, "a.jpg")
    told = read_dataset(coco_file(root / "told.json", annotations=[coco_box(category_id="1")]))
    plain = read_dataset(coco_file(root / "plain.json"))
    learned = (TrainingSource(told, None), TrainingSource(plain, None))
    (said,) = guesses(ExperimentImages(plain.label_map, learned, told))
    assert said.startswith("Taken as: ")
    assert "1 annotation with the category's id in another form" in said
    assert guesses(ExperimentImages(plain.label_map, (TrainingSource(plain, None),), None)) == []
