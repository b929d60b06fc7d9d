"""Output formats of `boxwright predict`: table, JSON lines and COCO results."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detection.kinds.boxes.kind import BOXES
from detection.kinds.table import KINDS, OutputKinds

# Wider than a table of the longest path can be, in characters.
LONGEST_ROW = 10_000


class Report(Protocol):
    """Writer of answers, one after another."""

    def add(self, image: Path, answer: Mapping[str, Any]) -> None:
        """Add the gateway's JSON answer for `image`."""

    def finish(self) -> None:
        """Write what needs all answers."""


class TableReport:
    """Table with a row per detection, and one for an image without any."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._table = Table("image", "label", "score", "x_min", "y_min", "x_max", "y_max")
        for column in self._table.columns[2:]:
            column.justify = "right"

    def add(self, image: Path, answer: Mapping[str, Any]) -> None:
        """Add the image's rows."""
        name = f"{image} (cut short)" if answer["image"].get("truncated") else str(image)
        for found in answer["detections"]:
            label = found["label"] if found["label"] is not None else str(found["class_id"])
            corners = (f"{found['box'][side]:.1f}" for side in ("x_min", "y_min", "x_max", "y_max"))
            # As Text: rich reads brackets in a str as markup, and colons as emoji.
            self._table.add_row(Text(name), Text(label), f"{found['score']:.2f}", *corners)
        if not answer["detections"]:
            self._table.add_row(Text(name), "(nothing found)")

    def finish(self) -> None:
        """Print the table unless empty; in a file, as wide as its longest row."""
        if not self._table.row_count:
            return
        console = Console(file=self._output)
        if not self._output.isatty():
            unlimited = console.options.update(max_width=LONGEST_ROW)
            console.width = console.measure(self._table, options=unlimited).maximum
        console.print(self._table)


class JsonLinesReport:
    """One line of JSON per image: the gateway's answer, and the image's path."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def add(self, image: Path, answer: Mapping[str, Any]) -> None:
        """Write the line."""
        self._output.write(json.dumps({"picture": str(image), **answer}) + "\n")
        self._output.flush()

    def finish(self) -> None:
        """Every line is written already."""


class CocoReport:
    """JSON list of COCO results, for pycocotools' `loadRes`.

    Args:
        output: file to write the list to.
        image_ids: id of each image. Records also name the file, by its whole path if two files
            have the same name.
        kinds: kinds of output to write.
    """

    def __init__(
        self,
        output: TextIO,
        image_ids: Mapping[Path, int | str],
        kinds: OutputKinds = KINDS,
    ) -> None:
        self._output = output
        self._kinds = kinds
        self._image_ids = image_ids
        self._images_called = Counter(image.name for image in image_ids)
        self._results: list[dict[str, Any]] = []

    def add(self, image: Path, answer: Mapping[str, Any]) -> None:
        """Keep the image's results."""
        alone = self._images_called[image.name] == 1
        for found in answer["detections"]:
            self._results.append(
                {
                    "image_id": self._image_ids[image],
                    **BOXES.coco_fields_of_json(found),
                    "file_name": image.name if alone else str(image),
                    **{
                        name: value
                        for kind in self._kinds.beside
                        for name, value in kind.coco_fields_of_json(found).items()
                    },
                }
            )

    def finish(self) -> None:
        """Write the list."""
        json.dump(self._results, self._output, indent=1)
        self._output.write("\n")
