"""The log's two formats."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from client_api.watching.log_lines import set_up_logging

LOGGER = logging.getLogger("client_api.test")


@pytest.fixture(autouse=True)
def _root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    logging.captureWarnings(capture=False)
    root.setLevel(level)


def test_json_is_one_object_a_line_even_for_a_traceback() -> None:
    stream = io.StringIO()
    set_up_logging("info", "json", stream)
    LOGGER.info("two\nlines", extra={"fields": {"request_id": "a", "status": 200}})
    LOGGER.error("failed", exc_info=ZeroDivisionError("by zero"))
    LOGGER.debug("not at this level")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["message"], first["request_id"], first["status"]) == ("two\nlines", "a", 200)
    assert first["level"] == "info"
    assert first["time"].endswith("Z")
    assert "ZeroDivisionError" in second["exception"]


def test_text_quotes_what_could_be_taken_for_another_field_or_line() -> None:
    stream = io.StringIO()
    set_up_logging("debug", "text", stream)
    fields = {"path": "/a b\nstatus=200", "plain": "/predict", "empty": ""}
    LOGGER.info("answered", extra={"fields": fields})
    assert stream.getvalue().count("\n") == 1
    assert r'path="/a b\nstatus=200"' in stream.getvalue()
    assert "plain=/predict" in stream.getvalue()
    assert 'empty=""' in stream.getvalue()
