"""What computes a model's answers: one port, and an adapter for each runtime that can do it.

`engine.py` is the port, `openvino_engine.py` and `tensorflow_engine.py` are the adapters,
`registry.py` lists them in the order in which they are tried, and `choice.py` picks one for a
model. A new engine is one file and one row. Each adapter imports its runtime when it is built, so
that a process holds the runtimes that its models need and no other.
"""
