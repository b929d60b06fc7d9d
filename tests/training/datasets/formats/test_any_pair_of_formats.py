"""Any data set goes through any two formats and comes back the same, or is refused for a reason."""

import re
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.effort import EFFORT, examples
from tests.support.process_state import fresh_process_state
from tests.training.datasets.formats.drawn_datasets import datasets, draw_images
from tests.training.datasets.formats.kept_content import FLAGS, Kept, assert_kept
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.checking import check_dataset
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.left_out import left_out
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import WRITABLE, detect, read_dataset, write_dataset
from training.datasets.notes import NoteKind
from training.datasets.sources import read_header
from training.datasets.workers import Workers

# To make an example smaller takes minutes: only where somebody searches.
PHASES = (Phase.generate, Phase.shrink) if EFFORT > 1 else (Phase.generate,)
# What a format may say when it cannot hold what it is given.
REASONS = ("would lose", "cannot be written as")
# Boxes that are one for a format of 32 bits.
ALIKE = 1e-5


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw_images(tmp_path_factory.mktemp("drawn") / "images")


def through(dataset: Dataset, name: str, folder: Path, *, masks: bool) -> Dataset | None:
    """Written and read again; None where it was refused for a reason."""
    options = WriteOptions(include_masks=masks)
    with fresh_process_state():
        try:
            write_dataset(dataset, folder, name, options)
        except DatasetError as error:
            assert any(reason in str(error) for reason in REASONS), str(error)  # noqa: PT017
            return None
        assert detect(folder).name == name
        read = read_dataset(folder)
        result = check_dataset(read, Workers(processes=1))
    assert [str(each) for each in result.defects] == []
    expected = list(notes_of(dataset))
    assert [
        str(note) for note in read.notes
        if note.kind != NoteKind.READ
        and not any(re.fullmatch(each, note.message, re.DOTALL) for each in expected)
    ] == []  # fmt: skip
    announced = " ".join(left_out(dataset, name, options))
    for kind in ("masks", "keypoints", "regions to ignore", "group", "display name", *FLAGS):
        lost = count_of(read, kind) < count_of(dataset, kind)
        assert not lost or kind in announced, f"{kind} is lost without a word: {announced}"
    return read


def notes_of(dataset: Dataset) -> Iterator[str]:
    """The notes that follow from what is in a data set, whatever its format."""
    if not dataset.object_count:
        yield "no image has an object: nothing can be learned from it"
    plain = [" ".join(name.casefold().split()) for name in dataset.class_names]
    if len(set(plain)) < len(plain):
        yield "the classes .* differ in case or spaces alone"
    if any(
        one.label == two.label and np.allclose(one.box_yxyx, two.box_yxyx, rtol=0, atol=ALIKE)
        for image in dataset.images
        for one, two in combinations(image.objects, 2)
    ):
        yield r"\d+ objects? ha(s|ve) the box and class of another: in .*"
    if any(read_header(each.source).orientation != 1 for each in dataset.images):
        yield r"\d+ images? (is|are) turned by EXIF, and no size says on which form .*"
    bitmaps = [each for image in dataset.images for each in image.objects if each.mask]
    if bitmaps and all(each.crowd for each in bitmaps):
        yield r"every mask \(\d+\) is marked as a crowd, .*"


def count_of(dataset: Dataset, kind: str) -> int:
    """How many of a kind there are that say something.

    Keypoints of which none is labelled, and outlines that cover no pixel, do not.
    """

    def has(each: AnnotatedObject, image: AnnotatedImage) -> bool:
        if kind == "keypoints":
            return each.keypoints is not None and bool(each.keypoints.any())
        if kind == "masks":
            mask = each.mask_in(width=image.width, height=image.height)
            return mask is not None and mask.area > 0
        return bool(getattr(each, kind))

    if kind == "regions to ignore":
        return sum(len(image.ignored_yxyx) for image in dataset.images)
    if kind == "display name":
        return sum(item.label != item.name for item in dataset.label_map)
    if kind == "group":
        return sum(image.group is not None for image in dataset.images)
    return sum(has(each, image) for image in dataset.images for each in image.objects)


@pytest.mark.parametrize("first", WRITABLE)
@settings(
    phases=PHASES,
    max_examples=examples(25),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large,
                           HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_any_pair_of_formats_keeps_what_both_hold(
    first: str, images: list[Path], data: st.DataObject
) -> None:
    second = data.draw(st.sampled_from(WRITABLE))
    dataset = data.draw(datasets(images))
    masks = data.draw(st.booleans())
    with_points = bool(dataset.keypoint_names)
    with tempfile.TemporaryDirectory() as folder:
        between = through(dataset, first, Path(folder) / "first", masks=masks)
        if between is None:
            return
        assert_kept(between, dataset, Kept((first,), masks, with_points))
        after = through(between, second, Path(folder) / "second", masks=masks)
        if after is not None:
            assert_kept(after, dataset, Kept((first, second), masks, with_points))
