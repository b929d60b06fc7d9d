"""What the commands say and do where class numbers do not fit, and what they go on with."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.support.annotated_folders import (
    coco_box,
    coco_file,
    image_file,
    images,
    text_file,
    voc_xml,
)

CONTRADICTED = "{0: cat, 1: dog}"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(boxwright, list(map(str, arguments)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def a_set(root: Path, names: str, *numbers: int) -> Path:
    image_file(root / "train" / "images" / "a.jpg")
    lines = [f"{number} 0.{3 + at} 0.5 0.2 0.2\n" for at, number in enumerate(numbers)]
    text_file(root / "train" / "labels" / "a.txt", "".join(lines))
    text_file(root / "data.yaml", f"train: train/images\nnames: {names}\n")
    return root


def test_what_contradicts_the_names_is_not_repaired_and_the_option_is_named(
    tmp_path: Path,
) -> None:
    root = a_set(tmp_path / "set", CONTRADICTED, 1, 2)
    found = run("dataset", "check", root)
    assert found.exit_code == 1
    assert f"Go on with: boxwright dataset check {root} --first-class 1" in found.output
    assert "--fix" not in found.output
    assert "--classes" not in found.output
    again = run("dataset", "check", root, "--first-class", 1)
    assert (again.exit_code, "No defects: 1 image, 2 objects." in again.output) == (0, True)
    assert f"convert {root} --first-class 1 set-records --to tfrecord" in again.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("dataset", "check", "SET", "--fix"),
        ("dataset", "convert", "SET", "OUT", "--to", "coco", "--fix"),
        ("dataset", "split", "SET", "OUT", "--fix"),
        ("dataset", "rename", "SET", "OUT", "--fix"),
        ("train", "SET"),
    ],
)
def test_no_command_repairs_it(arguments: tuple[str, ...], tmp_path: Path) -> None:
    root = a_set(tmp_path / "set", CONTRADICTED, 1, 2)
    places = {"SET": root, "OUT": tmp_path / "out"}
    done = run(*(places.get(each, each) for each in arguments))
    assert done.exit_code == 1
    assert "--first-class 1 reads them so" in done.output
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "set-fixed").exists()


def test_coco_that_is_numbered_otherwise_is_not_repaired_either(tmp_path: Path) -> None:
    root = images(tmp_path / "set", "a.jpg")
    coco_file(root / "c.json", annotations=[coco_box(category_id=0), coco_box(category_id=1)])
    found = run("dataset", "check", root)
    assert f"Go on with: boxwright dataset check {root} --first-class 0" in found.output
    assert run("dataset", "check", root, "--first-class", 0).exit_code == 0


def test_a_class_that_no_object_has_is_marked(tmp_path: Path) -> None:
    found = run("dataset", "check", a_set(tmp_path / "set", "[cat, dog, bird]", 1, 2))
    assert "Classes: cat (no object), dog, bird." in found.output
    assert "Taken as: data.yaml: class numbers were taken as counted from 0" in found.output


def test_the_next_command_has_the_options_of_this_one(tmp_path: Path) -> None:
    root = a_set(tmp_path / "set", "[cat, dog]", 0, 1)
    found = run("dataset", "check", root, "--classes", "a b,c", "--from", "yolo", "--processes", 1)
    go_on = f"convert {root} --from yolo --classes 'a b,c' set-records --to tfrecord"
    assert go_on in found.output


def test_the_end_tells_of_annotations_that_were_not_read(tmp_path: Path) -> None:
    root = images(tmp_path / "set", "a.jpg", "b.jpg")
    text_file(root / "a.xml", voc_xml("a.jpg"))
    for stem in "ab":
        text_file(root / f"{stem}.txt", "0 0.5 0.5 0.2 0.2\n")
    text_file(root / "classes.txt", "cup\n")
    found = run("dataset", "check", root)
    _, _, end = found.output.partition("No defects in what was read: 1 image, 1 object.")
    assert "Not read and not checked: YOLO lies there too" in end
    assert "--from yolo reads the other" in end
