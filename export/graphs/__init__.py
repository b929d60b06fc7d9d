"""Convert a trained `Detector` to a SavedModel made for serving.

`freezing` turns it into a graph of constants, `folding` takes the batch norms out of that,
`images_in_graphs` decodes and resizes in front of it, and `saved_model` puts them together under
two signatures.
"""
