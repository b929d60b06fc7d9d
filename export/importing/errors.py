"""Errors of importing; each message says what was found and what to do instead."""

from export.errors import ExportError


class NotImportable(ExportError):
    """The source is not a SavedModel or .keras file that can be imported."""


class NoDetector(NotImportable):
    """The model has no signature from images to detections."""


class NoLabelMap(ExportError):
    """There is no label map with the class names."""


class LabelMapMismatch(ExportError):
    """The label map does not fit the model's classes."""


class NoServingEngine(ExportError):
    """No engine can serve the model; the message gives the reason of each."""


class ContradictoryFacts(ExportError):
    """The stated box unit or first class contradicts the model's answers, or is not enough."""
