"""`GET /docs` and `/swagger.json`: what can be asked, as Swagger UI and as its specification.

Flask-RESTX writes the specification and brings Swagger UI; its own page needs scripts inside the
page, which the policy of ours forbids, so the page is ours.
"""

from flask import Blueprint, Response, render_template

from client_api.requests.negotiation import PAGE


def blueprint() -> Blueprint:
    """The page of Swagger UI."""
    docs = Blueprint("docs", __name__)

    @docs.get("/docs")
    def swagger_ui() -> Response:
        return Response(render_template("docs.html"), content_type=f"{PAGE}; charset=utf-8")

    return docs
