"""A click group that imports a subcommand only when it is called."""

import importlib
from collections.abc import Mapping

import click

# name -> (module:command, the line that `--help` shows).
Subcommands = Mapping[str, tuple[str, str]]


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are called.

    Args:
        subcommands: the table.
        how_to_install: what a message says where a module's package is missing.
    """

    def __init__(
        self, *args: object, subcommands: Subcommands, how_to_install: str, **kwargs: object
    ):
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own arguments
        self._subcommands = subcommands
        self._how_to_install = how_to_install

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the table."""
        return list(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported now."""
        if cmd_name not in self._subcommands:
            return None
        module_name, _, attribute = self._subcommands[cmd_name][0].partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module_name), attribute)
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"'{ctx.command_path} {cmd_name}' needs the package {error.name!r}, which is not "
                f"installed ({self._how_to_install})"
            ) from error
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._subcommands.items()])
