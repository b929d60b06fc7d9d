"""What a plan writes into the run's folder: the config, and lists of the images it divided."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.train.given_photos import Photos
from training.datasets.annotated import AnnotatedImage
from training.datasets.defects import DatasetError
from training.planning.division import Division
from training.planning.plan import Plan
from training.pretrained.run_layout import CHECKPOINTS

CONFIG_FILE, TRAIN_LIST, VALIDATION_LIST = "config.yaml", "train.txt", "val.txt"


@dataclass(frozen=True)
class ConfigFile:
    """The config of a run that is planned: where it goes, and what is in it beside the plan."""

    folder: Path
    sources: dict[str, Any]
    chosen: Mapping[tuple[str, ...], Any]

    def write(self, plan: Plan) -> Path:
        """Write it; gives its path."""
        config = self.folder / CONFIG_FILE
        head = {"name": self.folder.name, "output": str(self.folder)}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            config.write_text(plan.as_yaml(head, self.sources, self.chosen), "utf-8")
        except OSError as error:
            raise DatasetError(f"cannot write {error.filename}: {error.strerror}") from error
        return config


def new_folder(photos: Photos, chosen: Mapping[tuple[str, ...], Any]) -> Path:
    """The run's folder: `--output`, `runs/` and `--name`, or a new one called after the data.

    Raises:
        DatasetError: the one that is asked for has an earlier training.
    """
    asked = _asked_folder(chosen)
    if asked is not None:
        if any((asked / CHECKPOINTS).glob("*")):
            raise DatasetError(
                f"{asked} has checkpoints of an earlier training: "
                f"`boxwright train {asked / CONFIG_FILE} --resume` goes on from the newest, "
                "another --output or --name begins anew"
            )
        return asked
    folder, number = Path("runs") / photos.name, 1
    while folder.exists():
        number += 1
        folder = Path("runs") / f"{photos.name}-{number}"
    return folder


def _asked_folder(chosen: Mapping[tuple[str, ...], Any]) -> Path | None:
    """The run's folder as the flags say it; None where they do not."""
    if chosen.get(("output",)):
        return Path(str(chosen["output",]))
    name = chosen.get(("name",))
    return Path("runs") / str(name) if name else None


def write_data(
    folder: Path, photos: Photos, division: Division, *, as_it_is: bool
) -> dict[str, Any]:
    """The config's section `data`; where the data does not divide itself, with lists beside it."""
    if as_it_is:
        train, validation = ({**photos.settings(), "split": split} for split in ("train", "val"))
        return {"train": [train], "validation": [validation]}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sources = {}
        for part, file, images in (
            ("train", TRAIN_LIST, division.train),
            ("validation", VALIDATION_LIST, division.validation),
        ):
            _write_list(folder / file, images)
            sources[part] = [{**photos.settings(), "image_list": str(folder / file)}]
    except OSError as error:
        raise DatasetError(f"cannot write {error.filename}: {error.strerror}") from error
    return sources


def _write_list(path: Path, images: tuple[AnnotatedImage, ...]) -> None:
    path.write_text("".join(f"{each.full_name}\n" for each in images), "utf-8")
