"""Label maps published with models, read from `MODELS_DIR`."""

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from detection.label_map import LabelMap, LabelMapError
from detection.label_map_text import MAX_LABEL_MAP_BYTES, parse_label_map
from serving_protocol.model_folder import is_version, models_in

FILE_NAME = "label_map.pbtxt"
# Where in a version's folder, then in the model's, a label map is looked for.
PLACES_IN_VERSION = (FILE_NAME, f"assets.extra/{FILE_NAME}", f"assets/{FILE_NAME}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PublishedLabelMap:
    """What was found for a version.

    Attributes:
        label_map: None where there is none, or only a broken one.
        problem: why a file that is there is not used; without its path.
    """

    label_map: LabelMap | None = None
    problem: str | None = None


class PublishedModels:
    """The models in `MODELS_DIR`, looked at anew each time; parsed files are kept by their date.

    Args:
        folder: with `NAME/VERSION/` in it; None where there is none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._parsed: dict[Path, tuple[tuple[int, int], PublishedLabelMap]] = {}

    @property
    def has_folder(self) -> bool:
        """Whether there is a folder to add models to."""
        return self._folder is not None

    def names(self) -> list[str]:
        """The models that are there now, sorted."""
        return [] if self._folder is None else models_in(self._folder)

    def label_map(self, name: str, version: int) -> PublishedLabelMap:
        """The label map of a version, or the one of the whole model; never an error."""
        for path in self._places(name, version):
            try:
                stat = path.stat()
            except (OSError, ValueError):
                continue
            stamp = (stat.st_mtime_ns, stat.st_size)
            with self._lock:
                known = self._parsed.get(path)
            if known is None or known[0] != stamp:
                known = (stamp, _read(path))
                with self._lock:
                    self._parsed[path] = known
            return known[1]
        return PublishedLabelMap()

    def _places(self, name: str, version: int) -> list[Path]:
        # A name comes from a URL: it must not lead out of the folder.
        if self._folder is None or not name or name.startswith(".") or set(name) & set("/\\\0"):
            return []
        model = self._folder / name
        try:
            versions = [e for e in model.iterdir() if is_version(e.name) and int(e.name) == version]
        except OSError:
            return []
        return [each / place for each in versions for place in PLACES_IN_VERSION] + [
            model / FILE_NAME
        ]


def _read(path: Path) -> PublishedLabelMap:
    try:
        with path.open("rb") as file:
            return PublishedLabelMap(parse_label_map(file.read(MAX_LABEL_MAP_BYTES + 1)))
    except OSError as error:
        _log.warning("label map %s cannot be read: %s", path, error)
        return PublishedLabelMap(problem="the label map cannot be read")
    except LabelMapError as error:
        _log.warning("label map %s is not used: %s", path, error)
        return PublishedLabelMap(problem=str(error))
