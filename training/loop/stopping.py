"""What ends a training before its last step: signals, early stopping, a loss that is not finite."""

import math
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from training.loop.checkpoints import Progress
from training.loop.errors import LossNotFinite


class StopRequest:
    """Ctrl-C, SIGTERM and a closed terminal, heard between steps; the second one ends at once."""

    def __init__(self) -> None:
        self.signal_number: int | None = None

    @contextmanager
    def heard(self) -> Iterator["StopRequest"]:
        """Hear them until the block's end; in a process's main thread."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        # `nohup` ignores it.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        before = {number: signal.getsignal(number) for number in numbers}
        for number in before:
            signal.signal(number, self._hear)
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def ask(self) -> None:
        """Ask for the end as SIGTERM does."""
        self.signal_number = signal.SIGTERM

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self.signal_number = number
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def note_validation(progress: Progress, ap: float) -> bool:
    """Take a validation's AP into account; gives whether it is the best so far."""
    if ap > progress.best_ap or progress.best_step == 0:
        progress.best_ap, progress.best_step = ap, progress.step
        progress.validations_without_better = 0
        return True
    progress.validations_without_better += 1
    return False


def check_losses(
    losses: Mapping[str, float], gradient_norm: float | None, step: int, images: Sequence[str]
) -> None:
    """Raise where a loss, or its gradient, is not finite.

    Args:
        losses: by name.
        gradient_norm: over all weights; None in float16, where a step whose gradients overflow is
            passed over.
        step: that was taken.
        images: the files of its batch.

    Raises:
        LossNotFinite: names the losses and the files.
    """
    named = dict(losses) if gradient_norm is None else {**losses, "gradient_norm": gradient_norm}
    if all(math.isfinite(value) for value in named.values()):
        return
    # Before its weights are kept, or measured: the loss is no number one step after them.
    is_loss = not all(math.isfinite(value) for value in losses.values())
    what = "the loss is" if is_loss else "the gradient of the loss is"
    parts = ", ".join(f"{name} {value:.6g}" for name, value in named.items())
    files = "\n  ".join(images)
    raise LossNotFinite(
        f"{what} not finite after step {step}: {parts}. The images of the batch:\n  "
        f"{files}\nThe last checkpoint is from before. A lower learning_rate or gradient_clip_norm "
        "may help; if it is always the same images, look at their boxes (boxwright dataset check)"
    )
