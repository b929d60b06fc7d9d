"""Import detectors that were exported elsewhere: what they lack beside their graph is added.

`foreign_model` reads a SavedModel and leaves its graph as it is, `label_maps` finds out what its
classes are called, `engine_answers` what it finds in images, under each engine, and `importing`
puts card, canary and warm-up requests beside it. `keras_files` reads KerasHub's detectors, which
are exported as our own are; it and `keras_importing` alone import TensorFlow.
"""
