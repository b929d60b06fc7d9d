"""What a report says it was measured on."""

from pathlib import Path

import pytest

from boxwright.evaluate.report_head import data_name


@pytest.mark.parametrize(
    ("data", "splits", "name"),
    [
        (Path("cells"), "test", "cells, test"),
        (Path("cells"), "", "cells"),
        (None, "val", "the experiment's validation images"),
        (None, "", "the experiment's validation images"),
        (None, "train", "the experiment's validation images (of train in its data)"),
    ],
)
def test_images_are_named_by_where_they_lie_and_their_splits(
    data: Path | None, splits: str, name: str
) -> None:
    assert data_name(data, splits) == name
