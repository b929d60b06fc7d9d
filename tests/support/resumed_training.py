"""A run that goes on from its first checkpoint, against the same one that was not interrupted."""

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from training.loop.checkpoints import folders_of

FILES = ("model.weights.h5", "ema.weights.h5")
# In a process that has computed already, sums may come in another order. Only a descent that is
# plain (`optimizer: sgd`) makes no more of that than it is.
SAME = 1e-6


def check_that_it_resumes(run: Path, resume: Callable[[], object]) -> None:
    """Forget the second of two steps, take it again, and compare every weight.

    Args:
        run: of two steps, both kept.
        resume: takes up the training in that folder.
    """
    first, second = folders_of(run / "checkpoints")
    begun, uninterrupted = _weights(first), _weights(second)
    shutil.rmtree(second)
    (run / "best").unlink()
    resume()
    assert _farthest(begun, uninterrupted) > 1000 * SAME
    assert _farthest(uninterrupted, _weights(second)) < SAME


def _weights(checkpoint: Path) -> list[np.ndarray]:
    found: list[np.ndarray] = []

    def add(_: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found.append(item[()])

    for name in FILES:
        with h5py.File(checkpoint / name) as file:
            file.visititems(add)
    return found


def _farthest(these: list[np.ndarray], those: list[np.ndarray]) -> float:
    pairs = zip(these, those, strict=True)
    return max(float(np.abs(one - other).max(initial=0)) for one, other in pairs)
