"""`GET /`: the page, for people."""

from collections.abc import Sequence

from flask import Blueprint, Response, request

from client_api.catalog.default_model import DefaultModel
from client_api.catalog.model_catalog import ModelCatalog
from client_api.errors import UnknownModel
from client_api.pipelines import Pipeline
from client_api.responses.page_target import Target
from client_api.responses.pages import Pages


def blueprint(
    pages: Pages, pipelines: Sequence[Pipeline], catalog: ModelCatalog, default_model: DefaultModel
) -> Blueprint:
    """The page, wired."""
    page = Blueprint("page", __name__)

    @page.get("/")
    def upload() -> Response:
        asked = request.args.get("model")
        if not asked:
            return pages.upload(None)
        target = Target.parse(asked)
        if target.model is None:
            _check_pipeline(target, pipelines)
        else:
            _check_model(target, target.model, catalog, default_model)
        return pages.upload(target)

    return page


def _check_pipeline(target: Target, pipelines: Sequence[Pipeline]) -> None:
    if target.pipeline not in {each.name for each in pipelines}:
        raise UnknownModel(f"pipeline {str(target.pipeline)[:200]} is unknown")


def _check_model(
    target: Target, model: str, catalog: ModelCatalog, default_model: DefaultModel
) -> None:
    """Look whether there is such a model, version or label, as far as the folder tells.

    Raises:
        UnknownModel: there is none.
    """
    if model not in {*catalog.names(), default_model.name_if_any()}:
        raise UnknownModel(f"model {model[:200]} is unknown")
    versions = catalog.versions(model)
    if versions and target.version not in {*versions, None}:
        raise UnknownModel(f"version {target.version} of model {model} is unknown")
    if versions and target.label not in {*catalog.version_labels.of(model), None}:
        raise UnknownModel(f"label {str(target.label)[:200]} of model {model} is unknown")
