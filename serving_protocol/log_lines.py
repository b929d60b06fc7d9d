"""How the programs that serve write their logs: text for people, JSON for machines.

One form for gateway and model server, whose lines stand between one another where `boxwright up`
runs both.
"""

import json
import logging
import sys
import time
from typing import IO, Any

FORMATS = ("text", "json")


class TextFormatter(logging.Formatter):
    """`2026-01-31T12:00:00.123Z INFO client_api.access ...`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the record's `fields` behind the message."""
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


def _quoted(value: object) -> str:
    text = str(value)
    # What a caller chose must not look like another field, or another line.
    plain = text.isascii() and text.isprintable() and not set(text) & set(" \"='\\")
    return text if plain and text else json.dumps(text)


def log_to(stream: IO[str] | None, log_format: str, level: str) -> logging.Handler:
    """Send everything that is logged to `stream`, standard error by default, in one format.

    Args:
        stream: where to.
        log_format: one of `FORMATS`; what is none of them is `text`.
        level: of `logging`, in any case.

    Returns:
        What writes, for filters.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    return handler
