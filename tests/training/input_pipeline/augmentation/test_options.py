import pytest

from training.input_pipeline.augmentation.options import AugmentationOptions


def test_all_is_off_unless_said() -> None:
    assert AugmentationOptions().is_off
    assert AugmentationOptions(crop_min_area=0.5, min_visible=0.1).is_off
    assert not AugmentationOptions(scale=(0.5, 1.0)).is_off


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"horizontal_flip": 1.5}, "horizontal_flip: expected 0 to 1, but got 1.5"),
        ({"mosaic": -0.1}, "mosaic: expected 0 to 1, but got -0.1"),
        ({"rotate_degrees": 270}, "rotate_degrees: expected 0 to 180, but got 270"),
        ({"brightness": float("nan")}, "brightness: expected 0 to 1, but got nan"),
        ({"scale": (2.0, 0.5)}, r"scale: expected \[least, most\] within 0.05 to 20"),
        ({"scale": (0.0, 1.0)}, r"scale: expected \[least, most\] within 0.05 to 20"),
        ({"cut_out_count": 0}, "cut_out_count: expected 1 or more, but got 0"),
        ({"turned_boxes": "circle"}, "turned_boxes: expected corners or ellipse, but got 'circle'"),
        ({"crop_min_area": 0.0}, "crop_min_area: expected a number above 0, but got 0"),
    ],
)
def test_a_value_out_of_its_range_is_named(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AugmentationOptions(**fields)  # type: ignore[arg-type]


def test_a_range_from_yaml_equals_one_from_python() -> None:
    as_read: list[float] = [1, 2]
    assert AugmentationOptions(scale=as_read) == AugmentationOptions(scale=(1, 2))  # type: ignore[arg-type]
