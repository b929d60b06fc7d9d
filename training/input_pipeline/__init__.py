"""Annotated images into batches of tensors, in an order that a step's number gives again.

`batch` is the noun and `batches` makes them: `sampling` says which images, `decoding` reads them,
`augmentation` changes them, `assembling` stacks them. `resizing` is how images come to a model's
size, in service too. May import `detection`, `training.datasets` and TensorFlow.
"""
