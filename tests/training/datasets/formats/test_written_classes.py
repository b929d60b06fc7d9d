"""Classes that a format cannot hold are refused by name, and others come back."""

from pathlib import Path

import pytest

from tests.support import small_datasets as small
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.formats.registry import read_dataset, write_dataset


def of_classes(folder: Path, *names: str) -> Dataset:
    objects = [AnnotatedObject(name, (0, 0, 0.5, 0.5)) for name in names]
    return Dataset(label_map_of(names), (small.an_image(folder, "a.jpg", objects),))


@pytest.mark.parametrize(
    ("name", "classes", "message"),
    [
        ("voc", ["a\x01b"], r"class 'a\\x01b' cannot be written as Pascal VOC, .* no U\+0001"),
        ("voc", ["a\rb"], r"no U\+000D"),
        ("voc", ["\ufffe"], r"no U\+FFFE"),
        ("voc", [" cup"], "leave out spaces around"),
        ("csv", ["cup "], "leave out spaces around"),
        ("csv-retinanet", ["N/A"], "where it stands for nothing"),
        ("kitti", ["DontCare"], "marks regions that nobody has labelled"),
        ("kitti", ["010"], "YOLO's begin with a number"),
        ("kitti", ["\ufeffcup"], "begin with a byte-order mark"),
        ("kitti", ["\u00a0"], "have no spaces"),
        ("kitti", ["a b", "cup", "a_b"], r"classes 'a b', 'a_b' .* all would be 'a_b'"),
    ],
)
def test_a_class_that_would_come_back_as_another_is_refused(
    name: str, classes: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=message):
        write_dataset(of_classes(tmp_path, *classes), tmp_path / "out", name)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["coco", "csv", "kitti", "tfrecord", "voc", "yolo"])
def test_odd_classes_come_back(name: str, tmp_path: Path) -> None:
    classes: tuple[str, ...] = (
        "a b",
        "a\u2028b",
        "a\u0085b",
        "\u200b",
        "<!--",
        "]]>",
        "&amp;",
        "- x",
        "#x",
    )
    if name == "kitti":
        # Both are spaces there.
        classes = tuple(each for each in classes if each not in ("a\u2028b", "a\u0085b"))
    write_dataset(of_classes(tmp_path, *classes), tmp_path / "out", name)
    read = read_dataset(tmp_path / "out")
    assert read.defects == ()
    assert read.class_names == classes
    assert [each.label for each in read.images[0].objects] == list(classes)
