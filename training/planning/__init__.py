"""How a detector is to be trained on a data set: every setting, and why, from what there is.

Pure functions of counts, sizes, names and the machine; TensorFlow is not imported.
"""
