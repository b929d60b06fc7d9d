from pathlib import Path

from boxwright.dataset.source import Source
from boxwright.train.given_photos import Photos


def test_what_the_flags_say_of_the_data_goes_into_the_config_and_the_evaluation(
    tmp_path: Path,
) -> None:
    shots = tmp_path / "shots"
    shots.mkdir()
    source = Source.of(
        source=Path("photos"), from_format="yolo", classes="cat,dog", images=shots,
        encoding="cp1251", first_class=1, exif_frame="stored", box_form="xyxy",
    )  # fmt: skip
    photos = Photos(source, 20.0, 0.0)
    assert photos.settings() == {
        "path": "photos", "format": "yolo", "classes": ["cat", "dog"], "images": str(shots),
        "first_class": 1, "exif_frame": "stored", "box_form": "xyxy", "encoding": "cp1251",
    }  # fmt: skip
    assert photos.options() == [
        "--data", "photos", "--from", "yolo", "--classes", "cat,dog", "--images", str(shots),
        "--first-class", "1", "--exif", "stored", "--boxes", "xyxy", "--encoding", "cp1251",
    ]  # fmt: skip
