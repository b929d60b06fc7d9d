"""Checks of model options, with error texts that name the option and what it takes."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TypeGuard

from training.models.detector import ModelError


def require(holds: bool, name: str, wanted: str, got: object) -> None:
    """Raise ModelError where an option's value does not hold; the message names all three."""
    if not holds:
        raise ModelError(f"{name}: {wanted} was expected, but got {got!r}")


def require_bool(value: object, name: str) -> None:
    """Raise ModelError where an option's value is neither true nor false."""
    require(isinstance(value, bool), name, "true or false", value)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value read from a config is a number; YAML's true, false and .inf are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # .nan is in no range.
    return abs(value) != math.inf


def check_names(options: type, chosen: Iterable[str]) -> None:
    """Raise ModelError where a name is none of an options class's; the message lists them all.

    Args:
        options: a dataclass, each of whose fields is an option.
        chosen: the names that a config gives values to.
    """
    known = [field.name for field in fields(options)]
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise ModelError(f"there is no option {unknown[0]!r}; there are {', '.join(known)}")


def read_class_weights(given: object) -> tuple[float, ...]:
    """`class_weights` as numbers above 0, in the order of the classes.

    Raises:
        ModelError: it is no list of numbers above 0.
    """
    listed = given if isinstance(given, list | tuple) else (None,)
    fits = all(is_number(each) and each > 0 for each in listed)
    require(fits, "class_weights", "a list of numbers above 0", given)
    return tuple(float(each) for each in listed)


def check_class_count(class_weights: Sequence[float], class_count: int) -> None:
    """Raise ModelError where `class_weights` are of another number than the classes."""
    require(
        len(class_weights) in (0, class_count),
        "class_weights",
        f"a number for each of the {class_count} classes",
        class_weights,
    )
