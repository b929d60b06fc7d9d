"""Any data set goes through any two formats and comes back the same, or is refused for a reason."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.effort import EFFORT, examples
from tests.training.datasets.formats.drawn_datasets import (
    content_of,
    datasets,
    draw_images,
)
from training.datasets.checking import check_dataset
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import (
    FORMATS,
    WRITABLE,
    detect,
    left_out,
    read_dataset,
    write_dataset,
)
from training.datasets.workers import Workers

# To make an example smaller takes minutes: only where somebody searches.
PHASES = (Phase.generate, Phase.shrink) if EFFORT > 1 else (Phase.generate,)
# What a format may say when it cannot hold what it is given.
REASONS = ("would lose", "would be", "cannot be written", "cannot hold", "has no place for")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw_images(tmp_path_factory.mktemp("drawn") / "images")


def through(dataset: Dataset, name: str, folder: Path, *, masks: bool) -> Dataset | None:
    """Written and read again; None where it was refused for a reason."""
    options = WriteOptions(include_masks=masks)
    try:
        write_dataset(dataset, folder, name, options)
    except DatasetError as error:
        assert any(reason in str(error) for reason in REASONS), str(error)  # noqa: PT017
        return None
    assert detect(folder).name == name
    read = read_dataset(folder)
    result = check_dataset(read, Workers(processes=1))
    assert [str(each) for each in result.defects] == []
    announced = " ".join(left_out(dataset, name, options))
    for kind, lost in _losses(dataset, read).items():
        assert not lost or kind in announced, f"{kind} is lost without a word: {announced}"
    return read


def _losses(before: Dataset, after: Dataset) -> dict[str, bool]:
    def count(dataset: Dataset, has: str) -> int:
        found = 0
        for picture in dataset.pictures:
            for each in picture.objects:
                mask = each.mask_in(width=picture.width, height=picture.height)
                points = each.keypoints
                found += {
                    "has_mask": mask is not None and mask.area > 0,
                    "keypoints": points is not None and bool(points.any()),
                }.get(has, getattr(each, has))
        return found

    # Keypoints of which none is labelled, and outlines that cover no pixel, are no loss.
    kinds = {"masks": "has_mask", "keypoints": "keypoints", "difficult": "difficult",
             "truncated": "truncated", "crowd": "crowd"}  # fmt: skip
    return {kind: count(after, has) < count(before, has) for kind, has in kinds.items()}


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
    with_outlines = {"yolo", "csv-columns"} & {first, second}
    masks = not with_outlines and data.draw(st.booleans())
    with tempfile.TemporaryDirectory() as folder:
        between = through(dataset, first, Path(folder) / "first", masks=masks)
        if between is None:
            return
        kept = masks and FORMATS[first].masks
        assert content_of(between, (first,), masks=kept) == content_of(
            dataset, (first,), masks=kept
        )
        after = through(replace(between), second, Path(folder) / "second", masks=masks)
        if after is None:
            return
        kept = kept and FORMATS[second].masks
        both = (first, second)
        assert content_of(after, both, masks=kept) == content_of(dataset, both, masks=kept)
