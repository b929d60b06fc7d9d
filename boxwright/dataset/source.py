"""`Source`: the data set that a subcommand reads, as its options say, and reading it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from boxwright.dataset.next_step import check_command, next_step, refused, step_after_doubt
from boxwright.dataset.option_values import (
    folder_of,
    parse_class_names,
    parse_columns,
    parse_pairs,
)
from boxwright.dataset.printing import print_lines
from training.datasets.checking import check_dataset, check_ends
from training.datasets.dataset import Dataset
from training.datasets.defects import (
    DatasetError,
    NothingRead,
    first_ambiguous,
    refuse_ambiguous,
)
from training.datasets.formats.files.plain_names import renamed
from training.datasets.formats.label_map_file import read_label_map
from training.datasets.formats.left_out import left_out
from training.datasets.formats.option_table import DATA_OPTIONS, said_settings
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.registry import (
    FORMATS,
    WRITABLE,
    detect,
    read_dataset,
    write_dataset,
)
from training.datasets.formats.text.guessing import known_encoding
from training.datasets.notes import counted
from training.datasets.reading_report import ReadingReport
from training.datasets.workers import Workers


@dataclass(frozen=True)
class Source:
    """A data set that is to be read, as the options say.

    Args:
        path: its file or folder.
        format_name: one of `FORMATS`; None to find out.
        options: what the files do not say.
        processes: how many; None for one a core.
        given: what the options said of it, by their settings.
    """

    path: Path
    format_name: str | None
    options: ReadOptions
    processes: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        source: Path,
        from_format: str | None = None,
        processes: int | None = None,
        images_needed: bool = True,
        **given: Any,
    ) -> "Source":
        """From the options of `source_options`, and as `ReadOptions.images_needed`.

        Raises:
            DatasetError: an option's value is none.
        """
        said = {row.setting: given.get(row.setting) for row in DATA_OPTIONS}
        folder, encoding = said["images"], known_encoding(said["encoding"])
        said["images"] = None if folder is None else folder_of(folder, source)
        label_map, first_pixel = said["label_map"], said["voc_first_pixel"]
        read: dict[str, Any] = {row.read_field: said[row.setting] for row in DATA_OPTIONS}
        read |= {
            "classes": parse_class_names(said["classes"], encoding),
            "label_map": read_label_map(label_map, encoding) if label_map else None,
            "rename": parse_pairs(said["rename"], "--rename: name=new"),
            "columns": parse_columns(said["columns"], encoding),
            "one_hand_class": said["hands"] in (None, "one"),
            "voc_first_pixel": int(first_pixel) if first_pixel else None,
            "crowd_as_single": bool(said["crowd_as_single"]),
            "encoding": encoding,
        }
        options = ReadOptions(**read, images_needed=images_needed)
        return cls(source, from_format, options, processes, said)

    @property
    def words(self) -> tuple[str, ...]:
        """The options about it as a command line has them, for commands to go on with."""
        words = [] if self.format_name is None else ["--from", self.format_name]
        for row in DATA_OPTIONS:
            value = self.given.get(row.setting)
            if value is not None and value != row.default:
                words += [row.flag[0]] if row.kind == "flag" else [row.flag[0], str(value)]
        return tuple(words)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a config's source that reads the same, in plain values."""
        found: dict[str, Any] = {"path": str(self.path)}
        if self.format_name is not None:
            found["format"] = self.format_name
        return found | said_settings(self.given, self.options)

    @contextmanager
    def workers(self) -> Iterator[Workers]:
        """Processes, with progress on standard error."""
        with Workers(self.processes, Console(stderr=True)) as workers:
            yield workers

    @property
    def check(self) -> str:
        """The command that lists all that is wrong with it."""
        return check_command(self.path, self.words)

    def report(self, found: Dataset | NothingRead) -> ReadingReport:
        """What is told of it once it was read, or of why nothing was."""
        return ReadingReport(self.path, found.notes, found.defects, self.check)

    def lines_after(self, error: NothingRead) -> list[str]:
        """The line with which to go on where nothing was read, if any."""
        line = step_after_doubt(self.path, self.words, error.defects).line
        return [line] if line else []

    def read(self, workers: Workers) -> Dataset:
        """Read it, with what was wrong repaired; the caller tells its report.

        Raises:
            DatasetError: it cannot be read; where that is for its defects, they are told.
        """
        try:
            return read_dataset(self.path, self.format_name, self.options, workers)
        except NothingRead as error:
            print_lines([*self.report(error).in_short(), *self.lines_after(error)], err=True)
            more = f"; `{self.check} --all` lists all defects" if error.defects else ""
            raise DatasetError(f"{error.what}{more}") from error

    def read_and_tell(self, workers: Workers) -> Dataset:
        """Read it, with what was wrong repaired, and tell of it in short.

        Raises:
            DatasetError: it cannot be read.
        """
        dataset = self.read(workers)
        print_lines(self.report(dataset).in_short(repaired=True), err=True)
        step = next_step(self.path, self.words, dataset)
        if dataset.defects and step.line:
            click.echo(step.line, err=True)
        return dataset


@contextmanager
def plain_errors() -> Iterator[None]:
    """A data set's errors as a line on standard error, without a trace."""
    try:
        yield
    except DatasetError as error:
        raise click.ClickException(str(error)) from error


def read_without_defects(source: Source, workers: Workers, *, fix: bool) -> Dataset:
    """Read the data set; say what was wrong, and leave unless `fix` says that repairs will do.

    With `fix` the images are decoded too, as `boxwright dataset check` does; without, those alone
    whose files do not end as they should.

    Raises:
        DatasetError: it cannot be read, or there are defects and `fix` is not set.
    """
    read = source.read(workers)
    dataset = check_dataset(read, workers).dataset if fix else check_ends(read, workers)
    ambiguous = first_ambiguous(dataset.defects)
    report = source.report(dataset)
    print_lines(report.in_short(repaired=fix and ambiguous is None), err=True)
    refuse_ambiguous(dataset.defects)
    if dataset.defects and not fix:
        step = next_step(source.path, source.words, dataset)
        raise DatasetError(refused(dataset, step, source.check))
    return dataset


def write_and_report(
    dataset: Dataset, folder: Path, format_name: str, options: WriteOptions, workers: Workers
) -> None:
    """Write the data set, and say what was written and what of it was left out.

    Raises:
        DatasetError: no image is left to be written, or it cannot be.
    """
    if not len(dataset):
        raise DatasetError(f"no image is left to be written, so {folder} was not")
    for note in left_out(dataset, format_name, options):
        click.echo(f"Left out: {note}.", err=True)
    for note in renamed(dataset):
        click.echo(f"Renamed: {note}.", err=True)
    write_dataset(dataset, folder, format_name, options, workers)
    splits = ", ".join(
        f"{len(dataset.of_split(split))} {split or 'without a split'}" for split in dataset.splits
    )
    click.echo(
        f"{folder}: {FORMATS[format_name].title}, {counted(len(dataset), 'image')} ({splits}), "
        f"{counted(dataset.object_count, 'object')} of "
        f"{counted(len(dataset.label_map), 'class', 'classes')}"
    )


def output_format(source: Source, wanted: str | None) -> str:
    """The format to be written: what was asked for, else the source's, else COCO's.

    Raises:
        DatasetError: the source's cannot be found out.
    """
    if wanted is not None:
        return wanted
    name = source.format_name or detect(source.path, source.options).name
    return name if name in WRITABLE else "coco"


def output_options(source: Source) -> WriteOptions:
    """To write what was read as it was: masks too, and a CSV's columns if they name the class."""
    columns = source.options.columns
    return WriteOptions(include_masks=True, columns=columns if "class" in columns else {})
