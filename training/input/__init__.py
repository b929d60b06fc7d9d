"""Annotated pictures into batches of tensors, in an order that a step's number gives again.

`batch` is the noun. May import `detection`, `training.datasets` and TensorFlow.
"""
