"""How much memory a worker takes."""

import psutil

from serving_protocol.client_errors import PredictionRefused
from tests.client_api.conftest import image_file
from tests.client_api.web_server.asking import PNG
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving
from tests.support.shared import shared

BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorflow", "keras", "tensorflow_serving", "openvino"}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocked())
"""


def test_one_worker_stays_below_90_megabytes_with_tensorflow_blocked() -> None:
    photos = [path.read_bytes() for path in sorted(shared("images/hands").glob("*.jpg"))]
    with (
        serving(FakeModelServer()) as port,
        running_gateway(
            launcher=BLOCKED,
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="1",
        ) as gateway,
        gateway.client() as client,
    ):
        accepted = ("application/json", "image/jpeg", "text/html", "image/png", "image/webp")
        for number in range(50):
            answer = client.post(
                "/predict",
                content=photos[number % len(photos)],
                headers={"Content-Type": "image/jpeg", "Accept": accepted[number % 5]},
            )
            assert answer.status_code == 200
        for path in ("/", "/docs", "/swagger.json", "/metrics", "/models", "/readyz"):
            assert client.get(path).status_code == 200
        [worker] = gateway.workers()
        resident_mb = psutil.Process(worker.pid).memory_info().rss / 1e6
    assert resident_mb < 90


def test_images_are_never_larger_in_memory_than_their_headers_allow(
    gateway: GatewayProcess,
) -> None:
    # 9400x9400 with one bit each: 10.8 kB that Pillow decodes to 980 MB.
    bomb = image_file("PNG", (1, 1))
    header = bytearray(bomb)
    header[16:24] = (9400).to_bytes(4, "big") * 2
    before = [worker.memory_info().rss for worker in gateway.workers()]
    with gateway.client() as client:
        for _ in range(10):
            answer = client.post("/predict", content=bytes(header), headers=PNG)
            assert answer.status_code in {413, 415}
    after = [worker.memory_info().rss for worker in gateway.workers()]
    assert max(b - a for a, b in zip(before, after, strict=True)) < 20e6


def test_a_refused_prediction_lets_go_of_its_images(
    gateway: GatewayProcess, fake: FakeModelServer
) -> None:
    large = image_file("JPEG", (5000, 4000))
    before = [worker.memory_info().rss for worker in gateway.workers()]
    fake.failure = PredictionRefused("not today")
    try:
        with gateway.client() as client:
            for _ in range(6):
                answer = client.post("/predict", content=large, headers=PNG)
                assert answer.status_code == 502
    finally:
        fake.failure = None
    # Each holds 60 MB of pixels and as much of a request, in an exception's frames.
    after = [worker.memory_info().rss for worker in gateway.workers()]
    assert max(b - a for a, b in zip(before, after, strict=True)) < 50e6
