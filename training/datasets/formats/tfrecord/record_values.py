"""`Record`: one `tf.train.Example`'s features, each of the kind that its key should hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.datasets.formats.tfrecord import features as keys
from training.datasets.formats.tfrecord.example import Values


@dataclass(frozen=True)
class Record:
    """One record, and its place for messages.

    Args:
        origin: file and number.
        features: as the Object Detection API names them.
        class_names: by number, where they are known.
        keypoint_count: of every object.
    """

    origin: str
    features: Mapping[str, Values]
    class_names: Mapping[int, str]
    keypoint_count: int

    def values(self, key: str) -> list[Any]:
        """The values, whatever they are."""
        return list(self.features.get(key, ()))

    def numbers(self, key: str) -> list[Any]:
        """Integers or floats.

        Raises:
            ValueError: they are bytes; says which.
        """
        values = self.values(key)
        if values and isinstance(values[0], bytes):
            raise ValueError(f"{key} is {_shown(values[0])}, a number was expected")
        return values

    def flags(self, key: str, count: int) -> list[bool]:
        """One for each object; all False where there are not as many."""
        values = self.values(key)
        if len(values) != count or isinstance(values[0] if values else 0, bytes):
            return [False] * count
        return [bool(value) for value in values]

    def text(self, key: str) -> str:
        """The first text; empty where there is none."""
        values = self.values(key)
        if not values:
            return ""
        first = values[0]
        return first.decode("utf-8", "replace") if isinstance(first, bytes) else f"{first:g}"

    def side(self, key: str) -> int:
        """Width or height in pixels; 0 where the record does not say.

        Raises:
            ValueError: it is no whole number; says what it is.
        """
        values = self.numbers(key)
        if not values or values[0] == 0:
            return 0
        value = float(values[0])
        if not value.is_integer() or value < 1:
            raise ValueError(f"{key} is {value:g}, a whole number of pixels was expected")
        return int(value)

    def corners(self) -> tuple[list[Any], ...]:
        """x_min, y_min, x_max and y_max of each object, as they are written.

        Raises:
            ValueError: they are no numbers, or not as many of each.
        """
        columns = tuple(
            self.numbers(key) for key in (keys.X_MIN, keys.Y_MIN, keys.X_MAX, keys.Y_MAX)
        )
        if len({len(column) for column in columns}) > 1:
            raise ValueError(f"as many of each corner were expected, not {list(map(len, columns))}")
        return columns


def _shown(value: bytes) -> str:
    return repr(value) if len(value) <= 40 else f"{value[:40]!r} and {len(value) - 40} bytes more"
