"""Headers that every answer carries, and those that tell browsers what a page may do."""

from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, request

from client_api.observability.request_record import current_record
from client_api.requests.negotiation import PAGE

# What is no page loads nothing and runs nothing, should a browser show it as one.
NOTHING_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# Scripts and styles are files of ours, never text in the page. Images that were chosen or
# photographed are blobs, as the camera's video may be; an answer's image is a data URL.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The page takes images with the camera, and nothing else of what a browser guards.
PERMISSIONS = "camera=(self), microphone=(), geolocation=()"


def add_headers(app: Flask) -> None:
    """Add the headers to every answer of `app`."""

    @app.after_request
    def add(response: Response) -> Response:
        record, is_page = current_record(), response.mimetype == PAGE
        response.headers["X-Request-ID"] = record.request_id
        response.headers["Server-Timing"] = record.server_timing()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Content-Security-Policy"] = PAGE_POLICY if is_page else NOTHING_POLICY
        if is_page:
            response.headers["Permissions-Policy"] = PERMISSIONS
        if response.location is not None:
            # Within this host, whatever the request or a proxy calls it.
            target = urlsplit(response.location)
            response.location = urlunsplit(("", "", target.path, target.query, ""))
        # All that is posted is images.
        if request.method == "POST" or request.path.endswith("/predict"):
            response.headers["Cache-Control"] = "no-store"
            response.headers["Vary"] = "Accept"
        return response
