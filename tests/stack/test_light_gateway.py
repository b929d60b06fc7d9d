"""The gateway without the packages that it must not need, and how little it takes."""

import sys
from pathlib import Path

import psutil
import pytest

from tests.support import plain_http
from tests.support.programs import gateway, model_server
from tests.support.shared import shared
from tests.support.waiting import free_port

WORKER_LIMIT_BYTES = 90 * 1024 * 1024

# Python runs a module of this name at its start, before anything of ours.
BLOCKER = """
import sys
BLOCKED = {"tensorflow", "keras", "tensorflow_serving", "openvino"}
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(name + " is blocked in this test")
sys.meta_path.insert(0, Blocker())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is compared with Linux's")
def test_it_serves_with_tensorflow_blocked_in_under_90_mb(tmp_path: Path) -> None:
    (tmp_path / "blocker").mkdir()
    (tmp_path / "blocker" / "sitecustomize.py").write_text(BLOCKER)
    serving_port, port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    models_dir = shared("models/hands").parent
    server = model_server(
        tmp_path / "server.log", models_dir=models_dir, model="hands", port=serving_port
    )
    front = gateway(tmp_path / "gateway.log", port=port, serving_port=serving_port,
                    MODEL_NAME="hands", MODELS_DIR=str(models_dir),
                    PYTHONPATH=str(tmp_path / "blocker"))  # fmt: skip
    with server, front:
        front.wait_for(f"{url}/readyz")
        for _ in range(5):
            for photo in sorted(shared("images/hands").glob("*.jpg")):
                for accept in ("application/json", "image/jpeg"):
                    answer = plain_http.post(
                        f"{url}/predict",
                        files={"image": photo.read_bytes()},
                        headers={"Accept": accept},
                    )
                    assert answer.status_code == 200
        workers = [child for child in front.children() if child.is_running()]
        sizes = {worker.pid: worker.memory_info().rss for worker in workers}
    assert len(workers) == 1
    assert max(sizes.values()) < WORKER_LIMIT_BYTES
    assert psutil.pid_exists(server.process.pid) is False
