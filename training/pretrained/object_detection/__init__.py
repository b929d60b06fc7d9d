"""What the TensorFlow Object Detection API leaves behind: SavedModels and checkpoints.

`frozen_graph` and `variables` read one form each, `names` holds the rules that turn their names
into ours.
"""
