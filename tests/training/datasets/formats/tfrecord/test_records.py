from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.support import small_datasets as small
from tests.support.image_files import as_file, block_colors, colored
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.registry import read_dataset, write_dataset
from training.datasets.sources import FileImage

# As the Object Detection API's decoder declares them.
FIXED = {
    "image/encoded": tf.string, "image/format": tf.string, "image/filename": tf.string,
    "image/key/sha256": tf.string, "image/source_id": tf.string, "image/height": tf.int64,
    "image/width": tf.int64,
}  # fmt: skip
VARIABLE = {
    "image/object/bbox/xmin": tf.float32, "image/object/bbox/xmax": tf.float32,
    "image/object/bbox/ymin": tf.float32, "image/object/bbox/ymax": tf.float32,
    "image/object/class/label": tf.int64, "image/object/class/text": tf.string,
    "image/object/area": tf.float32, "image/object/is_crowd": tf.int64,
    "image/object/difficult": tf.int64, "image/object/mask": tf.string,
    "image/object/keypoint/x": tf.float32, "image/object/keypoint/y": tf.float32,
    "image/object/keypoint/visibility": tf.int64,
}  # fmt: skip
FEATURES = {key: tf.io.FixedLenFeature((), kind) for key, kind in FIXED.items()} | {
    key: tf.io.VarLenFeature(kind) for key, kind in VARIABLE.items()
}


def parsed_by_tensorflow(folder: Path) -> list[dict[str, Any]]:
    files = sorted(map(str, folder.glob("*.record-*")))
    records = list(tf.data.TFRecordDataset(files).as_numpy_iterator())
    examples = [tf.io.parse_example([record], FEATURES) for record in records]
    return [
        {key: value.values.numpy() if isinstance(value, tf.SparseTensor) else value[0].numpy()
         for key, value in example.items()}
        for example in examples
    ]  # fmt: skip


def test_tensorflow_parses_what_we_write(tmp_path: Path) -> None:
    dataset = small.with_masks(tmp_path)
    write_dataset(dataset, tmp_path / "out", "tfrecord", WriteOptions(include_masks=True, shards=2))
    names = sorted(each.name for each in (tmp_path / "out").iterdir())
    assert names == ["all.record-00000-of-00002", "all.record-00001-of-00002", "label_map.pbtxt"]
    first, second = parsed_by_tensorflow(tmp_path / "out")
    assert (first["image/width"], first["image/height"]) == (48, 32)
    assert (first["image/filename"], second["image/filename"]) == (b"a.jpg", b"b.jpg")
    assert first["image/object/class/text"].tolist() == [b"bone", b"ball", b"ball"]
    assert first["image/object/class/label"].tolist() == [2, 1, 1]
    assert first["image/object/bbox/ymin"][0] == np.float32(0.25)
    assert first["image/object/bbox/xmin"][0] == np.float32(0.125)
    pixels = tf.io.decode_image(first["image/encoded"], channels=3).numpy()
    assert pixels.shape == (32, 48, 3)
    masks = [tf.io.decode_png(mask).numpy()[..., 0] for mask in first["image/object/mask"]]
    assert (masks[1] == small.DISC).all()
    assert not masks[2].any()


def test_tensorflow_parses_keypoints(tmp_path: Path) -> None:
    write_dataset(small.with_keypoints(tmp_path), tmp_path / "out", "tfrecord")
    first, second = parsed_by_tensorflow(tmp_path / "out")
    assert first["image/object/keypoint/y"].tolist() == [0.5, 0, 0.5, 0]
    assert first["image/object/keypoint/x"].tolist() == [0.25, 0, 0.25, 0]
    assert first["image/object/keypoint/visibility"].tolist() == [2, 0, 2, 0]
    assert second["image/object/bbox/xmin"].size == 0


def test_what_tensorflow_writes_is_read(tmp_path: Path) -> None:
    def feature(*values: object) -> tf.train.Feature:
        if isinstance(values[0], bytes):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
        if isinstance(values[0], float):
            return tf.train.Feature(float_list=tf.train.FloatList(value=values))
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))

    encoded = as_file(colored(), "JPEG")
    features = {
        "image/encoded": feature(encoded),
        "image/object/bbox/xmin": feature(0.125), "image/object/bbox/xmax": feature(0.5),
        "image/object/bbox/ymin": feature(0.25), "image/object/bbox/ymax": feature(0.75),
        "image/object/class/label": feature(2),
    }  # fmt: skip
    example = tf.train.Example(features=tf.train.Features(feature=features))
    with tf.io.TFRecordWriter(str(tmp_path / "val.tfrecord")) as writer:
        writer.write(example.SerializeToString())
    with pytest.raises(DatasetError, match="give a label map"):
        read_dataset(tmp_path)
    dataset = read_dataset(tmp_path, None, ReadOptions(classes=("cat", "dog")))
    (image,) = dataset.images
    assert (image.width, image.height, image.split) == (48, 32, "val")
    assert image.objects[0].label == "dog"
    assert image.objects[0].box_yxyx == (0.25, 0.125, 0.75, 0.5)
    assert image.source.read() == encoded


def test_an_image_that_exif_turns_goes_in_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    path.write_bytes(as_file(colored(), "JPEG", exif=exif))
    image = AnnotatedImage("turned.jpg", FileImage(path), 32, 48)
    dataset = Dataset(label_map_of(["a"]), (image,))
    write_dataset(dataset, tmp_path / "out", "tfrecord")
    (example,) = parsed_by_tensorflow(tmp_path / "out")
    pixels = tf.io.decode_jpeg(example["image/encoded"]).numpy()
    upright = colored().transpose(Image.Transpose.ROTATE_270)
    difference = block_colors(Image.fromarray(pixels)) - block_colors(upright)
    assert np.abs(difference).max() < 12


def test_a_png_with_alpha_called_jpg_goes_in_as_rgb(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(as_file(colored().convert("RGBA"), "PNG"))
    image = AnnotatedImage("a.jpg", FileImage(path), 48, 32)
    write_dataset(Dataset(label_map_of(["a"]), (image,)), tmp_path / "o", "tfrecord")
    (example,) = parsed_by_tensorflow(tmp_path / "o")
    assert example["image/format"] == b"png"
    assert Image.open(BytesIO(bytes(example["image/encoded"]))).mode == "RGB"


def test_an_image_of_another_size_is_refused(tmp_path: Path) -> None:
    source = FileImage(small.image_file(tmp_path, "a.jpg"))
    image = AnnotatedImage("a.jpg", source, 480, 320, origin="a.xml")
    dataset = Dataset(label_map_of(["a"]), (image,))
    with pytest.raises(DatasetError, match=r"48x32 pixels, but a\.xml says 480x320"):
        write_dataset(dataset, tmp_path / "out", "tfrecord")
