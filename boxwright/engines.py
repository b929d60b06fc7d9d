"""`boxwright engines`: which engine each model in a folder needs, before anything is started."""

import sys
from pathlib import Path

import click

from server.embedded.engines.choice import needs_tensorflow
from serving_protocol.model_folder import models_in, version_dirs

TENSORFLOW_MISSING = 3


@click.command()
@click.argument("models", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--check",
    is_flag=True,
    help=f"Print only what needs TensorFlow, and exit with {TENSORFLOW_MISSING} if anything does.",
)
def engines(models: Path, check: bool) -> None:
    """Say for every model in the folder MODELS whether OpenVINO can serve it, and if not, why."""
    anything_does = False
    for name in models_in(models):
        for version, version_dir in version_dirs(models / name).items():
            reason = needs_tensorflow(version_dir)
            anything_does |= reason is not None
            if reason is not None:
                click.echo(f"{name} version {version}: TensorFlow, because of {reason}")
            elif not check:
                click.echo(f"{name} version {version}: OpenVINO")
    if check and anything_does:
        sys.exit(TENSORFLOW_MISSING)
