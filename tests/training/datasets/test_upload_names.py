"""What a tool puts before an upload, and what a photographer puts before a name."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import images
from training.datasets.formats.files.file_index import FileIndex
from training.datasets.formats.files.image_finder import ImageFinder
from training.datasets.formats.label_studio.images import stored_names
from training.datasets.grouping.shot_names import original_name
from training.datasets.upload_names import without_upload_prefix


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("ab12cd34-cat.jpg", "cat.jpg"), ("12345678-cat.jpg", "cat.jpg"),
        ("20240101-cat.jpg", "20240101-cat.jpg"), ("31122024-cat.jpg", "31122024-cat.jpg"),
        ("12312024-cat.jpg", "12312024-cat.jpg"), ("20249901-cat.jpg", "cat.jpg"),
        ("ab12-cat.jpg", "ab12-cat.jpg"), ("ab12cd34-", "ab12cd34-"),
    ],
)  # fmt: skip
def test_eight_digits_of_a_uuid_go_and_a_date_stays(name: str, before: str) -> None:
    assert without_upload_prefix(name) == before


def test_every_place_takes_a_date_for_a_part_of_the_name(tmp_path: Path) -> None:
    finder = ImageFinder(FileIndex.of(images(tmp_path, "cat.jpg")))
    assert finder.find("20240101-cat.jpg").source is None
    assert finder.find("ab12cd34-cat.jpg").source is not None
    dated, uploaded = ("upload/1/20240101-cat.jpg",), ("upload/1/ab12cd34-dog.jpg",)
    assert stored_names([dated, uploaded]) == [dated, (*uploaded, "dog.jpg")]
    assert original_name("20240101-cat.jpg") == "20240101-cat"
    assert original_name("ab12cd34-cat.jpg") == "cat"


def test_what_a_server_calls_an_upload_may_begin_with_fewer_digits() -> None:
    assert stored_names([("upload/1/ab12-a.jpg",)]) == [("upload/1/ab12-a.jpg", "a.jpg")]
    assert without_upload_prefix("ab12-a.jpg") == "ab12-a.jpg"


def test_numbered_shots_are_not_taken_for_uploads_of_one() -> None:
    assert original_name("12345678-cat.jpg") != original_name("12345679-cat.jpg")
