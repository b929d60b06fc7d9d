"""Files that take the place of others under the same version: whatever answers is answered right.

A model server goes on with what it has loaded, until it is started again or the version was away.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.looking_detectors import (
    Kind,
    scene,
    write_label_map,
    write_looking_detector,
)
from tests.support.model_servers import RunningServer, start_model_server
from tests.support.waiting import free_port, wait_until

RED_XYXY, BLUE_XYXY = (0.1, 0.2, 0.35, 0.9), (0.6, 0.1, 0.95, 0.4)
IMAGE = scene((320, 240), RED_XYXY, BLUE_XYXY)
SIDES = ("x_min", "y_min", "x_max", "y_max")
KINDS = {"yxyx": Kind(), "xyxy": Kind(order="xyxy"), "pixels": Kind(order="xyxy", pixels=True)}
# Workers take connections as they come; so often each is asked, most likely.
ASKED = 6


@contextmanager
def model_server(model_dir: Path, port: int) -> Iterator[RunningServer]:
    flags = ("--model_name=m", f"--model_base_path={model_dir}")
    log = model_dir.parent.parent / "model_server.log"
    with (
        start_model_server(log, *flags, "--file_system_poll_wait_seconds=1", port=port) as program,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        server = RunningServer(f"127.0.0.1:{port}", None, channel, program)
        wait_until(lambda: server.states("m").get(1) == "AVAILABLE", "version 1 is loaded")
        yield server


def assert_right(gateway: GatewayProcess) -> None:
    for _ in range(ASKED):
        with gateway.client() as client:
            answer = client.post("/predict", content=IMAGE, headers={"Content-Type": "image/png"})
        assert answer.status_code == 200, answer.text
        found = {
            each["label"]: [each["box_normalized"][side] for side in SIDES]
            for each in answer.json()["detections"]
        }
        assert found == {
            "red": pytest.approx(RED_XYXY, abs=0.02), "blue": pytest.approx(BLUE_XYXY, abs=0.02),
        }  # fmt: skip


def test_answers_are_right_whichever_files_lie_under_the_number_and_whichever_are_loaded(
    tmp_path: Path,
) -> None:
    kept = {name: write_looking_detector(tmp_path / name, kind) for name, kind in KINDS.items()}
    model_dir = tmp_path / "models" / "m"
    shutil.copytree(kept["yxyx"], model_dir / "1")
    write_label_map(model_dir)
    (tmp_path / "facts").mkdir()
    port = free_port()
    settings = {
        "SERVING_ADDRESS": f"127.0.0.1:{port}",
        "MODELS_DIR": str(model_dir.parent),
        "MODEL_NAME": "m",
        "MODEL_FACTS_DIR": str(tmp_path / "facts"),
        "GATEWAY_WORKERS": "2",
    }
    with running_gateway(**settings) as gateway:
        with model_server(model_dir, port):
            assert_right(gateway)
            (model_dir / "1").rename(tmp_path / "old")
            kept["xyxy"].rename(model_dir / "1")
            assert_right(gateway)
        with model_server(model_dir, port) as server:
            assert_right(gateway)
            (model_dir / "1").rename(tmp_path / "older")
            server.wait_for_state("m", 1, "END")
            kept["pixels"].rename(model_dir / "1")
            server.wait_for_state("m", 1, "AVAILABLE")
            assert_right(gateway)
