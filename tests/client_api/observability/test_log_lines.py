"""The log's two formats, and which requests have a line."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask, Response

from client_api.observability.log_lines import set_up_logging
from client_api.observability.metrics import Metrics
from client_api.observability.request_record import keep_records
from client_api.responses.finishing import finish_answers

LOGGER = logging.getLogger("client_api.test")


@pytest.fixture(autouse=True)
def _root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    logging.captureWarnings(capture=False)
    root.setLevel(level)


def test_a_probe_has_a_line_where_its_answer_is_another_than_the_last(
    caplog: pytest.LogCaptureFixture,
) -> None:
    statuses = [200, 503, 503, 503, 200, 200]
    answers = iter(statuses)
    app = Flask(__name__)
    keep_records(app)
    finish_answers(app, Metrics())
    app.add_url_rule("/readyz", "ready", lambda: Response(status=next(answers)))
    app.add_url_rule("/models", "models", lambda: Response(status=503))
    with caplog.at_level(logging.INFO):
        for _ in statuses:
            app.test_client().get("/readyz")
            app.test_client().get("/models")
    told = [(line.fields["path"], line.fields["status"]) for line in caplog.records]  # type: ignore[attr-defined]  # ours
    assert [status for path, status in told if path == "/readyz"] == [503, 200]
    assert len([path for path, _ in told if path == "/models"]) == len(statuses)


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
