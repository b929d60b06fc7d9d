"""docs/masks.md, command by command, from drawn hands to masks over HTTP, in two steps of training.

All in one process but for what serves, since TensorFlow takes longer to start than two steps take.
"""

import contextlib
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from boxwright.__main__ import boxwright
from tests.support.mask_detector import SIZE_HW, SMALL, chance_mask_detector
from tests.support.programs import Program
from tests.support.resumed_training import check_that_it_resumes
from tests.support.shared import REPOSITORY, shared
from tests.support.waiting import free_port

GUIDE = (REPOSITORY / "docs" / "masks.md").read_text(encoding="utf-8")
EXPERIMENTS = REPOSITORY / "training" / "experiments"
HANDS, NUTS = (
    section
    for section in re.split(r"^## ", GUIDE, flags=re.MULTILINE)
    if re.search(r"^ {4}boxwright ", section, re.MULTILINE)
)
START = "start.weights.h5"
# In the place of hours, with everything else as it stands there; sizes of layers too.
SHORT = {
    "synthesize": ["--count", "20", "--size", "96x64"],
    "train": [
        "--model.input-size", json.dumps(SIZE_HW), "--model.options", json.dumps(SMALL),
        "--model.init-from", START, "--optimization.optimizer", "sgd",
        "--optimization.steps", "2", "--optimization.warmup-steps", "1",
        "--optimization.batch-size", "2", "--optimization.learning-rate", "1e-4",
        "--validation.every-steps", "2", "--checkpoints.every-steps", "1",
        "--logging.tensorboard", "false",
    ],
}  # fmt: skip
RUN = Path("runs/mask_synthetic_hands")


def commands(section: str) -> list[list[str]]:
    """The words of each line of a section that is a command."""
    return [
        shlex.split(line) for line in re.findall(r"^ {4}boxwright (.*)$", section, re.MULTILINE)
    ]


def say(words: list[str]) -> str:
    extra = [option for word in words[:2] for option in SHORT.get(word, [])]
    answer = CliRunner().invoke(boxwright, [*words, *extra], catch_exceptions=False)
    assert answer.exit_code == 0, f"boxwright {shlex.join(words)}:\n{answer.output}"
    return answer.stdout


def coco_numbers(report: Path) -> dict[str, float]:
    """The twelve of boxes and the twelve of masks."""
    told: dict[str, Any] = json.loads(report.read_text())
    masks = {f"segm_{name}": value for name, value in told["masks"]["coco"].items()}
    return {**told["coco"], **masks}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with what the guide wants, in which commands are given."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "training").symlink_to(REPOSITORY / "training")
    (folder / "data").mkdir()
    (folder / "models").mkdir()
    with contextlib.chdir(folder):
        yield folder


@pytest.fixture(scope="module")
def trained(checkout: Path) -> list[list[str]]:
    """Hands are drawn and learned from; the commands that are left."""
    given = commands(HANDS)
    assert [words[0] for words in given] == [
        "dataset", "train", "evaluate", "export", "up", "evaluate"
    ]  # fmt: skip
    # A network that has something to say, and not everywhere the same.
    chance_mask_detector(class_count=1).network.save_weights(checkout / START)
    say(given[0])
    say(given[1])
    return given[2:]


def test_masks_are_learned_and_their_ap_is_what_ranks(trained: list[list[str]]) -> None:
    assert trained
    assert " mask " in (RUN / "train.log").read_text()
    [measured] = [json.loads(line) for line in (RUN / "history.jsonl").read_text().splitlines()]
    assert {"ap", "segm_ap"} <= set(measured)
    assert (RUN / "best" / "state.json").is_file()


def test_masks_over_http_are_measured_as_the_checkpoints(
    checkout: Path, trained: list[list[str]]
) -> None:
    measuring, exporting, serving, asking = trained
    assert "masks (segm)" in say(measuring)
    of_checkpoint = coco_numbers(RUN / "evaluation" / "report.json")
    say(exporting)
    port = free_port()
    words = [*serving, "--models", str(checkout / "models"), "--port", str(port)]
    with Program("boxwright", words, checkout / "up.log", {"GATEWAY_WORKERS": "1"}) as up:
        url = f"http://127.0.0.1:{port}"
        up.wait_for(f"{url}/readyz")
        said = say([word.replace("http://127.0.0.1:5000", url) for word in asking])
    assert "masks (segm)" in said
    over_http = coco_numbers(checkout / "evaluation" / "report.json")
    assert len(of_checkpoint) == 24
    assert over_http == pytest.approx(of_checkpoint, abs=0.002)


def test_the_training_of_masks_goes_on_to_the_same_weights(trained: list[list[str]]) -> None:
    assert trained
    training = commands(HANDS)[1]
    shutil.copytree(RUN, "runs/again", symlinks=True)
    check_that_it_resumes(
        Path("runs/again"), lambda: say([*training, "--resume", "--output", "runs/again"])
    )


def test_nuts_are_divided_as_their_experiment_wants_them(checkout: Path) -> None:
    (checkout / "data" / "nuts_coco_masks").symlink_to(shared("data/nuts_coco_masks"))
    dividing, training = commands(NUTS)
    assert training == ["train", "training/experiments/mask_nuts.yaml"]
    say(dividing)
    told = yaml.safe_load((EXPERIMENTS / "mask_nuts.yaml").read_text())["data"]
    sources = [*told["train"], *told["validation"]]
    assert len(sources) == 5
    for source in sources:
        images = json.loads((checkout / source["path"]).read_text())["images"]
        assert images
        assert all((checkout / source["images"] / each["file_name"]).is_file() for each in images)
    assert "name: mask_rcnn_mobilenet_v3_small_fpn" in CliRunner().invoke(
        boxwright, [*training, "--print-config"]
    ).output  # fmt: skip
