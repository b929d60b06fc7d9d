"""Answers what never became a request, or failed outside the application, as a problem document."""

import logging
import uuid
from http import HTTPStatus

from gunicorn.http.errors import (  # type: ignore[import-untyped]  # it has no types
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)

from client_api.observability.log_lines import ACCESS_LOGGER
from client_api.responses.problem_documents import INTERNAL_ERROR, problem

# The first that matches counts.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (LimitRequestLine, 414),
    (LimitRequestHeaders, 431),
    (UnsupportedTransferCoding, 501),
    (ExpectationFailed, 417),
    (ParseException, 400),
)

_access = logging.getLogger(ACCESS_LOGGER)
_log = logging.getLogger(__name__)


def refusal(error: Exception, remote: str) -> bytes:
    """The whole answer, head and body, after which the connection is closed; it is logged.

    Args:
        error: what gunicorn raised.
        remote: address of the client, for the access log.
    """
    status = next((s for kind, s in _STATUSES if isinstance(error, kind)), 500)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("the gateway failed outside the application", exc_info=error)
        detail = INTERNAL_ERROR
    else:
        detail = f"the request is no HTTP that is understood: {HTTPStatus(status).phrase}"
    request_id = uuid.uuid4().hex
    body, headers = problem(status, detail, request_id)
    headers |= {
        "Content-Length": str(len(body)),
        "Connection": "close",
        "X-Request-ID": request_id,
        "X-Content-Type-Options": "nosniff",
        "Server-Timing": "total;dur=0",
    }
    fields = {"request_id": request_id, "status": status, "remote": remote}
    _access.info("refused", extra={"fields": fields})
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
