"""`boxwright`: one command, a row per subcommand."""

import importlib
import sys
from typing import Any

import click

# name -> (module:command, the line that `boxwright --help` shows). The module is imported only when
# the subcommand is called: `serve` needs OpenVINO, `gateway` needs Flask, and neither the other's.
SUBCOMMANDS = {
    "up": ("boxwright.up.command:up", "Model server and gateway together, on this machine."),
    "serve": ("boxwright.serve:serve", "The embedded model server alone."),
    "gateway": ("boxwright.gateway:gateway", "The HTTP gateway alone."),
    "predict": ("boxwright.predict.command:predict", "Ask a running gateway about pictures."),
    "engines": ("boxwright.engines:engines", "Which engine each model in a folder needs."),
}


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the table."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported now."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module_name, _, attribute = SUBCOMMANDS[cmd_name][0].partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module_name), attribute)
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"'boxwright {cmd_name}' needs the package {error.name!r}, which is not installed "
                "(make up installs it, or pip install 'boxwright[gateway,server,client]')"
            ) from error
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in SUBCOMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(package_name="boxwright")
def boxwright() -> None:
    """From a folder of annotated pictures to a detector that answers over HTTP."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; what `boxwright` on the PATH calls."""
    return boxwright(arguments)


if __name__ == "__main__":
    sys.exit(main())
