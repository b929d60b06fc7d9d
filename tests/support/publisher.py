"""A server on this machine that breaks off, and serves ranges or not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Publisher:
    """A server of one file.

    Args:
        content: the file.
        name: of it in the address.
        breaks_after: so many bytes are sent of an answer; None for all.
        ranges: those that were asked for.
    """

    content: bytes
    name: str = "file"
    breaks_after: int | None = None
    understands_ranges: bool = True
    ranges: list[str | None] = field(default_factory=list)
    url: str = ""


@contextmanager
def publishing(about: Publisher) -> Iterator[Publisher]:
    """Serve it; its address is in `url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            about.ranges.append(asked)
            first = int(asked[6:-1]) if asked and about.understands_ranges else 0
            if first >= len(about.content):
                self.send_error(416)
                return
            rest = about.content[first:]
            self.send_response(206 if first else 200)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest[: about.breaks_after])
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    about.url = f"http://127.0.0.1:{server.server_port}/{about.name}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield about
    server.shutdown()
    server.server_close()
    thread.join()
