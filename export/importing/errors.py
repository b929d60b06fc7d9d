"""Why a model was not brought in; each message says what was found and what would do."""

from export.errors import ExportError


class NotImportable(ExportError):
    """The source is no model of a kind that is known here."""


class NoDetector(NotImportable):
    """It is a model, but nothing in it takes images and gives detections."""


class NoLabelMap(ExportError):
    """Nothing says what the classes are called."""


class ForeignLabelMap(ExportError):
    """The label map is of another model: its numbers are not the model's."""


class NoAnswer(ExportError):
    """No engine serves the model; the message says why, for each."""


class ContradictedFacts(ExportError):
    """What is said of the model's answers is not what it answers, or is not enough."""
