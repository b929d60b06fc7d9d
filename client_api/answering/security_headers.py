"""Headers that every answer carries, and those that tell browsers what a page may do."""

from flask import Flask, Response, request

from client_api.watching.request_record import current_record

# Everything comes from here; nothing runs. What a page embeds is the picture that it shows.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI runs scripts of its own, asks this API, and shows blobs of what was answered.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DOCS_PATH = "/docs"


def add_headers(app: Flask) -> None:
    """Add the headers to every answer of `app`."""

    @app.after_request
    def add(response: Response) -> Response:
        record = current_record()
        response.headers["X-Request-ID"] = record.request_id
        response.headers["Server-Timing"] = record.server_timing()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Content-Security-Policy"] = (
            DOCS_POLICY if request.path == DOCS_PATH else PAGE_POLICY
        )
        if request.path.endswith("/predict"):
            response.headers["Cache-Control"] = "no-store"
            response.headers["Vary"] = "Accept"
        return response
