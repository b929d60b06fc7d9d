"""Answers that are sent smaller: pages, lists and texts; images and small answers as they are."""

import gzip

from flask import Response, request

from client_api.requests.negotiation import JSON, PAGE

COMPRESSED = frozenset({PAGE, JSON, "text/plain"})
# One packet carries as much without any work.
SMALLEST_BYTES = 1_400
LEVEL = 6


def takes_gzip() -> bool:
    """Whether the client says that it reads gzip."""
    return request.accept_encodings.quality("gzip") > 0


def compress(response: Response) -> None:
    """Compress what answers a GET, for clients that read it."""
    if (
        response.mimetype not in COMPRESSED
        or response.is_streamed
        or response.status_code == 304
        or "Content-Encoding" in response.headers
    ):
        return
    response.vary.add("Accept-Encoding")
    if takes_gzip() and (response.content_length or 0) >= SMALLEST_BYTES:
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
