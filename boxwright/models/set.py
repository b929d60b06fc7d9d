"""The command `boxwright models set`: what the numbers of a model's answers mean."""

from pathlib import Path

import click

from boxwright.models.facts_options import facts_line, facts_options
from boxwright.models.folder import config_of, models_option, plain_errors
from model_repository.model_folder import shown_name
from model_repository.publishing.declared_facts import read_declared_facts, write_declared_facts
from serving_protocol.model_facts import BoxUnit, ModelFacts


@click.command(name="set")
@click.argument("name")
@click.option("--version", type=click.IntRange(0), help="Only this version.  [all versions]")
@click.option("--clear", is_flag=True, help="Forget what was set before.")
@facts_options
@models_option
def set_facts(
    name: str, version: int | None, clear: bool, facts: ModelFacts, models_dir: Path
) -> None:
    """Set what the numbers in the answers of the model NAME mean.

    This overrides the model card and what was inferred from answers; running gateways read it with
    the next request. Without an option, it shows what is set.

    Example: boxwright models set cells --box-unit pixels --box-order xyxy
    """
    with plain_errors():
        folder = config_of(models_dir).folder.model_dir(name)
        before = ModelFacts() if clear else read_declared_facts(folder, version)
        said = (
            write_declared_facts(folder, version, before, facts) if facts.known or clear else before
        )
    which = shown_name(name) if version is None else f"{shown_name(name)} version {version}"
    click.echo(f"{which}: {facts_line(said) if said.known else 'nothing is set'}")
    if said.box_unit is BoxUnit.INPUT_PIXELS and said.input_size_hw is None:
        click.echo(
            "Note: requests fail unless the model's signature, card or answers give its input "
            "size; --input-size HEIGHT WIDTH sets it."
        )
