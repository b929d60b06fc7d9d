"""The command `boxwright engines`: which engine each model in a folder needs."""

import sys
from pathlib import Path

import click

from model_repository.diagnosis.models import diagnose_models
from model_repository.model_folder import models_in, version_dirs
from server.embedded.engines.choice import EngineChoice, choose_engine
from server.embedded.errors import ModelLoadError

# `requirements/up.txt` has the runtimes of this extra.
INSTALLED_EXTRA = "server"
OTHER_RUNTIME_NEEDED = 3


@click.command()
@click.argument("models", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--check",
    is_flag=True,
    help=f"List only models that need TensorFlow; exit code {OTHER_RUNTIME_NEEDED} if any do.",
)
def engines(models: Path, check: bool) -> None:
    """Show which engine each model in the folder MODELS needs, and why no earlier one.

    Engines are tried in one order: OpenVINO, then TensorFlow.

    Example: boxwright engines models
    """
    if not models.is_dir():
        raise click.BadParameter(f"there is no folder {models}", param_hint="MODELS")
    other_runtime_is_needed = False
    for name in models_in(models):
        for version, version_dir in version_dirs(models / name).items():
            try:
                choice = choose_engine(version_dir)
            except ModelLoadError as error:
                if not check:
                    click.echo(f"{name} version {version}: none. {error}")
                continue
            is_other = choice.engine is not None and choice.engine.extra != INSTALLED_EXTRA
            other_runtime_is_needed |= is_other
            if is_other or not check:
                click.echo(f"{name} version {version}: {_told(choice)}")
    if not check:
        _say_what_is_none(models)
    if check and other_runtime_is_needed:
        sys.exit(OTHER_RUNTIME_NEEDED)


def _told(choice: EngineChoice) -> str:
    if choice.engine is None:
        return f"none. {choice.reason}"
    if choice.refusals:
        return f"{choice.engine.title}, because of {choice.reason}"
    return choice.engine.title


def _say_what_is_none(models: Path) -> None:
    """List folders that are not versions; versions are listed already."""
    for each in diagnose_models(models):
        if each.version is None:
            click.echo(f"{each.where}: none. {each.what}; {each.remedy}")
