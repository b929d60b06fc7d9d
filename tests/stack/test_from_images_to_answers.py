"""Images drawn, a detector trained, exported and asked, twice, while `boxwright up` runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from boxwright.__main__ import boxwright
from tests.support import plain_http
from tests.support.programs import Program
from tests.support.waiting import free_port, wait_until

# Two trainings and two exports: a minute where nothing else runs.
pytestmark = pytest.mark.timeout(2400)

NAME = "fingers"
SETTINGS: dict[str, Any] = {
    "model": {
        "name": "ssdlite_mobilenet_v3_small",
        "input_size": [64, 96],
        "options": {"width": 0.35},
    },
    "optimization": {"steps": 12, "batch_size": 4, "warmup_steps": 2, "ema_decay": None},
    "validation": {"every_steps": 12},
    "logging": {"tensorboard": False},
}


def boxwright_does(*words: object) -> str:
    result = CliRunner().invoke(boxwright, [*map(str, words)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "hands"
    boxwright_does("dataset", "synthesize", folder, "--count", 16, "--size", "96x64", "--gestures",
                   "zero,five", "--fractions", "train=0.75,val=0.25", "--processes", 1)  # fmt: skip
    return folder


def test_a_version_that_is_trained_and_exported_meanwhile_answers_and_is_rolled_back(
    images: Path, tmp_path: Path
) -> None:
    models_dir = tmp_path / "models"
    models_dir.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    [photo, *_] = sorted(images.rglob("*.jpg"))

    def asked() -> dict[str, Any]:
        """The default version's answer, however unsure it is of what it finds."""
        answer = plain_http.post(f"{url}/predict", params={"score_threshold": "0"},
                            files={"image": photo.read_bytes()})  # fmt: skip
        return dict(answer.json()) if answer.status_code == 200 else {}

    def wait_for(version: str) -> list[dict[str, Any]]:
        wait_until(lambda: asked().get("model", {}).get("version") == version, f"{version} answers")
        return list(asked()["detections"])

    def train_and_export(run: str, **settings: Any) -> str:
        split = {name: [{"path": str(images), "split": part}]
                 for name, part in (("train", "train"), ("validation", "val"))}  # fmt: skip
        config = tmp_path / f"{run}.yaml"
        config.write_text(yaml.safe_dump({**SETTINGS, "data": split, **settings}))
        boxwright_does("train", config, "--output", tmp_path / run)
        return boxwright_does("export", tmp_path / run, "--name", NAME, "--models", models_dir)

    options = ["up", "--models", str(models_dir), "--port", str(port)]
    with Program("boxwright", options, tmp_path / "up.log") as up:
        up.wait_for(f"{url}/healthz")
        assert f"{models_dir}/{NAME}/1: " in train_and_export("first")
        first = wait_for("1")
        assert {each["label"] for each in first} <= {"zero", "five"}
        assert first

        again = {**SETTINGS["model"], "init_from": str(tmp_path / "first")}
        assert f"{models_dir}/{NAME}/2: " in train_and_export("second", model=again)
        second = wait_for("2")
        assert scores_of(second) != scores_of(first)

        boxwright_does("models", "rollback", NAME, "--models", models_dir)
        assert scores_of(wait_for("1")) == scores_of(first)
        assert up.process.poll() is None


def scores_of(detections: list[dict[str, Any]]) -> list[float]:
    return [each["score"] for each in detections]
