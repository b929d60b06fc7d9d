"""The answers' shapes, as the specification has them; tests hold real answers to them.

Swagger 2.0 has neither alternatives nor null: `Prediction` has the members of one image's answer
and of several images', and what may be null says so by `x-nullable`, which generators of clients
read. May import Flask-RESTX alone.
"""

from collections.abc import Mapping
from typing import Any

from flask_restx import Namespace

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
# What a model card or a fact holds is its author's.
ANY: Schema = {}


def ref(name: str) -> Schema:
    """The model of that name."""
    return {"$ref": f"#/definitions/{name}"}


def array(items: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    """The same, or null. A reference cannot be, so that one is wrapped."""
    return {"x-nullable": True, **({"allOf": [schema]} if "$ref" in schema else schema)}


def by_name(values: Schema) -> Schema:
    """An object with any keys."""
    return {"type": "object", "additionalProperties": values}


def model(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with these members and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


CORNERS = dict.fromkeys(("x_min", "y_min", "x_max", "y_max"), NUMBER)
WHOLE_CORNERS = dict.fromkeys(CORNERS, INTEGER)
PROBLEM = {
    "type": STRING,
    "title": STRING,
    "status": INTEGER,
    "detail": STRING,
    "error": STRING,
    "request_id": STRING,
}
IMAGE_RESULT = {
    "image": ref("Image"),
    "detections": array(ref("Detection")),
    "annotated": ref("File"),
    "belief_map": ref("File"),
}
PREDICTION_MODELS: dict[str, Schema] = {
    "Problem": model(PROBLEM),
    "ServedVersion": model({"name": STRING, "version": STRING}),
    "UsedPipeline": model({"name": STRING, "keypoints": ref("ServedVersion")}),
    "Image": model({"width": INTEGER, "height": INTEGER}, {"truncated": BOOLEAN}),
    "File": model({"media_type": STRING, "b64": STRING}),
    "Box": model(CORNERS),
    "Mask": model({"size": array(INTEGER), "counts": STRING}),
    "Keypoint": model({"name": nullable(STRING), "x": NUMBER, "y": NUMBER, "score": NUMBER}),
    "Detection": model(
        {
            "class_id": INTEGER,
            "label": nullable(STRING),
            "score": NUMBER,
            "box": ref("Box"),
            "box_normalized": ref("Box"),
        },
        {
            "mask": ref("Mask"),
            "polygons": array(array(NUMBER)),
            "keypoints": array(ref("Keypoint")),
        },
    ),
    "Timing": model(dict.fromkeys(("read", "predict", "render", "total"), NUMBER)),
    "ImageResult": model(
        {name: IMAGE_RESULT[name] for name in ("image", "detections")},
        {name: IMAGE_RESULT[name] for name in ("annotated", "belief_map")},
    ),
    "Prediction": model(
        {"request_id": STRING, "model": ref("ServedVersion"), "timing_ms": ref("Timing")},
        {
            "pipeline": ref("UsedPipeline"),
            "warnings": array(STRING),
            **IMAGE_RESULT,
            "results": array(ref("ImageResult")),
        },
    ),
    "CocoResult": model(
        {"image_id": INTEGER, "category_id": INTEGER, "bbox": array(NUMBER), "score": NUMBER},
        {"segmentation": ref("Mask"), "keypoints": array(NUMBER)},
    ),
}
DEEPSTACK_MODELS: dict[str, Schema] = {
    "DeepStackProblem": model({**PROBLEM, "success": BOOLEAN, "code": INTEGER, "duration": NUMBER}),
    "DeepStackDetection": model({"label": STRING, "confidence": NUMBER, **WHOLE_CORNERS}),
    "DeepStackPrediction": model(
        {"success": BOOLEAN, "predictions": array(ref("DeepStackDetection")), "duration": NUMBER}
    ),
    "DeepStackModels": model({"success": BOOLEAN, "models": array(STRING), "duration": NUMBER}),
    "DeepStackVersion": model(
        {
            "major": INTEGER,
            "minor": INTEGER,
            "patch": INTEGER,
            "preRelease": STRING,
            "securityUpdate": BOOLEAN,
            "build": INTEGER,
            "file": STRING,
            "releaseNotes": STRING,
        }
    ),
    "DeepStackUpdate": model(
        {
            "success": BOOLEAN,
            "message": STRING,
            "version": ref("DeepStackVersion"),
            "current": ref("DeepStackVersion"),
            "latest": ref("DeepStackVersion"),
            "updateAvailable": BOOLEAN,
        }
    ),
}
TENSORS = nullable(by_name(ref("Tensor")))
CATALOG_MODELS: dict[str, Schema] = {
    "LabelMapItem": model(
        {"id": INTEGER, "name": nullable(STRING), "display_name": nullable(STRING)}
    ),
    "LabelMap": model({"items": array(ref("LabelMapItem"))}),
    "Tensor": model({"dtype": STRING, "shape": nullable(array(nullable(INTEGER)))}),
    "Size": model({"height": INTEGER, "width": INTEGER}),
    "Fact": model({"value": ANY, "source": STRING}),
    "ScoreThreshold": {
        "type": "object",
        "required": ["value", "source"],
        "properties": {"value": NUMBER, "source": STRING},
        "additionalProperties": True,
    },
    "ModelCard": model(
        {
            "title": ANY,
            "created_at": ANY,
            "model": ANY,
            "metrics": ANY,
            "parity": ANY,
            "notes": array(ANY),
        }
    ),
    "ModelVersion": model(
        {
            "version": STRING,
            "state": STRING,
            "error": nullable(STRING),
            "waiting_for": nullable(STRING),
            "version_labels": array(STRING),
            "kind": nullable(STRING),
            "input_size": nullable(ref("Size")),
            "classes": nullable(array(ref("LabelMapItem"))),
            "labels": nullable(array(STRING)),
            "label_map_error": nullable(STRING),
            "label_map_warning": nullable(STRING),
            "score_threshold": ref("ScoreThreshold"),
            "card": nullable(ref("ModelCard")),
            "card_error": nullable(STRING),
            "facts": by_name(ref("Fact")),
            "facts_error": nullable(STRING),
            "facts_warnings": array(STRING),
            "signature": nullable(STRING),
            "inputs": TENSORS,
            "outputs": TENSORS,
            "filled_inputs": ANY,
        },
        {"signature_error": STRING, "class_count": nullable(INTEGER)},
    ),
    "Model": model(
        {
            "name": STRING,
            "default": BOOLEAN,
            "version": nullable(STRING),
            "version_labels": by_name(STRING),
            "waiting_for": nullable(STRING),
            "versions": array(ref("ModelVersion")),
        }
    ),
    "Pipeline": model({"name": STRING, "detector": STRING, "keypoints": STRING}),
    "NotServed": model({"folder": STRING, "problem": STRING, "remedy": STRING}),
    "Models": model(
        {"models": array(ref("Model"))},
        {"pipelines": array(ref("Pipeline")), "not_served": array(ref("NotServed"))},
    ),
}
OPERATION_MODELS: dict[str, Schema] = {
    "Health": model({"status": STRING}),
    "Ready": model({"status": STRING, "model": ref("ServedVersion")}),
    "Limits": model(
        {
            "predict_timeout_s": NUMBER,
            "max_request_bytes": INTEGER,
            "max_image_pixels": INTEGER,
            "max_images_per_request": INTEGER,
            "max_concurrent_predictions": INTEGER,
            "max_label_map_bytes": INTEGER,
            "rate_limit_per_minute": nullable(INTEGER),
        }
    ),
}
ANSWER_MODELS = PREDICTION_MODELS | DEEPSTACK_MODELS | CATALOG_MODELS | OPERATION_MODELS


def register_models(ns: Namespace) -> None:
    """Add the models to the specification."""
    for name, schema in ANSWER_MODELS.items():
        ns.schema_model(name, schema)


def answers(
    ns: Namespace, descriptions: Mapping[int, str], answer: str, problem: str = "Problem"
) -> dict[int, Any]:
    """The answers of an operation, each with its model.

    Args:
        ns: to which the models were added.
        descriptions: by status.
        answer: the model of what is found.
        problem: the model of what goes wrong.
    """
    return {
        status: (text, ns.models[answer if status < 400 else problem])
        for status, text in descriptions.items()
    }
