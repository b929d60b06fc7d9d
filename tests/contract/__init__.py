"""What any server of TensorFlow Serving's API owes its callers.

Each test runs against our server with each engine, as a process of its own, or, where
`BOXWRIGHT_CONTRACT_TARGET=host:port[,rest_port]` is set, against the server there, which must serve
the models of `tests.support.tiny_models`, and health. What only ours promises is tested in
`tests/server/embedded`.
"""
