"""Who may say which folders are served, and who may reach the UNIX socket."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import grpc
import pytest

from server.embedded.core import ModelServerCore
from server.embedded.grpc_api.model_service import is_local
from server.embedded.grpc_api.server import GrpcServer, GrpcSettings
from server.embedded.requests_in_flight import RequestsInFlight
from serving_protocol.messages import ReloadConfigRequest, ReloadConfigResponse
from serving_protocol.services import ModelServiceStub
from tests.support.waiting import free_port


class Core:
    """As much of a core as a reload is about."""

    def __init__(self) -> None:
        self.reloads = 0

    def reload_config(self, request: ReloadConfigRequest, _: object) -> ReloadConfigResponse:
        self.reloads += 1
        return ReloadConfigResponse()


@contextmanager
def running(core: Core, settings: GrpcSettings) -> Iterator[None]:
    server = GrpcServer(cast("ModelServerCore", core), RequestsInFlight(), settings)
    try:
        yield
    finally:
        server.stop(0)


def reload(address: str) -> grpc.StatusCode:
    with grpc.insecure_channel(address) as channel:
        try:
            ModelServiceStub(channel).HandleReloadConfigRequest(ReloadConfigRequest(), timeout=30)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code
    return grpc.StatusCode.OK


@pytest.mark.parametrize(
    ("peer", "local"),
    [
        ("ipv4:127.0.0.1:51234", True),
        ("ipv4:127.8.9.10:1", True),
        ("ipv6:[::1]:51234", True),
        ("ipv6:%5B::1%5D:51234", True),
        ("ipv6:[::ffff:127.0.0.1]:51234", True),
        ("unix:/run/model_server.sock", True),
        ("unix:", True),
        ("ipv4:10.0.0.7:51234", False),
        ("ipv4:0.0.0.0:1", False),
        ("ipv6:[2001:db8::1]:51234", False),
        ("ipv6:[fe80::1%25eth0]:51234", False),
        ("ipv6:[::ffff:10.0.0.7]:51234", False),
        ("ipv4:127.0.0.1.example:1", False),
        ("vsock:3:1234", False),
        ("", False),
    ],
)
def test_a_callers_machine_is_told_by_its_address(peer: str, *, local: bool) -> None:
    assert is_local(peer) == local


@pytest.mark.parametrize(
    ("heard", "code"),
    [
        ("local", grpc.StatusCode.OK),
        ("anyone", grpc.StatusCode.OK),
        ("nobody", grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_reloads_are_heard_from_whom_the_flag_says(
    tmp_path: Path, heard: str, code: grpc.StatusCode
) -> None:
    core, port, socket = Core(), free_port(), tmp_path / "s"
    with running(core, GrpcSettings(port=port, socket_path=str(socket), reload_from=heard)):
        assert [reload(f"127.0.0.1:{port}"), reload(f"unix:{socket}")] == [code, code]
    assert core.reloads == (2 if code is grpc.StatusCode.OK else 0)


def test_from_another_machine_a_reload_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    core, port = Core(), free_port()
    # Who calls is the connection's; a test has no other machine.
    monkeypatch.setattr("server.embedded.grpc_api.model_service.is_local", lambda _: False)
    with running(core, GrpcSettings(port=port)):
        assert reload(f"127.0.0.1:{port}") is grpc.StatusCode.PERMISSION_DENIED
    assert core.reloads == 0


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_the_socket_is_this_users_alone(tmp_path: Path, umask: int) -> None:
    socket = tmp_path / "s"
    before = os.umask(umask)
    try:
        with running(Core(), GrpcSettings(socket_path=str(socket))):
            assert socket.stat().st_mode & 0o777 == 0o600
            assert os.umask(umask) == umask
    finally:
        os.umask(before)
