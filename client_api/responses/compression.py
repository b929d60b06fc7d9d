"""Answers that are sent smaller: pages, lists and texts; images and small answers as they are."""

import gzip

from flask import Flask, Response, request

from client_api.requests.negotiation import JSON, PAGE

COMPRESSED = frozenset({PAGE, JSON, "text/plain"})
# One packet carries as much without any work.
SMALLEST_BYTES = 1_400
LEVEL = 6


def takes_gzip() -> bool:
    """Whether the client says that it reads gzip."""
    return request.accept_encodings.quality("gzip") > 0


def compress_answers(app: Flask) -> None:
    """Compress what `app` answers to GET, for clients that read it.

    What answers a POST is not: a prediction's few boxes are no larger than a packet, and a result
    page is an image that has been compressed already.
    """

    @app.after_request
    def compress(response: Response) -> Response:
        if (
            request.method != "GET"
            or response.mimetype not in COMPRESSED
            or response.is_streamed
            or response.status_code == 304
            or "Content-Encoding" in response.headers
        ):
            return response
        response.vary.add("Accept-Encoding")
        if takes_gzip() and (response.content_length or 0) >= SMALLEST_BYTES:
            response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
        return response
