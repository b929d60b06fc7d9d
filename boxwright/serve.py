"""`boxwright serve`: the embedded model server, with `tensorflow_model_server`'s own flags."""

import sys

import click

from server.embedded.command import main


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
def serve(flags: tuple[str, ...]) -> None:
    """Serve SavedModels; the flags are tensorflow_model_server's (--help lists them)."""
    sys.exit(main(list(flags)))
