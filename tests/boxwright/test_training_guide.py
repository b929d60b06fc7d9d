"""docs/training.md, command by command, on its data sets; trained for two steps."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

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
        "--optimisation.steps", "2", "--optimisation.warmup-steps", "1",
        "--optimisation.batch-size", "4", "--model.input-size", "64",
        "--validation.every-steps", "2", "--checkpoints.every-steps", "2",
        "--logging.tensorboard", "false",
    ],
    "synthesize": ["--count", "24", "--size", "64x64"],
}  # fmt: skip
# Up to three trainings and two measurements: two minutes where nothing else runs.
TIMEOUT_S = 600
pytestmark = pytest.mark.timeout(900)


def commands(section: str) -> list[list[str]]:
    """The words of each line of a section that is a command."""
    return [
        shlex.split(line) for line in re.findall(r"^ {4}boxwright (.*)$", section, re.MULTILINE)
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the data where the guide wants it."""
    (tmp_path / "training").symlink_to(REPOSITORY / "training")
    data = tmp_path / "data"
    data.mkdir()
    for name in ("gestures_yolo", "blood_cells_voc", "nuts_coco_masks"):
        (data / name).symlink_to(shared(f"data/{name}"))
    (data / "models").symlink_to(shared("models"))
    return tmp_path


def run(words: list[str], folder: Path) -> str:
    extra = [option for word in words[:2] for option in SHORT.get(word, [])]
    answer = subprocess.run(
        [sys.executable, "-m", "boxwright", *words, *extra],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert answer.returncode == 0, f"boxwright {shlex.join(words)}:\n{answer.stderr[-4000:]}"
    return answer.stdout


def test_each_section_goes_from_pictures_to_numbers() -> None:
    assert len(SECTIONS) == 3
    for section in SECTIONS:
        first = {
            " ".join(words[:2]) if words[0] == "dataset" else words[0]
            for words in commands(section)
        }
        assert first >= {"dataset check", "dataset convert", "dataset split", "train", "evaluate"}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.split("\n")[0])
def test_every_command_of_the_guide_does_what_it_says(section: str, checkout: Path) -> None:
    printed = {tuple(words): run(words, checkout) for words in commands(section)}

    for words, output in printed.items():
        if words[0] == "evaluate":
            assert "Average Precision  (AP) @[ IoU=0.50:0.95" in output
            report = checkout / words[1] / "evaluation" / "report.json"
            assert json.loads(report.read_text())
        if words[0] == "train":
            assert (checkout / "runs" / Path(words[1]).stem / "best" / "state.json").is_file()
