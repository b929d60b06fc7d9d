"""Weights out of TensorFlow's graphs, whatever their nodes are called.

`graph_file` reads a file into a `node_graph.NodeGraph`, a graph without functions; `constants`
computes what in it depends on no image, `convolutions` lists what multiplies by such constants,
and `alignment` finds, for each convolution of a network of ours, the one in the same place.
Nothing of a graph is executed.
"""
