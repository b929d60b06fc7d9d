"""The forms in which `boxwright predict` writes down answers, as they come in."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Wider than a table of the longest path can be, in characters.
LONGEST_ROW = 10_000


class Report(Protocol):
    """Takes one answer after another."""

    def add(self, image: Path, answer: Mapping[str, Any]) -> None:
        """Take what the gateway answered about `image` (its JSON)."""

    def finish(self) -> None:
        """Write what can only be written once all answers are there."""


class TableReport:
    """A table for people: a row a detection, and one for an image without any."""

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
            # As Text, since brackets and colons in a str are rich's markup and pictograms.
            self._table.add_row(Text(name), Text(label), f"{found['score']:.2f}", *corners)
        if not answer["detections"]:
            self._table.add_row(Text(name), "(nothing found)")

    def finish(self) -> None:
        """Print the table, if it has a row, as wide as its longest where it goes into a file."""
        if not self._table.row_count:
            return
        console = Console(file=self._output)
        if not self._output.isatty():
            unlimited = console.options.update(max_width=LONGEST_ROW)
            console.width = console.measure(self._table, options=unlimited).maximum
        console.print(self._table)


class JsonLinesReport:
    """A line of JSON an image: the gateway's answer with the image's path in it."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def add(self, image: Path, answer: Mapping[str, Any]) -> None:
        """Write the line."""
        self._output.write(json.dumps({"picture": str(image), **answer}) + "\n")
        self._output.flush()

    def finish(self) -> None:
        """Nothing is left to write."""


class CocoReport:
    """One JSON list of COCO results, as pycocotools' `loadRes` takes it.

    Args:
        output: where the list goes.
        image_ids: the number of each image that is asked about. Each record names its file as
            well, by the whole path where two files have the same name.
    """

    def __init__(self, output: TextIO, image_ids: Mapping[Path, int | str]) -> None:
        self._output = output
        self._image_ids = image_ids
        self._images_called = Counter(image.name for image in image_ids)
        self._results: list[dict[str, Any]] = []

    def add(self, image: Path, answer: Mapping[str, Any]) -> None:
        """Keep the image's results."""
        alone = self._images_called[image.name] == 1
        for found in answer["detections"]:
            box = found["box"]
            width, height = box["x_max"] - box["x_min"], box["y_max"] - box["y_min"]
            self._results.append(
                {
                    "image_id": self._image_ids[image],
                    "category_id": found["class_id"],
                    "bbox": [box["x_min"], box["y_min"], round(width, 2), round(height, 2)],
                    "score": found["score"],
                    "file_name": image.name if alone else str(image),
                    **({"segmentation": found["mask"]} if "mask" in found else {}),
                    **({"keypoints": _in_a_row(found)} if "keypoints" in found else {}),
                }
            )

    def finish(self) -> None:
        """Write the list."""
        json.dump(self._results, self._output, indent=1)
        self._output.write("\n")


def _in_a_row(found: Mapping[str, Any]) -> list[float]:
    """x, y and score of each keypoint, as `schema=coco` of the gateway has them."""
    return [each[name] for each in found["keypoints"] for name in ("x", "y", "score")]
