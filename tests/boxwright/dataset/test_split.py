from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from boxwright.__main__ import boxwright
from tests.support import small_datasets as small
from tests.support.egohands import egohands, zipped
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.formats.registry import read_dataset, write_dataset


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(boxwright, ["dataset", *map(str, arguments)])
    # What is not an answer or a refusal is a trace.
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    write_dataset(small.boxes_only(tmp_path), tmp_path / "voc", "voc")
    return tmp_path / "voc"


def test_split_divides_and_says_how(voc: Path, tmp_path: Path) -> None:
    result = run("split", voc, tmp_path / "out", "--fractions", "train=0.5,test=0.5")
    assert result.exit_code == 0, result.output
    assert read_dataset(tmp_path / "out").splits == ("train", "test")
    assert "red cell:" in result.output


def test_images_that_are_train_and_val_are_divided_once(tmp_path: Path) -> None:
    source = tmp_path / "set"
    for name in ("images", "labels"):
        (source / name).mkdir(parents=True)
    for number in range(6):
        Image.new("RGB", (8, 8), (40 * number, 0, 0)).save(source / f"images/{number}.png")
        (source / f"labels/{number}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "data.yaml").write_text("train: images\nval: images\nnames: [cup]\n")
    result = run("split", source, tmp_path / "out", "--fractions", "train=0.5,val=0.5",
                 "--to", "csv")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Taken once: 6 images in another split too." in result.output
    rows = [(tmp_path / f"out/{part}_labels.csv").read_text().splitlines()[1:]
            for part in ("train", "val")]  # fmt: skip
    assert [len(each) for each in rows] == [3, 3]
    assert {line.partition(",")[0] for each in rows for line in each} == {
        f"{number}.png" for number in range(6)
    }


def test_frames_of_one_video_stay_together(tmp_path: Path) -> None:
    path = zipped(egohands(tmp_path, videos=4))
    result = run("split", path, tmp_path / "out", "--by-group", "--to", "coco",
                 "--fractions", "train=0.5,val=0.5")  # fmt: skip
    assert result.exit_code == 0, result.output
    dataset = read_dataset(tmp_path / "out")
    splits: dict[str, set[str | None]] = {}
    for image in dataset.images:
        splits.setdefault(image.name.partition("/")[0], set()).add(image.split)
    assert sorted(len(found) for found in splits.values()) == [1, 1, 1, 1]
    assert all(each.has_mask for image in dataset.images for each in image.objects)


def test_bursts_are_kept_together_and_told_of(tmp_path: Path) -> None:
    names = [f"DSC_{start + n:04d}.jpg" for start in range(0, 1000, 100) for n in range(3)]
    images = tuple(small.an_image(tmp_path, name) for name in names)
    write_dataset(Dataset(label_map_of(["a"]), images), tmp_path / "coco", "coco")

    torn = run("split", tmp_path / "coco", tmp_path / "torn")
    kept = run("split", tmp_path / "coco", tmp_path / "kept", "--keep-together", "names")
    both = run("split", tmp_path / "coco", tmp_path / "both", "--keep-together", "auto",
               "--by-group")  # fmt: skip

    assert "30 of 30 images follow one another by name" in torn.stderr
    assert "Kept together: 30 of 30 images in 10 groups, the largest of 3" in kept.stdout
    splits = defaultdict(set)
    for image in read_dataset(tmp_path / "kept").images:
        splits[image.name[:6]].add(image.split)
    assert len(splits) == 10
    assert all(len(found) == 1 for found in splits.values())
    assert both.exit_code == 2
    assert "one of the three" in both.stderr
