"""What class numbers count from: labels from 1, one class of any number, names with numbers."""

from itertools import combinations
from pathlib import Path

import pytest

from tests.support.annotated_folders import boxes_of, image_file, notes_of, text_file
from tests.support.record_files import an_example, written
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.class_numbers import class_numbers
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset, write_dataset
from training.datasets.notes import NoteKind
from training.datasets.sources import ImageHeader, ImageSource, read_header

CAT, DOG, BIRD = "cat", "dog", "bird"


def a_set(root: Path, names: str, *numbers: object) -> Path:
    """A YOLO data set of an image, with a label of each number."""
    image_file(root / "train" / "images" / "a.jpg")
    text_file(
        root / "train" / "labels" / "a.txt",
        "".join(f"{number} 0.{3 + at} 0.5 0.2 0.2\n" for at, number in enumerate(numbers)),
    )
    text_file(root / "data.yaml", f"train: train/images\nnames: {names}\n")  # fmt: skip
    return root


def classes_of(dataset: Dataset) -> list[str]:
    (image,) = dataset.images
    return [each.label for each in image.objects]


def guesses_of(dataset: Dataset) -> list[str]:
    return [note.message for note in dataset.notes if note.kind == NoteKind.GUESSED]


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1, 1), (2,), ("1.0", "2.0")])
def test_labels_that_only_fit_from_1_are_read_so_and_told(
    numbers: tuple[object, ...], tmp_path: Path
) -> None:
    dataset = read_dataset(a_set(tmp_path, "[cat, dog]", *numbers))
    assert classes_of(dataset) == [(CAT, DOG)[int(float(str(each))) - 1] for each in numbers]
    assert (dataset.defects, dataset.class_names) == ((), (CAT, DOG))
    assert dataset.category_ids == {CAT: 1, DOG: 2}
    assert "class numbers were taken as counted from 1" in notes_of(dataset)
    assert "--first-class 0" in notes_of(dataset)


def test_what_was_counted_from_1_is_written_as_the_format_counts(tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path / "set", "[cat, dog]", 1, 2))
    write_dataset(dataset, tmp_path / "out", "yolo")
    again = read_dataset(tmp_path / "out")
    assert (classes_of(again), again.defects, guesses_of(again)) == ([CAT, DOG], (), [])


@pytest.mark.parametrize("names", ["[cat, dog, bird]", "{0: cat, 1: dog, 2: bird}"])
def test_a_first_class_without_labels_is_told_and_nothing_else_is_done(
    names: str, tmp_path: Path
) -> None:
    dataset = read_dataset(a_set(tmp_path, names, 1, 2))
    assert classes_of(dataset) == [DOG, BIRD]
    (guess,) = guesses_of(dataset)
    assert "no label has 0, 'cat'; --first-class 1 counts from 1" in guess
    assert classes_of(read_dataset(tmp_path, None, ReadOptions(first_class=1))) == [CAT, DOG]


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        ("[cat, dog, bird]", (0, 2)),
        ("[background, cat, dog]", (1, 2)),
        ("{1: cat, 2: dog, 3: bird}", (1, 2)),
        ("[cat]", (0, 0)),
        ("[cat, dog]", ()),
    ],
)
def test_numbers_that_leave_no_doubt_are_not_spoken_of(
    names: str, numbers: tuple[int, ...], tmp_path: Path
) -> None:
    dataset = read_dataset(a_set(tmp_path, names, *numbers))
    assert (guesses_of(dataset), dataset.defects) == ([], ())


@pytest.mark.parametrize("number", [1, 70])
@pytest.mark.parametrize("names", ["[cup]", "{0: cup}"])
def test_one_class_whose_labels_have_one_number_is_that_class(
    names: str, number: int, tmp_path: Path
) -> None:
    dataset = read_dataset(a_set(tmp_path, names, number, number))
    assert (classes_of(dataset), dataset.defects) == (["cup", "cup"], ())
    (guess,) = guesses_of(dataset)
    assert f"every label has the class number {number}" in guess


def test_names_with_numbers_from_1_say_it(tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path, "{1: cat, 2: dog}", 1, 2))
    assert (classes_of(dataset), dataset.defects) == ([CAT, DOG], ())


@pytest.mark.parametrize(
    ("names", "numbers", "option"),
    [
        ("{0: cat, 1: dog}", (1, 2), "--first-class 1"),
        ("{1: cat, 2: dog}", (0, 1), "--first-class 0"),
        ("[cat, dog]", (1, 2, 3), ""),
    ],
)
def test_labels_that_contradict_the_names_are_beyond_a_repair(
    names: str, numbers: tuple[int, ...], option: str, tmp_path: Path
) -> None:
    dataset = read_dataset(a_set(tmp_path, names, *numbers))
    (doubt,) = (each for each in dataset.defects if each.kind == DefectKind.CLASS_NUMBERS)
    assert doubt.option == option
    if option:
        counted = read_dataset(tmp_path, None, ReadOptions(first_class=int(option[-1])))
        assert (classes_of(counted), counted.defects) == ([CAT, DOG], ())


def test_a_number_beyond_the_names_is_a_repairs_to_drop_where_0_is_used(tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path, "[cat, dog]", 0, 1, 2))
    assert [each.kind for each in dataset.defects] == [DefectKind.UNKNOWN_CLASS]


def test_a_person_has_the_last_word(tmp_path: Path) -> None:
    root = a_set(tmp_path, "[cat, dog]", 1, 2)
    dataset = read_dataset(root, None, ReadOptions(first_class=0))
    assert classes_of(dataset) == [DOG]
    assert [each.kind for each in dataset.defects] == [DefectKind.UNKNOWN_CLASS]


def test_polygons_and_poses_count_as_boxes_do(tmp_path: Path) -> None:
    root = a_set(tmp_path / "polygons", "[cat, dog]", 1)
    text_file(root / "train" / "labels" / "a.txt",
              "1 0.1 0.1 0.4 0.1 0.4 0.5\n2 0.5 0.5 0.9 0.5 0.7 0.9 0.6 0.8\n")  # fmt: skip
    assert classes_of(read_dataset(root)) == [CAT, DOG]
    root = a_set(tmp_path / "poses", "[cat, dog]\nkpt_shape: [1, 3]", 1)
    text_file(root / "train" / "labels" / "a.txt",
              "1 0.5 0.5 0.2 0.2 0.5 0.5 2\n2 0.4 0.4 0.2 0.2 0.4 0.4 2\n")  # fmt: skip
    assert classes_of(read_dataset(root)) == [CAT, DOG]


@pytest.mark.parametrize("name", ["classes.txt", "obj.names"])
def test_lists_of_classes_are_read_in_the_same_way(name: str, tmp_path: Path) -> None:
    a_set(tmp_path, "", 1, 2)
    (tmp_path / "data.yaml").unlink()
    text_file(tmp_path / name, "cat\ndog\n")
    assert classes_of(read_dataset(tmp_path)) == [CAT, DOG]


@pytest.mark.parametrize(
    ("names", "used"), [("{0: cat, 2: dog}", (0, 2)), ("{1: cat, 5: dog}", (1, 5)),
                        ("{4: cat, 5: dog}", (4, 5))],
)  # fmt: skip
def test_names_with_a_gap_keep_their_numbers(
    names: str, used: tuple[int, int], tmp_path: Path
) -> None:
    dataset = read_dataset(a_set(tmp_path, names, *used))
    assert dataset.defects == ()
    assert classes_of(dataset) == [CAT, DOG]
    assert dataset.class_names == (CAT, DOG)
    assert dataset.category_ids == dict(zip((CAT, DOG), used, strict=True))


def test_a_number_in_a_gap_of_the_names_is_a_defect(tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path, "{0: cat, 2: dog}", 0, 1, 2))
    assert classes_of(dataset) == [CAT, DOG]
    (defect,) = dataset.defects
    assert (defect.kind, "class 1, which has no name" in defect.message) == (
        DefectKind.UNKNOWN_CLASS, True,
    )  # fmt: skip
    assert "names has no class 1: the others keep their numbers" in notes_of(dataset)


def test_names_without_numbers_among_numbers_are_refused(tmp_path: Path) -> None:
    for names in ("{0: cat, two: dog}", "{0: cat, 99999999: dog}", "{0: cat, 1: ''}"):
        with pytest.raises(DatasetError, match="a name for each class w"):
            read_dataset(a_set(tmp_path / names[:12].replace(" ", ""), names, 0))


def test_an_images_header_is_read_once_however_its_labels_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(source: ImageSource) -> ImageHeader:
        read.append(str(source))
        return read_header(source)

    monkeypatch.setattr("training.datasets.formats.files.image_files.read_header", counted)
    dataset = read_dataset(a_set(tmp_path, "[cat, dog]", 1, 2))
    assert classes_of(dataset) == [CAT, DOG]
    assert len(read) == len(dataset)


def test_records_are_counted_from_where_a_person_says(tmp_path: Path) -> None:
    text_file(
        tmp_path / "label_map.pbtxt", "item { id: 1 name: 'cat' }\nitem { id: 2 name: 'dog' }\n"
    )
    zero = an_example(object__class__text=None, object__class__label=0)
    one = an_example(filename=b"b.jpg", object__class__text=None, object__class__label=1)
    written(tmp_path / "a.record", zero, one)
    asked = ReadOptions(first_class=0)
    dataset = read_dataset(tmp_path, None, asked)
    assert [each[:3:2] for each in boxes_of(dataset)] == [("a.jpg", CAT), ("b.jpg", DOG)]
    assert dataset.defects == ()


def test_numbers_are_judged_over_all_shards(tmp_path: Path) -> None:
    text_file(
        tmp_path / "label_map.pbtxt", "item { id: 1 name: 'cat' }\nitem { id: 2 name: 'dog' }\n"
    )
    for shard, numbers in enumerate(((0, 1), (1, 2))):
        examples = [
            an_example(filename=f"{shard}{number}.jpg".encode(), object__class__text=None,
                       object__class__label=number) for number in numbers
        ]  # fmt: skip
        written(tmp_path / f"train.record-0000{shard}-of-00002", *examples)
    # The first shard by itself looks counted from 0; the second has the last class.
    dataset = read_dataset(tmp_path)
    assert [each.kind for each in dataset.defects] == [DefectKind.UNKNOWN_CLASS]


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("said", [None, 0, 1])
def test_whatever_labels_use_nothing_is_counted_otherwise_without_a_word(
    count: int, said: int | None
) -> None:
    names = [f"class {number}" for number in range(count)]
    usual = said or 0
    counted_from = set()
    for size in range(count + 2):
        for used in combinations(range(count + 2), size):
            numbers = class_numbers(used, names, said=said)
            counted_from.add(numbers.first)
            assert numbers.first == usual or numbers.guess
            # A label of each number that is named keeps its class, unless one more is used.
            if set(used) <= set(range(usual, usual + count)) and usual in used:
                assert (numbers.first, numbers.guess, numbers.doubt) == (usual, "", "")
    assert counted_from == ({0, 1} if said is None else {said})
