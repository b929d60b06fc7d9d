from pathlib import Path

from boxwright.predict.image_files import find_images
from detection.images.formats import SUFFIXES


def test_images_of_every_format_are_found_in_a_folder(tmp_path: Path) -> None:
    names = [f"{number}{suffix}" for number, suffix in enumerate(SUFFIXES)]
    names.append("IMG_0001.HEIC")
    for name in [*names, "notes.txt", "labels.json"]:
        (tmp_path / name).touch()
    assert {each.name for each in find_images([tmp_path])} == set(names)
