"""The command with which a person goes on after a data set was read: one rule for all commands."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.datasets.dataset import Dataset
from training.datasets.defects import Defect, counted_defects, first_ambiguous
from training.datasets.repair_advice import repair_advice
from training.datasets.sources import EmbeddedImage


@dataclass(frozen=True)
class NextStep:
    """What a person is told to do, if anything.

    Args:
        command: to go on with; empty where none is right whatever the defects are.
        not_advised: what a repair would do that is not advised; else empty.
    """

    command: str = ""
    not_advised: str = ""

    @property
    def line(self) -> str:
        """The sentence; empty where there is none."""
        if self.command:
            return f"Go on with: {self.command}"
        return f"Not advised: {self.not_advised}." if self.not_advised else ""


def next_step(
    source: Path, options: Sequence[str], dataset: Dataset, *, has_leaks: bool = False
) -> NextStep:
    """What comes next.

    Args:
        source: where the data set was read.
        options: about it that this command was given, as a command line has them.
        dataset: as it was read or checked.
        has_leaks: whether images of one scene lie in several splits, or would.
    """
    check = check_command(source, options)
    if first_ambiguous(dataset.defects) is not None:
        return step_after_doubt(source, options, dataset.defects)
    if dataset.defects:
        advice = repair_advice(dataset)
        if not advice.is_advised:
            return NextStep(not_advised=advice.sentence)
        # A repair that leaves no object is none: the hints say what to do.
        return NextStep(f"{check} --fix") if dataset.object_count else NextStep()
    if not len(dataset):
        return NextStep()
    if all(split is None for split in dataset.splits):
        return NextStep(split_command(source, options, has_leaks=has_leaks))
    if all(isinstance(each.source, EmbeddedImage) for each in dataset.images):
        # Records already. What else is said of them, `train` may not take.
        return NextStep("" if options else f"boxwright train {shlex.quote(str(source))}")
    given, records = shlex.join([str(source), *options]), f"{_name(source)}-records"
    return NextStep(f"boxwright dataset convert {given} {shlex.quote(records)} --to tfrecord")


def step_after_doubt(source: Path, options: Sequence[str], defects: Iterable[Defect]) -> NextStep:
    """What comes next by the defects alone, where data may be read in two ways or not at all."""
    ambiguous = first_ambiguous(defects)
    if ambiguous is None or not ambiguous.option:
        return NextStep()
    return NextStep(f"{check_command(source, options)} {ambiguous.option}")


def check_command(source: Path, options: Sequence[str] = ()) -> str:
    """The command that lists all that is wrong with a data set, with the options about it."""
    return f"boxwright dataset check {shlex.join([str(source), *options])}"


def split_command(source: Path, options: Sequence[str], *, has_leaks: bool) -> str:
    """The command that divides a data set; where scenes lie in several splits, with each in one."""
    given, folder = shlex.join([str(source), *options]), shlex.quote(f"{_name(source)}-split")
    together = " --keep-together auto" if has_leaks else ""
    return f"boxwright dataset split {given} {folder}{together}"


def refused(dataset: Dataset, step: NextStep, check: str) -> str:
    """The sentence with which a command leaves that writes nothing over defects."""
    fix = step.not_advised or "--fix goes on with what can be repaired"
    return (
        f"nothing was written over {counted_defects(dataset.defects)}. {fix}; `{check} --all` "
        "lists them"
    )


def _name(source: Path) -> str:
    return source.stem if source.is_file() else source.resolve().name
