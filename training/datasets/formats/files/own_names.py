"""Which image a file is of that says another one than that which is called as the file itself is.

Pascal VOC's and labelme's files are one an image, and hold its name a second time. Whoever renames
images together with them leaves the old names inside: they name other images of the set, or those
of nobody. So a file's own name counts where an image has it, unless the file's content decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from detection.images.errors import UnreadableImage
from training.datasets.formats.files.image_finder import ImageName
from training.datasets.formats.files.image_folders import bases_of
from training.datasets.formats.files.image_names import folded, without_image_suffix
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.notes import NoteKind, counted, listed
from training.datasets.sources import FileImage, ImageSource, read_header


@dataclass(frozen=True, slots=True)
class FileOfImage:
    """An annotation file of one image.

    Args:
        file: what it is called.
        stem: that without the annotation's suffix.
        name: what it says.
        size_wh: the image's width and height, as it says; None where it does not.
        embedded: the image inside of it; None for none.
    """

    file: str
    stem: str
    name: ImageName
    size_wh: tuple[int, int] | None = None
    embedded: ImageSource | None = None


@dataclass(slots=True)
class _Stale:
    """A file that says another image than its own: both, and which it is read for."""

    each: FileOfImage
    own: Path
    said: Path
    is_own: bool | None
    by_number: bool = False


def settle_names(files: SourceFiles, annotations: Sequence[FileOfImage]) -> list[ImageName]:
    """What each file calls its image, the image of its own name first where that is meant.

    The other image is meant where the image inside of the file is that one, or only that one has
    the size in the file. Where neither decides, it is what names more images of a folder: files
    may be numbered from 1 and images from 0. What was chosen is told.

    Args:
        files: the data set's.
        annotations: all that it has, so that files of one folder are seen together.
    """
    stale = {at: found for at, each in enumerate(annotations) if (found := _stale(files, each))}
    by_folder: dict[str, list[int]] = {}
    for at in stale:
        by_folder.setdefault(annotations[at].name.beside, []).append(at)
    rest: dict[str, set[Path | None]] = {folder: set() for folder in by_folder}
    for at, each in enumerate(annotations):
        if each.name.beside in rest and at not in stale:
            rest[each.name.beside].add(files.images.path_of(each.name))
    for folder, places in by_folder.items():
        open_ones = [found for at in places if (found := stale[at]).is_own is None]
        owned = len(rest[folder] | {found.own for found in open_ones})
        said = len(rest[folder] | {found.said for found in open_ones})
        for found in open_ones:
            found.is_own, found.by_number = owned >= said, owned < said
    chosen = list(stale.values())
    _note(files, [each for each in chosen if each.is_own],
          "its own name; if what they say is right, name them as their images are")  # fmt: skip
    _note(
        files,
        [each for each in chosen if each.by_number],
        "the name that it says, since so more images have one",
    )
    _note(files, [each for each in chosen if not each.is_own and not each.by_number],
          "the name that it says, which is the one that fits what is in the file")  # fmt: skip
    names = [each.name for each in annotations]
    for at, found in stale.items():
        if found.is_own:
            names[at] = replace(names[at], said=(found.own.name, *names[at].said))
    return names


def _stale(files: SourceFiles, each: FileOfImage) -> _Stale | None:
    """The two images, where a file says another one than its own, and both are there."""
    stem = folded(without_image_suffix(each.stem))
    if _stem(each.name.said[0]) in (each.stem, without_image_suffix(each.stem)):
        return None
    said = files.images.path_of(each.name)
    own = files.images.path_of(replace(each.name, said=(each.stem,)))
    if said is None or own is None or said == own or _stem(said.name) == _stem(own.name):
        return None
    is_image = without_image_suffix(own.name) != own.name
    if not is_image or folded(_stem(own.name)) != stem or not _is_as_near(files, each, own, said):
        return None
    return _Stale(each, own, said, _decided(each, own, said))


def _stem(said: str) -> str:
    return without_image_suffix(said.replace("\\", "/").rpartition("/")[2])


def _is_as_near(files: SourceFiles, each: FileOfImage, own: Path, said: Path) -> bool:
    """Whether an image of the file's own name lies where its images are, and in no other set."""
    if own.parent == said.parent:
        return True
    bases = [files.index.path(base)
             for base in bases_of(each.name.beside, each.name.folders, files.index)]  # fmt: skip
    ranks = {base: rank for rank, base in reversed(list(enumerate(bases)))}
    return ranks.get(own.parent, len(bases)) < ranks.get(said.parent, len(bases))


def _decided(each: FileOfImage, own: Path, said: Path) -> bool | None:
    """Whether what is in the file fits its own image, or only the other; None for both, neither."""
    if each.embedded is not None:
        try:
            data = each.embedded.read()
            is_own, is_said = own.read_bytes() == data, said.read_bytes() == data
        except OSError:
            is_own = is_said = False
        if is_own != is_said:
            return is_own
    if each.size_wh is not None:
        fits_own, fits_said = (each.size_wh in _sizes(path) for path in (own, said))
        if fits_own != fits_said:
            return fits_own
    return None


def _sizes(path: Path) -> list[tuple[int, int]]:
    """An image's width and height, stored and upright; nothing where it is broken."""
    try:
        header = read_header(FileImage(path))
    except (OSError, UnreadableImage):
        return []
    size = (header.width, header.height)
    return [size, size[::-1]] if header.orientation != 1 else [size]


def _note(files: SourceFiles, chosen: Sequence[_Stale], taken: str) -> None:
    if not chosen:
        return
    said = listed([f"{each.each.file} says {each.said.name}" for each in chosen])
    one = len(chosen) == 1
    named = f"{'names' if one else 'name'} another image than {'its' if one else 'their'} own"
    message = f"{counted(len(chosen), 'file')} {named} ({said}): each was read for the image of "
    files.note(NoteKind.GUESSED, message + taken)
