"""The commands with which a person goes on, and printing what is told of a data set."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from training.datasets.dataset import Dataset
from training.datasets.defects import Defect, beyond_repair, counted_defects
from training.datasets.repair_advice import repair_advice

# Of each kind of defect, before "and N more", where defects are what was asked for.
DEFECTS_SHOWN = 3


def print_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Print lines, to standard error if wanted."""
    for line in lines:
        click.echo(line, err=err)


def check_command(source: Path, options: Sequence[str] = ()) -> str:
    """The command that lists all that is wrong with a data set, with the options about it."""
    return f"boxwright dataset check {shlex.join([str(source), *options])}"


def refused(dataset: Dataset, check: str) -> str:
    """The sentence with which a command leaves that writes nothing over defects."""
    advice = repair_advice(dataset)
    fix = "--fix goes on with what can be repaired" if advice.is_advised else advice.sentence
    return (
        f"nothing was written over {counted_defects(dataset.defects)}. {fix}; `{check} --all` "
        "lists them"
    )


def split_command(source: Path, options: Sequence[str] = ()) -> str:
    """The command that divides a data set anew, with the images of one scene in one split."""
    return next_command(source, defects=(), has_splits=False, is_torn=True, options=options)


def next_command(
    source: Path,
    *,
    defects: Sequence[Defect],
    has_splits: bool,
    is_torn: bool = False,
    options: Sequence[str] = (),
) -> str:
    """The command that a person goes on with.

    Args:
        source: the data set.
        options: about it that this command was given, each with a space before it.
        defects: that it has.
        has_splits: whether it is divided.
        is_torn: whether images of one scene lie in several splits, or would.
        options: about the data set, as they were given.
    """
    name = source.stem if source.is_file() else source.resolve().name
    given = shlex.join([str(source), *options])
    if (doubt := beyond_repair(defects)) is not None:
        return f"boxwright dataset check {given} {doubt.option}"
    if defects:
        return f"boxwright dataset check {given} --fix"
    if not has_splits:
        split = f"boxwright dataset split {given} {shlex.quote(f'{name}-split')}"
        return f"{split} --keep-together auto" if is_torn else split
    return f"boxwright dataset convert {given} {shlex.quote(f'{name}-records')} --to tfrecord"
