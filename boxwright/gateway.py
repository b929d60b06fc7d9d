"""`boxwright gateway`: the HTTP gateway, with its settings in the environment."""

import sys

import click

from client_api.command import main


@click.command()
def gateway() -> None:
    """Answer images over HTTP; settings are environment variables (see the README's table)."""
    sys.exit(main())
