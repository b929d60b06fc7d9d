"""The gateway's log: one line for each request, and the request's id on every other."""

import logging
from http import HTTPStatus
from typing import IO

from flask import Response, request

from client_api.observability.request_record import RequestRecord, record_if_any
from serving_protocol.log_lines import log_to

ACCESS_LOGGER = "client_api.access"
# What machines ask every few seconds: 17,000 lines a day that say that nothing happened.
PROBES = frozenset({"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready", "/metrics"})
_access = logging.getLogger(ACCESS_LOGGER)


class _RequestId(logging.Filter):
    """Gives every line that is written while a request is answered that request's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "fields") and (answered := record_if_any()) is not None:
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


class AccessLog:
    """Writes a line for each request; for a probe that tells nothing new, at level debug.

    Nothing new is what it answered the last time, in this process; at first that all is well.
    """

    def __init__(self) -> None:
        self._last = dict.fromkeys(PROBES, int(HTTPStatus.OK))

    def write(self, record: RequestRecord, response: Response, total_ms: float) -> None:
        """Write the line of the request being answered.

        Args:
            record: of it.
            response: that it gets.
            total_ms: milliseconds that it took.
        """
        fields: dict[str, object] = {
            "request_id": record.request_id,
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "remote": request.remote_addr or "-",
            "bytes": response.content_length or 0,
        }
        if record.key is not None:
            fields["key"] = record.key
        if record.model is not None:
            fields["model"] = record.model
        if record.version is not None:
            fields["version"] = record.version
        fields |= {f"{name}_ms": round(ms, 2) for name, ms in record.stages_ms.items()}
        fields["total_ms"] = round(total_ms, 2)
        level = logging.INFO
        if request.path in self._last:
            if self._last[request.path] == response.status_code:
                level = logging.DEBUG
            self._last[request.path] = response.status_code
        _access.log(level, "answered", extra={"fields": fields})
