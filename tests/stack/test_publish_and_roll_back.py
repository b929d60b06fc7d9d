"""`boxwright models` while `boxwright up` runs: new versions answer, and old ones again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.support import plain_http
from tests.support.image_files import as_file, colored
from tests.support.programs import Program
from tests.support.small_detector import write_small_detector
from tests.support.waiting import free_port, wait_until


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def models(*words: object, models_dir: Path) -> Result:
    command = ["models", *map(str, words), "--models", str(models_dir)]
    result = CliRunner().invoke(boxwright, command)
    assert result.exit_code == 0, result.output
    return result


def test_versions_come_and_go_without_a_restart(tmp_path: Path, models_dir: Path) -> None:
    exported = write_small_detector(tmp_path / "exported")
    port = free_port()
    image = {"image": as_file(colored(), "PNG")}
    options = ["up", "--models", str(models_dir), "--port", str(port)]

    def version(path: str = "/predict") -> str | None:
        answer = plain_http.post(f"http://127.0.0.1:{port}{path}", files=image)
        return str(answer.json()["model"]["version"]) if answer.status_code == 200 else None

    def publish(*words: object) -> None:
        models("publish", exported, "--name", "box", "--engine", "openvino", *words,
               models_dir=models_dir)  # fmt: skip

    with Program("boxwright", options, tmp_path / "up.log") as up:
        up.wait_for(f"http://127.0.0.1:{port}/healthz")
        publish()
        wait_until(lambda: version() == "1", "the first version answers")
        publish("--label", "canary")
        wait_until(lambda: version() == "2", "the newest answers")
        wait_until(lambda: version("/models/box/labels/canary/predict") == "2", "canary does")

        models("rollback", "box", models_dir=models_dir)
        wait_until(lambda: version() == "1", "the old one answers again")
        assert version("/models/box/versions/2/predict") == "2"
        up.wait_for(f"http://127.0.0.1:{port}/readyz")

        publish()
        wait_until(lambda: version("/models/box/versions/3/predict") == "3", "the third is loaded")
        assert version() == "1"
        models("label", "box", "stable", 3, models_dir=models_dir)
        wait_until(lambda: version() == "3", "the one that is stable now answers")

        models("remove", "box", 1, models_dir=models_dir)
        wait_until(lambda: version("/models/box/versions/1/predict") is None, "the first is gone")
        models("label", "box", "stable", "--remove", models_dir=models_dir)
        models("label", "box", "canary", "--remove", models_dir=models_dir)
        publish()
        wait_until(lambda: version() == "4", "the newest answers, where none is stable")
        assert "Models: box" in up.text()
    listed = json.loads(models("list", "--json", models_dir=models_dir).stdout)
    assert [(each["version"], each["is_default"]) for each in listed] == [
        (4, True),
        (3, False),
        (2, False),
    ]
