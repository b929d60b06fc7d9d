"""How good a detector is: COCO's numbers, curves, confusions, the worst images, a report.

`coco_metrics` is what the training loop asks too. `image_detector` is the port behind
which detections come from a checkpoint, an exported model, or a file. May import `detection` and
the rest of `training`; TensorFlow is imported only where a model computes.
"""
