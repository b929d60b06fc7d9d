from pathlib import Path

from boxwright.train.given_photos import Photos


def test_what_the_flags_say_of_the_data_goes_into_the_config_and_the_evaluation() -> None:
    photos = Photos(
        Path("photos"), "yolo", ("cat", "dog"), Path("shots"), 20.0, 0.0, "cp1251", 1, "stored"
    )
    assert photos.source() == {
        "path": "photos", "format": "yolo", "classes": ["cat", "dog"], "images": "shots",
        "encoding": "cp1251", "first_class": 1, "exif_frame": "stored",
    }  # fmt: skip
    assert photos.options() == [
        "--data", "photos", "--from", "yolo", "--classes", "cat,dog", "--images", "shots",
        "--encoding", "cp1251", "--first-class", "1", "--exif", "stored",
    ]  # fmt: skip
