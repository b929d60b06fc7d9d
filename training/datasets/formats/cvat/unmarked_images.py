"""The images of a CVAT task in which nothing was marked, and which its file may not name.

Source: CVAT's exports and their `<meta>`: a task's or job's `size`, `start_frame` and `stop_frame`
are of its images.
"""

from collections.abc import Sequence
from pathlib import Path

from training.datasets.formats.cvat.frames import frame_number
from training.datasets.formats.cvat.shapes import below
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.image_finder import ImageName
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.shapes import ImageShapes
from training.datasets.formats.text.xml_tree import Node
from training.datasets.notes import NoteKind, counted, listed


def unmarked_images(
    files: SourceFiles, root: Node, path: Path, read_ones: Sequence[ImageShapes], *, is_alone: bool
) -> list[ImageShapes]:
    """The images of the task that lie beside those of the file and of which it says nothing.

    CVAT lists every image of a task in some exports, and those with shapes in others. Of a video
    they are the frames of the task's range; of images, all beside, where there are no more than the
    task has. What is taken, and what is not, is told.

    Args:
        files: the data set's.
        root: the file's.
        path: the file.
        read_ones: what it says of images.
        is_alone: whether the folder has no other file of CVAT's.
    """
    inside = files.inside(path)
    found = files.images.find_all(
        [ImageName(each.said, each.beside, split=each.split) for each in read_ones]
    )
    known = {each.inside for each in found if each.inside is not None}
    folders = {parent(each) for each in known}
    is_video = bool(root.all("track")) or not root.all("image")
    if is_video and not folders:
        folders = {parent(each) for each in files.index.images if frame_number(each) is not None}
    others = [each for each in files.index.images if each not in known and parent(each) in folders
              and (frame_number(each) is not None or not is_video)]  # fmt: skip
    if not others:
        return []
    first, last = _range(root)
    size = sum(_whole_numbers(root, "size"))
    if is_video:
        taken = [each for each in others if first <= (frame_number(each) or 0) <= last]
    else:
        taken = others if is_alone and len(known) + len(others) <= size else []
    if taken:
        said = f"frames {first} to {last}" if is_video else counted(size, "image")
        message = (
            f"{counted(len(taken), 'image')} without a shape taken as without objects, since the "
            f"task has {said}: {listed(taken)}"
        )
        files.note(NoteKind.GUESSED, message, path)
    split, group = (read_ones[0].split, read_ones[0].group) if read_ones else (None, None)
    return [
        ImageShapes((each,), f"{path}, image {each!r}", parent(inside), split=split, group=group)
        for each in taken
    ]


def _range(root: Node) -> tuple[int, int]:
    """The first and last frame of the task or job; an empty range where the file says none."""
    first, last = _whole_numbers(root, "start_frame"), _whole_numbers(root, "stop_frame")
    size = sum(_whole_numbers(root, "size"))
    start = min(first, default=0)
    return start, max(last, default=start + size - 1)


def _whole_numbers(root: Node, tag: str) -> list[int]:
    nodes = [node for meta in root.all("meta") for node in below(meta, tag)]
    return [int(node.own_text) for node in nodes if node.own_text.isdecimal()]
