"""The frames of a video that CVAT's tracks are of.

They are files called `frame_000012` by their number in it, where they were exported with the
images.
"""

import re
from pathlib import PurePosixPath

from training.datasets.defects import DatasetError
from training.datasets.formats.cvat.shapes import add_shape, below, skeleton_points
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.shapes import ImageShapes
from training.datasets.formats.text.xml_tree import Node

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


def frame_number(path: str) -> int | None:
    """The number of a video's frame; None where a file is called otherwise."""
    name = _FRAME.fullmatch(PurePosixPath(path).stem)
    return int(name.group(1)) if name else None
