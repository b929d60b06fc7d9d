"""The group `boxwright models`."""

import click

from boxwright.lazy_group import LazyGroup

_HERE = "boxwright.models"
SUBCOMMANDS = {
    "publish": (f"{_HERE}.publish:publish", "Publish a SavedModel as a version, atomically."),
    "import": (
        f"{_HERE}.importing:import_model",
        "Import a detector that was exported elsewhere.",
    ),
    "upgrade": (
        f"{_HERE}.upgrade:upgrade_version",
        "Publish an exported version anew, with the signature that gateways ask.",
    ),
    "set": (
        f"{_HERE}.set:set_facts",
        "Set the unit and order of a model's boxes, and the like.",
    ),
    "list": (f"{_HERE}.list:list_versions", "List versions with labels, sizes, dates and metrics."),
    "label": (f"{_HERE}.label:label", "Point stable, canary or another label at a version."),
    "rollback": (f"{_HERE}.rollback:rollback", "Point a label back at its previous version."),
    "remove": (f"{_HERE}.remove:remove", "Delete a version."),
}


@click.group(
    cls=LazyGroup,
    subcommands=SUBCOMMANDS,
    extra="up",
    extras={"import": "training", "upgrade": "training"},
)
def models() -> None:
    """Manage the model versions in the folder that model servers watch.

    Running servers pick up every change: new versions by themselves, labels from models.config in
    that folder.

    Example: boxwright models list
    """
