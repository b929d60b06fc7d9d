"""The group `boxwright models`."""

import click

from boxwright.lazy_group import LazyGroup

_HERE = "boxwright.models"
SUBCOMMANDS = {
    "publish": (f"{_HERE}.publish:publish", "A SavedModel becomes a version, whole or not at all."),
    "import": (
        f"{_HERE}.importing:import_model",
        "A detector that was exported elsewhere, with what it lacks.",
    ),
    "set": (
        f"{_HERE}.set:set_facts",
        "What a model's answers mean: the unit and order of its boxes, ...",
    ),
    "list": (f"{_HERE}.list:list_versions", "Versions with labels, sizes, dates and metrics."),
    "label": (f"{_HERE}.label:label", "Point stable, canary or another label at a version."),
    "rollback": (f"{_HERE}.rollback:rollback", "Point a label back at the version before."),
    "remove": (f"{_HERE}.remove:remove", "Take a version away."),
}


@click.group(
    cls=LazyGroup,
    subcommands=SUBCOMMANDS,
    extra="up",
    extras={"import": "training"},
)
def models() -> None:
    """The versions in the folder that model servers watch.

    Servers that run take up every change: new versions by themselves, labels from models.config in
    that folder.
    """
