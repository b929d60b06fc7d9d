"""`Photos`: the annotated images that `boxwright train` was given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.dataset.source import Source


@dataclass(frozen=True)
class Photos:
    """Annotated images to train on.

    Args:
        source: where they are, and what the command line says of them.
        minutes: that all may take.
        started: by `time.monotonic`, when the command began.
    """

    source: Source
    minutes: float
    started: float

    @property
    def path(self) -> Path:
        """Their folder or file."""
        return self.source.path

    @property
    def name(self) -> str:
        """What the run is called where nobody says."""
        path = self.path.resolve()
        return (path.stem if path.is_file() else path.name).lstrip(".") or "photos"

    def settings(self) -> dict[str, Any]:
        """The settings of a `DataSource` of them."""
        return self.source.settings

    def options(self) -> list[str]:
        """The same for `boxwright evaluate --data`."""
        return ["--data", str(self.path), *self.source.words]
