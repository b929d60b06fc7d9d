"""`GET /`: the page, for people."""

from flask import Blueprint, Response, request

from client_api.errors import UnknownModel
from client_api.gateway import Gateway
from client_api.responses.pages import Pages
from client_api.responses.targets import Target


def blueprint(gateway: Gateway, pages: Pages) -> Blueprint:
    """The page, wired."""
    page = Blueprint("page", __name__)

    @page.get("/")
    def upload() -> Response:
        asked = request.args.get("model")
        return pages.upload(None if not asked else _known(gateway, Target.parse(asked)))

    return page


def _known(gateway: Gateway, target: Target) -> Target:
    """`target`, where there is such a model, version or label as far as the folder tells.

    Raises:
        UnknownModel: there is none, or no such pipeline.
    """
    if target.model is None:
        if target.pipeline not in {each.name for each in gateway.settings.pipelines}:
            raise UnknownModel(f"pipeline {str(target.pipeline)[:200]} is unknown")
        return target
    published = gateway.published
    if target.model not in {*published.names(), gateway.default_model.name_if_any()}:
        raise UnknownModel(f"model {target.model[:200]} is unknown")
    versions = published.versions(target.model)
    if versions and target.version not in {*versions, None}:
        raise UnknownModel(f"version {target.version} of model {target.model} is unknown")
    if versions and target.label not in {*gateway.labels.of(target.model), None}:
        raise UnknownModel(f"label {str(target.label)[:200]} of model {target.model} is unknown")
    return target
