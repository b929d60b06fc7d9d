"""`boxwright dataset fetch`."""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from training.datasets.downloading import DownloadFailed, download

# More than any of them has.
MAX_BYTES = 20_000_000_000


@dataclass(frozen=True)
class Published:
    """A published data set.

    Args:
        url: the address that its authors give.
        format: as `--from` names it.
        about: whose it is, and what it may be used for.
    """

    url: str
    format: str
    about: str


SETS = {
    "egohands": Published(
        "http://vision.soic.indiana.edu/egohands_files/egohands_data.zip", "egohands",
        "EgoHands, Bambach et al. 2015, Indiana University: 4,800 frames of two people's hands at "
        "play, 1.3 GB; for research",
    ),
    "hands-synth": Published(
        "http://domedb.perception.cs.cmu.edu/panopticDB/hands/hand_labels_synth.zip",
        "synthetic-hands",
        "Hands from Synthetic Data, Simon et al. 2017, Carnegie Mellon University: rendered hands "
        "with 21 keypoints; not for commercial use",
    ),
}  # fmt: skip


@click.command()
@click.argument("name", type=click.Choice(list(SETS)))
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    show_default=True,
    help="The folder that takes the archive.",
)
@click.option("--url", help="Another address of the same archive, where the authors' is gone.")
def fetch(name: str, folder: Path, url: str | None) -> None:
    """Download the data set NAME from its authors' address, or go on with an earlier download.

    The archive stays packed: every data set command reads it as it is.

    Example: boxwright dataset fetch egohands
    """
    published = SETS[name]
    address = url or published.url
    archive = folder / (published.url.rpartition("/")[2])
    click.echo(published.about)
    if not archive.exists():
        # Another address may have another file: bytes of two are never joined.
        source = hashlib.sha256(address.encode()).hexdigest()[:8]
        partial = archive.with_name(f"{archive.name}.{source}.part")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _download(address, partial)
            _check(partial, address)
            partial.replace(archive)
        except DownloadFailed as error:
            raise click.ClickException(
                f"{address} cannot be fetched: {error}. The same command goes on with it; --url "
                f"names another address, and a copy from elsewhere belongs at {archive}"
            ) from error
        except OSError as error:
            raise click.ClickException(
                f"cannot write {error.filename or folder}: {error.strerror}"
            ) from error
    click.echo(f"{archive}: {archive.stat().st_size:,} bytes")
    click.echo(f"Next: boxwright dataset check {archive} --from {published.format}")


def _download(address: str, partial: Path) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(address.rpartition("/")[2], total=None)
        download(
            address, partial, MAX_BYTES,
            lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip


def _check(partial: Path, address: str) -> None:
    """Remove what is no whole ZIP archive: going on with it would not mend it."""
    try:
        with zipfile.ZipFile(partial) as archive:
            if archive.namelist():
                return
    except zipfile.BadZipFile:
        pass
    size = partial.stat().st_size
    partial.unlink()
    raise DownloadFailed(f"the {size:,} bytes that {address} gave are no ZIP archive; removed")
