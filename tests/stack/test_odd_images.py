"""What arrives in real life: none of it may be a 5xx, or cost more memory than a limit allows."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support import plain_http
from tests.support.programs import Program, gateway, model_server
from tests.support.shared import shared
from tests.support.waiting import free_port

# Of one gateway worker and the model server, above what they have when idle.
MEMORY_GROWTH_LIMIT_BYTES = 600 * 1024 * 1024

STATUS = {
    "broken.png": 415,
    "broken_data_stream.png": 415,
    "decompression_bomb.gif": 413,
    "truncated_image.png": 415,
    "truncated_jpeg.jpg": 415,
    "zero_width.gif": 415,
    "LICENSE": 415,
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Program, str]]:
    folder = tmp_path_factory.mktemp("odd")
    models_dir = shared("models/hands").parent
    serving_port, port = free_port(), free_port()
    server = model_server(
        folder / "server.log", models_dir=models_dir, model="hands", port=serving_port
    )
    front = gateway(
        folder / "gateway.log", port=port, serving_port=serving_port, MODEL_NAME="hands"
    )
    with server, front:
        front.wait_for(f"http://127.0.0.1:{port}/readyz")
        yield server, front, f"http://127.0.0.1:{port}"


def odd_files() -> list[Path]:
    return sorted(shared("images/odd").iterdir())


def test_each_odd_image_gets_the_status_that_the_contract_names(
    programs: tuple[Program, Program, str],
) -> None:
    _, _, url = programs
    statuses = {}
    for file in odd_files():
        answer = plain_http.post(f"{url}/predict", files={"image": file.read_bytes()})
        statuses[file.name] = answer.status_code
        if answer.status_code != 200:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"]
    assert statuses == {file.name: STATUS.get(file.name, 200) for file in odd_files()}


def test_memory_stays_bounded_over_all_of_them(programs: tuple[Program, Program, str]) -> None:
    server, front, url = programs
    processes = [psutil.Process(server.process.pid), *front.children()]
    before = [process.memory_info().rss for process in processes]
    for _ in range(3):
        for file in odd_files():
            plain_http.post(f"{url}/predict", files={"image": file.read_bytes()})
    grown = [
        process.memory_info().rss - rss for process, rss in zip(processes, before, strict=True)
    ]
    assert sum(grown) < MEMORY_GROWTH_LIMIT_BYTES
