"""`Photos`: the annotated images that `boxwright train` was given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.datasets.box_forms import BoxForm
from training.datasets.exif_frames import ExifFrame


@dataclass(frozen=True)
class Photos:
    """Annotated images to train on, and what the command line says of them.

    Args:
        path: folder or file.
        format_name: of the annotations; None to find out.
        classes: names in the order of their numbers; empty where the files name them.
        images_dir: where the images are, if not where the format has them; None.
        minutes: that all may take.
        started: by `time.monotonic`, when the command began.
        encoding: of text files that are not UTF-8; None to find out.
        first_class: as `ReadOptions` has it.
        exif_frame: as `ReadOptions` has it.
        box_form: as `ReadOptions` has it.
    """

    path: Path
    format_name: str | None
    classes: tuple[str, ...]
    images_dir: Path | None
    minutes: float
    started: float
    encoding: str | None = None
    first_class: int | None = None
    exif_frame: ExifFrame | None = None
    box_form: BoxForm | None = None

    @property
    def name(self) -> str:
        """What the run is called where nobody says."""
        path = self.path.resolve()
        return (path.stem if path.is_file() else path.name).lstrip(".") or "photos"

    def source(self) -> dict[str, Any]:
        """The settings of a `DataSource` of them."""
        source: dict[str, Any] = {"path": str(self.path)}
        if self.format_name is not None:
            source["format"] = self.format_name
        if self.classes:
            source["classes"] = list(self.classes)
        if self.images_dir is not None:
            source["images"] = str(self.images_dir)
        if self.encoding is not None:
            source["encoding"] = self.encoding
        if self.first_class is not None:
            source["first_class"] = self.first_class
        if self.exif_frame is not None:
            source["exif_frame"] = self.exif_frame
        if self.box_form is not None:
            source["box_form"] = self.box_form
        return source

    def options(self) -> list[str]:
        """The same for `boxwright evaluate --data`."""
        options = ["--data", str(self.path)]
        if self.format_name is not None:
            options += ["--from", self.format_name]
        if self.classes:
            options += ["--classes", ",".join(self.classes)]
        if self.images_dir is not None:
            options += ["--images", str(self.images_dir)]
        if self.encoding is not None:
            options += ["--encoding", self.encoding]
        if self.first_class is not None:
            options += ["--first-class", str(self.first_class)]
        if self.exif_frame is not None:
            options += ["--exif", self.exif_frame]
        if self.box_form is not None:
            options += ["--boxes", self.box_form]
        return options
