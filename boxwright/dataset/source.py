"""What every subcommand asks about the data set that it reads, and reading it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from boxwright.dataset.accounting import check_command, print_lines, refused
from boxwright.dataset.option_values import (
    given_options,
    parse_class_names,
    parse_columns,
    parse_pairs,
)
from training.datasets.account import Account
from training.datasets.box_forms import BoxForm
from training.datasets.checking import check_dataset, check_ends
from training.datasets.dataset import Dataset
from training.datasets.defects import (
    DatasetError,
    NothingRead,
    beyond_repair,
    refuse_beyond_repair,
)
from training.datasets.exif_frames import ExifFrame
from training.datasets.formats.files.plain_names import renamed
from training.datasets.formats.label_map_file import read_label_map
from training.datasets.formats.left_out import left_out
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
from training.datasets.repair_advice import repair_advice
from training.datasets.workers import Workers

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SOURCE = click.argument("source", type=click.Path(path_type=Path))
_OPTIONS = (
    click.option("--from", "from_format", type=click.Choice(list(FORMATS)),
                 help="The source's format, where it is not found out."),
    click.option("--classes", help="Names in the order of their numbers, with commas; or a file, "
                 "a name a line."),
    click.option("--label-map", "label_map_file", type=_FILE,
                 help="A label_map.pbtxt: the only classes that are known."),
    click.option("--rename", "renames", metavar="NAME=NEW,...",
                 help="Other names for classes, such as fist=zero,palm=five; several may become "
                 "one."),
    click.option("--images", "--pictures", "images_dir",
                 type=click.Path(path_type=Path, exists=True, file_okay=False),
                 help="Where the images are, if not where the format has them."),
    click.option("--columns", help="CSV: meaning=column with commas, or a YAML file of them, such "
                 "as image=file,class=tag,x_min=left,y_min=top,box_width=w,box_height=h; those "
                 "with the usual names may be left out. "
                 "VGG Image Annotator: class=attribute."),
    click.option("--categories", "categories_csv", type=_FILE,
                 help="CSV: the file that names the numbers in the class_id column."),
    click.option("--hands", type=click.Choice(["one", "four"]), default="one", show_default=True,
                 help="EgoHands: one class, or mine and yours, left and right."),
    click.option("--voc-first-pixel", type=click.Choice(["0", "1"]),
                 help="Pascal VOC: where corners count from, where it is not found out."),
    click.option("--crowd-as-single", is_flag=True,
                 help="COCO: crowds as single objects, for tools that mark every mask as one."),
    click.option("--first-class", type=click.IntRange(0, 1_000_000),
                 help="YOLO, TFRecord, COCO: the number of the first class, where it is not found "
                 "out: 1 where labels count from 1."),
    click.option("--exif", "exif_frame", type=click.Choice(["upright", "stored"]),
                 help="Images that EXIF turns: whether boxes were drawn on them as people see them "
                 "or as they are stored, where it is not found out."),
    click.option("--boxes", "box_form", type=click.Choice(["xywh", "xyxy"]),
                 help="COCO, YOLO, a CSV's column of whole boxes: xyxy where they are two corners, "
                 "[x_min, y_min, x_max, y_max], and xywh where they have a width and a height."),
    click.option("--encoding", help="Of text files that are not UTF-8, where it is not found out: "
                 "cp1251, gb18030, shift_jis, big5, euc-kr..."),
    click.option("--processes", type=click.IntRange(1), help="How many.  [one a core]"),
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A data set that is to be read, as the options say.

    Args:
        path: its file or folder.
        format_name: one of `FORMATS`; None to find out.
        options: what the files do not say.
        processes: how many; None for one a core.
        words: the options about it as a command line has them, for commands to go on with.
    """

    path: Path
    format_name: str | None
    options: ReadOptions
    processes: int | None
    words: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        source: Path,
        from_format: str | None,
        classes: str | None,
        label_map_file: Path | None,
        renames: str | None,
        images_dir: Path | None,
        columns: str | None,
        categories_csv: Path | None,
        hands: str,
        voc_first_pixel: str | None,
        crowd_as_single: bool,
        first_class: int | None,
        exif_frame: ExifFrame | None,
        box_form: BoxForm | None,
        encoding: str | None,
        processes: int | None,
        images_needed: bool = True,
    ) -> "Source":
        """From the options of `source_options`, and as `ReadOptions.images_needed`."""
        encoding = known_encoding(encoding)
        options = ReadOptions(
            classes=parse_class_names(classes, encoding),
            label_map=read_label_map(label_map_file, encoding) if label_map_file else None,
            rename=parse_pairs(renames, "--rename: name=new"),
            images_dir=images_dir,
            columns=parse_columns(columns, encoding),
            categories_csv=categories_csv,
            one_hand_class=hands == "one",
            voc_first_pixel=int(voc_first_pixel) if voc_first_pixel else None,
            crowd_as_single=crowd_as_single,
            images_needed=images_needed,
            encoding=encoding,
            first_class=first_class,
            exif_frame=exif_frame,
            box_form=box_form,
        )
        words = given_options({
            "--from": from_format, "--classes": classes, "--label-map": label_map_file,
            "--rename": renames,
            "--images": images_dir, "--columns": columns, "--categories": categories_csv,
            "--hands": hands if hands != "one" else None, "--voc-first-pixel": voc_first_pixel,
            "--first-class": first_class, "--exif": exif_frame, "--boxes": box_form,
            "--encoding": encoding,
        })  # fmt: skip
        flags = ("--crowd-as-single",) if crowd_as_single else ()
        return cls(source, from_format, options, processes, (*words, *flags))

    @contextmanager
    def workers(self) -> Iterator[Workers]:
        """Processes, with progress on standard error."""
        with Workers(self.processes, Console(stderr=True)) as workers:
            yield workers

    @property
    def check(self) -> str:
        """The command that lists all that is wrong with it."""
        return check_command(self.path, self.words)

    def account(self, found: Dataset | NothingRead) -> Account:
        """What is told of it once it was read, or of why nothing was."""
        return Account(self.path, found.notes, found.defects, self.check)

    def read(self, workers: Workers) -> Dataset:
        """Read it, with what was wrong repaired; the caller tells its account.

        Raises:
            DatasetError: it cannot be read; where that is for its defects, they are told.
        """
        try:
            return read_dataset(self.path, self.format_name, self.options, workers)
        except NothingRead as error:
            print_lines(self.account(error).in_short(), err=True)
            more = f"; `{self.check} --all` lists all defects" if error.defects else ""
            raise DatasetError(f"{error.what}{more}") from error

    def read_and_tell(self, workers: Workers) -> Dataset:
        """Read it, with what was wrong repaired, and tell of it in short.

        Raises:
            DatasetError: it cannot be read.
        """
        dataset = self.read(workers)
        account = self.account(dataset)
        print_lines(account.in_short(repaired=True), err=True)
        doubt = beyond_repair(dataset.defects)
        advice = repair_advice(dataset)
        if dataset.defects and (advice.is_advised or (doubt is not None and doubt.option)):
            way = "--fix" if doubt is None else doubt.option
            click.echo(f"Go on with: {self.check} {way}", err=True)
        elif dataset.defects and doubt is None:
            click.echo(f"Not advised: {advice.sentence}.", err=True)
        return dataset


def source_options(command: Command) -> Command:
    """Add SOURCE and the options about it, for `Source.of`."""
    return _SOURCE(format_options(command))


def format_options(command: Command) -> Command:
    """Add the options about a data set that is named otherwise, for `Source.of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


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
    doubt = beyond_repair(dataset.defects)
    account = source.account(dataset)
    print_lines(account.in_short(repaired=fix and doubt is None), err=True)
    refuse_beyond_repair(dataset.defects)
    if dataset.defects and not fix:
        raise DatasetError(refused(dataset, source.check))
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
