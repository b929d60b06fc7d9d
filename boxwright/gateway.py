"""`boxwright gateway`: the HTTP gateway, with its settings in the environment."""

import sys

import click

from client_api.command import main


@click.command()
def gateway() -> None:
    """Serve the HTTP API and the page; settings are environment variables (README.md lists them).

    Example: boxwright gateway
    """
    sys.exit(main())
