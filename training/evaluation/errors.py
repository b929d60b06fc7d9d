"""`EvaluationError`: a detector cannot be evaluated."""


class EvaluationError(Exception):
    """Detections cannot be had, or a report not be written; the message says what would do."""
