"""The kinds of output: boxes, masks, keypoints; each an `OutputKind`, whole in a place of its own.

A kind holds its arrays, the outputs of a signature that answer it, how these are decoded, its JSON,
its COCO form, how it is drawn, and when two answers agree. `table.KINDS` lists them; everything
else iterates over those that it is given, or over those that `Detections` have.
"""
