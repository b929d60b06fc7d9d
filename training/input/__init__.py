"""Annotated pictures into batches of tensors: which, decoded, augmented, in an order that a step
number gives again.

`batch` is the noun. May import `detection`, `training.datasets` and TensorFlow.
"""
