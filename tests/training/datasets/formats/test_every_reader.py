"""Whatever a file holds, its reader gives a data set, defects with their places, or one error."""

import importlib
import os
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.effort import examples
from tests.support.peak_memory import peak_memory
from tests.support.process_state import fresh_process_state
from tests.training.datasets.formats.changed_files import EMPTY, WRONG, changed_bytes, changes_of
from tests.training.datasets.formats.seeds import SEEDS, sown
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import FORMATS, detect, read_dataset

# Of the changes that a file allows, so many are tried in a run of every day.
CHANGES = 60
# Beside what was resident before.
MOST_MEMORY_MB = 1000


def seen_in(dataset: Dataset) -> Counter[Any]:
    """Every object: its image, class and box."""
    return Counter(
        (image.full_name, each.label, image.pixels_xyxy(each.box_yxyx))
        for image in dataset.images
        for each in image.objects
    )


def says_more(after: Dataset, before: Dataset) -> bool:
    """Whether a defect or a note tells of the change."""
    return bool(after.defects) or not set(after.notes) <= set(before.notes)


def test_every_format_has_a_seed() -> None:
    assert set(SEEDS) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_seed_is_whole_and_is_told_by_its_content(name: str, tmp_path: Path) -> None:
    sown(name, tmp_path / "set")
    dataset = read_dataset(tmp_path / "set", name)
    assert dataset.defects == ()
    assert dataset.object_count >= 2
    assert detect(tmp_path / "set").name == name


@pytest.mark.parametrize("name", FORMATS)
def test_a_reader_finds_nothing_that_its_row_s_suffixes_leave_out(
    name: str, tmp_path: Path
) -> None:
    sown(name, tmp_path)
    for file in [each for each in tmp_path.rglob("*") if each.is_file()]:
        assert found_in(tmp_path, by_rows=True) == found_in(tmp_path, by_rows=False)
        # By what it begins with it is the same file as before.
        file.rename(file.with_name(f"{file.name}.odd"))
    there = found_in(tmp_path, by_rows=False)
    assert {each for each in there if there[each]} <= {
        each.name for each in FORMATS.values() if not each.suffixes
    }


def found_in(folder: Path, *, by_rows: bool) -> dict[str, list[str]]:
    """What each format finds: asked by its row, or the reader itself, whatever its suffixes."""
    found = {}
    for row in FORMATS.values():
        files = SourceFiles(folder, ReadOptions())
        reader = importlib.import_module(f"training.datasets.formats.{row.reader}")
        found[row.name] = row.find(files) if by_rows else list(reader.find(files))
    return found


@pytest.mark.parametrize("values", [WRONG, EMPTY], ids=["wrong", "empty"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_value_of_the_wrong_kind_is_never_silent(
    name: str, values: tuple[Any, ...], tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    files = sown(name, folder)
    before = read_dataset(folder, name)
    chance = random.Random(name)
    for file in files:
        data = file.read_bytes()
        found = list(changes_of(file, data, values))
        for told, changed in chance.sample(found, min(len(found), examples(CHANGES))):
            file.write_bytes(changed)
            told = f"{name}, {file.relative_to(folder)}: {told}"
            after = _read(folder, name, told)
            if after is not None and values is WRONG:
                is_less = after.object_count < before.object_count
                # Keypoints beyond the edge are as usual as others in drawn hands.
                is_typed = not _is_text(file) and name != "synthetic-hands"
                is_other = is_typed and bool(seen_in(before) - seen_in(after))
                assert not (is_less or is_other) or says_more(after, before), told
        file.write_bytes(data)


def _is_text(file: Path) -> bool:
    """Forms without types, of which another value may be as right as the one before."""
    is_table = file.suffix in (".xml", ".csv", ".txt", ".yaml", ".pbtxt")
    return is_table or ".tfrecord" in file.name


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_bytes_never_end_in_a_trace(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    files = sown(name, folder)
    chance = random.Random(name)
    with peak_memory() as peak:
        for file in files:
            data = file.read_bytes()
            for told, changed in changed_bytes(data, chance, examples(8)):
                file.write_bytes(changed)
                told = f"{name}, {file.relative_to(folder)}: {told}"
                _read(folder, name, told)
                with fresh_process_state(), suppress(DatasetError):
                    detect(folder)
            file.write_bytes(data)
    assert peak.added_mb < MOST_MEMORY_MB


def _read(folder: Path, name: str, told: str) -> Dataset | None:
    try:
        # As in a process that has read nothing yet, whichever test was before.
        with fresh_process_state():
            found = read_dataset(folder, name)
    except DatasetError as error:
        assert str(folder.parent) in str(error), told  # noqa: PT017 (either is right)
        return None
    except Exception as error:
        raise AssertionError(told) from error
    for defect in found.defects:
        assert str(folder) in defect.where, told
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_links_in_a_ring_and_files_that_cannot_be_read_are_no_trace(
    name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    files = sown(name, folder)
    before = seen_in(read_dataset(folder, name))
    (folder / "ring").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.json").symlink_to(folder / "gone")
    os.mkfifo(folder / "pipe.json")
    os.mkfifo(folder / "pipe.xml")
    os.mkfifo(folder / "pipe.csv")
    found = _read(folder, name, "a ring of links, a link to nowhere, pipes")
    assert found is not None
    assert seen_in(found) == before
    for file in files:
        data = file.read_bytes()
        file.unlink()
        file.mkdir()
        _read(folder, name, f"{name}: a folder called {file.name}")
        file.rmdir()
        file.symlink_to(file)
        _read(folder, name, f"{name}: {file.name}, a link to itself")
        file.unlink()
        file.write_bytes(data)
