"""Classes that are all crowds are said in training's log, and a source can take them as objects."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.annotated_folders import coco_box, coco_file, images
from training.configuration.data import DataSource
from training.datasets.annotated import AnnotatedObject
from training.datasets.workers import Workers
from training.loop.crowd_only_classes import crowd_only_classes


def source(folder: Path, *annotations: dict[str, Any]) -> DataSource:
    numbered = [each | {"id": number} for number, each in enumerate(annotations, 1)]
    path = coco_file(images(folder, "a.jpg") / "c.json", annotations=numbered)
    return DataSource(path)


def objects(asked: DataSource) -> list[AnnotatedObject]:
    with Workers(processes=1) as workers:
        return [each for image in asked.read(workers).images for each in image.objects]


def said(asked: DataSource) -> list[str]:
    with Workers(processes=1) as workers:
        return crowd_only_classes("train", [asked.read(workers)])


def test_a_source_takes_crowds_as_single_objects(tmp_path: Path) -> None:
    asked = source(tmp_path, coco_box(iscrowd=1))
    assert [each.crowd for each in objects(asked)] == [True]
    assert [each.crowd for each in objects(replace(asked, crowd_as_single=True))] == [False]


def test_a_class_of_crowds_alone_is_said_with_what_takes_them(tmp_path: Path) -> None:
    asked = source(
        tmp_path,
        coco_box(iscrowd=1),
        coco_box(iscrowd=1, bbox=[1, 1, 9, 9]),
        coco_box(category_id=2),
        coco_box(category_id=2, iscrowd=1, bbox=[1, 1, 9, 9]),
    )
    (sentence,) = said(asked)
    assert sentence.startswith("train: every object of 'cup' (2) is marked as a crowd")
    assert "crowd_as_single" in sentence
    assert said(replace(asked, crowd_as_single=True)) == []


def test_masks_that_are_all_crowds_are_said_where_boxes_are_not(tmp_path: Path) -> None:
    mask = {"size": [48, 64], "counts": [48 * 10, 48 * 10, 48 * 44]}
    asked = source(tmp_path, coco_box(), coco_box(iscrowd=1, segmentation=mask))
    (sentence,) = said(asked)
    assert sentence.startswith("train: every mask of 'cup' (1) is marked as a crowd")
