"""Models that can be trained: each a row of the registry, all behind one port.

`detector` is the port, `registry` the table. `ssd` and the other packages hold the parts that
several models share, named as their papers name them. May import `detection`,
`training.input_pipeline.batch`, TensorFlow, Keras and KerasHub; knows nothing of files,
configurations or the loop.
"""
