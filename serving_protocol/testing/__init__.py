"""For tests of whatever asks a model server: one that answers, and fails, as it is told.

A real gRPC server on a free port of the loopback interface, of a detector that finds the same three
boxes in every image. May import what `serving_protocol` may, and nothing of tests.

Example:
    >>> from serving_protocol.testing.behaviors import hangs
    >>> from serving_protocol.testing.fake_model_server import FakeModelServer
    >>> with FakeModelServer() as server:                           # doctest: +SKIP
    ...     server.behavior = hangs
    ...     assert ask_your_gateway(server.address).status_code == 504
"""
