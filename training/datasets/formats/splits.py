"""Which split a folder or file is of, by what it is called."""

import re
from collections.abc import Iterable

SPLIT_OF_WORD = {
    "train": "train", "training": "train", "train2017": "train", "train2014": "train",
    "val": "val", "valid": "val", "validation": "val", "validate": "val", "val2017": "val",
    "val2014": "val",
    "test": "test", "testing": "test", "test2017": "test",
}  # fmt: skip


def split_of_word(word: str) -> str | None:
    """`train`, `val` or `test` where a folder or file is called by one of its usual names.

    Example:
        >>> split_of_word("valid"), split_of_word("photos")
        ('val', None)
    """
    return SPLIT_OF_WORD.get(word.lower())


def split_of_path(path: str) -> str | None:
    """The split that a path's folders name, the innermost that does.

    Example:
        >>> split_of_path("set/valid/images/a.jpg"), split_of_path("train.jpg")
        ('val', None)
    """
    return next(filter(None, map(split_of_word, reversed(path.split("/")[:-1]))), None)


def split_of_stem(stem: str) -> str | None:
    """The split that a file's name has among its words.

    Example:
        >>> split_of_stem("instances_val2017"), split_of_stem("pretrained")
        ('val', None)
    """
    return next(filter(None, map(split_of_word, words_of(stem))), None)


def words_of(stem: str) -> list[str]:
    """The words of a name, at `_`, `-`, `.` and spaces."""
    return [word for word in re.split(r"[\s_.-]+", stem) if word]


def common_split(paths: Iterable[str]) -> str | None:
    """The split that all paths' folders name; None where one names none or another."""
    found = {split_of_path(path) for path in paths}
    return found.pop() if len(found) == 1 else None
