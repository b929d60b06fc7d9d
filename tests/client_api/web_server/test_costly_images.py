"""Images that cost far more than they look, sent to a gateway with two slots by those who leave."""

import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.client_api.conftest import image_file
from tests.client_api.web_server.asking import PNG, predict
from tests.support import hostile_images as hostile
from tests.support.gateway_process import GatewayProcess
from tests.support.image_files import as_file, colored
from tests.support.waiting import wait_until

ATTACKERS = 4
PREDICTIONS = 40


def send_and_leave(gateway: GatewayProcess, file: bytes) -> None:
    head = f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: {len(file)}\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        connection.sendall(head.encode() + b"Content-Type: image/tiff\r\n\r\n" + file)


def test_nobody_waits_for_images_that_take_long(
    gateway: GatewayProcess, record_property: Callable[[str, object], None]
) -> None:
    # One second of the processor's time for each, of which it would take twice as much.
    costly, ordinary = hostile.tiff_of_slow_strips(), image_file("PNG")
    with ThreadPoolExecutor(ATTACKERS) as attackers:
        list(attackers.map(lambda _: send_and_leave(gateway, costly), range(ATTACKERS)))
        answers = Counter(predict(gateway, ordinary).status_code for _ in range(PREDICTIONS))
    record_property("answers", f"{dict(answers)} beside {ATTACKERS} files of {len(costly)} bytes")
    assert answers == {200: PREDICTIONS}


def test_its_sender_is_told_what_the_file_takes(gateway: GatewayProcess) -> None:
    costly, answers = hostile.tiff_of_slow_strips(), list[httpx.Response]()

    def is_decided() -> bool:
        answers.append(predict(gateway, costly))
        # Others' are still being decoded.
        return answers[-1].status_code != 503

    wait_until(is_decided, "an answer")
    assert answers[-1].status_code == 415
    assert "takes more than 1 s of computing to decode" in answers[-1].json()["detail"]
    assert {each.status_code for each in answers[:-1]} <= {503}
    assert all("take long to decode" in each.json()["detail"] for each in answers[:-1])


def test_each_attack_is_refused_with_its_reason(
    gateway: GatewayProcess, record_property: Callable[[str, object], None]
) -> None:
    attacks = {
        "in 1001 scans": hostile.jpeg_of_empty_scans(1_000, (4000, 3000)),
        "more than 10000 segments": hostile.jpeg_with(b"\xff\xfe\0\2" * 400_000),
        "fill bytes": hostile.jpeg_with(b"\xff" * 1_500_000, at_end=True),
        "run-lengths": hostile.bmp_in_runs(bytes(1_500_000), (64, 64)),
        "100000 chunks": hostile.png_with(b"abCd", b"", 150_000),
        "100000 blocks": hostile.gif_with(b"\x21\xfe\1a\0" * 300_000),
        "bytes of strips": hostile.tiff_of_strips(1_000, 5, bytes(1_500_000)),
        "is broken": hostile.webp_of_many_tables(1024),
    }
    answers = {said: predict(gateway, file) for said, file in attacks.items()}
    record_property("answers", str(Counter(each.status_code for each in answers.values())))
    for said, answer in answers.items():
        assert answer.status_code == 415
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert said in answer.json()["detail"]


def test_images_of_costly_formats_are_predicted(gateway: GatewayProcess) -> None:
    with gateway.client() as client:
        for file_format in ("AVIF", "HEIC", "TIFF"):
            answer = client.post("/predict", content=as_file(colored(), file_format), headers=PNG)
            assert answer.status_code == 200, answer.text
