"""Bodies that take many times their size to read: bounded before that, four at once too."""

import threading
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from werkzeug.test import Client

from server.embedded.core import ModelServerCore
from server.embedded.errors import ServingError
from server.embedded.model_set import ModelSet
from server.embedded.rest_api.app import create_rest_app
from server.embedded.rest_api.json_memory import (
    FREE_BODY_BYTES,
    JsonMemory,
    json_memory_bytes,
)
from server.embedded.rest_api.json_values import parse_json
from server.embedded.rest_api.predict_json import decode_inputs
from server.embedded.versions.manager import LoadSettings
from serving_protocol.messages import ModelConfig, ModelConfigList, ModelServerConfig, TensorInfo
from tests.support.fake_engine import FakeEngine, write_version
from tests.support.waiting import wait_until

STRING, FLOAT = 7, 1
SIZE = 300_000


def rows(piece: bytes) -> bytes:
    return b'{"instances":[' + b",".join([piece] * (SIZE // len(piece))) + b"]}"


BODIES = {
    "empty lists": rows(b"[]"),
    "lists of one": rows(b"[1]"),
    "lists in lists": rows(b"[[1]]"),
    "empty objects": rows(b"{}"),
    "rows by name": rows(b'{"x":1}'),
    "digits": rows(b"1"),
    "whole numbers": rows(b"1234567"),
    "floats": rows(b"0.1"),
    "names": b'{"instances":[1],' + b",".join(b'"%06d":1' % n for n in range(SIZE // 11)) + b"}",
    "members": rows(b'{"x":1,"x":2,"x":3}'),
    "text": rows(b'"ab"'),
    "long text": rows(b'"' + b"a" * 1000 + b'"'),
    "other text": rows(b'"' + "\N{GRINNING FACE}".encode() + b"a" * 1000 + b'"'),
    "base64": rows(b'{"b64":"aaaa"}'),
    "deep": b'{"instances":' + b"[" * (SIZE // 2) + b"]" * (SIZE // 2) + b"}",
    "unclosed lists": b"[" * SIZE,
    "unclosed objects": b'{"a":' * (SIZE // 5),
    "lists with Inf": rows(b"[],Inf"),
    "numbers with Inf": rows(b"1,1,1,Inf"),
    "objects with Inf": rows(b'{"x":Inf}'),
}


@pytest.mark.parametrize("name", BODIES)
def test_no_body_takes_more_than_was_reckoned(name: str) -> None:
    body = BODIES[name]
    info = TensorInfo(dtype=STRING if "text" in name or name == "base64" else FLOAT)
    info.tensor_shape.dim.add(size=-1)
    tracemalloc.start()
    try:
        decode_inputs(parse_json(body), {"x": info})
    except ServingError:
        pass
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < json_memory_bytes(body)


def test_what_takes_more_than_there_is_for_all_is_refused_at_once() -> None:
    memory = JsonMemory(100_000)
    with (
        pytest.raises(ServingError, match="--max_json_memory_bytes") as raised,
        memory.reserved(BODIES["empty lists"]),
    ):
        raise AssertionError("it was let in")
    assert raised.value.code == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_four_at_once_take_turns_and_the_last_is_told_to_try_again() -> None:
    body = BODIES["floats"]
    memory = JsonMemory(2 * json_memory_bytes(body), wait_s=0.05)
    inside, leave = threading.Semaphore(0), threading.Event()
    came: Counter[str] = Counter()

    def read() -> None:
        try:
            with memory.reserved(body):
                inside.release()
                assert leave.wait(30)
                came["read"] += 1
        except ServingError as error:
            came[error.code.name] += 1

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read) for _ in range(4)]
        for _ in range(2):
            assert inside.acquire(timeout=30)
        wait_until(lambda: came["UNAVAILABLE"] == 2, "two are refused")
        # Small ones are no part of it.
        with memory.reserved(b" " * FREE_BODY_BYTES):
            pass
        leave.set()
        for reader in readers:
            reader.result(30)
    assert came == {"read": 2, "UNAVAILABLE": 2}
    with memory.reserved(body), memory.reserved(body):
        pass


@pytest.mark.parametrize("action", ["predict", "classify"])
def test_json_that_takes_much_to_read_is_a_429(tmp_path: Path, action: str) -> None:
    write_version(tmp_path, 1, 1.0)
    models = ModelSet(FakeEngine(), LoadSettings(), poll_wait_s=0)
    config = ModelConfig(name="m", base_path=str(tmp_path), model_platform="tensorflow")
    models.load_initially(ModelServerConfig(model_config_list=ModelConfigList(config=[config])))
    client = Client(create_rest_app(ModelServerCore(models), max_json_memory_bytes=1_000_000))
    body = BODIES["empty lists"]
    answer = client.post(f"/v1/models/m:{action}", data=body)
    assert answer.status_code == 429
    assert answer.json is not None
    assert answer.json["error"].startswith(f"{len(body)} bytes of JSON take about ")
    assert client.post("/v1/models/m:predict", data=b'{"instances":[1]}').status_code == 200
    models.close(5)
