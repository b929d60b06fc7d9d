"""From the command line to an open port, and from SIGTERM to an ended process."""

import ctypes
import signal
import socket
import threading
import time
from pathlib import Path

import grpc
import numpy as np
import psutil
import pytest

from serving_protocol.messages import ModelSpec, PredictRequest, PredictResponse
from serving_protocol.tensors import encode_tensor
from tests.support import plain_http
from tests.support.model_servers import (
    SERVING,
    RunningServer,
    is_serving,
    running_model_server,
    start_model_server,
)
from tests.support.waiting import free_port, wait_until

ENGINES = ["openvino", "tensorflow"]


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ended(tmp_path: Path, *flags: str) -> tuple[int, str]:
    """Exit status and output of a server that does not get to serve."""
    port = free_port()
    with start_model_server(tmp_path / "log", "--engine=openvino", *flags, port=port) as program:
        status = program.process.wait(60)
        return status, program.text()


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (
            [],
            "Both server_options.model_base_path and server_options.model_config_file are empty!",
        ),
        (["--model_base_path=relative"], "Expected model default to have an absolute path or URI"),
        (
            ["--model_config_file=/nowhere"],
            "Failed to start server. Error: /nowhere cannot be read",
        ),
        (["--port=eighty"], "Couldn't interpret value eighty for flag port."),
        (["--model_base_path=/m", "--batching_parameters_file=/b"], "enable_batching"),
        (["--model_base_path=/m", "--grpc_channel_arguments=odd"], "key=value"),
        (["--model_base_path=/m", "--engine=odd"], "the engine is one of"),
        (
            ["--model_base_path=/m", "--precision=float16"],
            "--precision is one of float32, bfloat16, not 'float16'",
        ),
    ],
)
def test_a_server_that_cannot_start_says_why_and_ends(
    tmp_path: Path, flags: list[str], reason: str
) -> None:
    status, output = ended(tmp_path, *flags)
    assert status != 0
    assert reason in output
    assert "Traceback" not in output


def test_a_version_that_cannot_be_loaded_ends_a_starting_server(
    tmp_path: Path, tiny_models: Path
) -> None:
    (tmp_path / "broken" / "3").mkdir(parents=True)
    config = tmp_path / "models.config"
    config.write_text(
        'model_config_list { config { name: "broken" model_platform: "tensorflow" '
        f'base_path: "{tmp_path}/broken" }} config {{ name: "half_plus" '
        f'model_platform: "tensorflow" base_path: "{tiny_models}/half_plus" }} }}'
    )
    status, output = ended(tmp_path, f"--model_config_file={config}", "--max_num_load_retries=0")
    assert status != 0
    assert (
        "Failed to start server. Error: UNKNOWN: 1 servable(s) did not become available: "
        "{{{name: broken version: 3} due to error: "
    ) in output


def test_the_port_stays_closed_until_the_model_is_there(tmp_path: Path, tiny_models: Path) -> None:
    port = free_port()
    flags = ["--engine=openvino", f"--model_base_path={tmp_path / 'm'}", "--unheard-of"]
    with start_model_server(tmp_path / "log", *flags, port=port) as program:
        wait_until(lambda: "could not list base path" in program.text(), "it waits", 60)
        assert "unknown argument: --unheard-of" in program.text()
        assert not is_open(port)
        (tmp_path / "m").symlink_to(tiny_models / "half_plus")
        wait_until(lambda: is_serving(f"127.0.0.1:{port}"), "it serves")


def test_a_server_that_waits_for_its_model_still_stops(tmp_path: Path) -> None:
    flags = ["--engine=openvino", f"--model_base_path={tmp_path / 'm'}"]
    with start_model_server(tmp_path / "log", *flags, port=free_port()) as program:
        wait_until(lambda: "could not list base path" in program.text(), "it waits", 60)
        assert program.stop() == 0


def test_a_port_that_is_taken_is_named(tmp_path: Path, tiny_models: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        flags = ["--engine=openvino", f"--model_base_path={tiny_models / 'half_plus'}"]
        with start_model_server(tmp_path / "log", *flags, port=port) as program:
            assert program.process.wait(60) != 0
            assert f"cannot listen on 127.0.0.1:{port}" in program.text()


def test_a_unix_socket_may_take_the_place_of_the_port(tmp_path: Path, tiny_models: Path) -> None:
    address = f"unix:{tmp_path}/s"
    flags = [
        "--engine=openvino",
        f"--grpc_socket_path={tmp_path}/s",
        f"--model_base_path={tiny_models / 'half_plus'}",
    ]
    with start_model_server(tmp_path / "log", *flags, port=0):
        wait_until(lambda: is_serving(address), "it serves")


class Request(threading.Thread):
    """A prediction that takes a while."""

    def __init__(self, server: RunningServer, rounds: int) -> None:
        super().__init__()
        self._server = server
        self._rounds = rounds
        self.answer: PredictResponse | None = None
        self.error: grpc.RpcError | None = None

    def run(self) -> None:
        try:
            self.answer = predict(self._server, self._rounds)
        except grpc.RpcError as error:
            self.error = error


def predict_request(rounds: int) -> PredictRequest:
    request = PredictRequest(model_spec=ModelSpec(name="slow"))
    request.inputs["rounds"].CopyFrom(encode_tensor(np.int32(rounds)))
    return request


def predict(server: RunningServer, rounds: int) -> PredictResponse:
    return server.predict(ModelSpec(name="slow"), timeout_s=120, rounds=np.int32(rounds))


def rounds_that_take(server: RunningServer, duration_s: float) -> int:
    """At least so long; measured, as machines differ."""
    pid, rounds = server.own_program.process.pid, 200
    predict(server, 50)
    while True:
        start_s, start_cpu_s = time.monotonic(), cpu_s(pid)
        predict(server, rounds)
        # On a busy machine it takes longer than it computes, and may be quicker the next time.
        taken_s = min(time.monotonic() - start_s, cpu_s(pid) - start_cpu_s)
        if taken_s > 0.2:
            return int(rounds * duration_s / taken_s)
        rounds *= 3


def slow_flags(tiny_models: Path, engine: str) -> list[str]:
    return [f"--engine={engine}", "--model_name=slow", f"--model_base_path={tiny_models / 'slow'}"]


@pytest.mark.parametrize("engine", ENGINES)
def test_sigterm_finishes_the_request_in_flight_and_takes_no_other(
    tmp_path: Path, tiny_models: Path, engine: str
) -> None:
    flags = [*slow_flags(tiny_models, engine), "--drain_seconds=60"]
    with running_model_server(tmp_path, *flags) as server:
        assert server.health() == SERVING
        request = Request(server, rounds_that_take(server, 1.5))
        process = server.own_program.process
        start_and_see_run(request, process.pid)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.health() != SERVING, "readiness says that it drains")
        assert request.is_alive(), "the request was to last longer than that"
        with pytest.raises(grpc.RpcError) as refused:
            predict(server, 1)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        request.join()
        assert request.error is None
        assert request.answer is not None
        assert process.wait(60) == 0


def test_sigterm_finishes_requests_over_rest_and_those_that_wait_for_a_thread(
    tmp_path: Path, tiny_models: Path
) -> None:
    flags = [*slow_flags(tiny_models, "openvino"), "--grpc_max_threads=1", "--drain_seconds=60"]
    with running_model_server(tmp_path, *flags, rest=True) as server:
        rounds = rounds_that_take(server, 1)
        answers: list[int] = []

        def ask_rest() -> None:
            url = f"{server.rest_url}/v1/models/slow:predict"
            body = {"inputs": {"rounds": rounds}}
            answers.append(plain_http.post(url, json=body).status_code)

        over_rest = threading.Thread(target=ask_rest)
        process = server.own_program.process
        start_and_see_run(over_rest, process.pid)
        over_grpc = [server.predictions.Predict.future(predict_request(rounds), timeout=120)]
        over_grpc.append(server.predictions.Predict.future(predict_request(1), timeout=120))
        # Asked after them on the same connection, so they have arrived when it is answered.
        server.states("slow")
        process.send_signal(signal.SIGTERM)
        over_rest.join()
        assert answers == [200]
        for call in over_grpc:
            assert call.result().model_spec.name == "slow"
        assert process.wait(60) == 0


def test_sigterm_leaves_within_the_drain_time_whatever_runs(
    tmp_path: Path, tiny_models: Path
) -> None:
    flags = [*slow_flags(tiny_models, "openvino"), "--drain_seconds=1"]
    with running_model_server(tmp_path, *flags) as server:
        request = Request(server, rounds_that_take(server, 30))
        process = server.own_program.process
        start_and_see_run(request, process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        request.join()
        # It was to last 30 s.
        assert request.error is not None
        assert "1 requests were not finished within 1 s" in server.own_program.text()


def start_and_see_run(request: threading.Thread, server_pid: int) -> None:
    # More than asking takes. A share of the processor would depend on who else computes.
    enough_s = cpu_s(server_pid) + 0.1
    request.start()
    wait_until(lambda: cpu_s(server_pid) > enough_s, "it runs")


def cpu_s(pid: int) -> float:
    """What a process has computed so far."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def test_a_second_sigterm_changes_nothing(tmp_path: Path, tiny_models: Path) -> None:
    with running_model_server(tmp_path, *slow_flags(tiny_models, "openvino")) as server:
        process = server.own_program.process
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_signal_that_any_thread_takes_stops_the_server(tmp_path: Path, tiny_models: Path) -> None:
    with running_model_server(tmp_path, *slow_flags(tiny_models, "openvino")) as server:
        process = server.own_program.process
        others = [t.id for t in psutil.Process(process.pid).threads() if t.id != process.pid]
        assert ctypes.CDLL(None).tgkill(process.pid, others[-1], signal.SIGTERM) == 0
        assert process.wait(60) == 0


def test_times_without_end_are_taken(tmp_path: Path, tiny_models: Path) -> None:
    times = [
        "--drain_seconds=1e999",
        "--load_retry_interval_micros=999999999999999999",
        "--file_system_poll_wait_seconds=999999999999999999",
    ]
    base_path = tmp_path / "m"
    (base_path / "1").mkdir(parents=True)
    flags = ["--engine=openvino", f"--model_base_path={base_path}", *times]
    with start_model_server(tmp_path / "log", *flags, port=free_port()) as program:
        wait_until(lambda: "could not load default version 1" in program.text(), "it tried", 60)
        assert program.stop() == 0
        assert "Traceback" not in program.text()
