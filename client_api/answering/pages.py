"""The pages for people: HTML made here, without scripts."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, render_template, request

from client_api.answering.json_answer import PictureResult, detection_objects
from client_api.answering.prediction_document import answer_document
from client_api.answering.problems import PROBLEM_TYPE
from client_api.gateway import Gateway
from client_api.predicting import Prediction
from client_api.reading.negotiation import PAGE, asks_for_page
from client_api.reading.parameters import MAX_DETECTIONS, PredictionParameters
from detection.drawing import class_colour
from detection.label_map import LabelMap


@dataclass(frozen=True)
class _Row:
    """A detection in the table."""

    colour: str
    label: str
    score: str
    box: str


class Pages:
    """Renders the pages.

    Args:
        gateway: whose limits and models they show.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def upload(self, model: str | None = None) -> Response:
        """The page with the form.

        Args:
            model: the one that the form asks; None for the default.
        """
        return _page(render_template("upload.html", **self._about(model)))

    def result(self, prediction: Prediction) -> Response:
        """What was found, with the form for the next picture."""
        version = prediction.found.version
        pictures = [
            {
                "source": f"data:{each.annotated_type};base64,"
                + base64.b64encode(each.annotated or b"").decode(),
                "width": each.size_wh[0],
                "height": each.size_wh[1],
                "rows": _rows(each, prediction.label_map),
            }
            for each in prediction.results
        ]
        text = json.dumps(answer_document(prediction), ensure_ascii=False, indent=2)
        return _page(
            render_template(
                "result.html",
                pictures=pictures,
                version=version,
                json_text=text,
                parameters=prediction.parameters,
                **self._about(version.name),
            )
        )

    def problem(self, problem: dict[str, Any], model: str | None) -> str:
        """The page that says what went wrong, with the form to try again."""
        return render_template("problem.html", problem=problem, **self._about(model))

    def _about(self, model: str | None) -> dict[str, Any]:
        default = self._gateway.default_model.name_if_any()
        names = self._gateway.published.names()
        chosen = model or default
        settings = self._gateway.settings
        return {
            "model": chosen,
            "default_model": default,
            "other_models": [each for each in names if each != chosen],
            "action": "/predict"
            if chosen is None or chosen == default
            else f"/models/{chosen}/predict",
            "settings": settings,
            "max_megabytes": settings.max_request_bytes / 1_000_000,
            "max_megapixels": settings.max_image_pixels / 1_000_000,
            "max_detections": MAX_DETECTIONS,
            "defaults": PredictionParameters(),
            "needs_key": settings.api_key is not None,
            "has_folder": self._gateway.published.has_folder,
        }


def _rows(result: PictureResult, label_map: LabelMap | None) -> list[_Row]:
    return [
        _Row(
            class_colour(each["class_id"]),
            each["label"] or f"class {each['class_id']}",
            f"{each['score']:.1%}",
            "{x_min:.0f}, {y_min:.0f} \N{EN DASH} {x_max:.0f}, {y_max:.0f}".format(**each["box"]),
        )
        for each in detection_objects(result, label_map)
    ]


def _page(html: str) -> Response:
    return Response(html, content_type=f"{PAGE}; charset=utf-8")


def show_problems_as_pages(app: Flask, pages: Pages) -> None:
    """Let what the form's `POST` went wrong with be shown in the page, under the same status."""

    @app.after_request
    def show(response: Response) -> Response:
        if response.mimetype != PROBLEM_TYPE or not _is_of_form():
            return response
        model = (request.view_args or {}).get("model")
        response.set_data(pages.problem(json.loads(response.get_data()), model))
        response.content_type = f"{PAGE}; charset=utf-8"
        return response


def _is_of_form() -> bool:
    is_prediction = request.method == "POST" and request.path.endswith("/predict")
    return is_prediction and asks_for_page(request)
