"""Objects come out of a worker as they went in."""

import pickle
from dataclasses import fields
from pathlib import Path

import pytest

from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.slot_pickling import pickled_by_slots
from training.datasets.sources import FileImage

HAND = AnnotatedObject("hand", (0.25, 0.1, 0.75, 0.5), difficult=True, area_px=2.5)
IMAGE = AnnotatedImage("a.jpg", FileImage(Path("a.jpg")), 30, 20, split="val", image_id=3)


@pytest.mark.parametrize("value", [HAND, IMAGE], ids=["object", "picture"])
def test_every_field_is_the_same_after_pickling(value: AnnotatedObject | AnnotatedImage) -> None:
    back = pickle.loads(pickle.dumps(value))
    for each in fields(value):
        assert getattr(back, each.name) == getattr(value, each.name)


def test_a_class_of_one_slot_is_refused() -> None:
    class OneSlot:
        __slots__ = ("only",)

    with pytest.raises(TypeError, match="OneSlot has 1 slots"):
        pickled_by_slots(OneSlot)
