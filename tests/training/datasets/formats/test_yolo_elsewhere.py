"""YOLO's labels in folders of other names, and poses that no file calls so."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import (
    CUP_XYXY,
    LINE,
    boxes_of,
    image_file,
    notes_of,
    text_file,
)
from training.datasets.defects import DefectKind, NothingRead
from training.datasets.formats.registry import read_dataset
from training.datasets.formats.yolo.poses import keypoint_shape_of


def a_set(root: Path, description: str | None, *pairs: tuple[str, str], line: str = LINE) -> Path:
    """An image and its label file for each pair of paths, and `data.yaml` or a list of classes."""
    for image, labels in pairs:
        image_file(root / image)
        text_file(root / labels, line)
    if description is None:
        text_file(root / "classes.txt", "cup\n")
    else:
        text_file(root / "data.yaml", description)
    return root


@pytest.mark.parametrize("folder", ["label", "YOLO_labels", "Annotations_yolo", "train/label"])
def test_labels_in_a_folder_of_another_name_are_read_and_named(folder: str, tmp_path: Path) -> None:
    root = a_set(tmp_path, None, ("train/imgs/a.jpg", f"{folder}/a.txt"))
    dataset = read_dataset(root)
    assert (boxes_of(dataset)[0][1:], dataset.defects) == (("train", "cup", CUP_XYXY), ())
    assert f"the labels of 1 image were taken from {folder}" in notes_of(dataset)


def test_labels_beside_labels_and_a_models_findings_are_not_taken(tmp_path: Path) -> None:
    root = a_set(tmp_path, None, ("images/a.jpg", "labels/a.txt"), ("images/b.jpg", "old/b.txt"),
                 ("more/images/c.jpg", "runs/detect/c.txt"))  # fmt: skip
    dataset = read_dataset(root)
    assert [name for name, *_ in boxes_of(dataset)] == ["a.jpg"]
    assert "not read: 2 .txt files: old/b.txt, runs/detect/c.txt" in notes_of(dataset)


def test_one_label_file_of_two_cameras_images_is_nobodys(tmp_path: Path) -> None:
    root = a_set(tmp_path, None, ("cam1/0.jpg", "label/0.txt"), ("cam2/0.jpg", "label/0.txt"))
    dataset = read_dataset(root)
    assert (dataset.object_count, [each.kind for each in dataset.defects]) == (
        0,
        [DefectKind.NO_LABELS],
    )


KEYPOINTS = " 0.3 0.3 2 0.35 0.4 1 0 0 0"


def test_poses_without_kpt_shape_are_told_by_their_numbers(tmp_path: Path) -> None:
    root = a_set(tmp_path, "train: images\nnames: [cup]", ("images/a.jpg", "labels/a.txt"),
                 line=LINE.strip() + KEYPOINTS)  # fmt: skip
    dataset = read_dataset(root)
    (found,) = dataset.images[0].objects
    assert (boxes_of(dataset)[0][3], found.has_mask, len(dataset.keypoint_names)) == (
        CUP_XYXY, False, 3,
    )  # fmt: skip
    assert "a box and 3 keypoints of 3 numbers, not as a polygon" in notes_of(dataset)


@pytest.mark.parametrize(
    ("lines", "shape"),
    [
        # Three points of x and y in the box, in every line.
        ([[0, 0.5, 0.5, 0.2, 0.2, 0.4, 0.5, 0.5, 0.5, 0.6, 0.5]] * 3, (3, 2)),
        # Polygons: of five points each, or of as many as it takes.
        ([[0, 0.1, 0.1, 0.3, 0.1, 0.4, 0.3, 0.3, 0.5, 0.1, 0.4]] * 3, None),
        ([[0, 0.5, 0.5, 0.2, 0.2, 0.4, 0.5], [0, *[0.5] * 8]], None),
        # A turned box.
        ([[0, 0.5, 0.5, 0.9, 0.5, 0.9, 0.7, 0.5, 0.7]] * 3, None),
        ([[0, 0.5, 0.5, 0.2, 0.2]], None),
        ([], None),
    ],
)
def test_poses_are_told_from_polygons(
    lines: list[list[float]], shape: tuple[int, int] | None
) -> None:
    assert keypoint_shape_of(lines) == shape


def test_a_split_outside_of_the_folder_is_read_where_the_yaml_itself_is_named(
    tmp_path: Path,
) -> None:
    a_set(tmp_path / "store", "", ("images/a.jpg", "labels/a.txt"))
    file = text_file(tmp_path / "set" / "data.yaml", "path: ../store\ntrain: images\nnames: [cup]")
    with pytest.raises(NothingRead) as caught:
        read_dataset(file.parent)
    (defect,) = caught.value.defects
    assert defect.kind == DefectKind.MISSING_SPLIT
    assert f"lies outside of {file.parent} and was not opened" in defect.message
    assert len(boxes_of(read_dataset(file))) == 1


@pytest.mark.parametrize("said", ["../set", "../here/../set", "./../set/.", "../link", "WHOLE"])
@pytest.mark.parametrize("path", [".", "../set", "ROOT", ""])
def test_the_folder_may_be_named_from_anywhere(
    said: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "set"
    description = f"path: {path.replace('ROOT', str(root))}\ntrain: images\nnames: [cup]\n"
    a_set(root, description, ("images/a.jpg", "labels/a.txt"))
    (tmp_path / "link").symlink_to(root)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    dataset = read_dataset(Path(said.replace("WHOLE", str(root))))
    (image,) = dataset.images
    assert (image.split, len(image.objects)) == ("train", 1)
