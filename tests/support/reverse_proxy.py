"""A little reverse proxy: what is below a prefix goes to a gateway, which is told of the prefix."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

# Of one connection, which a proxy does not pass on.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


def _handler(upstream: str, prefix: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(HTTPStatus.NOT_FOUND, "outside of the prefix")
                return
            headers = {n: v for n, v in self.headers.items() if n.lower() not in HOP_BY_HOP}
            headers |= {"X-Forwarded-Prefix": prefix, "X-Forwarded-Proto": "http"}
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with (
                httpx.Client(trust_env=False, timeout=30) as client,
                client.stream(
                    self.command,
                    upstream + self.path.removeprefix(prefix),
                    headers=headers,
                    content=body,
                ) as answer,
            ):
                content = b"".join(answer.iter_raw())
            self.send_response(answer.status_code)
            for name, value in answer.headers.multi_items():
                if name not in HOP_BY_HOP | {"date", "server"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  # what http.server looks for

        def log_message(self, *args: object) -> None:
            """Nothing: the gateway's log is enough."""

    return Handler


@contextmanager
def behind_prefix(upstream: str, prefix: str) -> Iterator[str]:
    """Run the proxy.

    Args:
        upstream: the gateway's URL.
        prefix: begins with a slash, and has none at its end.

    Yields:
        The proxy's URL with the prefix, without a slash at its end.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(upstream, prefix))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
