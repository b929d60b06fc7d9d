"""Click's options about a data set, made of the table of what a person may have to say of one."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

import click

from training.datasets.formats.option_table import DATA_OPTIONS, DataOption
from training.datasets.formats.registry import FORMATS

Command = TypeVar("Command", bound=Callable[..., Any])

MOST_NUMBER = 1_000_000
_FORMAT_HELP = "The source's format, where it is not found out."


def source_options(command: Command) -> Command:
    """Add SOURCE and the options about it, for `Source.of`."""
    return click.argument("source", type=click.Path(path_type=Path))(format_options(command))


def format_options(command: Command) -> Command:
    """Add the options about a data set that is named otherwise, for `Source.of`."""
    rows = (_format(""), *map(_option, DATA_OPTIONS))
    processes = click.option("--processes", type=click.IntRange(1), help="How many.  [one a core]")
    for option in (processes, *reversed(rows)):
        command = option(command)
    return command


def some_options(settings: Collection[str], before: str) -> Callable[[Command], Command]:
    """Add the options for some settings alone, and the format's.

    Args:
        settings: their names in the table.
        before: what their help begins with.
    """
    rows = [_option(row, before) for row in DATA_OPTIONS if row.setting in settings]

    def decorate(command: Command) -> Command:
        for option in reversed((_format(before), *rows)):
            command = option(command)
        return command

    return decorate


def _format(before: str) -> Callable[[Command], Command]:
    choice = click.Choice(list(FORMATS))
    return click.option("--from", "from_format", type=choice, help=before + _FORMAT_HELP)


def _option(row: DataOption, before: str = "") -> Callable[[Command], Command]:
    help_text = before + row.help
    if row.kind == "flag":
        return click.option(*row.flag, row.setting, is_flag=True, help=help_text)
    kind: Any = None
    if row.choices:
        kind = click.Choice(row.choices)
    elif row.kind == "number":
        kind = click.IntRange(0, MOST_NUMBER)
    elif row.kind == "file":
        kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    elif row.kind == "folder":
        # It may be one of the data set's own: `folder_of` looks there too.
        kind = click.Path(path_type=Path)
    return click.option(
        *row.flag, row.setting, type=kind, help=help_text, default=row.default,
        show_default=row.default is not None, metavar=row.metavar or None,
    )  # fmt: skip
