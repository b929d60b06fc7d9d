"""The gateway's log: one line for each request, and the request's id on every other."""

import logging
from http import HTTPStatus
from typing import IO

from flask import Flask, Response, request

from client_api.observability.request_record import current_record, record_if_any
from serving_protocol.log_lines import log_to

ACCESS_LOGGER = "client_api.access"
# What machines ask every few seconds: 17,000 lines a day that say that nothing happened.
PROBES = frozenset({"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready", "/metrics"})
_access = logging.getLogger(ACCESS_LOGGER)


class _RequestId(logging.Filter):
    """Gives every line that is written while a request is answered that request's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        answered = record_if_any()
        if answered is not None and not hasattr(record, "fields"):
            record.fields = {"request_id": answered.request_id}
        return True


def set_up_logging(level: str, log_format: str, stream: IO[str] | None = None) -> None:
    """Send everything that is logged to `stream`, standard error by default, in one format.

    Args:
        level: of `logging`, in any case.
        log_format: `text` or `json`.
        stream: where to.
    """
    log_to(stream, log_format, level).addFilter(_RequestId())
    # Pillow warns of images that it reads nevertheless.
    logging.captureWarnings(capture=True)


def log_requests(app: Flask) -> None:
    """Write a line for each request of `app`; for a probe that tells nothing new, at level debug.

    Nothing new is what it answered the last time, in this process; at first that all is well.
    """
    last = dict.fromkeys(PROBES, int(HTTPStatus.OK))

    @app.after_request
    def write(response: Response) -> Response:
        record = current_record()
        fields: dict[str, object] = {
            "request_id": record.request_id,
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "remote": request.remote_addr or "-",
            "bytes": response.content_length or 0,
        }
        if record.model is not None:
            fields["model"] = record.model
        if record.version is not None:
            fields["version"] = record.version
        fields |= {f"{name}_ms": round(ms, 2) for name, ms in record.stages_ms.items()}
        fields["total_ms"] = round(record.total_ms, 2)
        level = logging.INFO
        if request.path in last:
            if last[request.path] == response.status_code:
                level = logging.DEBUG
            last[request.path] = response.status_code
        _access.log(level, "answered", extra={"fields": fields})
        return response
