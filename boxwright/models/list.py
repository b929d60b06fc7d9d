"""The command `boxwright models list`: a table of versions, or JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boxwright.models.folder import config_of, models_option, plain_errors
from model_repository.diagnosis.models import diagnose_models
from model_repository.model_folder import shown_name
from model_repository.publishing.listing import ListedVersion
from model_repository.publishing.listing import list_versions as listed_versions

METRICS_SHOWN = 3


@click.command(name="list")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print all fields as JSON.")
@models_option
def list_versions(name: str | None, as_json: bool, models_dir: Path) -> None:
    """List the versions of the model NAME, or of all models.

    Example: boxwright models list
    """
    with plain_errors():
        found = listed_versions(config_of(models_dir), name)
    unusable = [each for each in diagnose_models(models_dir) if name in (None, each.model)]
    for diagnosis in unusable:
        click.echo(f"Not served: {diagnosis}", err=True)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2))
        return
    if not found:
        if not unusable:
            click.echo(f"There is no model in {models_dir} yet.", err=True)
        return
    # A pipe has no width, and its reader needs whole lines.
    console = Console(width=None if Console().is_terminal else 200)
    console.print(_table(found))


def _table(found: Sequence[ListedVersion]) -> Table:
    table = Table("model", "version", "labels", "MB", "published", "metrics", box=None)
    for each in found:
        marked = f"{each.version} *" if each.is_default else str(each.version)
        cells = (
            shown_name(each.name),
            marked,
            ", ".join(each.labels),
            f"{each.size_bytes / 1e6:.1f}",
            each.published_at.replace("T", " ")[:16],
            shown_name(_shown(each)),
        )
        # As Text: a name may look like markup.
        table.add_row(*map(Text, cells))
    table.caption = "* what requests without a version get"
    table.caption_justify = "left"
    return table


def _shown(version: ListedVersion) -> str:
    shown = [f"{key} {value:.3g}" for key, value in list(version.metrics.items())[:METRICS_SHOWN]]
    more = len(version.metrics) - len(shown)
    return ", ".join(shown) + (f", {more} more" if more else "")
