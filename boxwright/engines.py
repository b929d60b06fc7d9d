"""The command `boxwright engines`: which engine each model in a folder needs."""

import sys
from pathlib import Path

import click

from model_repository.diagnosis.models import diagnose_models
from model_repository.model_folder import models_in, version_dirs
from server.embedded.engines.choice import needs_tensorflow
from server.embedded.errors import ModelLoadError

TENSORFLOW_NEEDED = 3


@click.command()
@click.argument("models", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--check",
    is_flag=True,
    help=f"List only models that need TensorFlow; exit code {TENSORFLOW_NEEDED} if there are any.",
)
def engines(models: Path, check: bool) -> None:
    """Show which engine each model in the folder MODELS needs, and why not OpenVINO.

    Example: boxwright engines models
    """
    if not models.is_dir():
        raise click.BadParameter(f"there is no folder {models}", param_hint="MODELS")
    tensorflow_is_needed = False
    for name in models_in(models):
        for version, version_dir in version_dirs(models / name).items():
            try:
                reason = needs_tensorflow(version_dir)
            except ModelLoadError as error:
                if not check:
                    click.echo(f"{name} version {version}: none. {error}")
                continue
            if reason is not None:
                click.echo(f"{name} version {version}: TensorFlow, because of {reason}")
                tensorflow_is_needed = True
            elif not check:
                click.echo(f"{name} version {version}: OpenVINO")
    if not check:
        _say_what_is_none(models)
    if check and tensorflow_is_needed:
        sys.exit(TENSORFLOW_NEEDED)


def _say_what_is_none(models: Path) -> None:
    """List folders that are not versions; versions are listed already."""
    for each in diagnose_models(models):
        if each.version is None:
            click.echo(f"{each.where}: none. {each.what}; {each.remedy}")
