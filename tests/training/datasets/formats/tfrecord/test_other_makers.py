"""TFRecord files as other programs and people write them; TensorFlow writes them here."""

from pathlib import Path

import pytest

from tests.support.image_files import as_file, colored
from tests.support.record_files import an_example, example_of, feature, written
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

MAP = "item { id: 1 name: 'cup' }\nitem { id: 2 name: 'fork' }\n"
# In an image of 48x32 pixels.
BOX_YXYX = (0.25, 0.125, 0.75, 0.5)


def read_with_map(folder: Path) -> Dataset:
    (folder / "label_map.pbtxt").write_text(MAP)
    return read_dataset(folder)


@pytest.mark.parametrize(
    ("name", "compression"),
    [
        ("train.tfrecord", "GZIP"), ("train.tfrecord", "ZLIB"), ("train.tfrecord.gz", "GZIP"),
        ("train.record-00000-of-00001", "GZIP"), ("train00-64.tfrec", ""), ("train.TFRecords", ""),
        ("train_data", ""), ("train_data.bin", "GZIP"), ("voc-train.tfrecord-00000-of-00001", ""),
    ],
)  # fmt: skip
def test_a_record_file_is_found_by_name_or_content_and_unpacked(
    name: str, compression: str, tmp_path: Path
) -> None:
    written(tmp_path / "data" / name, an_example(), compression=compression)
    dataset = read_with_map(tmp_path)
    (image,) = dataset.images
    assert dataset.defects == ()
    assert (image.name, image.split, image.objects[0].label) == ("a.jpg", "train", "cup")
    assert image.objects[0].box_yxyx == BOX_YXYX
    assert image.source.read() == as_file(colored(), "JPEG")


def test_sizes_that_are_floats_or_left_out_are_read(tmp_path: Path) -> None:
    examples = (an_example(width=48.0, height=32.0), an_example(filename=b"b.jpg", width=None))
    written(tmp_path / "a.record", *examples)
    dataset = read_with_map(tmp_path)
    assert dataset.defects == ()
    assert [(each.width, each.height) for each in dataset.images] == [(48, 32), (48, 32)]


def test_records_of_one_name_are_numbered_over_all_shards(tmp_path: Path) -> None:
    example = an_example(filename=b"image.jpg")
    written(tmp_path / "train.record-00000-of-00002", example, example)
    written(tmp_path / "train.record-00001-of-00002", example)
    written(tmp_path / "val.record", example)
    dataset = read_with_map(tmp_path)
    assert dataset.defects == ()
    assert [(each.split, each.name) for each in dataset.images] == [
        ("train", "image.jpg"), ("train", "image-2.jpg"), ("train", "image-3.jpg"),
        ("val", "image.jpg"),
    ]  # fmt: skip


def test_a_folder_a_split_with_label_maps_called_after_the_data_set(tmp_path: Path) -> None:
    """As Roboflow exports it; its maps need not agree."""
    for split, names in (("train", ["cup", "fork"]), ("valid", ["fork"]), ("test", ["cup"])):
        text = None if split == "valid" else b"cup"
        example = an_example(filename=f"{split}.jpg".encode(), object__class__text=text)
        written(tmp_path / split / "Cutlery.tfrecord", example)
        items = "".join(
            f"item {{ id: {at}\n name: '{name}' }}\n" for at, name in enumerate(names, 1)
        )
        (tmp_path / split / "Cutlery_label_map.pbtxt").write_text(items)
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert {each.split: each.objects[0].label for each in dataset.images} == {
        "train": "cup", "val": "fork", "test": "cup",
    }  # fmt: skip
    assert dataset.class_ids == {"cup": 1, "fork": 2}


@pytest.mark.parametrize("names_file", ["objects-label.labels.txt", None])
def test_tensorflow_datasets_keys(names_file: str | None, tmp_path: Path) -> None:
    features = {
        "image": feature(as_file(colored(), "JPEG")),
        "image/filename": feature(b"a.jpg"),
        # ymin, xmin, ymax, xmax of each object in turn.
        "objects/bbox": feature(*BOX_YXYX, 0.0, 0.0, 0.5, 1.0),
        "objects/label": feature(1, 0),
        "objects/is_truncated": feature(1, 0),
    }
    written(tmp_path / "voc-train.tfrecord-00000-of-00001", example_of(features))
    options = ReadOptions(classes=("cup", "fork"))
    if names_file:
        (tmp_path / names_file).write_text("cup\nfork\n")
        options = ReadOptions()
    dataset = read_dataset(tmp_path, None, options)
    assert dataset.defects == ()
    (image,) = dataset.images
    assert [each.label for each in image.objects] == ["fork", "cup"]
    assert [each.box_yxyx for each in image.objects] == [BOX_YXYX, (0, 0, 0.5, 1)]
    assert [each.truncated for each in image.objects] == [True, False]


def test_keys_written_by_hand(tmp_path: Path) -> None:
    features = {
        "image_raw": feature(as_file(colored(), "PNG")), "image_id": feature(b"a"),
        "width": feature(48), "height": feature(32), "xmins": feature(0.125),
        "ymins": feature(0.25), "xmaxs": feature(0.5), "ymaxs": feature(0.75),
        "label": feature(b"cup"),
    }  # fmt: skip
    written(tmp_path / "a.tfrecord", example_of(features))
    (image,) = read_dataset(tmp_path).images
    assert (image.objects[0].label, image.objects[0].box_yxyx) == ("cup", BOX_YXYX)


def test_keys_that_are_not_known_are_named(tmp_path: Path) -> None:
    written(tmp_path / "a.tfrecord", example_of({"pixels": feature(b"x"), "where": feature(1)}))
    with pytest.raises(DatasetError, match=r"no image/encoded; the keys are pixels, where"):
        read_dataset(tmp_path)


def test_numbers_from_zero_are_the_names_in_their_order(tmp_path: Path) -> None:
    zero = an_example(object__class__text=None, object__class__label=0)
    one = an_example(filename=b"b.jpg", object__class__text=None, object__class__label=1)
    written(tmp_path / "a.record", zero, one)
    dataset = read_dataset(tmp_path, None, ReadOptions(classes=("cup", "fork")))
    assert [each.objects[0].label for each in dataset.images] == ["cup", "fork"]
    beside = read_with_map(tmp_path)
    assert [len(each.objects) for each in beside.images] == [0, 1]
    defect, doubt = beside.defects
    assert doubt.option == "--first-class 0"
    assert (defect.kind, defect.message) == (
        DefectKind.UNKNOWN_CLASS, "class 0, and the classes' numbers are 1 to 2"
    )  # fmt: skip


def test_a_text_and_a_number_that_name_two_classes_are_told(tmp_path: Path) -> None:
    written(tmp_path / "a.record", an_example(object__class__label=2), an_example(filename=b"b"))
    dataset = read_with_map(tmp_path)
    assert [each.objects[0].label for each in dataset.images] == ["cup", "cup"]
    assert dataset.defects == ()
    assert any(
        "1 object of one class by text and another by number, such as 'cup' with the number of "
        "'fork'" in note.message for note in dataset.notes
    )  # fmt: skip


def test_a_size_that_is_not_the_images_is_a_defect(tmp_path: Path) -> None:
    written(tmp_path / "a.record", an_example(width=32, height=48), an_example(filename=b"b.jpg"))
    (defect,) = read_with_map(tmp_path).defects
    assert defect.kind == DefectKind.SIZE_DIFFERS


def test_numbers_that_nothing_names_ask_for_their_names(tmp_path: Path) -> None:
    written(tmp_path / "a.record", an_example(object__class__text=None))
    with pytest.raises(DatasetError, match=r"numbers alone \(1\): give a label map with --label"):
        read_dataset(tmp_path)


def test_corners_in_pixels_are_taken_so_and_said(tmp_path: Path) -> None:
    corners = {"object__bbox__xmin": 6.0, "object__bbox__ymin": 8.0, "object__bbox__xmax": 24.0,
               "object__bbox__ymax": 24.0}  # fmt: skip
    written(tmp_path / "a.record", an_example(**corners))
    dataset = read_with_map(tmp_path)
    assert dataset.images[0].objects[0].box_yxyx == BOX_YXYX
    (defect,) = dataset.defects
    assert "these look like pixels" in defect.message


def test_corners_beyond_the_image_are_not_taken_as_pixels(tmp_path: Path) -> None:
    written(tmp_path / "a.record", an_example(object__bbox__xmax=900.0))
    (defect,) = read_with_map(tmp_path).defects
    assert defect.kind == DefectKind.BOX_OUTSIDE


def test_a_label_map_in_a_folder_of_its_own(tmp_path: Path) -> None:
    written(tmp_path / "records" / "train.record", an_example(object__class__text=None))
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "label_map.pbtxt").write_text(MAP)
    assert read_dataset(tmp_path).images[0].objects[0].label == "cup"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_label_map_in_utf_16_is_read(encoding: str, tmp_path: Path) -> None:
    written(tmp_path / "a.record", an_example(object__class__text=None))
    (tmp_path / "label_map.pbtxt").write_text(MAP, encoding)
    assert read_dataset(tmp_path).images[0].objects[0].label == "cup"
