"""What the page's form can ask: a model, one of its versions, or one of its labels."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from client_api.errors import UnknownModel

DEFAULT_PATH = "/predict"
_TARGET = re.compile(
    r"(?P<model>[^/]+)(/versions/(?P<version>[0-9]{1,19})|/labels/(?P<label>[^/]+))?"
)


@dataclass(frozen=True)
class Target:
    """A model that is asked.

    Attributes:
        model: its name.
        version: its number, where one is chosen.
        label: such as `stable`, where one is chosen.
    """

    model: str
    version: int | None = None
    label: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `hands`, `hands/versions/2` or `hands/labels/stable`.

        Raises:
            UnknownModel: it is none of them.
        """
        parts = _TARGET.fullmatch(text)
        if parts is None:
            raise UnknownModel(
                f"model {text[:200]!r} is unknown; NAME, NAME/versions/NUMBER or NAME/labels/LABEL "
                "is expected"
            )
        version = parts["version"]
        return cls(parts["model"], None if version is None else int(version), parts["label"])

    @property
    def value(self) -> str:
        """The text that `parse` reads.

        Example:
            >>> Target("hands", version=2).value
            'hands/versions/2'
        """
        if self.version is not None:
            return f"{self.model}/versions/{self.version}"
        return self.model if self.label is None else f"{self.model}/labels/{self.label}"

    @property
    def path(self) -> str:
        """Where predictions are asked of it."""
        return f"/models/{quote(self.value)}/predict"
