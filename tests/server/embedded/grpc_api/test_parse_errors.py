"""A caller's broken message costs a line in the log, and no traceback."""

import logging
from collections.abc import Iterator
from typing import cast

import grpc
import pytest

from server.embedded.core import ModelServerCore
from server.embedded.grpc_api.server import GrpcServer, GrpcSettings
from server.embedded.requests_in_flight import RequestsInFlight
from tests.support.waiting import free_port


class Records(logging.Handler):
    """Keeps what gRPC logs."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[logging.LogRecord]]:
    """What gRPC logs, whatever a library in this process has made of logging's own settings."""
    logger = logging.getLogger("grpc._common")
    monkeypatch.setattr(logger, "disabled", False)
    monkeypatch.setattr(logging.root.manager, "disable", logging.NOTSET)
    handler, level = Records(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler.kept
    logger.setLevel(level)
    logger.removeHandler(handler)


@pytest.mark.parametrize("service", ["PredictionService/Predict", "ModelService/GetModelStatus"])
def test_what_is_no_message_is_refused_in_one_line(
    service: str, records: list[logging.LogRecord]
) -> None:
    port = free_port()
    server = GrpcServer(cast("ModelServerCore", None), RequestsInFlight(), GrpcSettings(port=port))
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            ask = channel.unary_unary(f"/tensorflow.serving.{service}", bytes, bytes)
            with pytest.raises(grpc.RpcError) as raised:
                ask(b"\xff\xff\xff", timeout=30)
    finally:
        server.stop(0)
    assert cast("grpc.Call", raised.value).code() is grpc.StatusCode.INTERNAL
    [record] = records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("a request does not parse: ")
    assert record.exc_info is None
