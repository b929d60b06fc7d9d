"""What keeps a detector from being measured."""


class EvaluationError(Exception):
    """Detections cannot be had, or a report not be written; the message says what would do."""
