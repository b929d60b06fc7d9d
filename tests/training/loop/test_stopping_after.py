"""A training that is to end before its learning rate has fallen."""

import io
import math
import re
from pathlib import Path

import pytest
from rich.console import Console

from tests.training.loop.experiments import experiment
from training.configuration.experiment import differences
from training.loop.checkpoints import folders_of
from training.loop.trainer import train


def test_it_ends_after_that_step_at_the_learning_rate_that_the_whole_training_has_then(
    tmp_path: Path, colored_boxes: Path
) -> None:
    how = {"steps": 6, "stop_after_steps": 3, "warmup_steps": 0, "batch_size": 2,
           "learning_rate": 0.01, "final_share": 0.0}  # fmt: skip
    settings = experiment(
        tmp_path, colored_boxes, optimization=how, checkpoints={"every_steps": 6},
        logging={"every_steps": 1}, validation={"every_steps": 6, "images": 0},
    )  # fmt: skip
    said = io.StringIO()
    train(settings, console=Console(file=said, width=300))
    assert [each.name for each in folders_of(settings.folder / "checkpoints")] == ["step-00000003"]
    assert "the first 3 of 6 steps" in said.getvalue()
    assert "validation step 3 " in said.getvalue()
    assert "done after step 3 of 6" in said.getvalue()
    # Down along a cosine of six steps.
    wanted = [0.01 * (1 + math.cos(math.pi * step / 6)) / 2 for step in (1, 2, 3)]
    found = re.findall(r" step \d/6 .* learning_rate (\S+) ", said.getvalue())
    assert [float(rate) for rate in found] == pytest.approx(wanted, rel=1e-3)


def test_where_it_ends_may_be_another_when_it_goes_on(tmp_path: Path, colored_boxes: Path) -> None:
    ended, now = (
        experiment(tmp_path, colored_boxes, optimization={"stop_after_steps": steps})
        for steps in (4, None)
    )
    assert differences(ended, now) == []
