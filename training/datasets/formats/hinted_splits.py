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

from training.datasets.annotated import SPLITS, AnnotatedPicture
from training.datasets.formats.image_names import image_name
from training.datasets.formats.splits import TRAINVAL, split_of_list, split_of_word
from training.datasets.notes import Note, NoteKind, counted, listed
from training.datasets.split_hints import NO_HINTS, SplitHints


def with_hinted_splits(
    pictures: Sequence[AnnotatedPicture], hints: Sequence[SplitHints], notes: list[Note]
) -> list[AnnotatedPicture]:
    """The images with splits, where their annotations say none; notes on what was taken.

    Args:
        pictures: as their annotations have them.
        hints: of each.
        notes: to which is added.
    """
    pairs = _without_outer(list(zip(pictures, hints, strict=True)))
    _note_contradictions(pairs, notes)
    if all(picture.split is not None or hint == NO_HINTS for picture, hint in pairs):
        return [picture for picture, _ in pairs]
    by_folders, by_paths = _are_splits(pairs)
    taken, of_lists, of_folders = [], Counter[str](), Counter[str]()
    for picture, hint in pairs:
        if picture.split is not None:
            taken.append(picture)
        elif hint.listed:
            first = next((each for each in hint.listed if each == hint.folder), hint.listed[0])
            of_lists[first] += 1
            taken.append(_of_split(picture, first, hint))
        else:
            split = (hint.folder if by_folders else None) or (hint.said if by_paths else None)
            if split is not None:
                of_folders[split] += 1
            taken.append(_of_split(picture, split, hint))
    rest = sum(picture.split is None for picture in taken)
    without = f", {rest} without" if rest else ""
    _note_lists(pairs, f"{_counts(of_lists)}{'' if of_folders else without}", notes)
    if of_folders:
        message = f"splits by the folders of the images: {_counts(of_folders)}{without}"
        notes.append(Note(NoteKind.GUESSED, message))
    elif not by_folders:
        _note_one_folder(pairs, notes)
    return taken


_Pairs = list[tuple[AnnotatedPicture, SplitHints]]


def _without_outer(pairs: _Pairs) -> _Pairs:
    """The images without a split that is a folder's around folders of several splits.

    Of `test/annotations.json` and `test/images/train/`, `test` is the data set's name.
    """
    inner = {hint.folder for picture, hint in pairs if picture.split in hint.outer}
    if len(inner) < 2:
        return pairs
    return [(replace(picture, split=None) if picture.split in hint.outer else picture, hint)
            for picture, hint in pairs]  # fmt: skip


def _are_splits(pairs: _Pairs) -> tuple[bool, bool]:
    """Whether folders are splits: those in which images lie, and those that paths alone name."""
    paths = {hint.folder or hint.said for _, hint in pairs}
    by_paths = len(paths - {None}) > 1
    others = {picture.split or next(iter(hint.listed), None) or hint.folder
              for picture, hint in pairs}  # fmt: skip
    return by_paths or len(others - {None}) > 1 or None not in others, by_paths


def _of_split(picture: AnnotatedPicture, split: str | None, hint: SplitHints) -> AnnotatedPicture:
    if split is None:
        return picture
    # Of what the split says already, a name says nothing.
    name = image_name(picture.name) if split in (hint.folder, hint.said) else picture.name
    return replace(picture, split=split, name=name)


def _counts(splits: Counter[str]) -> str:
    order = sorted(splits, key=lambda split: (SPLITS.index(split), split))
    return ", ".join(f"{splits[split]} {split}" for split in order)


def _note_lists(pairs: _Pairs, counts: str, notes: list[Note]) -> None:
    silent = [hint for picture, hint in pairs if picture.split is None and hint.listed]
    if not silent:
        return
    names = sorted({name for hint in silent for name in hint.lists})
    message = f"splits by the lists of images {', '.join(names)}: {counts}"
    if any(split_of_list(PurePosixPath(name).stem) == TRAINVAL for name in names):
        message += "; trainval as train, since no list divides it"
    notes.append(Note(NoteKind.GUESSED, message))
    several = [picture.name for picture, hint in pairs if len(hint.listed) > 1]
    if several:
        message = f"{counted(len(several), 'image')} in the lists of several splits, the first of "
        notes.append(Note(NoteKind.ODD, f"{message}train, val and test taken: {listed(several)}"))


def _note_one_folder(pairs: _Pairs, notes: list[Note]) -> None:
    found = [hint.folder for picture, hint in pairs if picture.split is None and hint.folder]
    if found:
        others = sum(picture.split is None and not hint.folder for picture, hint in pairs)
        message = (
            f"no split: {counted(len(found), 'image')} in a folder called like {found[0]}, and "
            f"{others} in none that is called like a split"
        )
        notes.append(Note(NoteKind.GUESSED, message))


def _note_contradictions(pairs: Iterable[tuple[AnnotatedPicture, SplitHints]],
                         notes: list[Note]) -> None:  # fmt: skip
    """A note on images that lie in, or are listed for, another split than their annotation's."""
    found: dict[str, list[str]] = {}
    for picture, hint in pairs:
        own = picture.split and (split_of_word(picture.split) or picture.split)
        if own not in SPLITS:
            continue
        if hint.listed and own not in hint.listed:
            found.setdefault(f"listed as {hint.listed[0]}", []).append(f"{picture.name} ({own})")
        elif hint.folder is not None and own != hint.folder:
            where = f"in a folder called like {hint.folder}"
            found.setdefault(where, []).append(f"{picture.name} ({own})")
    for where, names in found.items():
        message = f"{counted(len(names), 'image')} of another split by the annotations, which "
        notes.append(Note(NoteKind.ODD, f"{message}counts, {where}: {listed(names)}"))
