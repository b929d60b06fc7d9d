"""An HTTP server that answers as a gateway would, or as the test says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request, taken apart."""

    path: str
    headers: Message
    parts: dict[str, tuple[str | None, bytes]]
    """name -> (file name, content)"""


@dataclass
class Answer:
    """What is answered to one request."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def found(*detections: dict[str, Any]) -> Answer:
    """JSON as the gateway's."""
    answer = {"request_id": "r", "image": {"width": 64, "height": 48}, "detections": detections}
    return Answer(json.dumps(answer).encode())


def detection(label: str | None, score: float, *box: float, class_id: int = 1) -> dict[str, Any]:
    """One detection of the gateway's JSON; `box` is x_min, y_min, x_max, y_max."""
    corners = dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))
    return {"class_id": class_id, "label": label, "score": score, "box": corners}


def problem(status: int, detail: str, **headers: str) -> Answer:
    """problem+json."""
    body = json.dumps({"status": status, "detail": detail}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body, status, "application/problem+json", named)


@contextmanager
def gateway(answer: Callable[[Asked], Answer]) -> Iterator[tuple[str, list[Asked]]]:
    """A server on a free port; yields its URL and the requests that have come so far."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            parts = {}
            for part in message_from_bytes(head + body).walk():
                name = part.get_param("name", header="content-disposition")
                content = part.get_payload(decode=True)
                if name is not None and isinstance(content, bytes):
                    parts[str(name)] = (part.get_filename(), content)
            asked.append(Asked(self.path, self.headers, parts))
            given = answer(asked[-1])
            self.send_response(given.status)
            for header, value in {
                "Content-Type": given.media_type, "Content-Length": str(len(given.body)),
                **given.headers,
            }.items():  # fmt: skip
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
