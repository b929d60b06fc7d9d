"""Flask and TensorFlow in one process, as tutorials have it; served by gunicorn with four threads.

Settings come from the environment: `SAVED_MODEL`, the folder of the model.
"""

import io
import os
from typing import Any

import flask
import numpy as np
import tensorflow as tf
from PIL import Image

SCORE_THRESHOLD = 0.4
app = flask.Flask(__name__)
model = tf.saved_model.load(os.environ["SAVED_MODEL"])
detect = model.signatures["image_tensor"]


@app.post("/predict")
def predict() -> dict[str, Any]:
    """Boxes, classes and scores of the image that is the body."""
    image = Image.open(io.BytesIO(flask.request.get_data())).convert("RGB")
    found = detect(tf.constant(np.asarray(image)[None]))
    boxes, classes, scores = (
        found[f"detection_{name}"][0].numpy() for name in ("boxes", "classes", "scores")
    )
    return {
        "detections": [
            {"box": box.tolist(), "class": int(number), "score": float(score)}
            for box, number, score in zip(boxes, classes, scores, strict=True)
            if score >= SCORE_THRESHOLD
        ]
    }
