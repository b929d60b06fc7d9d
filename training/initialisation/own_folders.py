"""The weights' file in a folder of ours: a checkpoint, or a run with checkpoints."""

from pathlib import Path

# The averages first: they are what is evaluated and exported.
_WEIGHTS_FILES = ("ema.weights.h5", "model.weights.h5")
_BEST = "best"
_CHECKPOINTS = "checkpoints"
_CHECKPOINT_PATTERN = "step-*"


def weights_file_in(folder: Path) -> Path | None:
    """The file of a checkpoint's weights; of a run's best, else of its newest; None if neither.

    Args:
        folder: `runs/hands`, `runs/hands/best` or `runs/hands/checkpoints/step-00001200`.
    """
    for name in _WEIGHTS_FILES:
        if (folder / name).is_file():
            return folder / name
    if (folder / _BEST).is_dir():
        return weights_file_in(folder / _BEST)
    checkpoints = sorted((folder / _CHECKPOINTS).glob(_CHECKPOINT_PATTERN))
    return weights_file_in(checkpoints[-1]) if checkpoints else None
