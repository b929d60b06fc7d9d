"""Errors of exporting; each message says what to do instead."""


class ExportError(Exception):
    """Base of these errors; no version was written."""


class UnservableGraph(ExportError):
    """The pinned TensorFlow Serving cannot load the graph; the message names what it lacks."""


class ParityError(ExportError):
    """The exported model does not detect the same as the trained one."""


class NoImages(ExportError):
    """There is no image to compare the models on."""


class NotUpgradable(ExportError):
    """The version is none that `boxwright export` wrote, or has what it would be given."""
