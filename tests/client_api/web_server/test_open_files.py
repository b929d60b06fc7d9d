"""A gateway that runs into the limit of open files, which the operator's shell sets."""

import contextlib
import socket

import psutil

from tests.support.gateway_process import running_gateway
from tests.support.waiting import wait_until

LIMIT = 80
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({}, {}))"


def test_more_connections_than_files_end_nothing() -> None:
    with (
        running_gateway(launcher=LIMITED.format(LIMIT, LIMIT), MODEL_NAME="hands") as gateway,
        gateway.client() as client,
    ):
        assert client.get("/healthz").status_code == 200
        [worker] = gateway.workers()
        with contextlib.ExitStack() as opened:
            for _ in range(2 * LIMIT):
                address = ("127.0.0.1", gateway.port)
                opened.enter_context(socket.create_connection(address)).sendall(b"GET /")
            wait_until(lambda: "Too many open files" in gateway.log_text(), "it is noticed")
            # Who was there before is answered.
            assert client.get("/healthz").status_code == 200
        with gateway.client() as another:
            assert another.get("/healthz").status_code == 200
        assert gateway.workers() == [worker]
        assert "Traceback" not in gateway.log_text()


def test_the_limit_is_raised_where_it_may_be() -> None:
    with running_gateway(launcher=LIMITED.format(LIMIT, 300), MODEL_NAME="hands") as gateway:
        [worker] = gateway.workers()
        assert worker.rlimit(psutil.RLIMIT_NOFILE) == (300, 300)
