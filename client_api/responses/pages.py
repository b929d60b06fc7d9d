"""The pages for people, whole without scripts; with them, the page does the same and more."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request

from client_api.observability.request_record import current_record
from client_api.requests.body import FORM_TYPE
from client_api.requests.negotiation import PAGE, asks_for_page, best_type
from client_api.requests.parameters import FORM_PARAMETERS
from client_api.responses.page_target import Target
from client_api.responses.page_variables import PageVariables
from client_api.responses.prediction_response import (
    ImageResult,
    Prediction,
    as_json,
    coco_document,
    prediction_document,
)
from client_api.responses.problem_documents import PROBLEM_TYPE
from detection.json_objects import json_objects
from detection.label_map import LabelMap
from detection.palette import class_color

FORM_FIELDS = frozenset({"image", "label_map", "api_key"}).union(
    each.name for each in FORM_PARAMETERS
)


@dataclass(frozen=True)
class _Row:
    """A detection in the table."""

    color: str
    label: str
    score: str
    box: str


class Pages:
    """Renders the pages.

    Args:
        variables: of all pages.
    """

    def __init__(self, variables: PageVariables) -> None:
        self._variables = variables

    def upload(self, target: Target | None = None) -> Response:
        """The page with the form.

        Args:
            target: the one that the form asks; None for the default.
        """
        response = _page(render_template("upload.html", **self._variables.about(target)))
        # Which models there are changes; what a browser kept is asked about again.
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    def result(self, prediction: Prediction) -> Response:
        """What was found, with the form for the next image."""
        version = prediction.found.known.served
        document = prediction_document(prediction)
        return _page(
            render_template(
                "result.html",
                images=[
                    _image(row, each, prediction) for row, each in enumerate(prediction.results)
                ],
                version=version,
                json_text=json.dumps(document, ensure_ascii=False, indent=2),
                json_href=_data_url("application/json", as_json(document)),
                coco_href=_data_url("application/json", as_json(coco_document(prediction.results))),
                timing=current_record().timing_ms(),
                parameters=prediction.parameters,
                **self._variables.about(
                    _asked(version.name, pipeline=prediction.parameters.pipeline)
                ),
            )
        )

    def problem(self, problem: dict[str, Any]) -> str:
        """The page that says what went wrong, with the form to try again."""
        asked = _asked(None, pipeline=self._variables.pipeline_of_query())
        variables, field = self._variables.about(asked), current_record().problem_field
        # What the form has no place for, or where there is no form, stands above.
        is_shown = field in FORM_FIELDS and variables["model"] is not None
        return render_template(
            "problem.html",
            problem=problem,
            problem_field=field if is_shown else None,
            **variables,
        )


def _asked(default: str | None, pipeline: str | None) -> Target | None:
    """What the request's path asks; `pipeline` or else `default` where it names no model."""
    parts = request.view_args or {}
    if pipeline is not None and "model" not in parts:
        return Target(None, pipeline=pipeline)
    name = parts.get("model", default)
    if name is None:
        return None
    version = str(parts.get("version", ""))
    # A number that no version can have is asked as it came, and refused as it was.
    return Target(name, int(version) if version.isdecimal() else None, parts.get("label"))


def _image(row: int, result: ImageResult, prediction: Prediction) -> dict[str, Any]:
    names = prediction.names
    return {
        "source": _data_url(result.annotated_type, result.annotated or b""),
        "width": result.size_wh[0],
        "height": result.size_wh[1],
        "rows": _rows(result, prediction.label_map),
        "name": names[row] if row < len(names) else "",
    }


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _rows(result: ImageResult, label_map: LabelMap | None) -> list[_Row]:
    return [
        _Row(
            class_color(each["class_id"]),
            each["label"] or f"class {each['class_id']}",
            f"{each['score']:.1%}",
            "{x_min:.0f}, {y_min:.0f} \N{EN DASH} {x_max:.0f}, {y_max:.0f}".format(**each["box"]),
        )
        for each in json_objects(
            result.detections,
            width=result.size_wh[0],
            height=result.size_wh[1],
            label_map=label_map,
        )
    ]


def _page(html: str) -> Response:
    return Response(html, content_type=f"{PAGE}; charset=utf-8")


def show_problem_as_page(response: Response, *, pages: Pages) -> Response:
    """Show what went wrong with the form's `POST` or the page's address in the page.

    The status stays the same.
    """
    if response.mimetype != PROBLEM_TYPE or not (_is_of_form() or _is_of_page()):
        return response
    response.set_data(pages.problem(json.loads(response.get_data())))
    response.content_type = f"{PAGE}; charset=utf-8"
    return response


def _is_of_form() -> bool:
    is_prediction = request.method == "POST" and request.path.endswith("/predict")
    # A model may be called predict, and be asked as DeepStack's.
    is_ours = not request.path.startswith("/v1/")
    return is_prediction and is_ours and request.mimetype == FORM_TYPE and asks_for_page(request)


def _is_of_page() -> bool:
    # A kept address may name a model that is served no more.
    accepted = best_type(request.accept_mimetypes, (PROBLEM_TYPE, PAGE))
    return request.method == "GET" and request.path == "/" and accepted == PAGE
