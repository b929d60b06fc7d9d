"""`SplitHints`: what is known of an image's split beside its annotation."""

from dataclasses import dataclass

from training.datasets.slot_pickling import pickled_by_slots


@pickled_by_slots
@dataclass(frozen=True, slots=True)
class SplitHints:
    """What is known of one image's split beside its annotation; None where nothing.

    Args:
        listed: by the lists of images: a split, or several where lists contradict each other.
        lists: these lists, as paths from the root.
        folder: by the innermost folder that names one, of those in which the file lies, else of
            those that the annotation calls it by.
        outer: other splits that folders around that one name.
        said: by the folders of another machine that the annotation calls it by.
    """

    listed: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    folder: str | None = None
    outer: tuple[str, ...] = ()
    said: str | None = None


NO_HINTS = SplitHints()
