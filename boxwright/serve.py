"""`boxwright serve`: the embedded model server, with `tensorflow_model_server`'s own flags."""

import sys

import click

from server.embedded.command import main

# The program in the container listens on all interfaces, as TensorFlow Serving does.
HOST = "--host=127.0.0.1"


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
def serve(flags: tuple[str, ...]) -> None:
    """Serve SavedModels; the flags are tensorflow_model_server's (--help lists them).

    It listens on this machine alone; --host=0.0.0.0 opens it to the network.
    """
    sys.exit(main([HOST, *flags]))
