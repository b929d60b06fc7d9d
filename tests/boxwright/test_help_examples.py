"""The help of a command has an example, and the example is one of that command."""

import re

import click
import pytest

from boxwright.__main__ import boxwright

COMMANDS = (
    "average", "dataset check", "dataset convert", "dataset frames", "dataset label-map",
    "dataset preview", "dataset rename", "dataset split", "dataset stats", "dataset synthesize",
    "engines", "evaluate", "export", "gateway", "models import", "models label", "models list",
    "models publish", "models remove", "models rollback", "models set", "models upgrade", "predict",
    "up", "weights fetch", "weights list", "weights show",
)  # fmt: skip


def command_of(path: str) -> click.Command:
    found: click.Command = boxwright
    for name in path.split():
        assert isinstance(found, click.Group)
        subcommand = found.get_command(click.Context(found), name)
        assert subcommand is not None
        found = subcommand
    return found


@pytest.mark.parametrize("path", COMMANDS)
def test_the_example_in_a_help_is_a_call_of_the_command_with_its_own_options(path: str) -> None:
    command = command_of(path)
    examples = re.findall(
        rf"Example: boxwright {path}(?: (.*))?$", command.help or "", re.MULTILINE
    )
    assert len(examples) == 1, command.help
    options = {each for option in command.params for each in option.opts}
    assert {word for word in examples[0].split() if word.startswith("--")} <= options
