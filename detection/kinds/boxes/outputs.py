"""The outputs in which a detector answers boxes: the Object Detection API's names.

Sources: object_detection/exporter.py and exporter_lib_v2.py; official/vision/serving/detection.py.
"""

BOXES = "detection_boxes"
SCORES = "detection_scores"
CLASSES = "detection_classes"
COUNT = "num_detections"
# Model Garden's: how each image was scaled, which its pixel boxes refer to.
IMAGE_INFO = "image_info"
NEEDED_OUTPUTS = frozenset({BOXES, SCORES, CLASSES})
