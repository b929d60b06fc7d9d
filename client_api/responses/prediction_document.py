"""A prediction's answer as JSON has it, in the schema that was asked for."""

from typing import Any

from client_api.observability.request_record import current_record
from client_api.prediction.service import Prediction
from client_api.responses.prediction_json import coco_document, image_object


def answer_document(prediction: Prediction) -> dict[str, Any] | list[dict[str, Any]]:
    """The document: of one image, of several, or a list of COCO results."""
    if prediction.parameters.schema == "coco":
        return coco_document(prediction.results)
    record, version = current_record(), prediction.found.version
    images = [
        image_object(each, prediction.label_map, annotated=prediction.kind.annotated)
        for each in prediction.results
    ]
    return {
        "request_id": record.request_id,
        "model": {"name": version.name, "version": str(version.version)},
        **_pipeline(prediction),
        **({"warnings": list(warnings)} if (warnings := prediction.found.warnings) else {}),
        **(images[0] if len(images) == 1 else {"results": images}),
        "timing_ms": record.timing_ms(),
    }


def _pipeline(prediction: Prediction) -> dict[str, Any]:
    """Which pair of models was asked, and which version gave the points."""
    pipeline, version = prediction.step.pipeline, prediction.step.version
    if pipeline is None or version is None:
        return {}
    pointer = {"name": version.name, "version": str(version.version)}
    return {"pipeline": {"name": pipeline.name, "keypoints": pointer}}
