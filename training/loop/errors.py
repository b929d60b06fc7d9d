"""What can go wrong with a training, each with a message that says what would help."""

from pathlib import Path


class TrainingError(Exception):
    """The training cannot begin or go on."""


class CheckpointError(TrainingError):
    """A checkpoint cannot be written or read."""


class DiskFull(CheckpointError):
    """There is too little room for a checkpoint."""


class LossNotFinite(TrainingError):
    """The loss is not a number any more, or infinite."""


class Interrupted(TrainingError):
    """The training was stopped by a signal; its last step is kept.

    Args:
        signal_number: SIGINT, SIGTERM or SIGHUP.
        step: how many steps are done.
        folder: the run's.
    """

    def __init__(self, signal_number: int, step: int, folder: Path) -> None:
        super().__init__(f"stopped after step {step}; --resume goes on from there ({folder})")
        self.signal_number = signal_number
        self.step = step
