"""What the page's form can ask: a model, one of its versions or labels, or a pipeline."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urlencode

from client_api.errors import UnknownModel

DEFAULT_PATH = "/predict"
_TARGET = re.compile(
    r"(?P<model>[^/]+)(/versions/(?P<version>[0-9]{1,19})|/labels/(?P<label>[^/]+))?"
    # What a model has below its name has two parts, so this is none.
    r"|pipelines/(?P<pipeline>[^/]+)"
)


@dataclass(frozen=True)
class Target:
    """A model or a pipeline that is asked.

    Attributes:
        model: its name; None where a pipeline is chosen, which names its own.
        version: its number, where one is chosen.
        label: such as `stable`, where one is chosen.
        pipeline: the name of a pair of models, where one is chosen.
    """

    model: str | None
    version: int | None = None
    label: str | None = None
    pipeline: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `hands`, `hands/versions/2`, `hands/labels/stable` or `pipelines/hands`.

        Raises:
            UnknownModel: it is none of them.
        """
        parts = _TARGET.fullmatch(text)
        if parts is None:
            raise UnknownModel(
                f"model {text[:200]!r} is unknown; NAME, NAME/versions/NUMBER, NAME/labels/LABEL "
                "or pipelines/NAME is expected"
            )
        version = parts["version"]
        number = None if version is None else int(version)
        return cls(parts["model"], number, parts["label"], parts["pipeline"])

    @property
    def value(self) -> str:
        """The text that `parse` reads.

        Example:
            >>> Target("hands", version=2).value
            'hands/versions/2'
        """
        if self.pipeline is not None:
            return f"pipelines/{self.pipeline}"
        if self.version is not None:
            return f"{self.model}/versions/{self.version}"
        name = self.model or ""
        return name if self.label is None else f"{name}/labels/{self.label}"

    @property
    def path(self) -> str:
        """Where predictions are asked of it, with the query that chooses it."""
        if self.pipeline is not None:
            return f"{DEFAULT_PATH}?{urlencode({'pipeline': self.pipeline})}"
        return f"/models/{quote(self.value)}/predict"
