"""The command `boxwright weights`: pretrained weights. Does not import TensorFlow."""

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from training.pretrained.catalog import CATALOG, Pretrained
from training.pretrained.fetching import fetch as fetch_row
from training.pretrained.source_weights import PretrainedWeightsError


class _Name(click.ParamType[Pretrained]):
    """Parameter type: a name in the catalog."""

    name = "name"

    def convert(
        self, value: str | Pretrained, param: click.Parameter | None, ctx: click.Context | None
    ) -> Pretrained:
        """Look up the row of that name."""
        if isinstance(value, Pretrained):
            return value
        if value not in CATALOG:
            self.fail(
                f"no weights are called {value!r}; the names are {', '.join(CATALOG)}", param, ctx
            )
        return CATALOG[value]


_name = click.argument("row", metavar="NAME", type=_Name())


@click.group()
def weights() -> None:
    """List and download pretrained weights, which `model.init_from: NAME` starts from.

    Example: boxwright train cells.yaml --model.init-from mobilenet_v2_open_images
    """


@weights.command("list")
def list_weights() -> None:
    """List all weights: whether they are here, license and training data.

    Example: boxwright weights list
    """
    width = max(map(len, CATALOG))
    for row in CATALOG.values():
        here = "here" if row.is_here else "fetch"
        click.echo(f"{row.name:{width}}  {here:5}  {row.license:10}  {row.trained_on}")


@weights.command()
@_name
def show(row: Pretrained) -> None:
    """Show source, license and checksum of NAME, and which models it fits.

    Example: boxwright weights show mobilenet_v2_open_images
    """
    size = "not known" if row.size_bytes is None else f"{row.size_bytes} bytes"
    about = {
        "architecture": row.architecture,
        "trained on": row.trained_on,
        "license": row.license,
        "source": row.source,
        "address": row.url or "in the clone",
        "file": f"{row.path}{'' if row.is_here else ' (boxwright weights fetch ' + row.name + ')'}",
        "size": size,
        "sha256": row.sha256 or "none is published",
    }
    click.echo(row.name)
    for title, value in about.items():
        click.echo(f"  {title:13}{value}")
    for model, part in row.models.items():
        default = ", its default" if model in row.default_for else ""
        click.echo(f"  {'fits':13}{model}: {part}{default}")


@weights.command()
@_name
def fetch(row: Pretrained) -> None:
    """Download NAME, or continue an interrupted download.

    Example: boxwright weights fetch ssd_mobilenet_v2_fpnlite_320_coco
    """
    if row.is_here:
        click.echo(f"{row.name} is here: {row.path}")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(row.name, total=None)
        try:
            fetched = fetch_row(
                row, lambda done, total: progress.update(task, completed=done, total=total)
            )
        except PretrainedWeightsError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{fetched.path}: sha256 {fetched.sha256}")
    click.echo(f"Start from it: --model.init-from {row.name}")
