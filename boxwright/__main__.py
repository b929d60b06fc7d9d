"""`boxwright`: one command, a row per subcommand."""

import sys
from io import TextIOWrapper
from typing import Any

import click

from boxwright.lazy_group import LazyGroup

# name -> (module:command, the line that `boxwright --help` shows). The module is imported only when
# the subcommand is called: `serve` needs OpenVINO, `gateway` needs Flask, and neither the other's.
SUBCOMMANDS = {
    "up": ("boxwright.up.command:up", "Model server and gateway together, on this machine."),
    "serve": ("boxwright.serve:serve", "The embedded model server alone."),
    "gateway": ("boxwright.gateway:gateway", "The HTTP gateway alone."),
    "predict": ("boxwright.predict.command:predict", "Ask a running gateway about images."),
    "dataset": ("boxwright.dataset.command:dataset", "Annotated images: convert, split, check."),
    "models": ("boxwright.models.command:models", "Publish versions, label them, roll back."),
    "train": ("boxwright.train.command:train", "Images into a detector, by one command."),
    "weights": ("boxwright.weights:weights", "Pretrained weights to start a training from."),
    "average": ("boxwright.average:average", "Several trainings of one model into one."),
    "export": ("boxwright.export.command:export", "Trained weights into a version to serve."),
    "evaluate": ("boxwright.evaluate.command:evaluate", "How good a detector is, as COCO counts."),
    "engines": ("boxwright.engines:engines", "Which engine each model in a folder needs."),
}

# Which lock file in `requirements/` has what a subcommand needs, where it is not up.txt.
EXTRAS = {
    "dataset": "training",
    "train": "train",
    "average": "train",
    "export": "train",
    "evaluate": "train",
}


@click.group(
    cls=LazyGroup,
    subcommands=SUBCOMMANDS,
    extra="up",
    extras=EXTRAS,
)
@click.version_option(package_name="boxwright")
def boxwright() -> None:
    """From a folder of annotated images to a detector that answers over HTTP."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; what `boxwright` on the PATH calls."""
    for stream in (sys.stdout, sys.stderr):
        # A file's name need be no UTF-8, and is to be printed all the same.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return boxwright(arguments)


if __name__ == "__main__":
    sys.exit(main())
