"""The command `boxwright` and the table of its subcommands."""

import sys
from io import TextIOWrapper
from typing import Any

import click

from boxwright.lazy_group import LazyGroup
from boxwright.own_packages import use_own_packages

# name -> (module:command, the line that `boxwright --help` shows). The module is imported only when
# the subcommand is called: `serve` needs OpenVINO, `gateway` needs Flask, and neither the other's.
SUBCOMMANDS = {
    "up": ("boxwright.up.command:up", "Serve the models in a folder over HTTP, with a page."),
    "serve": ("boxwright.serve:serve", "Run the model server alone."),
    "gateway": ("boxwright.gateway:gateway", "Run the HTTP gateway alone."),
    "predict": (
        "boxwright.predict.command:predict",
        "Detect objects in images with a running gateway.",
    ),
    "dataset": ("boxwright.dataset.command:dataset", "Check, convert and split annotated images."),
    "models": ("boxwright.models.command:models", "Publish, label, list and roll back versions."),
    "train": ("boxwright.train.command:train", "Train a detector on annotated images."),
    "config": (
        "boxwright.config:config",
        "Make a config of the Object Detection API's pipeline.config.",
    ),
    "weights": ("boxwright.weights:weights", "List and download pretrained weights."),
    "average": ("boxwright.average:average", "Average the weights of several trainings."),
    "export": ("boxwright.export.command:export", "Export trained weights as a version to serve."),
    "evaluate": (
        "boxwright.evaluate.command:evaluate",
        "Measure a detector: AP, recall, worst images.",
    ),
    "engines": ("boxwright.engines:engines", "Show which engine each model needs."),
}

# Which lock file in `requirements/` has what a subcommand needs, where it is not up.txt.
EXTRAS = {
    "dataset": "training",
    "train": "train",
    "config": "training",
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
    """Train object detectors on annotated images, and serve them over HTTP.

    Example: boxwright up --models models
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; the entry point of `boxwright`."""
    use_own_packages()
    for stream in (sys.stdout, sys.stderr):
        # File names need not be UTF-8, and are printed all the same.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return boxwright(arguments)


if __name__ == "__main__":
    sys.exit(main())
