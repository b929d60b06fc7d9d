"""Connections of `GrpcModelServer` that end, which a server that is started again shows by."""

from serving_protocol.client import GrpcModelServer
from tests.serving_protocol.scripted_server import Scripted, request, serving
from tests.support.waiting import free_port, wait_until


def test_a_connection_that_ends_is_counted_also_where_nobody_asks() -> None:
    client = GrpcModelServer([address := f"127.0.0.1:{free_port()}"], watches=True)

    def is_seen_to_end() -> bool:
        # gRPC tells of a connection in a thread of its own, which may miss one as short as this.
        with serving(Scripted(), address):
            client.predict(request("fine"), 10)
        return client.connections_lost() > 0

    try:
        wait_until(is_seen_to_end, "the end is seen")
    finally:
        client.close()
