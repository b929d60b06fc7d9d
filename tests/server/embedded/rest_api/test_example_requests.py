"""REST's classify and regress in the server: counted, limited in time, the same as gRPC's."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from server.embedded.core import ModelServerCore
from server.embedded.metrics import ServingMetrics
from server.embedded.model_set import ModelSet
from server.embedded.rest_api.app import create_rest_app
from server.embedded.versions.manager import LoadSettings
from serving_protocol.messages import ModelConfig, ModelConfigList, ModelServerConfig
from tests.support.fake_engine import write_version
from tests.support.fake_example_model import Array, FakeExampleModel

BODY = {"signature_name": "sizes", "examples": [{"f": "four"}, {}]}


class WaitingModel(FakeExampleModel):
    """Runs once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_run = threading.Event()
        self.may_run.set()

    def run_together(
        self, inputs: Mapping[str, Mapping[str, Array]], outputs: Mapping[str, Sequence[str]]
    ) -> dict[str, dict[str, Array]]:
        """The sizes."""
        assert self.may_run.wait(30)
        return super().run_together(inputs, outputs)


@pytest.fixture
def model() -> WaitingModel:
    return WaitingModel()


@pytest.fixture
def core(tmp_path: Path, model: WaitingModel) -> Iterator[ModelServerCore]:
    write_version(tmp_path, 1)
    models = ModelSet(lambda *_: model, LoadSettings(), poll_wait_s=0)
    config = ModelConfig(name="m", base_path=str(tmp_path), model_platform="tensorflow")
    models.load_initially(ModelServerConfig(model_config_list=ModelConfigList(config=[config])))
    yield ModelServerCore(models, ServingMetrics())
    models.close(5)


def ask(core: ModelServerCore, action: str, body: Any, **settings: Any) -> tuple[int, Any]:
    response = Client(create_rest_app(core, **settings)).post(
        f"/v1/models/m:{action}", data=json.dumps(body)
    )
    return response.status_code, json.loads(response.data)


def test_requests_are_counted_by_what_they_ask_for(core: ModelServerCore) -> None:
    assert ask(core, "regress", BODY)[0] == 200
    assert ask(core, "classify", BODY | {"signature_name": "classes"})[0] == 200
    assert ask(core, "classify", {})[0] == 400
    assert isinstance(core.observer, ServingMetrics)
    page = core.observer.page()
    assert ':tensorflow:serving:request_count{model_name="m",status="OK"} 2' in page
    assert ':tensorflow:serving:request_count{model_name="m",status="INVALID_ARGUMENT"} 1' in page
    for api in ("classify", "regress"):
        labels = f'model_name="m",API="{api}",entrypoint="REST"'
        assert f":tensorflow:serving:request_latency_count{{{labels}}} 1" in page


def test_a_model_that_takes_too_long_is_not_waited_for(
    core: ModelServerCore, model: WaitingModel
) -> None:
    model.may_run.clear()
    try:
        status, answer = ask(core, "regress", BODY, timeout_s=0.05)
    finally:
        model.may_run.set()
    assert status == 504
    assert answer == {"error": "Timed out waiting for the model: 0.05 s"}


def test_examples_are_given_as_tensorflow_parses_them(
    core: ModelServerCore, model: WaitingModel
) -> None:
    status, answer = ask(core, "classify", BODY | {"signature_name": "classes"})
    assert status == 200
    (full,), (empty,) = answer["results"]
    assert full == [str(int(full[1])), full[1]]
    assert full[1] > len("four")
    assert empty == ["0", 0.0]
    assert model.batches == [2]
