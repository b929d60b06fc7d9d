"""A version's canary: an image, and the boxes that it must give, in `canary/` beside the graph."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from detection.agreement import disagreements
from detection.detections import Detections
from detection.tolerance import SAME_FILE, Tolerance

FOLDER = "canary"
ANSWER_NAME = "detections.json"
# As versions that are out have it.
IMAGE_STEM = "picture"


class BadCanary(ValueError):
    """The folder does not hold an image and its detections; the message says what is wrong."""


@dataclass(frozen=True)
class KnownImage:
    """An image of which the answer is known.

    Args:
        file: a JPEG or PNG.
        detections: what the version answered when it was exported.
        tolerance: within which another engine, or the same on another machine, answers the same.
    """

    file: bytes
    detections: Detections
    tolerance: Tolerance = SAME_FILE

    def differences(self, found: Detections) -> list[str]:
        """What is wrong with an answer; none where it is right."""
        return disagreements(self.detections, found, self.tolerance)

    def write(self, version_dir: Path) -> None:
        """Write `canary/picture.png` or `.jpg`, and `canary/detections.json`.

        Raises:
            OSError: they cannot be written.
        """
        folder = version_dir / FOLDER
        folder.mkdir()
        suffix = ".png" if self.file.startswith(b"\x89PNG") else ".jpg"
        (folder / f"{IMAGE_STEM}{suffix}").write_bytes(self.file)
        found = self.detections
        answer = {
            "tolerance": asdict(self.tolerance),
            "boxes_yxyx": found.boxes_yxyx.astype(float).round(6).tolist(),
            "scores": found.scores.astype(float).round(6).tolist(),
            "class_ids": found.class_ids.tolist(),
        }
        (folder / ANSWER_NAME).write_text(json.dumps(answer) + "\n", encoding="utf-8")


def read_known_image(version_dir: Path) -> KnownImage | None:
    """A version's canary; None where it has none.

    Raises:
        BadCanary: it has half of one, or it cannot be read.
    """
    folder = version_dir / FOLDER
    if not folder.is_dir():
        return None
    try:
        [image] = folder.glob(f"{IMAGE_STEM}.*")
        answer = json.loads((folder / ANSWER_NAME).read_bytes())
        detections = Detections(answer["boxes_yxyx"], answer["scores"], answer["class_ids"])
        return KnownImage(image.read_bytes(), detections, Tolerance(**answer["tolerance"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadCanary(
            f"{folder} holds no image and {ANSWER_NAME}: {type(error).__name__} {error}"
        ) from error
