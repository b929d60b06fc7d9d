"""`boxwright serve`, which listens on this machine alone unless it is told otherwise."""

import ipaddress
from pathlib import Path

import psutil
import pytest

from tests.support.programs import Program
from tests.support.small_graphs import affine, write_saved_model
from tests.support.waiting import free_port, wait_until


@pytest.mark.parametrize(("options", "is_loopback"), [([], True), (["--host=0.0.0.0"], False)])
def test_it_listens_where_it_is_told_to_and_else_on_this_machine(
    tmp_path: Path, options: list[str], *, is_loopback: bool
) -> None:
    write_saved_model(tmp_path / "model" / "1", affine())
    grpc_port, rest_port = free_port(), free_port()
    ports = {grpc_port, rest_port}
    arguments = ["serve", f"--port={grpc_port}", f"--rest_api_port={rest_port}",
                 f"--model_base_path={tmp_path / 'model'}", *options]  # fmt: skip
    with Program("boxwright", arguments, tmp_path / "log") as program:
        process = psutil.Process(program.process.pid)

        def listening() -> dict[int, str]:
            assert program.process.poll() is None, program.text()
            found = process.net_connections("tcp")
            return {e.laddr.port: e.laddr.ip for e in found if e.status == psutil.CONN_LISTEN}

        wait_until(lambda: listening().keys() == ports, "it listens at both ports")
        # gRPC's are IPv6's, of which a part stands for IPv4.
        hosts = [ipaddress.ip_address(ip.removeprefix("::ffff:")) for ip in listening().values()]
        assert [host.is_loopback for host in hosts] == [is_loopback] * len(ports)
        assert [host.is_unspecified for host in hosts] == [not is_loopback] * len(ports)
