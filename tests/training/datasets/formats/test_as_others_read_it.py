"""What we write, as pycocotools, ElementTree, TensorFlow and lines that share no code read it."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest
import tensorflow as tf
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from tests.support.effort import examples
from tests.training.datasets.formats.drawn_datasets import datasets, draw_images
from tests.training.datasets.formats.kept_content import TOLERANCE_PX
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import write_dataset

SETTINGS = settings(
    phases=(Phase.generate,), max_examples=examples(8),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large,
                           HealthCheck.function_scoped_fixture],
)  # fmt: skip


class Seen(NamedTuple):
    """An object as another reader has it: its class, corners in pixels from 0, and what is said."""

    label: str
    corners: tuple[float, ...]
    said: tuple[Any, ...] = ()


# By split and stored size upright, of which no two drawn images have the same.
SeenImages = dict[tuple[str | None, tuple[int, int]], list[Seen]]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw_images(tmp_path_factory.mktemp("drawn") / "images")


def written(dataset: Dataset, name: str, folder: Path) -> bool:
    """Whether it was, and not refused."""
    try:
        write_dataset(dataset, folder, name, WriteOptions(include_masks=True))
    except DatasetError:
        return False
    return True


def upright_size(file: Path) -> tuple[int, int]:
    with Image.open(file) as image:
        return ImageOps.exif_transpose(image).size


def assert_seen(dataset: Dataset, seen: SeenImages, said: Any = lambda each, image: ()) -> None:
    expected = {(each.split, (each.width, each.height)): each for each in dataset.images}
    assert set(seen) == set(expected)
    for key, image in expected.items():
        assert [each.label for each in seen[key]] == [each.label for each in image.objects]
        for one, two in zip(seen[key], image.objects, strict=True):
            corners = image.pixels_xyxy(two.box_yxyx)
            assert np.allclose(one.corners, corners, rtol=0, atol=TOLERANCE_PX)
            assert one.said == said(two, image)


@SETTINGS
@given(data=st.data())
def test_pycocotools_reads_the_same_boxes_areas_masks_and_keypoints(
    images: list[Path], data: st.DataObject
) -> None:
    dataset = data.draw(datasets(images))

    def said(each: AnnotatedObject, image: AnnotatedImage) -> tuple[Any, ...]:
        mask = each.mask_in(width=image.width, height=image.height)
        width, height = image.pixels_xywh(each.box_yxyx)[2:]
        area = mask.area if mask is not None else width * height
        points = each.keypoints[:, 2].tolist() if each.keypoints is not None else None
        bitmap = None if mask is None else mask.bitmap().tolist()
        return int(each.crowd), round(float(area), 3), bitmap, points

    with tempfile.TemporaryDirectory() as folder:
        if written(dataset, "coco", Path(folder) / "out"):
            assert_seen(dataset, _by_pycocotools(Path(folder) / "out"), said)


def _by_pycocotools(folder: Path) -> SeenImages:
    seen: SeenImages = {}
    for file in sorted((folder / "annotations").glob("*.json")):
        split = file.stem.removeprefix("instances").removeprefix("_") or None
        with redirect_stdout(StringIO()):
            coco = COCO(file)
        for image in coco.loadImgs(coco.getImgIds()):
            size = (image["width"], image["height"])
            assert upright_size(folder / (split or "images") / image["file_name"]) == size
            seen[split, size] = []
            for each in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
                x, y, width, height = each["bbox"]
                bitmap = None
                if each.get("segmentation"):
                    bitmap = (coco_mask.decode(coco.annToRLE(each)) == 1).tolist()
                points = each["keypoints"][2::3] if "keypoints" in each else None
                seen[split, size].append(Seen(
                    coco.cats[each["category_id"]]["name"], (x, y, x + width, y + height),
                    (each["iscrowd"], round(float(each["area"]), 3), bitmap, points),
                ))  # fmt: skip
    return seen


@SETTINGS
@given(data=st.data())
def test_elementtree_reads_voc_s_boxes_from_1(images: list[Path], data: st.DataObject) -> None:
    dataset = data.draw(datasets(images))
    with tempfile.TemporaryDirectory() as folder:
        if written(dataset, "voc", Path(folder) / "out"):
            assert_seen(dataset, _by_elementtree(Path(folder) / "out"),
                        lambda each, _: (each.difficult, each.truncated))  # fmt: skip


def _by_elementtree(folder: Path) -> SeenImages:
    splits = {
        line: file.stem
        for file in (folder / "ImageSets" / "Main").glob("*.txt")
        for line in file.read_text(encoding="utf-8").split("\n") if line
    }  # fmt: skip
    seen: SeenImages = {}
    for file in (folder / "Annotations").glob("*.xml"):
        root = ElementTree.parse(file).getroot()
        image = folder / "JPEGImages" / (root.findtext("filename") or "")
        size = (int(root.findtext("size/width") or 0), int(root.findtext("size/height") or 0))
        assert upright_size(image) == size
        assert image.stem == file.stem
        found = seen[splits.get(file.stem), size] = []
        for each in root.iter("object"):
            # As the development kit has them: the first pixel is 1, and both ends are in the box.
            corners = [float(each.findtext(f"bndbox/{name}") or "nan")
                       for name in ("xmin", "ymin", "xmax", "ymax")]  # fmt: skip
            said = (each.findtext("difficult") == "1", each.findtext("truncated") == "1")
            found.append(Seen(each.findtext("name") or "", (corners[0] - 1, corners[1] - 1,
                                                            *corners[2:]), said))  # fmt: skip
    return seen


@SETTINGS
@given(data=st.data())
def test_yolo_s_lines_are_what_ultralytics_documents(
    images: list[Path], data: st.DataObject
) -> None:
    dataset = data.draw(datasets(images)).without_masks()

    def said(each: AnnotatedObject, image: AnnotatedImage) -> tuple[Any, ...]:
        if not dataset.keypoint_names:
            return ()
        points = each.keypoints
        return tuple((np.zeros(len(dataset.keypoint_names)) if points is None else points[:, 2])
                     .tolist())  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        if written(dataset, "yolo", Path(folder) / "out"):
            assert_seen(dataset, _by_lines_of_yolo(Path(folder) / "out"), said)


def _by_lines_of_yolo(folder: Path) -> SeenImages:
    content = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))
    seen: SeenImages = {}
    named: list[str | None] = [each for each in ("train", "val", "test") if each in content]
    for split in named or [None]:
        root = folder / (content[split] if split else "images")
        for image in root.iterdir():
            # As Ultralytics finds them: the last `images` becomes `labels`.
            before, after = str(image).rsplit("/images/", 1)
            labels = Path(f"{before}/labels/{after}").with_suffix(".txt")
            width, height = size = upright_size(image)
            found = seen[split, size] = []
            for line in labels.read_text().splitlines():
                number, *values = map(float, line.split())
                x, y, w, h = values[:4]
                corners = ((x - w / 2) * width, (y - h / 2) * height,
                           (x + w / 2) * width, (y + h / 2) * height)  # fmt: skip
                assert len(values) == 4 + 3 * content.get("kpt_shape", [0])[0]
                found.append(Seen(content["names"][int(number)], corners, tuple(values[6::3])))
    return seen


@SETTINGS
@given(data=st.data())
def test_tensorflow_reads_the_object_detection_api_s_features(
    images: list[Path], data: st.DataObject
) -> None:
    dataset = data.draw(datasets(images))
    with tempfile.TemporaryDirectory() as folder:
        if written(dataset, "tfrecord", Path(folder) / "out"):
            seen = dict(_by_tensorflow(Path(folder) / "out", len(dataset.keypoint_names)))
            assert_seen(dataset, seen, _said_by_records(dataset))


def _said_by_records(dataset: Dataset) -> Any:
    def said(each: AnnotatedObject, image: AnnotatedImage) -> tuple[Any, ...]:
        some = any(other.has_mask for other in image.objects)
        mask = each.mask_in(width=image.width, height=image.height)
        pixels = np.zeros((image.height, image.width)) if mask is None else mask.bitmap()
        seen = None
        if dataset.keypoint_names:
            points = each.keypoints
            seen = [0] * len(dataset.keypoint_names) if points is None else points[:, 2].tolist()
        return (dataset.class_ids[each.label], int(each.difficult), int(each.truncated),
                int(each.crowd), pixels.astype(int).tolist() if some else None, seen)  # fmt: skip

    return said


def _by_tensorflow(
    folder: Path, points: int
) -> Iterator[tuple[tuple[str | None, tuple[int, int]], list[Seen]]]:
    texts, numbers, floats = (
        {f"image/{name}": tf.io.VarLenFeature(kind) for name in names.split()}
        for kind, names in (
            (tf.string, "encoded format object/class/text object/mask"),
            (tf.int64, "height width object/class/label object/difficult object/truncated "
                       "object/is_crowd object/keypoint/visibility"),
            (tf.float32, "object/bbox/xmin object/bbox/ymin object/bbox/xmax object/bbox/ymax"),
        )
    )  # fmt: skip
    for file in sorted(folder.glob("*.record-*")):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            example = tf.io.parse_single_example(record, {**texts, **numbers, **floats})
            got = {key.removeprefix("image/"): value.values.numpy().tolist()
                   for key, value in example.items()}  # fmt: skip
            pixels = tf.io.decode_image(got["encoded"][0], channels=3).numpy()
            width, height = got["width"][0], got["height"][0]
            assert pixels.shape == (height, width, 3)
            masks = [tf.io.decode_png(each, channels=1).numpy()[..., 0].tolist()
                     for each in got["object/mask"]]  # fmt: skip
            seen = got["object/keypoint/visibility"]
            objects = [
                Seen(
                    text.decode(),
                    tuple(got[f"object/bbox/{corner}"][at] * side for corner, side in
                          (("xmin", width), ("ymin", height), ("xmax", width), ("ymax", height))),
                    (*(got[f"object/{key}"][at] for key in
                       ("class/label", "difficult", "truncated", "is_crowd")),
                     masks[at] if masks else None,
                     seen[at * points : (at + 1) * points] if points else None),
                )
                for at, text in enumerate(got["object/class/text"])
            ]  # fmt: skip
            split = file.name.partition(".")[0]
            yield (None if split == "all" else split, (width, height)), objects


@SETTINGS
@given(data=st.data())
def test_the_csv_module_reads_the_object_detection_api_s_columns(
    images: list[Path], data: st.DataObject
) -> None:
    dataset = data.draw(datasets(images))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        if not written(dataset, "csv", out):
            return
        seen: SeenImages = {}
        for file in out.glob("*labels.csv"):
            split = file.stem.removesuffix("labels").removesuffix("_") or None
            with file.open(newline="", encoding="utf-8") as lines:
                for row in csv.DictReader(lines):
                    size = (int(row["width"]), int(row["height"]))
                    assert upright_size(out / "images" / (split or "") / row["filename"]) == size
                    found = seen.setdefault((split, size), [])
                    if row["class"]:
                        corners = [float(row[name]) for name in ("xmin", "ymin", "xmax", "ymax")]
                        found.append(Seen(row["class"], tuple(corners)))
        assert_seen(dataset, seen)
