"""The canary that is a model server: ours, started as a program."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from model_repository.canary.serving_check import ModelServerCanary
from model_repository.errors import CanaryFailed
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from tests.model_repository.publishing.publishing import publish_one
from tests.support.shared import REPOSITORY, shared
from tests.support.small_detector import write_small_detector
from tests.support.small_graphs import (
    STRING,
    affine,
    meta_graph,
    placeholder,
    signature,
    tensor_info,
    write_saved_model,
)
from tests.support.waiting import wait_until

SERVER = [sys.executable, "-m", "server.embedded", "--engine=openvino"]
CANARY = ModelServerCanary(SERVER)


def test_a_detector_is_asked_about_an_image(tmp_path: Path) -> None:
    write_small_detector(tmp_path / "1")
    assert CANARY(tmp_path / "1") == "serving_default: 1 detections for an image"


def test_another_model_is_asked_for_made_up_numbers(tmp_path: Path) -> None:
    write_saved_model(tmp_path / "1", affine(shape=(-1, 3)))
    assert CANARY(tmp_path / "1") == "serving_default: y for made-up x"


def test_a_file_that_is_no_model_does_not_load(config: ModelsConfigWriter, source: Path) -> None:
    (source / "saved_model.pb").write_bytes(b"no model")
    with pytest.raises(CanaryFailed, match=r"does not load: .*is damaged"):
        publish_one(config, source, canary=CANARY)
    assert list(config.folder.path.glob("*")) == [config.folder.path / ".publishing.lock"]


def test_a_model_whose_graph_lacks_a_node_does_not_load(tmp_path: Path) -> None:
    graph = affine()
    del graph.graph_def.node[-1]
    write_saved_model(tmp_path / "1", graph)
    with pytest.raises(CanaryFailed, match="does not load"):
        CANARY(tmp_path / "1")


def test_detections_that_are_none_are_refused(tmp_path: Path) -> None:
    write_small_detector(tmp_path / "1", score=float("nan"))
    with pytest.raises(CanaryFailed, match="the version loads, but signature 'serving_default'"):
        CANARY(tmp_path / "1")


def test_a_model_that_this_engine_cannot_serve_says_so(tmp_path: Path) -> None:
    name = placeholder("name", (-1,), STRING)
    same = signature(
        {"name": tensor_info("name:0", data_type=STRING)},
        {"same": tensor_info("name:0", data_type=STRING)},
    )
    write_saved_model(tmp_path / "1", meta_graph([name], {"serving_default": same}))
    with pytest.raises(CanaryFailed, match="string"):
        CANARY(tmp_path / "1")


def test_one_that_takes_too_long_is_named(tmp_path: Path) -> None:
    write_saved_model(tmp_path / "1", affine())
    forever = ModelServerCanary(
        [sys.executable, "-c", "import threading; threading.Event().wait()"], timeout_s=0.5
    )
    with pytest.raises(CanaryFailed, match=r"not loaded within 0.5 s: it said nothing"):
        forever(tmp_path / "1")


def test_a_server_does_not_outlive_the_publisher_that_started_it(tmp_path: Path) -> None:
    write_saved_model(tmp_path / "1", affine())
    code = (
        "import sys; from pathlib import Path; "
        "from model_repository.canary.serving_check import *; "
        "ModelServerCanary([sys.executable, '-c', 'import threading; threading.Event().wait()'])"
        f"(Path({str(tmp_path / '1')!r}))"
    )
    publisher = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY)

    def started() -> list[psutil.Process]:
        return psutil.Process(publisher.pid).children(recursive=True)

    wait_until(lambda: len(started()) == 2, "the server is started")
    children = started()
    publisher.kill()
    publisher.wait()
    wait_until(lambda: not any(each.is_running() for each in children), "the server is gone")


def test_a_real_detector_answers(tmp_path: Path) -> None:
    (tmp_path / "1").symlink_to(shared("models/hands/1"))
    assert "detections for an image" in CANARY(tmp_path / "1")
