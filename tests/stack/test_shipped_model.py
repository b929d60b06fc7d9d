"""The model that ships, as `make up` serves it in a checkout that nobody has touched."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from boxwright.__main__ import boxwright
from tests.support import plain_http
from tests.support.programs import Program
from tests.support.shared import REPOSITORY, shared
from tests.support.waiting import free_port

SHIPPED = REPOSITORY / "models" / "hands-gestures" / "1"
# Two tenths of a point of 100, of 125 validation images.
TOLERANCE = 0.002


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    log = tmp_path_factory.mktemp("up") / "up.log"
    arguments = ["up", "--models", str(REPOSITORY / "models"), "--port", str(port)]
    with Program("boxwright", arguments, log, {}) as up:
        up.wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"


def _card() -> dict[str, Any]:
    card: dict[str, Any] = json.loads((SHIPPED / "model_card.json").read_text())
    return card


def found(url: str, image: Path) -> list[str]:
    answer = plain_http.post(f"{url}/predict", files={"image": image.read_bytes()})
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == {"name": "hands-gestures", "version": "1"}
    return [each["label"] for each in answer.json()["detections"]]


def test_it_reads_a_drawn_hand(url: str) -> None:
    assert found(url, SHIPPED / "canary" / "picture.jpg") == ["four"]


# Photo 9, which the model before read, has a false `hand` at 0.54 beside its five.
@pytest.mark.parametrize(
    ("photo", "labels"), [("0", ["five", "five"]), ("1", ["five"]), ("4", ["five", "five", "five"])]
)
def test_it_finds_open_hands_in_photos_that_it_never_saw(
    url: str, photo: str, labels: list[str]
) -> None:
    assert found(url, shared(f"images/hands/{photo}.jpg")) == labels


def test_it_tells_fists_and_fingers_that_point_from_open_hands(url: str) -> None:
    labels = found(url, shared("images/hands/5.jpg"))
    assert labels.count("one") == 2
    assert labels.count("five") == labels.count("zero") == 1


def test_its_classes_keep_the_numbers_that_they_had() -> None:
    classes = {each["name"]: each["id"] for each in _card()["classes"]}
    assert classes == {"five": 1, "four": 2, "one": 3, "three": 4, "two": 5, "zero": 6, "hand": 7}


def test_its_card_names_whose_images_it_was_trained_on() -> None:
    notes = " ".join(_card()["notes"])
    for name in ("Lebanese University", "CC BY 4.0", "Victor Dibia", "David Lee", "EriChen0615"):
        assert name in notes


def test_over_http_it_is_as_good_as_its_checkpoint_was(url: str, tmp_path: Path) -> None:
    # As training/experiments/hands_of_strangers.yaml divides them.
    divided, report = tmp_path / "divided", tmp_path / "report"
    for words in (
        ["dataset", "split", str(shared("data/gestures_yolo")), str(divided),
         "--classes", "five,four,one,three,two", "--fractions", "train=0.7,val=0.15,test=0.15",
         "--keep-together", "auto"],
        ["evaluate", "--url", url, "--data", str(divided), "--split", "val", "--worst", "0",
         "--no-look-in-train", "--output", str(report)],
    ):  # fmt: skip
        answer = CliRunner().invoke(boxwright, words)
        assert answer.exit_code == 0, answer.output
    served = json.loads((report / "report.json").read_text())["coco"]
    measured = _card()["metrics"]["gestures_val_by_groups"]
    assert served == {name: pytest.approx(value, abs=TOLERANCE) for name, value in measured.items()}
