"""`DeferredMetrics`: the metrics of steps, read now and then, so that no step waits for a GPU."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from training.loop.checkpoints import Progress
from training.loop.training_step import StepScalars

# At most so many steps are queued on a GPU before one is read; each keeps its batch in memory.
MOST_UNREAD = 10
# Steps that take longer are read one by one.
LONGEST_UNREAD_S = 0.5


@dataclass
class DeferredMetrics:
    """Steps whose metrics have not been read yet, and their speed, validations not counted.

    Args:
        progress: counts the examples and the seconds.
        batch_size: examples of a step.
        check: raises where a metric is not finite; takes the metrics, the step and the batch's
            `image_ids`.
    """

    progress: Progress
    batch_size: int
    check: Callable[[dict[str, float], int, Any], None]
    examples_per_s: float = 0.0
    _unread: list[tuple[int, StepScalars, Any]] = field(default_factory=list)
    _started: float = 0.0

    def __post_init__(self) -> None:
        self._since = (self.progress.examples, self.progress.seconds)

    def start(self) -> None:
        """Before a step."""
        if not self._unread:
            self._started = time.monotonic()

    def add(self, step: int, scalars: StepScalars, image_ids: Any) -> None:
        """After a step."""
        self._unread.append((step, scalars, image_ids))

    @property
    def is_due(self) -> bool:
        """Whether so much is unread that it should be read."""
        count = len(self._unread)
        if 0 < count < MOST_UNREAD:
            return time.monotonic() - self._started >= LONGEST_UNREAD_S
        return count > 0

    def read(self) -> dict[str, float]:
        """The last step's metrics, after all steps were checked in their order."""
        unread, self._unread = self._unread, []
        metrics: dict[str, float] = {}
        for step, scalars, image_ids in unread:
            metrics = scalars.read()
            self.check(metrics, step, image_ids)
        seconds, examples = time.monotonic() - self._started, len(unread) * self.batch_size
        self.progress.seconds += seconds
        self.progress.examples += examples
        now = examples / max(seconds, 1e-9)
        # The bar's figure does not jump: it follows over some ten readings.
        self.examples_per_s += (now - self.examples_per_s) * (0.1 if self.examples_per_s else 1.0)
        return metrics

    def examples_per_s_since_last(self) -> float:
        """Since this was asked before."""
        examples, seconds = self._since
        self._since = (self.progress.examples, self.progress.seconds)
        return (self.progress.examples - examples) / max(self.progress.seconds - seconds, 1e-9)
