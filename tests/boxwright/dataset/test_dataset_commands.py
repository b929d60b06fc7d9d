"""`boxwright dataset …` as people call it, on small data and on the three published sets."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from boxwright.__main__ import boxwright
from boxwright.dataset.command import SUBCOMMANDS
from detection.label_map_text import parse_label_map
from tests.support import small_datasets as small
from tests.support.annotated_folders import images
from tests.support.shared import shared
from tests.training.datasets.formats.flat_annotations import coco
from training.datasets.formats.registry import read_dataset, write_dataset

GESTURE_CLASSES = "five,four,one,three,two"


def run(*arguments: object) -> Result:
    words = ["dataset", *map(str, arguments)]
    result = CliRunner().invoke(boxwright, words)
    # What is not an answer or a refusal is a trace.
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    write_dataset(small.boxes_only(tmp_path), tmp_path / "voc", "voc")
    return tmp_path / "voc"


@pytest.fixture
def faulty(voc: Path) -> Path:
    """With a box outside and an image that is gone."""
    (voc / "JPEGImages" / "fourth.jpg").unlink()
    path = voc / "Annotations" / "first.xml"
    path.write_text(path.read_text().replace("<xmax>24<", "<xmax>240<"))
    return voc


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_has_help(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_convert_says_what_was_written_and_what_was_left_out(voc: Path, tmp_path: Path) -> None:
    result = run("convert", voc, tmp_path / "out", "--to", "yolo")
    assert result.exit_code == 0, result.output
    assert "YOLO, 4 images (2 train, 2 val), 5 objects of 3 classes" in result.output
    assert "Left out: `difficult` of 1 objects, for which YOLO has no place" in result.output
    assert read_dataset(tmp_path / "out").object_count == 5


def test_convert_says_which_names_become_others(tmp_path: Path) -> None:
    names = ["cam1/a.jpg", "cam2/b.jpg", "test/c.jpg"]
    images(tmp_path / "set", *names)
    coco(tmp_path / "set", names)
    result = run("convert", tmp_path / "set", tmp_path / "out", "--to", "coco")
    assert result.exit_code == 0, result.output
    said = (
        "Renamed: 1 image, whose name would be read as something else: 'test/c.jpg' becomes "
        "'test_c.jpg'."
    )
    assert said in result.output
    assert "Left out" not in result.output


def test_convert_keeps_the_splits_of_the_images_folders(tmp_path: Path) -> None:
    names = [f"train/{number}.jpg" for number in range(3)] + ["valid/3.jpg"]
    images(tmp_path / "set", *names)
    coco(tmp_path / "set", names)
    result = run("convert", tmp_path / "set", tmp_path / "out", "--to", "yolo")
    assert result.exit_code == 0, result.output
    assert "4 images (3 train, 1 val)" in result.output
    assert "Taken as: splits by the folders of the images: 3 train, 1 val" in result.output
    assert "Left out" not in result.output
    assert "Renamed" not in result.output


def test_convert_leaves_at_defects_unless_it_may_repair(faulty: Path, tmp_path: Path) -> None:
    refused = run("convert", faulty, tmp_path / "out", "--to", "tfrecord")
    assert refused.exit_code == 1
    assert "first.xml, line 7" in refused.output
    assert "--fix would leave out 1 of 4 images" in refused.output
    assert not (tmp_path / "out").exists()
    fixed = run("convert", faulty, tmp_path / "out", "--to", "tfrecord", "--fix")
    assert fixed.exit_code == 0, fixed.output
    assert "Repaired 2 defects: 1 box outside, 1 missing image" in fixed.output
    assert len(read_dataset(tmp_path / "out")) == 3


def test_an_image_that_is_missing_is_named_where_it_is_wanted(voc: Path, tmp_path: Path) -> None:
    (voc / "JPEGImages" / "fourth.jpg").unlink()
    result = run("convert", voc, tmp_path / "out", "--to", "coco")
    assert result.exit_code == 1
    assert "fourth.jpg" in result.output


def test_check_lists_every_defect_and_fix_writes_what_is_left(faulty: Path) -> None:
    found = run("check", faulty)
    assert found.exit_code == 1
    assert "first.xml, line 7: box outside: [6, 8, 240, 24] in an image of 48x32" in found.output
    assert "fourth.xml: missing image" in found.output
    assert "2 defects: 1 box outside, 1 missing image; 3 images, 4 objects" in found.output
    before = sorted(file.read_bytes() for file in faulty.rglob("*") if file.is_file())
    fixed = run("check", faulty, "--fix")
    assert fixed.exit_code == 0, fixed.output
    assert before == sorted(file.read_bytes() for file in faulty.rglob("*") if file.is_file())
    again = run("check", faulty.parent / "voc-fixed")
    assert again.exit_code == 0
    assert "No defects: 3 images, 4 objects." in again.output


def test_check_knows_the_label_map(voc: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.pbtxt"
    path.write_text("item { id: 1 name: 'white' }")
    result = run("check", voc, "--label-map", path)
    assert "unknown class: 'red cell' is not in the label map" in result.output


def test_label_map_is_what_serving_reads(voc: Path, tmp_path: Path) -> None:
    run("label-map", voc, "--output", tmp_path / "label_map.pbtxt")
    label_map = parse_label_map((tmp_path / "label_map.pbtxt").read_bytes())
    assert label_map.labels == ("white", "red cell", "platelet")
    assert 'name: "white"' in run("label-map", voc, "--output", "-").output


def test_a_companys_csv_is_split_with_names_for_its_numbers(tmp_path: Path) -> None:
    small.image_file(tmp_path / "images", "a.jpg")
    small.image_file(tmp_path / "images", "b.jpg")
    rows = "".join(f"{name}.jpg,2,6,8,24,16\n" for name in "ab")
    (tmp_path / "export.csv").write_text(f"file,tag,l,t,w,h\n{rows}")
    (tmp_path / "tags.csv").write_text("id,name\n2,dog\n")
    columns = "image=file,class_id=tag,x_min=l,y_min=t,box_width=w,box_height=h"
    result = run("split", tmp_path / "export.csv", tmp_path / "out", "--columns", columns,
                 "--categories", tmp_path / "tags.csv",
                 "--fractions", "train=0.5,val=0.5")  # fmt: skip
    assert result.exit_code == 0, result.output
    dataset = read_dataset(tmp_path / "out")
    assert dataset.class_names == ("dog",)
    assert dataset.splits == ("train", "val")


def test_stats_as_table_as_json_and_as_plot(voc: Path, tmp_path: Path) -> None:
    table = run("stats", voc, "--plot", tmp_path / "plot.png")
    assert "4 images (2 train, 2 val), 1 without objects" in table.output
    assert "0 groups of images that are the same" in table.output
    assert (tmp_path / "plot.png").exists()
    numbers = json.loads(run("stats", voc, "--json", "--no-duplicates").stdout)
    assert numbers["pictures"] == {"train": 2, "val": 2}
    assert numbers["duplicates"] is None


def test_preview_draws_a_sheet(voc: Path, tmp_path: Path) -> None:
    result = run("preview", voc, "--output", tmp_path / "sheet.jpg", "--count", 3, "--seed", 1)
    assert "3 of 4 images" in result.output
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.width == 3 * 262 + 6
    assert "no such images" in run("preview", voc, "--class", "dog").output


def test_rename_numbers_images_and_annotations_follow(voc: Path, tmp_path: Path) -> None:
    run("rename", voc, tmp_path / "out", "--pattern", "cell_{number:03}")
    names = sorted(file.name for file in (tmp_path / "out" / "Annotations").iterdir())
    assert names == [f"cell_{number:03}.xml" for number in (1, 2, 3, 4)]
    assert read_dataset(tmp_path / "out").object_count == 5


def test_synthesize_writes_any_format(tmp_path: Path) -> None:
    result = run("synthesize", tmp_path / "hands", "--count", 5, "--size", "96x80", "--to",
                 "tfrecord", "--fractions", "train=0.8,val=0.2", "--processes", 1)  # fmt: skip
    assert result.exit_code == 0, result.output
    dataset = read_dataset(tmp_path / "hands")
    assert len(dataset) == 5
    assert len(dataset.keypoint_names) == 21
    assert any(each.has_mask for image in dataset.images for each in image.objects)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("stats", "nowhere"), "nowhere does not exist"),
        (("check", "."), "looks like none of the formats"),
        (("synthesize", "x", "--size", "big"), "WIDTHxHEIGHT"),
        (("synthesize", "x", "--gestures", "six"), "not six"),
        (("synthesize", "x", "--fractions", "a=2"), "add up to 1"),
        (("synthesize", "x", "--smallest", "1", "--largest", "0.5"), "is larger than"),
        (("stats", ".", "--columns", "picture"), "meaning=column"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "options", "counts"),
    [
        ("data/gestures_yolo", ("--classes", GESTURE_CLASSES), (839, 840, 5)),
        ("data/blood_cells_voc", (), (364, 4888, 3)),
        ("data/nuts_coco_masks/data", (), (18, 165, 3)),
    ],
)
def test_the_published_sets_go_through_check_split_and_convert(
    name: str, options: tuple[str, ...], counts: tuple[int, int, int], tmp_path: Path
) -> None:
    source = shared(name)
    assert run("check", source, *options).exit_code == 0
    split = run("split", source, tmp_path / "split", *options, "--seed", 1)
    assert split.exit_code == 0, split.output
    result = run("convert", tmp_path / "split", tmp_path / "records", "--to", "tfrecord",
                 "--include-masks")  # fmt: skip
    assert result.exit_code == 0, result.output
    dataset = read_dataset(tmp_path / "records")
    assert (len(dataset), dataset.object_count, len(dataset.label_map)) == counts
    assert dataset.splits == ("train", "val", "test")


def test_classes_get_other_names_on_the_way(voc: Path, tmp_path: Path) -> None:
    renames = "red cell=cell,white=cell"
    result = run("convert", voc, tmp_path / "out", "--rename", renames, "--to", "coco")
    assert result.exit_code == 0, result.output
    assert "classes red cell as cell, white as cell" in result.output
    assert read_dataset(tmp_path / "out").class_names == ("cell", "platelet")


@pytest.mark.parametrize(
    ("renames", "said"),
    [
        ("white", "--rename: name=new with commas was expected, not 'white'"),
        ("white=", "--rename: name=new with commas was expected, not 'white='"),
        ("white=a,white=b", "--rename: name=new once for each was expected"),
        ("Weiss=white", "has no class 'Weiss' to rename; its classes are "),
    ],
)
def test_a_rename_without_sense_is_refused(
    renames: str, said: str, voc: Path, tmp_path: Path
) -> None:
    result = run("convert", voc, tmp_path / "out", "--rename", renames, "--to", "coco")
    assert result.exit_code == 1
    assert said in result.output
