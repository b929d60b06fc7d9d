"""Weights in PyTorch's files, without PyTorch.

`pickles` reads what a file says of its tensors and makes nothing else of it, `tensors` finds their
numbers in either of PyTorch's two layouts, `torchvision_names` turns torchvision's names into
Keras's, and `reading` puts them together.
"""
