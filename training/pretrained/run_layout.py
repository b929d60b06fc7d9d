"""What lies where in a folder of ours, a checkpoint or a run with checkpoints, and its weights."""

from pathlib import Path

# In a checkpoint: the weights, and their averages, where the training has some.
WEIGHTS_FILE = "model.weights.h5"
AVERAGES_FILE = "ema.weights.h5"
# In a run: the checkpoints' folder, and a link to the best of them.
CHECKPOINTS = "checkpoints"
BEST = "best"
FOLDER_PATTERN = "step-*"


def folder_name(step: int) -> str:
    """What the checkpoint of a step is called; the names' order is the steps'."""
    return f"step-{step:08d}"


def weights_file_in(folder: Path) -> Path | None:
    """The file of a checkpoint's weights; of a run's best, else of its newest; None if neither.

    Args:
        folder: `runs/hands`, `runs/hands/best` or `runs/hands/checkpoints/step-00001200`.
    """
    # The averages first: they are what is evaluated and exported.
    for name in (AVERAGES_FILE, WEIGHTS_FILE):
        if (folder / name).is_file():
            return folder / name
    if (folder / BEST).is_dir():
        return weights_file_in(folder / BEST)
    checkpoints = sorted((folder / CHECKPOINTS).glob(FOLDER_PATTERN))
    return weights_file_in(checkpoints[-1]) if checkpoints else None
