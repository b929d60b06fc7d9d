"""What single flags change, and what a caller cannot break."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
from google.protobuf.message import Message

from model_repository.model_folder import WARMUP_FILE
from serving_protocol.messages import (
    InferenceTask,
    ModelSpec,
    MultiInferenceRequest,
    PredictionLog,
    PredictRequest,
    TensorProto,
    TensorShapeProto,
)
from serving_protocol.services import METHODS, PREDICTION_SERVICE
from serving_protocol.tensors import encode_tensor
from tests.support import plain_http
from tests.support.model_servers import SERVING, RunningServer, running_model_server
from tests.support.tiny_models import model_config
from tests.support.waiting import wait_until
from tfrecord.records import write_records

SPEC = ModelSpec(name="m")


def flags(base_path: Path, *more: str, engine: str = "openvino") -> list[str]:
    return [f"--engine={engine}", "--model_name=m", f"--model_base_path={base_path}", *more]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("server")
    with running_model_server(folder, *flags(tiny_models / "half_plus")) as running:
        yield running


@pytest.mark.parametrize("method", ["Classify", "Regress", "MultiInference"])
def test_a_model_without_such_signatures_says_what_it_lacks(
    server: RunningServer, method: str
) -> None:
    request_class, _ = METHODS[PREDICTION_SERVICE][method]
    if request_class is MultiInferenceRequest:
        task = InferenceTask(model_spec=SPEC, method_name="tensorflow/serving/regress")
        request: Message = MultiInferenceRequest(tasks=[task])
    else:
        request = request_class(model_spec=SPEC)
    with pytest.raises(grpc.RpcError) as raised:
        getattr(server.predictions, method)(request, timeout=60)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "inputs found in SignatureDef: inputs {" in str(raised.value.details())


def test_a_message_longer_than_1024_characters_is_cut(server: RunningServer) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        server.predict(ModelSpec(name="n" * 2000), x=np.zeros(1, np.float32))
    message = str(raised.value.details())
    assert message.startswith("Servable not found for request: Latest(nnn")
    assert message.endswith("nnn...TRUNCATED")
    assert len(message) == 1024 + len("...TRUNCATED")


@pytest.mark.parametrize("sizes", [[1 << 40], [1 << 62, 1 << 62], [1 << 62] * 10_000, [-1]])
def test_a_tensor_that_promises_too_much_is_refused_and_the_server_lives(
    server: RunningServer, sizes: list[int]
) -> None:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
    request = PredictRequest(model_spec=SPEC)
    request.inputs["x"].CopyFrom(TensorProto(dtype=1, tensor_shape=shape, float_val=[1]))
    with pytest.raises(grpc.RpcError) as raised:
        server.predictions.Predict(request, timeout=60)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert server.predict(SPEC, x=np.zeros(1, np.float32)).outputs["y"].float_val[0] == 3


def test_bytes_that_are_no_message_are_refused_and_the_server_lives(server: RunningServer) -> None:
    call = server.channel.unary_unary(f"/{PREDICTION_SERVICE}/Predict", bytes, bytes)
    for garbage in (b"\xff" * 100, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b" * 10_000):
        with pytest.raises(grpc.RpcError):
            call(garbage, timeout=60)
    assert server.health() == SERVING


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_batched_requests_get_the_results_they_would_have_alone(
    tmp_path: Path, tiny_models: Path, engine: str
) -> None:
    parameters = tmp_path / "batching.config"
    parameters.write_text(
        "max_batch_size { value: 8 } batch_timeout_micros { value: 2000 }\n"
        "max_enqueued_batches { value: 100 } num_batch_threads { value: 1 }"
    )
    wrong: list[object] = []
    more = ["--enable_batching", f"--batching_parameters_file={parameters}"]
    with running_model_server(
        tmp_path, *flags(tiny_models / "half_plus", *more, engine=engine)
    ) as server:

        def ask(seed: int) -> None:
            random = np.random.default_rng(seed)
            for _ in range(40):
                x = random.integers(-9, 9, random.integers(1, 4)).astype(np.float32)
                y = list(server.predict(SPEC, x=x).outputs["y"].float_val)
                if y != (x / 2 + 3).tolist():
                    wrong.append((x, y))

        clients = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        # A scalar has no rows to put together with others'.
        assert server.predict(SPEC, x=np.float32(2)).outputs["y"].float_val[0] == 4
    assert wrong == []


def test_numbers_may_be_answered_as_bytes(tmp_path: Path, tiny_models: Path) -> None:
    more = "--enable_serialization_as_tensor_content"
    with running_model_server(tmp_path, *flags(tiny_models / "half_plus", more)) as server:
        y = server.predict(SPEC, x=np.zeros(2, np.float32)).outputs["y"]
    assert y.tensor_content == np.array([3, 3], np.float32).tobytes()
    assert not y.float_val


@pytest.mark.parametrize(
    ("alias", "state", "logged"),
    [("x", "AVAILABLE", "warmed up m version 2 with 1 requests"), ("z", "END", "warm-up request")],
)
def test_a_version_is_warmed_up_before_it_answers_and_fails_with_its_warm_up(
    tmp_path: Path, tiny_models: Path, alias: str, state: str, logged: str
) -> None:
    base_path = tmp_path / "m"
    shutil.copytree(tiny_models / "half_plus" / "1", base_path / "1")
    log = PredictionLog()
    log.predict_log.request.inputs[alias].CopyFrom(encode_tensor(np.zeros(1, np.float32)))
    with running_model_server(tmp_path, *flags(base_path, "--max_num_load_retries=0")) as server:
        partial = base_path / "2.partial"
        shutil.copytree(tiny_models / "half_plus" / "2", partial)
        (partial / WARMUP_FILE).parent.mkdir()
        write_records(partial / WARMUP_FILE, [log.SerializeToString()])
        partial.rename(base_path / "2")
        server.wait_for_state("m", 2, state)
        assert logged in server.own_program.text()
        served = server.predict(SPEC, x=np.zeros(1, np.float32)).model_spec.version.value
        assert served == (2 if state == "AVAILABLE" else 1)


def test_channel_arguments_reach_the_server(tmp_path: Path, tiny_models: Path) -> None:
    more = "--grpc_channel_arguments=grpc.max_receive_message_length=1000"
    with running_model_server(tmp_path, *flags(tiny_models / "half_plus", more)) as server:
        with pytest.raises(grpc.RpcError) as raised:
            server.predict(SPEC, x=np.zeros(1000, np.float32))
        assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_config_file_that_changes_is_applied_while_serving(
    tmp_path: Path, tiny_models: Path
) -> None:
    config = tmp_path / "models.config"
    config.write_text(model_config(str(tiny_models), ("sums", "slow")))
    more = ["--model_config_file_poll_wait_seconds=1", f"--model_config_file={config}"]
    with running_model_server(tmp_path, "--engine=openvino", *more) as server:
        changed = config.with_suffix(".new")
        changed.write_text(model_config(str(tiny_models), ("sums",)))
        changed.rename(config)
        server.wait_for_state("slow", 1, "END")
        assert server.states("sums") == {1: "AVAILABLE"}


def test_health_answers_while_predictions_keep_every_thread_busy(
    tmp_path: Path, tiny_models: Path
) -> None:
    more = ["--grpc_max_threads=1", "--drain_seconds=0"]
    with running_model_server(tmp_path, *flags(tiny_models / "slow", *more)) as server:
        request = PredictRequest(model_spec=SPEC)
        request.inputs["rounds"].CopyFrom(encode_tensor(np.int32(1_000_000)))
        pending = [server.predictions.Predict.future(request, timeout=60) for _ in range(3)]
        for _ in range(5):
            assert server.health() == SERVING
        assert server.states("m") == {1: "AVAILABLE"}
        assert not any(call.done() for call in pending)
        for call in pending:
            call.cancel()  # type: ignore[no-untyped-call]  # of the stubs


@pytest.mark.parametrize("is_on", [False, True])
def test_pages_of_other_origins_may_be_answered(
    tmp_path: Path, tiny_models: Path, is_on: bool
) -> None:
    more = f"--rest_api_enable_cors_support={str(is_on).lower()}"
    with running_model_server(
        tmp_path, *flags(tiny_models / "half_plus", more), rest=True
    ) as server:
        url = f"{server.rest_url}/v1/models/m:predict"
        origin = {"Origin": "https://example.org"}
        asked = plain_http.request("OPTIONS", url, headers=origin)
        answers = [plain_http.post(url, json=body) for body in ({"instances": [1]}, {})]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[0].json() == {"predictions": [3.5]}
    assert asked.status_code == 200
    for answer in (asked, *answers):
        assert answer.headers.get("Access-Control-Allow-Origin") == ("*" if is_on else None)


def test_an_unknown_service_is_unimplemented(server: RunningServer) -> None:
    call = server.channel.unary_unary("/tensorflow.serving.SessionService/Run", bytes, bytes)
    with pytest.raises(grpc.RpcError) as raised:
        call(b"", timeout=60)
    assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_readiness_can_be_watched(tmp_path: Path, tiny_models: Path) -> None:
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    seen: list[int] = []
    base_path = tmp_path / "m"
    shutil.copytree(tiny_models / "half_plus" / "1", base_path / "1")
    with running_model_server(tmp_path, *flags(base_path)) as server:
        stub = health_pb2_grpc.HealthStub(server.channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        seen.append(next(watch).status)
        (base_path / "1").rename(tmp_path / "1.taken.away")
        seen.append(next(watch).status)
        (tmp_path / "1.taken.away").rename(base_path / "1")
        seen.append(next(watch).status)
        watch.cancel()
        wait_until(lambda: server.health() == SERVING, "it is ready again")
    assert seen == [SERVING, health_pb2.HealthCheckResponse.NOT_SERVING, SERVING]
