"""What computes a model's answers: one port, and an adapter for each runtime that can do it.

`engine.py` is the port, `openvino_engine.py` and `tensorflow_engine.py` are the adapters, and
`choice.py` picks one for a model. Each adapter imports its runtime when it is built, so that a
process holds the runtimes that its models need and no other.
"""
