"""`GET /`: the page, for people."""

from flask import Blueprint, Response, request

from client_api.answering.pages import Pages
from client_api.errors import UnknownModel
from client_api.gateway import Gateway


def blueprint(gateway: Gateway, pages: Pages) -> Blueprint:
    """The page, wired."""
    page = Blueprint("page", __name__)

    @page.get("/")
    def upload() -> Response:
        model = request.args.get("model")
        known = {*gateway.published.names(), gateway.default_model.name_if_any()}
        if model is not None and model not in known:
            raise UnknownModel(f"model {model[:200]} is unknown")
        return pages.upload(model)

    return page
