"""What the splits are where annotations say none: lists of images, else the images' folders.

One rule for every reader. An annotation's own split goes first: its folder, its file's name, a
field, `ImageSets`, `data.yaml`; but not a folder that holds several of other splits. Then come
lists such as `train.txt`, then the folders of the images as they lie, below the folder that was
named and no higher, then those that the annotation calls them by. Folders are splits where two or
more of them are named, or where every image lies in one: a `test` beside other folders may be a
camera.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from training.datasets.annotated import SPLITS, AnnotatedImage
from training.datasets.formats.files.image_names import image_name
from training.datasets.formats.splits.folders import TRAINVAL, split_of_list, split_of_word
from training.datasets.formats.splits.hints import NO_HINTS, SplitHints
from training.datasets.notes import Note, NoteKind, counted, listed


def with_hinted_splits(
    images: Sequence[AnnotatedImage], hints: Sequence[SplitHints], notes: list[Note]
) -> list[AnnotatedImage]:
    """The images with splits, where their annotations say none; notes on what was taken.

    Args:
        images: as their annotations have them.
        hints: of each.
        notes: to which is added.
    """
    pairs = _without_outer(list(zip(images, hints, strict=True)))
    _note_contradictions(pairs, notes)
    if all(image.split is not None or hint == NO_HINTS for image, hint in pairs):
        return [image for image, _ in pairs]
    by_folders, by_paths = _are_splits(pairs)
    taken, of_lists, of_folders = [], Counter[str](), Counter[str]()
    for image, hint in pairs:
        if image.split is not None:
            taken.append(image)
        elif hint.listed:
            first = next((each for each in hint.listed if each == hint.folder), hint.listed[0])
            of_lists[first] += 1
            taken.append(_of_split(image, first, hint))
        else:
            split = (hint.folder if by_folders else None) or (hint.said if by_paths else None)
            if split is not None:
                of_folders[split] += 1
            taken.append(_of_split(image, split, hint))
    rest = sum(image.split is None for image in taken)
    without = f", {rest} without" if rest else ""
    _note_lists(pairs, f"{_counts(of_lists)}{'' if of_folders else without}", notes)
    if of_folders:
        message = f"splits by the folders of the images: {_counts(of_folders)}{without}"
        notes.append(Note(NoteKind.GUESSED, message))
    elif not by_folders:
        _note_one_folder(pairs, notes)
    return taken


_Pairs = list[tuple[AnnotatedImage, SplitHints]]


def _without_outer(pairs: _Pairs) -> _Pairs:
    """The images without a split that is a folder's around folders of several splits.

    Of `test/annotations.json` and `test/images/train/`, `test` is the data set's name.
    """
    inner = {hint.folder for image, hint in pairs if image.split in hint.outer}
    if len(inner) < 2:
        return pairs
    return [(replace(image, split=None) if image.split in hint.outer else image, hint)
            for image, hint in pairs]  # fmt: skip


def _are_splits(pairs: _Pairs) -> tuple[bool, bool]:
    """Whether folders are splits: those in which images lie, and those that paths alone name."""
    paths = {hint.folder or hint.said for _, hint in pairs}
    by_paths = len(paths - {None}) > 1
    others = {image.split or next(iter(hint.listed), None) or hint.folder
              for image, hint in pairs}  # fmt: skip
    return by_paths or len(others - {None}) > 1 or None not in others, by_paths


def _of_split(image: AnnotatedImage, split: str | None, hint: SplitHints) -> AnnotatedImage:
    if split is None:
        return image
    # Of what the split says already, a name says nothing.
    name = image_name(image.name) if split in (hint.folder, hint.said) else image.name
    return replace(image, split=split, name=name)


def _counts(splits: Counter[str]) -> str:
    order = sorted(splits, key=lambda split: (SPLITS.index(split), split))
    return ", ".join(f"{splits[split]} {split}" for split in order)


def _note_lists(pairs: _Pairs, counts: str, notes: list[Note]) -> None:
    silent = [hint for image, hint in pairs if image.split is None and hint.listed]
    if not silent:
        return
    names = sorted({name for hint in silent for name in hint.lists})
    message = f"splits by the lists of images {', '.join(names)}: {counts}"
    if any(split_of_list(PurePosixPath(name).stem) == TRAINVAL for name in names):
        message += "; trainval as train, since no list divides it"
    notes.append(Note(NoteKind.GUESSED, message))
    several = [image.name for image, hint in pairs if len(hint.listed) > 1]
    if several:
        message = f"{counted(len(several), 'image')} in the lists of several splits, the first of "
        notes.append(Note(NoteKind.ODD, f"{message}train, val and test taken: {listed(several)}"))


def _note_one_folder(pairs: _Pairs, notes: list[Note]) -> None:
    found = [hint.folder for image, hint in pairs if image.split is None and hint.folder]
    if found:
        others = sum(image.split is None and not hint.folder for image, hint in pairs)
        message = (
            f"no split: {counted(len(found), 'image')} in a folder called like {found[0]}, and "
            f"{others} in none that is called like a split"
        )
        notes.append(Note(NoteKind.GUESSED, message))


def _note_contradictions(pairs: Iterable[tuple[AnnotatedImage, SplitHints]],
                         notes: list[Note]) -> None:  # fmt: skip
    """A note on images that lie in, or are listed for, another split than their annotation's."""
    found: dict[str, list[str]] = {}
    for image, hint in pairs:
        own = image.split and (split_of_word(image.split) or image.split)
        if own not in SPLITS:
            continue
        if hint.listed and own not in hint.listed:
            found.setdefault(f"listed as {hint.listed[0]}", []).append(f"{image.name} ({own})")
        elif hint.folder is not None and own != hint.folder:
            where = f"in a folder called like {hint.folder}"
            found.setdefault(where, []).append(f"{image.name} ({own})")
    for where, names in found.items():
        message = f"{counted(len(names), 'image')} of another split by the annotations, which "
        notes.append(Note(NoteKind.ODD, f"{message}counts, {where}: {listed(names)}"))
