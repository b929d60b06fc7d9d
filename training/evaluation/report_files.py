"""What reports are made of: JSON, JPEGs, a template that is filled, files that are written."""

import json
from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from training.evaluation.errors import EvaluationError
from training.evaluation.saved_detections import KEPT

JPEG_QUALITY = 85
PAIR_PX = 320
SHEET = "worst.jpg"
SHEET_COLUMNS = 2
# Of a report of any kind; each kind has some of them.
NEAR_DUPLICATES = "near_duplicates.jpg"
SUSPECTS, SUSPECTS_SHEET = "suspect_labels.csv", "suspect_labels.jpg"
REPORT_FILES = ("report.json", "report.html", "precision_recall.png", "confusion.png", SHEET)
# Of a report that was asked for more.
LEARNING_CURVE = "learning_curve.png"
MORE_FILES = (NEAR_DUPLICATES, SUSPECTS, SUSPECTS_SHEET, KEPT, LEARNING_CURVE)


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write a report's files into a folder, which is made; what was written.

    What an earlier report of any kind left there goes, so that nothing beside a report is of
    another.

    Args:
        folder: where.
        files: content by name, of `REPORT_FILES` and `MORE_FILES`.

    Raises:
        EvaluationError: one cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (*REPORT_FILES, *MORE_FILES):
            (folder / name).unlink(missing_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise EvaluationError(
            f"cannot write {error.filename or folder}: {error.strerror}"
        ) from error
    return [folder / name for name in files]


def filled_template(name: str, **values: Any) -> str:
    """A template beside this file with its values; `number` is a filter of it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    return environment.get_template(name).render(**values)


def as_json(content: Mapping[str, Any]) -> bytes:
    """A JSON file for people too."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False).encode()


def as_jpeg(image: Image.Image) -> bytes:
    """A JPEG file."""
    file = BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def data_uri(content: bytes, media_type: str) -> str:
    """A file inside of a page."""
    return f"data:{media_type};base64,{b64encode(content).decode('ascii')}"


def _number(value: float) -> str:
    """Three digits, as COCO's lines; a dash where there was nothing to measure."""
    return "–" if value < 0 else f"{value:.3f}"  # noqa: RUF001  # a dash between columns of numbers
