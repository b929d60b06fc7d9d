"""The load generators, against servers made for it, and what they send."""

import shutil
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.formparser import parse_form_data
from werkzeug.test import EnvironBuilder

from benchmarks.comparison.contenders import Contender
from benchmarks.comparison.load import Request, send_by_timetable, send_in_turn
from benchmarks.comparison.sample_images import SIZES, write_sample_images

REFUSED_EVERY = 4


class Counting(ThreadingHTTPServer):
    """Notes what is posted; refuses every fourth."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.bodies: list[bytes] = []
        self.kinds: set[str | None] = set()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.kinds.add(self.headers["Content-Type"])
        self.send_response(503 if len(self.server.bodies) % REFUSED_EVERY == 0 else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def counting() -> Iterator[Counting]:
    with Counting() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def request_to(server: socketserver.TCPServer, folder: Path) -> Request:
    body = folder / "body"
    body.write_bytes(b"\x00image\xff" * 500)
    return Request(
        f"http://127.0.0.1:{server.server_address[1]}/predict?a=b",
        body,
        (("Content-Type", "image/x"),),
    )


def test_a_timetable_sends_each_request_once_and_counts_what_was_refused(tmp_path: Path) -> None:
    with counting() as server:
        request = request_to(server, tmp_path)
        measured = send_by_timetable(request, per_s=80, seconds=0.5)
    assert len(server.bodies) == 40
    assert set(server.bodies) == {request.body.read_bytes()}
    assert server.kinds == {"image/x"}
    assert (measured.bad, measured.lost) == (10, 0)
    assert measured.p50_ms <= measured.p99_ms


def test_requests_that_nobody_answers_are_lost(tmp_path: Path) -> None:
    with counting() as server:
        request = request_to(server, tmp_path)
    measured = send_by_timetable(request, per_s=50, seconds=0.1)
    assert (measured.per_s, measured.lost) == (0.0, 5)


class Saying(socketserver.StreamRequestHandler):
    """Reads a request's head, says something and no more, and notes when it is hung up on."""

    server: "SayingServer"

    def handle(self) -> None:
        length = 0
        while (line := self.rfile.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.rfile.read(length)
        with suppress(OSError):
            self.wfile.write(self.server.said)
            self.rfile.read()
        self.server.left.release()


class SayingServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, said: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Saying)
        self.said = said
        self.left = threading.Semaphore(0)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nX: " + bytes(200_000),
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 OK OK\r\n\r\n",
    ],
    ids=["nothing", "half an answer", "an endless head", "no status", "a word as status"],
)
def test_a_request_without_a_whole_answer_is_lost_in_time_and_hung_up(
    said: bytes, tmp_path: Path
) -> None:
    with SayingServer(said) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            request = request_to(server, tmp_path)
            measured = send_by_timetable(request, per_s=20, seconds=0.1, timeout_s=0.3)
            assert all(server.left.acquire(timeout=20) for _ in range(2))
        finally:
            server.shutdown()
            thread.join()
    assert (measured.per_s, measured.lost) == (0.0, 2)


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_wrk_sends_the_body_and_counts_what_was_refused(tmp_path: Path) -> None:
    with counting() as server:
        request = request_to(server, tmp_path)
        measured = send_in_turn(request, clients=3, seconds=1)
    assert set(server.bodies) == {request.body.read_bytes()}
    assert server.kinds == {"image/x"}
    # It leaves with up to a request a connection under way.
    assert measured.bad == pytest.approx(len(server.bodies) / REFUSED_EVERY, abs=3)
    assert measured.lost == 0
    assert measured.per_s > 0


def test_a_form_has_the_image_under_the_peers_own_name(tmp_path: Path) -> None:
    image = tmp_path / "photo.jpg"
    image.write_bytes(b"\xff\xd8 not parsed here")
    contender = Contender("peer", lambda _: [], lambda _: {}, field="picture")
    request = contender.request(80, image, tmp_path)
    environment = EnvironBuilder(
        method="POST", data=request.body.read_bytes(), headers=list(request.headers)
    ).get_environ()
    _, _, files = parse_form_data(environment)
    with files["picture"].stream as sent:
        assert sent.read() == image.read_bytes()
    assert files["picture"].mimetype == "image/jpeg"


def test_sample_images_have_the_sizes_in_their_names(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "orange").save(tmp_path / "photo.png")
    files = write_sample_images(tmp_path / "photo.png", tmp_path)
    for name, (width, height, kind) in SIZES.items():
        with Image.open(files[name]) as image:
            assert (*image.size, image.format) == (width, height, kind)
