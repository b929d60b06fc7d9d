"""Quick pickling of frozen dataclasses with slots, of which workers send back a million.

What `dataclass` gives them looks up their fields anew for each, which takes longer than the rest.
"""

from operator import attrgetter
from typing import Any, TypeVar

Slotted = TypeVar("Slotted")


def pickled_by_slots(kind: type[Slotted]) -> type[Slotted]:
    """A frozen dataclass with slots, two or more, whose state is the tuple of them.

    Values are not checked again: they were when the object was built.

    Raises:
        TypeError: the class has fewer slots.
    """
    names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]
    if len(names) < 2:
        raise TypeError(f"{kind.__name__} has {len(names)} slots; two or more were expected")
    setters = tuple(getattr(kind, name).__set__ for name in names)

    def restore(self: Any, state: tuple[Any, ...]) -> None:
        for set_slot, value in zip(setters, state, strict=True):
            set_slot(self, value)

    values = attrgetter(*names)

    def keep(self: Any) -> Any:
        return values(self)

    kind.__getstate__ = keep  # type: ignore[method-assign]
    kind.__setstate__ = restore  # type: ignore[attr-defined]
    return kind
