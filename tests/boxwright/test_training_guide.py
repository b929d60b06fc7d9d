"""docs/training.md, command by command, on its data sets; trained for two steps.

All in one process, since TensorFlow takes longer to start than two steps take.
"""

import contextlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from boxwright.__main__ import boxwright
from tests.support.shared import REPOSITORY, shared

GUIDE = (REPOSITORY / "docs" / "training.md").read_text(encoding="utf-8")
SECTIONS = [
    section
    for section in re.split(r"^## ", GUIDE, flags=re.MULTILINE)
    if re.search(r"^ {4}boxwright ", section, re.MULTILINE)
]
# In the place of hours: what any machine does in seconds, with everything else as it stands there.
SHORT = {
    "train": [
        "--optimization.steps", "2", "--optimization.warmup-steps", "1",
        "--optimization.batch-size", "4", "--model.input-size", "64",
        "--validation.every-steps", "2", "--checkpoints.every-steps", "2",
        "--logging.tensorboard", "false",
    ],
    "synthesize": ["--count", "24", "--size", "64x64"],
}  # fmt: skip
# Up to three trainings and two measurements.
pytestmark = [pytest.mark.timeout(2400), pytest.mark.tensorflow]


def commands(section: str) -> list[list[str]]:
    """The words of each line of a section that is a command."""
    return [
        shlex.split(line) for line in re.findall(r"^ {4}boxwright (.*)$", section, re.MULTILINE)
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A folder with the data where the guide wants it, in which commands are given."""
    (tmp_path / "training").symlink_to(REPOSITORY / "training")
    data = tmp_path / "data"
    data.mkdir()
    for name in ("gestures_yolo", "blood_cells_voc", "nuts_coco_masks"):
        (data / name).symlink_to(shared(f"data/{name}"))
    (data / "models").symlink_to(shared("models"))
    with contextlib.chdir(tmp_path):
        yield tmp_path


def say(words: list[str]) -> str:
    extra = [option for word in words[:2] for option in SHORT.get(word, [])]
    answer = CliRunner().invoke(boxwright, [*words, *extra], catch_exceptions=False)
    assert answer.exit_code == 0, f"boxwright {shlex.join(words)}:\n{answer.output}"
    return answer.stdout


def test_each_section_goes_from_images_to_numbers() -> None:
    assert len(SECTIONS) == 3
    for section in SECTIONS:
        first = {
            " ".join(words[:2]) if words[0] == "dataset" else words[0]
            for words in commands(section)
        }
        assert first >= {"dataset check", "dataset convert", "dataset split", "train", "evaluate"}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.split("\n")[0])
def test_every_command_of_the_guide_does_what_it_says(section: str, checkout: Path) -> None:
    for words in commands(section):
        output = say(words)
        if words[0] == "evaluate":
            assert "Average Precision  (AP) @[ IoU=0.50:0.95" in output
            report = checkout / words[1] / "evaluation" / "report.json"
            assert json.loads(report.read_text())
        if words[0] == "train":
            assert (checkout / "runs" / Path(words[1]).stem / "best" / "state.json").is_file()
