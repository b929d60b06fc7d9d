from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.support import small_datasets as small
from tests.support.image_files import colored
from training.datasets.contact_sheet import contact_sheet, draw_annotations
from training.datasets.sources import FileImage
from training.datasets.workers import Workers


def test_images_stand_in_rows_and_one_that_is_gone_says_so(tmp_path: Path) -> None:
    dataset = small.with_masks(tmp_path)
    gone = replace(dataset.images[0], source=FileImage(tmp_path / "gone.jpg"))
    images = (*dataset.images, gone)
    with Workers(processes=1) as workers:
        sheet = contact_sheet(dataset, images, workers, columns=2, tile_px=100)
    assert sheet.width == 2 * 106 + 6
    assert sheet.height == 2 * 122 + 6


def test_boxes_masks_and_points_change_the_image_where_they_are(tmp_path: Path) -> None:
    for dataset in (
        small.boxes_only(tmp_path), small.with_masks(tmp_path), small.with_keypoints(tmp_path),
    ):  # fmt: skip
        image = dataset.images[0]
        plain = colored()
        drawn = draw_annotations(plain, image, dataset.class_ids, bones=False)
        assert drawn.size == plain.size
        changed = (np.asarray(drawn) != np.asarray(plain)).any(-1)
        y_min, x_min, y_max, _ = image.objects[0].box_yxyx
        inside = changed[round(y_min * 32) : round(y_max * 32), round(x_min * 48) :]
        assert inside.any()
        assert image.ignored_yxyx or not changed[-4:, :12].any()
