"""Which split a folder or file is of, by what it is called."""

import re
from functools import lru_cache

SPLIT_OF_WORD = {
    "train": "train", "training": "train", "train2017": "train", "train2014": "train",
    "val": "val", "valid": "val", "validation": "val", "validate": "val", "val2017": "val",
    "val2014": "val", "dev": "val", "eval": "val", "evaluation": "val",
    "test": "test", "testing": "test", "test2017": "test",
}  # fmt: skip
# What stands beside a split's word in a folder's name, and says no more than that it is one.
_BESIDE = frozenset({
    "images", "image", "imgs", "img", "photos", "pictures", "frames", "jpegs", "jpeg", "jpg",
    "png", "annotations", "annotation", "labels", "label", "xml", "xmls", "set", "split",
})  # fmt: skip
_BESIDE_IN_LISTS = _BESIDE | {"list", "lists", "ids", "names", "files", "filenames"}
# What is not val's or test's, where nobody has divided it.
TRAINVAL = "trainval"
# A word is of one script's letters: of `Ätest` and `非test` no part is one.
_RUNS = re.compile(r"[^\W\d_]+|\d+")
_ASCII_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_CAPITAL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_YEAR = re.compile(r"(?:19|20)\d\d")


def split_of_word(word: str) -> str | None:
    """`train`, `val` or `test` where a folder or file is called by one of its usual names.

    Example:
        >>> split_of_word("valid"), split_of_word("photos")
        ('val', None)
    """
    return SPLIT_OF_WORD.get(word.lower())


@lru_cache(4096)
def split_of_folder(name: str) -> str | None:
    """The split that a folder's name says: by its word, or with one that says `images` beside.

    Example:
        >>> split_of_folder("val_images"), split_of_folder("TrainSet"), split_of_folder("test_3")
        ('val', 'train', None)
    """
    return split_of_word(name) or _split_beside(name, _BESIDE)


def split_of_list(stem: str) -> str | None:
    """The split that the name of a list of images says, without its suffix; `trainval` is its own.

    Example:
        >>> split_of_list("val_list"), split_of_list("trainval"), split_of_list("cat_train")
        ('val', 'trainval', None)
    """
    words = [word for each in words_of(stem) if (word := each.lower()) not in _BESIDE_IN_LISTS]
    if words in (["trainval"], ["train", "val"]):
        return TRAINVAL
    return split_of_word(stem) or _split_beside(stem, _BESIDE_IN_LISTS)


def _split_beside(name: str, beside: frozenset[str]) -> str | None:
    """The split of the only word that is not one of `beside`, or a year."""
    words = [word for each in words_of(name)
             if (word := each.lower()) not in beside and not _YEAR.fullmatch(word)]  # fmt: skip
    return split_of_word(words[0].removesuffix("set")) if len(words) == 1 else None


def split_of_path(path: str) -> str | None:
    """The split that a path's folders name, the innermost that does.

    Example:
        >>> split_of_path("set/valid/images/a.jpg"), split_of_path("train.jpg")
        ('val', None)
    """
    return next(iter(splits_of_path(path)), None)


def splits_of_path(path: str) -> tuple[str, ...]:
    """The splits that a path's folders name, the innermost first.

    Example:
        >>> splits_of_path("test/images/train/a.jpg")
        ('train', 'test')
    """
    folders = reversed(path.split("/")[:-1])
    return tuple(dict.fromkeys(filter(None, map(split_of_folder, folders))))


def split_of_stem(stem: str) -> str | None:
    """The split that a file's name has among its words.

    Example:
        >>> split_of_stem("instances_val2017"), split_of_stem("pretrained")
        ('val', None)
    """
    return next(filter(None, map(split_of_word, parts_of(stem))), None)


def parts_of(stem: str) -> list[str]:
    """What stands between the `_`, `-`, `.` and spaces of a name."""
    return [part for part in re.split(r"[\s_.-]+", stem) if part]


def words_of(name: str) -> list[str]:
    """The words and numbers of a name, at signs, at digits, and where a capital begins.

    Example:
        >>> words_of("trainImages_2014"), words_of("Ätest")
        (['train', 'Images', '2014'], ['Ätest'])
    """
    found: list[str] = []
    for run in _RUNS.findall(name):
        found += _ASCII_WORDS.findall(run) if run.isascii() else _CAPITAL.split(run)
    return found
