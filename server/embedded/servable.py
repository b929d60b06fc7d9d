"""A model version that answers requests, as a request sees it."""

from dataclasses import dataclass

from server.embedded.engines.engine import LoadedModel


@dataclass(frozen=True)
class Servable:
    """One loaded version of a model.

    Attributes:
        name: of the model, as configured.
        version: number of the version, never a label.
        model: computes; not closed while a request holds the servable.
    """

    name: str
    version: int
    model: LoadedModel
