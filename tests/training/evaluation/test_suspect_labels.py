"""Labels that somebody has made wrong are found, and no others."""

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path

from tests.training.evaluation.perturbed import NAMES, noisy, perfect, red_rectangles, scene
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset
from training.evaluation.suspect_files import SIDE_PX, suspects_csv, suspects_sheet
from training.evaluation.suspect_labels import KINDS, SuspectLabel, suspect_labels

FAR = (0.0, 0.0, 0.04, 0.03)


def changed(truth: Dataset, image: int, objects: tuple[AnnotatedObject, ...]) -> Dataset:
    images = list(truth.images)
    images[image] = replace(images[image], objects=objects)
    return replace(truth, images=tuple(images))


def test_each_kind_of_wrong_label_is_found_and_right_ones_are_not() -> None:
    truth = scene(12)
    found = perfect(truth)
    assert suspect_labels(truth, found, 0.5) == ()

    objects = [each.objects for each in truth.images]
    other = NAMES[1 - NAMES.index(objects[8][0].label)]
    y_min, x_min, y_max, x_max = objects[9][0].box_yxyx
    half = replace(objects[9][0], box_yxyx=(y_min, x_min, (y_min + y_max) / 2, x_max))
    wrong = changed(truth, 1, ())
    wrong = changed(wrong, 8, (replace(objects[8][0], label=other),))
    wrong = changed(wrong, 9, (half, objects[9][1]))
    wrong = changed(wrong, 10, (*objects[10], replace(objects[10][0], box_yxyx=FAR)))
    suspects = suspect_labels(wrong, found, 0.5)

    assert [(each.kind, each.index, each.object_number) for each in suspects] == [
        ("missing", 1, None), ("class", 8, 1), ("nothing there", 10, 4), ("box", 9, 1),
    ]  # fmt: skip
    missing, of_class, nothing, box = suspects
    assert missing.reasons == f"no label where {missing.found} 90% was found"
    assert of_class.label == other
    assert of_class.found == objects[8][0].label
    assert nothing.label_yxyx == FAR
    assert 0.45 < box.overlap < 0.55
    # What is not counted is not doubted, and what is hardly believed is no reason for doubt.
    assert suspect_labels(wrong, found, 0.95)[0].kind == "nothing there"
    crowd = changed(wrong, 1, (replace(objects[1][0], crowd=True, box_yxyx=(0, 0, 1, 1)),))
    assert all(each.index != 1 for each in suspect_labels(crowd, found, 0.5))


def test_several_detections_in_one_place_are_one_suspect() -> None:
    truth = scene(6)
    twice = [each.select() for each in perfect(truth)]
    bare = changed(truth, 1, ())
    doubled = [
        type(each)(
            each.boxes_yxyx.repeat(2, axis=0), each.scores.repeat(2), each.class_ids.repeat(2)
        )
        for each in twice
    ]
    assert [each.index for each in suspect_labels(bare, doubled, 0.5)] == [1]


def test_the_most_suspect_come_first_in_table_and_sheet(tmp_path: Path) -> None:
    truth = scene(40)
    suspects = suspect_labels(truth, noisy(truth), 0.5)
    assert {each.kind for each in suspects} <= set(KINDS)
    rows = list(csv.DictReader(StringIO(suspects_csv(suspects, truth).decode())))
    values = [float(row["suspicion"]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(rows) == len(suspects) > 3
    first = suspects[0]
    assert first.found_yxyx is not None
    assert float(rows[0]["found_x_max"]) == round(first.found_yxyx[3] * 320, 1)

    real = red_rectangles(tmp_path)
    one = SuspectLabel("missing", 0.9, 2, "2.png", found="red", score=0.9, found_yxyx=FAR)
    sheet = suspects_sheet([one], real)
    assert sheet is not None
    assert sheet.width > SIDE_PX
    assert suspects_sheet([], real) is None
