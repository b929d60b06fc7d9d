"""The group `boxwright dataset`."""

import click

from boxwright.lazy_group import LazyGroup

_HERE = "boxwright.dataset"
SUBCOMMANDS = {
    "convert": (f"{_HERE}.convert:convert", "From any format to any other."),
    "split": (f"{_HERE}.split:split", "Into train, val and test, each class alike."),
    "label-map": (f"{_HERE}.label_map:label_map", "Write the classes as label_map.pbtxt."),
    "stats": (f"{_HERE}.stats:stats", "Counts, sizes, class balance, duplicates."),
    "check": (f"{_HERE}.check:check", "Every defect with its file; --fix repairs."),
    "preview": (f"{_HERE}.preview:preview", "A sheet of images with what is annotated."),
    "fetch": (f"{_HERE}.fetch:fetch", "Download a published data set of hands."),
    "frames": (f"{_HERE}.frames:frames", "A video into numbered images, for labelling."),
    "rename": (f"{_HERE}.rename:rename", "Numbered names; the annotations follow."),
    "synthesize": (f"{_HERE}.synthesize:synthesize", "Draw hands, with box, mask and keypoints."),
}


@click.group(
    cls=LazyGroup,
    subcommands=SUBCOMMANDS,
    extra="training",
)
def dataset() -> None:
    """Annotated images: read, write, divide, count, check, look at, draw.

    SOURCE is a data set's folder or file; its format is found out, unless --from says it. A data
    set is written into a new folder, never over another.
    """
