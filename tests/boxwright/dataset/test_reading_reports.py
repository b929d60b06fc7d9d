"""What the commands say of a data set: what was read, what not, what is wrong, what to do."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.support.annotated_folders import (
    LINE,
    boxes_of,
    coco_box,
    coco_file,
    coco_image,
    image_file,
    images,
    text_file,
    voc_xml,
)
from tests.training.datasets.test_near_duplicates import scene
from training.datasets.formats.registry import read_dataset

READS = ("convert", "split", "rename")


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(boxwright, ["dataset", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Five boxes outside, one that is empty, one that is right."""
    boxes = [coco_box(bbox=[50, 8, 40 + number, 20], id=number) for number in range(5)]
    boxes += [coco_box(bbox=[10, 8, 0, 20], id=8), coco_box(id=9)]
    root = images(tmp_path / "set", "a.jpg", "b.jpg")
    coco_file(root / "c.json", annotations=boxes)
    return root


def test_check_says_what_was_read_what_not_and_how_to_go_on(tmp_path: Path) -> None:
    root = images(tmp_path / "set", "train/a.jpg", "valid/b.jpg", "other.png")
    text_file(root / "train" / "a.xml", voc_xml("a.jpg"))
    text_file(root / "valid" / "b.xml", voc_xml("b.jpg"))
    text_file(root / "list.csv", "a\n")
    found = run("check", root)
    assert found.exit_code == 0
    for line in (
        "Read: Pascal VOC (--from voc).",
        "Read: train: 1 XML file, split train.",
        "Not read: no annotation was read for 1 image: other.png.",
        "Not read: 1 .csv file: list.csv.",
        "Splits: 1 train, 1 val. Classes: cup.",
        "No defects: 2 images, 2 objects.",
        f"Go on with: boxwright dataset convert {root} set-records --to tfrecord",
    ):
        assert line in found.output
    assert "Taken as: corners were taken as pixels counted from 1" in found.output


def test_records_are_trained_on_and_not_made_again(tmp_path: Path) -> None:
    root = images(tmp_path / "set", "train/a.jpg")
    text_file(root / "train" / "a.xml", voc_xml("a.jpg"))
    records = tmp_path / "records"
    assert run("convert", root, records, "--to", "tfrecord").exit_code == 0
    found = run("check", records)
    assert found.output.splitlines()[-1] == f"Go on with: boxwright train {records}"
    assert "Go on with" not in run("check", records, "--from", "tfrecord").output


def test_defects_of_a_kind_are_three_and_a_count_or_all(many: Path) -> None:
    found = run("check", many)
    assert found.exit_code == 1
    assert found.output.count("in an image of 64x48") == 3
    assert (
        f"... and 2 more of 5 box outside (`boxwright dataset check {many} --all`" in found.output
    )
    assert "6 defects: 5 box outside, 1 box empty; 1 image, 6 objects are left." in found.output
    assert "by a repair" not in found.output
    assert run("check", many, "--all").output.count("in an image of 64x48") == 5


@pytest.mark.parametrize(
    ("command", "is_written"),
    [("convert", False), ("split", False), ("rename", False), ("label-map", True), ("stats", True),
     ("preview", True)],
)  # fmt: skip
def test_every_command_tells_in_short_what_check_does(
    command: str, is_written: bool, many: Path, tmp_path: Path
) -> None:
    text_file(many / "notes.csv", "a\n")
    text = (many / "c.json").read_text()
    (many / "c.json").write_text(text.replace('"category_id": 1', '"category_id": "1"'))
    out: dict[str, list[object]] = {
        "convert": [tmp_path / "out", "--to", "coco"],
        "split": [tmp_path / "out"],
        "rename": [tmp_path / "out"],
        "label-map": ["--output", tmp_path / "map.pbtxt"],
        "preview": ["--output", tmp_path / "sheet.jpg"],
    }
    found = run(command, many, *out.get(command, []), "--from", "coco")
    assert (found.exit_code == 0) == is_written
    told = found.stderr
    assert told.count("Read: COCO JSON (--from coco).") == 1
    assert told.count("Taken as: c.json: 7 annotations with the category's id in another form") == 1
    assert "Not read: 1 .csv file: notes.csv." in told
    assert told.count("in an image of 64x48") == 1
    check = f"boxwright dataset check {many} --from coco"
    assert f"... and 4 more of 5 box outside (`{check} --all` lists them)" in told
    assert "6 defects: 5 box outside, 1 box empty." in told
    advice = "--fix would leave out 1 of 7 objects"
    assert (f"Not advised: {advice}." if is_written else f"{advice}; `{check} --all`") in told


@pytest.mark.parametrize("command", ["convert", "stats"])
def test_where_no_image_is_found_every_command_tells_why(command: str, tmp_path: Path) -> None:
    coco_file(tmp_path / "set" / "c.json", [coco_image(1, "a.jpg"), coco_image(2, "b.jpg")])
    out = [tmp_path / "out", "--to", "yolo"] if command == "convert" else []
    found = run(command, tmp_path / "set", *out)
    assert found.exit_code == 1
    assert "2 defects: 2 missing image." in found.stderr
    assert "Hint (missing image): --images FOLDER says where the images are." in found.stderr
    assert found.stderr.count("there is no 'a.jpg'") == 1
    assert (
        f"no image could be read; `boxwright dataset check {tmp_path / 'set'} --all`"
        in found.stderr
    )


def test_a_repair_is_spoken_of_where_one_was_done(many: Path) -> None:
    fixed = run("check", many, "--fix")
    assert "(clipped by a repair)" in fixed.output
    assert (many.parent / "set-fixed").is_dir()
    assert "No defects: 1 image, 6 objects." in run("check", many.parent / "set-fixed").output


def test_one_of_each_is_one(tmp_path: Path) -> None:
    root = images(tmp_path / "set", "a.jpg")
    coco_file(root / "c.json", annotations=[coco_box(), coco_box(category_id=9)])
    assert "1 defect: 1 unknown class; 1 image, 1 object are left." in run("check", root).output


def test_a_missing_image_brings_the_option_that_names_its_folder(tmp_path: Path) -> None:
    coco_file(tmp_path / "set" / "c.json")
    images(tmp_path / "photos", "a.jpg")
    found = run("check", tmp_path / "set")
    assert found.exit_code == 1
    assert "missing image" in found.output
    assert "--images FOLDER says where the images are" in found.output
    for option in ("--images", "--pictures"):
        again = run("check", tmp_path / "set", option, tmp_path / "photos")
        assert "No defects: 1 image, 1 object." in again.output


def test_nothing_that_is_read_is_an_error_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "it is empty" in run("check", tmp_path / "empty").output
    found = run("check", images(tmp_path / "set", "a.jpg", "b.jpg"))
    assert found.exit_code == 1
    assert "2 images and no annotations" in found.output


def stored_frame(root: Path) -> Path:
    image_file(root / "a.jpg", orientation=6)
    return images(root, "b.jpg", "c.jpg")


def in_coco(root: Path) -> None:
    records = [coco_image(number, f"{stem}.jpg") for number, stem in enumerate("abc")]
    coco_file(root / "c.json", records, [coco_box(number) for number in range(3)])


def in_voc(root: Path) -> None:
    for stem in "abc":
        text_file(root / f"{stem}.xml", voc_xml(f"{stem}.jpg"))


def in_csv(root: Path) -> None:
    rows = "".join(f"{stem}.jpg,64,48,cup,10,8,30,28\n" for stem in "abc")
    text_file(root / "l.csv", f"filename,width,height,class,xmin,ymin,xmax,ymax\n{rows}")


@pytest.mark.parametrize("command", READS)
@pytest.mark.parametrize("form", [in_coco, in_voc, in_csv])
def test_every_command_writes_the_upright_frame_of_what_exif_turns(
    form: Callable[[Path], None], command: str, tmp_path: Path
) -> None:
    root = stored_frame(tmp_path / "set")
    form(root)
    to = ["--to", "yolo"]
    if command == "split":
        to += ["--fractions", "train=0.5,val=0.5"]
    done = run(command, root, tmp_path / "out", *to)
    assert done.exit_code == 0
    assert "1 image is turned by EXIF, and annotated with the size of the stored one" in done.output
    boxes = {each[3] for each in boxes_of(read_dataset(tmp_path / "out"))}
    # 48 high as stored: what was 8 to 28 from its top is 20 to 40 from the upright image's left.
    assert boxes == {(10.0, 8.0, 30.0, 28.0), (20.0, 10.0, 40.0, 30.0)}


@pytest.mark.parametrize("arguments", [("check", "--fix"), ("convert", "--to", "yolo", "--fix")])
def test_no_image_left_is_an_error_and_nothing_is_written(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    root = tmp_path / "set"
    text_file(root / "a.jpg", "no image")
    coco_file(root / "c.json")
    name, *options = arguments
    out = [tmp_path / "out"] if name == "convert" else []
    result = run(name, root, *out, *options)
    assert result.exit_code == 1
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "set-fixed").exists()


def test_an_image_that_cannot_be_decoded_and_is_the_only_one_leaves_nothing(
    tmp_path: Path,
) -> None:
    root = tmp_path / "set"
    image = image_file(root / "a.jpg", (320, 240))
    image.write_bytes(image.read_bytes()[:-60])
    coco_file(root / "c.json", [coco_image(1, "a.jpg", width=320, height=240)])
    result = run("convert", root, tmp_path / "out", "--to", "yolo", "--fix")
    assert result.exit_code == 1
    assert "no image is left to be written" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", READS)
def test_the_commands_that_write_say_shortly_what_was_read(command: str, tmp_path: Path) -> None:
    root = images(tmp_path / "set", "images/a.jpg", "images/b.jpg", "images/c.jpg")
    text_file(root / "labels" / "a.txt", LINE)
    text_file(root / "labels" / "b.txt", LINE)
    text_file(root / "classes.txt", "cup\n")
    result = run(command, root, tmp_path / "out", "--to", "yolo")
    assert result.exit_code == 0
    assert "Read: YOLO (--from yolo)." in result.stderr
    assert "Taken as: 1 image without a label file taken as without objects" in result.stderr


def test_classes_of_a_file_without_its_images_are_written(tmp_path: Path) -> None:
    coco_file(tmp_path / "c.json")
    result = run("label-map", tmp_path / "c.json", "--output", "-")
    assert result.exit_code == 0
    assert 'name: "fork"' in result.output
    counted = run("stats", tmp_path / "c.json", "--no-duplicates")
    assert counted.exit_code == 0


def test_a_repair_that_would_leave_no_object_is_not_what_to_go_on_with(tmp_path: Path) -> None:
    root = images(tmp_path / "set", "images/a.jpg")
    text_file(root / "marks" / "other.txt", "0 0.5 0.5 0.2 0.2\n")
    text_file(root / "classes.txt", "cup\n")
    found = run("check", root)
    assert found.exit_code == 1
    assert "Hint (no labels): put the label files where they are expected" in found.output
    assert "Go on with" not in found.output


@pytest.mark.parametrize("command", READS)
def test_no_command_copies_an_image_that_is_cut_short(command: str, tmp_path: Path) -> None:
    root = images(tmp_path / "set", "a.jpg")
    coco_file(root / "c.json")
    (root / "a.jpg").write_bytes((root / "a.jpg").read_bytes()[:-30])
    wanted = ("--to", "coco") if command == "convert" else ()
    result = run(command, root, tmp_path / "out", *wanted)
    assert result.exit_code == 1
    assert "cut short: its end marker is missing" in result.output
    assert not (tmp_path / "out").exists()


def test_check_names_the_split_that_keeps_scenes_together(tmp_path: Path) -> None:
    root = tmp_path / "set"
    for split in ("train", "valid"):
        coco_file(root / split / "_annotations.coco.json", [coco_image(1, f"film_{split}.png")])
        scene(1, (64, 48)).save(root / split / f"film_{split}.png")
    found = run("check", root)
    assert "1 of 1 val images are nearly the same as an image in train" in found.output
    command = f"boxwright dataset split {root} set-split --keep-together auto"
    assert f"Hint: {command} keeps such images in one split." in found.output
    shutil.rmtree(root / "valid")
    scene(1, (64, 48)).save(root / "train" / "film_2.png")
    images_of = [coco_image(1, "film_train.png"), coco_image(2, "film_2.png")]
    coco_file(root / "c.json", images_of, [coco_box(), coco_box(2, id=2)])
    (root / "train" / "_annotations.coco.json").unlink()
    (root / "train").rename(root / "all")
    assert f"Go on with: {command}" in run("check", root).output
