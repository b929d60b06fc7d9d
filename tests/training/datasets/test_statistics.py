import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import small_datasets as small
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.plot_names import plot_name
from training.datasets.sources import FileImage
from training.datasets.statistics import dataset_statistics
from training.datasets.statistics_plot import plot_statistics
from training.datasets.workers import Workers


def test_everything_is_counted(tmp_path: Path) -> None:
    found = dataset_statistics(small.boxes_only(tmp_path))
    assert found.images == {"train": 2, "val": 2}
    assert found.without_objects == 1
    assert found.objects_an_image == (5 / 4, 2)
    assert {each.name: each.total for each in found.classes} == {
        "white": 2, "red cell": 3, "platelet": 0,
    }  # fmt: skip
    red = next(each for each in found.classes if each.name == "red cell")
    assert red.objects == {"train": 2, "val": 1}
    # 18 by 16 pixels.
    assert red.size_px[1] == pytest.approx((18 * 16) ** 0.5)
    assert red.small == 3
    json.dumps(found.as_json())


def test_images_of_the_same_bytes_are_duplicates(tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    copy = replace(dataset.images[0], name="copy.jpg", split="val")
    gone = replace(copy, name="gone.jpg", source=FileImage(tmp_path / "gone.jpg"))
    with Workers(processes=1) as workers:
        found = dataset_statistics(replace(dataset, images=(*dataset.images, copy, gone)), workers)
    assert found.duplicates == (("train/first.jpg", "val/copy.jpg"),)


@pytest.mark.parametrize("name", ["plot.png", "plot.svg"])
def test_it_is_drawn(name: str, tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    plot_statistics(dataset, dataset_statistics(dataset), tmp_path / name)
    assert (tmp_path / name).stat().st_size > 5000


@pytest.mark.parametrize("name", [r"a$\frac$", "_other", "x" * 300])
def test_classes_and_splits_of_any_name_are_drawn(name: str, tmp_path: Path) -> None:
    image = replace(small.boxes_only(tmp_path).images[0], split=name)
    objects = tuple(replace(each, label=name) for each in image.objects)
    dataset = Dataset(label_map_of([name]), (replace(image, objects=objects),))
    plot_statistics(dataset, dataset_statistics(dataset), tmp_path / "plot.svg")
    drawn = (tmp_path / "plot.svg").read_text()
    text = plot_name(name).replace(r"\$", "$")
    assert drawn.count(f"<!-- {text} -->") == 3


def test_a_plot_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    with pytest.raises(DatasetError, match="cannot write"):
        plot_statistics(dataset, dataset_statistics(dataset), tmp_path / "plot.what")
