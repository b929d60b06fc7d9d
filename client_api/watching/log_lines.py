"""The gateway's log: text for people, JSON for machines, and one line for each request."""

import json
import logging
import sys
import time
from http import HTTPStatus
from typing import IO, Any

from flask import Flask, Response, request

from client_api.watching.request_record import current_record, record_if_any

ACCESS_LOGGER = "client_api.access"
# What machines ask every few seconds: 17,000 lines a day that say that nothing happened.
PROBES = frozenset({"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready", "/metrics"})
_access = logging.getLogger(ACCESS_LOGGER)


class TextFormatter(logging.Formatter):
    """`2026-01-31T12:00:00.123Z INFO client_api.access ...`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the request's fields behind the message."""
        fields = getattr(record, "fields", {})
        line = super().format(record)
        return line + "".join(f" {name}={_quoted(value)}" for name, value in fields.items())


class JsonFormatter(TextFormatter):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        document: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        document |= getattr(record, "fields", {})
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document, ensure_ascii=False, default=str)


class _RequestId(logging.Filter):
    """Gives every line that is written while a request is answered that request's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        answered = record_if_any()
        if answered is not None and not hasattr(record, "fields"):
            record.fields = {"request_id": answered.request_id}
        return True


def _quoted(value: object) -> str:
    text = str(value)
    # What a caller chose must not look like another field, or another line.
    plain = text.isascii() and text.isprintable() and not set(text) & set(" \"='\\")
    return text if plain and text else json.dumps(text)


def set_up_logging(level: str, log_format: str, stream: IO[str] | None = None) -> None:
    """Send everything that is logged to `stream`, standard error by default, in one format.

    Args:
        level: of `logging`, in any case.
        log_format: `text` or `json`.
        stream: where to.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    handler.addFilter(_RequestId())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # Pillow warns of pictures that it reads nevertheless.
    logging.captureWarnings(capture=True)


def log_requests(app: Flask) -> None:
    """Write a line for each request of `app`; for a probe that finds all well, at level debug."""

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
        is_routine = request.path in PROBES and response.status_code == HTTPStatus.OK
        level = logging.DEBUG if is_routine else logging.INFO
        _access.log(level, "answered", extra={"fields": fields})
        return response
