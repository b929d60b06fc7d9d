"""A click group that imports a subcommand only when it is called."""

import difflib
import importlib
from collections.abc import Mapping
from typing import Any, NoReturn

import click

from boxwright.absent_packages import how_to_install, import_for_help, is_of_an_extra

# name -> (module:command, the line that `--help` shows).
Subcommands = Mapping[str, tuple[str, str]]
HELP = "--help"


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are called.

    Args:
        subcommands: the table of subcommands.
        extra: the extra with their packages, named in the error when one is not installed.
        extras: the extra of each subcommand that needs another one.
    """

    def __init__(
        self,
        *args: object,
        subcommands: Subcommands,
        extra: str,
        extras: Mapping[str, str] | None = None,
        **kwargs: object,
    ):
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own arguments
        self._subcommands = subcommands
        self._extra = extra
        self._extras = extras or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the subcommands, in the order of the table."""
        return list(self._subcommands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve the subcommand; with --help, even if its packages are not installed."""
        name, *rest = args
        if name in self._subcommands and HELP in rest:
            return name, self._command(ctx, name, for_help=True), rest
        near = difflib.get_close_matches(name, self._subcommands)
        if name not in self._subcommands and near and not name.startswith("-"):
            raise click.UsageError(
                f"No such command {name!r}. Did you mean {' or '.join(near)}?", ctx
            )
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the subcommand."""
        if cmd_name not in self._subcommands:
            return None
        return self._command(ctx, cmd_name, for_help=False)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; the error names a package that it lacks."""
        try:
            return super().invoke(ctx)
        except ImportError as error:
            if not is_of_an_extra(error):
                raise
            self._refuse(ctx, ctx.invoked_subcommand or "", error)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of subcommands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._subcommands.items()])

    def _command(self, ctx: click.Context, name: str, *, for_help: bool) -> click.Command:
        module_name, _, attribute = self._subcommands[name][0].partition(":")
        try:
            module = importlib.import_module(module_name)
            command: click.Command = getattr(module, attribute)
        except ImportError as error:
            if not is_of_an_extra(error):
                raise
            missing = error
        else:
            return command
        if not for_help:
            self._refuse(ctx, name, missing)
        command = getattr(import_for_help(module_name, missing), attribute)

        def refuse(*_args: Any, **_options: Any) -> NoReturn:
            self._refuse(ctx, name, missing)

        if not isinstance(command, click.Group):
            # --help may have been the value of an option.
            command.callback = refuse
        return command

    def _refuse(self, ctx: click.Context, name: str, error: ImportError) -> NoReturn:
        what = f"cannot import what it needs ({error.msg})"
        if isinstance(error, ModuleNotFoundError):
            what = f"needs the package {error.name!r}, which is not installed"
        install = how_to_install(self._extras.get(name, self._extra))
        raise click.ClickException(f"'{ctx.command_path} {name}' {what}: {install}") from error
