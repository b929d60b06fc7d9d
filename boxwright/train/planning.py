"""`boxwright train PHOTOS`: the plan, from the data to the config."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from boxwright.train.flags import Changes
from boxwright.train.given_photos import Photos
from boxwright.train.measuring import measured_speed
from boxwright.train.planned_files import ConfigFile, new_folder, write_data
from training.configuration.experiment import Experiment, read_experiment
from training.configuration.located import parse_located
from training.configuration.machine import Machine, this_machine
from training.configuration.reading import read_section
from training.datasets.checking import check_dataset
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, NothingRead, refuse_ambiguous
from training.datasets.formats.registry import read_dataset
from training.datasets.grouping.keeping_together import KeepTogether, group_images
from training.datasets.notes import counted
from training.datasets.workers import Workers
from training.planning.choices import DEFAULT_MODEL, Choice
from training.planning.division import Division, divide, without_copies_of_train
from training.planning.facts import DataFacts
from training.planning.length import VALIDATIONS, length_choices, table_speed, validation_choices
from training.planning.plan import Plan, plan_training, size_hw

_LENGTH = (("optimization", "steps"), ("optimization", "epochs"))


def planned(photos: Photos, changes: Changes, say: Callable[[str], None]) -> tuple[Path, Division]:
    """Look at the data, choose every setting, and write the config; gives its path.

    Raises:
        DatasetError: there is too little to learn from, or it cannot be read.
        ConfigurationError: what the flags say cannot be.
    """
    chosen = {path: located.plain() for path, located in changes.items()}
    for path in chosen:
        if path[0] == "data" and path[1] in ("train", "validation"):
            raise click.UsageError(
                f"--{'.'.join(path)} names the images, and so does {photos.path}: write a config "
                "for several sources"
            )
    _check_flags(photos, changes)
    folder = new_folder(photos, chosen)
    with Workers(console=Console(stderr=True)) as workers:
        dataset = _read(photos, workers, say)
        dataset, dropped = _checked(photos, dataset, workers, say)
        groups = group_images(dataset.images, KeepTogether.AUTO, workers)
        kept, copies = without_copies_of_train(dataset, groups)
        if copies:
            say(f"Left out {counted(copies, 'image')} of other splits that train has too.")
            dataset, dropped = kept, True
            groups = group_images(dataset.images, KeepTogether.AUTO, workers)
    division = divide(dataset, groups)
    for line in division.told:
        say(line)
    sources = write_data(folder, photos, division, as_it_is=division.is_the_datas and not dropped)
    facts = DataFacts.of(division.train, division.validation, dataset.class_names)
    machine = this_machine()
    if machine.without:
        say(machine.without)
    plan = plan_training(facts, machine, photos.minutes, chosen)
    files = ConfigFile(folder, sources, chosen)
    plan = _with_length(plan, photos, files, facts, machine, say)
    config = files.write(plan)
    for choice in plan.choices:
        say(f"  {choice}")
    read_experiment(config)
    return config, division


def _check_flags(photos: Photos, changes: Changes) -> None:
    """Refuse what the flags say before the work, each under its own name."""
    known: dict[tuple[str, ...], Any] = {
        ("model", "name"): DEFAULT_MODEL,
        ("data", "train"): [{"path": str(photos.path)}],
        ("name",): photos.name,
    }
    located = parse_located(json.dumps({}), str(photos.path), numbered=False)
    if not any(changes.get(path) for path in _LENGTH):
        known[_LENGTH[0]] = 1
    for path, value in known.items():
        given = parse_located(json.dumps(value), str(photos.path), numbered=False)
        located = located.with_value(path, given)
    for path, change in changes.items():
        located = located.with_value(path, change)
    read_section(Experiment, located)


def _read(photos: Photos, workers: Workers, say: Callable[[str], None]) -> Dataset:
    source = photos.source
    try:
        dataset = read_dataset(source.path, source.format_name, source.options, workers)
    except NothingRead as error:
        for line in (*source.report(error).in_short(), *source.lines_after(error)):
            say(line)
        raise DatasetError(f"{error.what}; `{source.check} --all` lists all defects") from error
    refuse_ambiguous(dataset.defects)
    names = ", ".join(dataset.class_names[:8]) + (", ..." if len(dataset.class_names) > 8 else "")
    say(f"Read {counted(len(dataset), 'image')} with {counted(dataset.object_count, 'object')} of "
        f"{counted(len(dataset.class_names), 'class', 'classes')}: {names}.")  # fmt: skip
    return dataset


def _checked(
    photos: Photos, dataset: Dataset, workers: Workers, say: Callable[[str], None]
) -> tuple[Dataset, bool]:
    """The data set without images that cannot be read, and whether there were some; tells of it."""
    result = check_dataset(dataset, workers)
    for line in photos.source.report(result.dataset).in_short(repaired=True):
        say(line)
    if result.defects:
        say(f"`{photos.source.check} --all` lists them.")
    return result.dataset, len(result.dataset) != len(dataset)


def _with_length(
    plan: Plan,
    photos: Photos,
    files: ConfigFile,
    facts: DataFacts,
    machine: Machine,
    say: Callable[[str], None],
) -> Plan:
    """The plan with its steps: those that are asked for, or as many as the time allows."""
    chosen = files.chosen
    batch_path, size_path = ("optimization", "batch_size"), ("model", "input_size")
    batch = int(chosen.get(batch_path) or plan.value(*batch_path) or 1)
    asked_steps, asked_epochs = (chosen.get(path) for path in _LENGTH)
    if asked_steps is not None or asked_epochs is not None:
        steps = asked_steps or float(asked_epochs or 1) * facts.images / batch
        every = max(1, math.ceil(float(steps) / VALIDATIONS))
        return plan.with_choices(validation_choices(every, facts.validation_images), chosen)
    # Any number of steps will do for now: measuring takes its own.
    config = files.write(plan.with_choices([Choice(_LENGTH[0], 1, "not chosen yet")], chosen))
    say("Measuring how fast this machine trains ...")
    began = time.monotonic()
    speed = measured_speed(config, photos.minutes)
    if speed is None:
        size = size_hw(chosen.get(size_path) or plan.value(*size_path))
        speed = table_speed(machine, size or (320, 320), time.monotonic() - began)
    left_s = photos.minutes * 60 - (time.monotonic() - photos.started)
    return plan.with_choices(length_choices(facts, batch, speed, left_s), chosen)
