"""Two model servers behind one client, of which one is killed under load."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from serving_protocol.client import GrpcModelServer
from serving_protocol.client_errors import ModelServerError
from serving_protocol.messages import ModelSpec, PredictRequest
from serving_protocol.tensors import decode_tensor, encode_tensor
from tests.support.model_servers import running_model_server
from tests.support.waiting import wait_until

CLIENTS = 4


def test_one_is_killed_under_load_and_no_request_is_lost(tmp_path: Path, tiny_models: Path) -> None:
    flags = (
        "--engine=openvino",
        "--model_name=m",
        f"--model_base_path={tiny_models / 'half_plus'}",
    )
    came: Counter[str] = Counter()
    stop = threading.Event()
    request = PredictRequest(model_spec=ModelSpec(name="m"))
    request.inputs["x"].CopyFrom(encode_tensor(np.arange(1000, dtype=np.float32)))
    with ExitStack() as stack:
        servers = [stack.enter_context(running_model_server(tmp_path, *flags)) for _ in range(2)]
        client = GrpcModelServer([each.grpc_address for each in servers])
        stack.enter_context(closing(client))

        def load() -> None:
            while not stop.is_set():
                try:
                    y = decode_tensor(client.predict(request, 30).outputs["y"])
                except ModelServerError as error:
                    came[type(error).__name__] += 1
                else:
                    right = np.array_equal(y, np.arange(1000, dtype=np.float32) / 2 + 3)
                    came["right" if right else "wrong"] += 1

        with ThreadPoolExecutor(CLIENTS) as threads:
            loads = [threads.submit(load) for _ in range(CLIENTS)]
            try:
                wait_until(lambda: came.total() > 50, "both are asked")
                servers[0].own_program.process.kill()
                killed_at = came.total()
                wait_until(lambda: came.total() > killed_at + 200, "the other one answers")
            finally:
                stop.set()
            for each in loads:
                each.result(60)
    assert set(came) == {"right"}, came
