"""Why a detector was not exported; each message says what would do."""


class ExportError(Exception):
    """No version has appeared."""


class UnservableGraph(ExportError):
    """The model server that is pinned could not load the graph; the message names what it lacks."""


class PartedAnswers(ExportError):
    """The exported model finds something else than the one that was trained."""


class NoImages(ExportError):
    """There is no image to compare answers on."""
