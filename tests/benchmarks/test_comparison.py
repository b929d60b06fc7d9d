"""The load generators and the report, against servers and figures made for it."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.formparser import parse_form_data
from werkzeug.test import EnvironBuilder

from benchmarks.comparison.contenders import Contender
from benchmarks.comparison.load import Measured, Request, send_by_timetable, send_in_turn
from benchmarks.comparison.measuring import LIMIT, Row, to_limit
from benchmarks.comparison.report import OURS, ratios, slower
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


def request_to(server: Counting, folder: Path) -> Request:
    body = folder / "body"
    body.write_bytes(b"\x00image\xff" * 500)
    return Request(
        f"http://127.0.0.1:{server.server_port}/predict?a=b", body, (("Content-Type", "image/x"),)
    )


def test_a_timetable_sends_each_request_once_and_counts_what_was_refused(tmp_path: Path) -> None:
    with counting() as server:
        request = request_to(server, tmp_path)
        measured = send_by_timetable(request, per_s=80, seconds=0.5)
    assert len(server.bodies) == 40
    assert set(server.bodies) == {request.body.read_bytes()}
    assert server.kinds == {"image/x"}
    assert (measured.bad, measured.lost) == (10, 0)
    assert measured.p50_ms <= measured.p90_ms <= measured.p99_ms


def test_requests_that_nobody_answers_are_lost(tmp_path: Path) -> None:
    with counting() as server:
        request = request_to(server, tmp_path)
    measured = send_by_timetable(request, per_s=50, seconds=0.1)
    assert (measured.per_s, measured.lost) == (0.0, 5)


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


def rows_at(*shares: float) -> dict[str, Row]:
    """Rounds in which the machine's speed differs, and ours is such a share of it each time."""
    rows = {LIMIT: Row(LIMIT), OURS: Row(OURS)}
    for clients in (1, 16):
        rows[LIMIT].by_clients[clients] = [Measured(100.0 * (n + 1), 1, 1, 1) for n in range(3)]
        rows[OURS].by_clients[clients] = [
            Measured(100.0 * (n + 1) * share, 1, 1, 1) for n, share in enumerate(shares)
        ]
    return rows


def test_a_share_of_the_limit_is_of_the_same_round() -> None:
    assert to_limit(rows_at(0.5, 0.5, 0.5), OURS, 16) == pytest.approx(0.5)
    assert to_limit(rows_at(0.5, 0.4, 0.9), OURS, 16) == pytest.approx(0.5)


@pytest.mark.parametrize(("share", "lines"), [(0.80, 0), (0.69, 0), (0.67, 2)])
def test_what_has_become_slower_is_named(share: float, lines: int, tmp_path: Path) -> None:
    committed = tmp_path / "results.json"
    committed.write_text(json.dumps(ratios(rows_at(0.8, 0.8, 0.8))))
    found = slower(ratios(rows_at(share, share, share)), committed)
    assert len(found) == lines
    assert all(f"{share:.0%} of the limit, 80% before" in line for line in found)
