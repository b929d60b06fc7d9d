"""An image in base64 inside of a JSON file, as labelme keeps it."""

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Base64Image:
    """An image that is a text of a JSON file's object.

    Args:
        path: the JSON file.
        key: of the text.
        encoding: of the JSON file, as Python calls it.
    """

    path: Path
    key: str
    encoding: str = "utf-8"

    def read(self) -> bytes:
        """The image's bytes.

        Raises:
            OSError: the file cannot be read, or has no such text.
        """
        try:
            return base64.b64decode(json.loads(self.path.read_text(self.encoding))[self.key])
        except (ValueError, LookupError, TypeError, RecursionError, binascii.Error) as error:
            raise OSError(None, f"no image in base64 in {self.key!r}", str(self.path)) from error

    def exists(self) -> bool:
        """Whether the JSON file is there."""
        return self.path.is_file()

    def __str__(self) -> str:
        return f"{self.path}, {self.key}"
