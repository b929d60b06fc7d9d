"""Printing what is told of a data set."""

from collections.abc import Iterable

import click

# Of each kind of defect, before "and N more", where defects are what was asked for.
DEFECTS_SHOWN = 3


def print_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Print lines, to standard error if wanted."""
    for line in lines:
        click.echo(line, err=err)
