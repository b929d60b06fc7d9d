"""Frames of CVAT's tracks, and the images of a task in which nothing was marked.

Source: CVAT's exports and their `<meta>`: a task's or job's `size`, `start_frame` and `stop_frame`
are of its images; frames of a video are files called `frame_000012` by their number in it, where
they were exported with the images.
"""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from training.datasets.defects import DatasetError
from training.datasets.formats.cvat.shapes import parse_shape, skeleton_points
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.image_finder import ImageName
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.shapes import ImageShapes
from training.datasets.formats.text.xml_tree import Node
from training.datasets.notes import NoteKind, counted, listed

_FRAME = re.compile(r"frame_([0-9]{6,9})", re.IGNORECASE)


def track_frames(files: SourceFiles, root: Node, origin: str) -> list[ImageShapes]:
    """The frames of which a track says something; none of its shapes where it is outside.

    Raises:
        DatasetError: there are none.
    """
    frames: dict[int, ImageShapes] = {}
    source = next((node.text for meta in root.all("meta") for node in below(meta, "source")), "")
    for track in root.all("track"):
        points = skeleton_points(track)
        for node in track.children:
            if node.tag == "track":
                continue
            try:
                number = int(node.attributes.get("frame", ""))
            except ValueError:
                continue
            said = tuple(f"frame_{number:06d}{suffix}" for suffix in (".PNG", ".png", ".jpg", ""))
            where = f"{origin}, frame {number}"
            image = frames.setdefault(number, ImageShapes(said, where, group=source or None))
            if node.attributes.get("outside") != "1":
                add_shape(image, node, track.attributes.get("label", ""), points.get(number))
    images = [frames[number] for number in sorted(frames)]
    if images and not any(_is_there(files, each) for each in images[:20]):
        raise DatasetError(
            f"{origin}: tracks of the video {source or 'of the task'}, whose frames are not there; "
            "export it with its images, or lay them beside as frame_000000.png and so on"
        )
    # Where an object has left the image, the export need not have it.
    return [each for each in images
            if each.shapes or each.defects or _is_there(files, each)]  # fmt: skip


def _is_there(files: SourceFiles, image: ImageShapes) -> bool:
    return any(files.images.find(name).source is not None for name in image.said)


def without_shapes(
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
        folders = {parent(each) for each in files.index.images if _frame_number(each) is not None}
    others = [each for each in files.index.images if each not in known and parent(each) in folders
              and (_frame_number(each) is not None or not is_video)]  # fmt: skip
    if not others:
        return []
    first, last = _range(root)
    size = sum(_whole_numbers(root, "size"))
    if is_video:
        taken = [each for each in others if first <= (_frame_number(each) or 0) <= last]
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


def add_shape(
    image: ImageShapes, node: Node, label: str, points: dict[str, Node] | None = None
) -> None:
    """Add what an element is to its image, or why it is none."""
    place = f"line {node.line}"
    try:
        image.shapes.append(parse_shape(node, label, points))
    except ValueError as error:
        image.defects.append((place, str(error)))


def below(node: Node, tag: str) -> list[Node]:
    """Elements of that tag at any depth."""
    waiting, found = [node], []
    while waiting:
        here = waiting.pop()
        found += [child for child in here.children if child.tag == tag]
        waiting += reversed(here.children)
    return found


def _range(root: Node) -> tuple[int, int]:
    """The first and last frame of the task or job; an empty range where the file says none."""
    first, last = _whole_numbers(root, "start_frame"), _whole_numbers(root, "stop_frame")
    size = sum(_whole_numbers(root, "size"))
    start = min(first, default=0)
    return start, max(last, default=start + size - 1)


def _whole_numbers(root: Node, tag: str) -> list[int]:
    nodes = [node for meta in root.all("meta") for node in below(meta, tag)]
    return [int(node.own_text) for node in nodes if node.own_text.isdecimal()]


def _frame_number(path: str) -> int | None:
    """The number of a video's frame; None where a file is called otherwise."""
    name = _FRAME.fullmatch(PurePosixPath(path).stem)
    return int(name.group(1)) if name else None
