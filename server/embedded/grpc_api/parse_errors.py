"""Logs a request that does not parse in one line, where gRPC logs a traceback."""

import logging

from google.protobuf.message import DecodeError

# Where gRPC catches what a deserializer raises; the caller gets INTERNAL, as from gRPC in C++.
_LOGGER = "grpc._common"


class _InOneLine(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, DecodeError):
            record.msg, record.args = "a request does not parse: %s", (error,)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True


_FILTER = _InOneLine()


def log_parse_errors_in_one_line() -> None:
    """From now on, in the whole process; more than once does no more than once."""
    logging.getLogger(_LOGGER).addFilter(_FILTER)
