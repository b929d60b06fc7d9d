"""What differs between the APIs that are spoken here: how a request is read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from client_api.requests.body import Form
from client_api.requests.negotiation import AnswerKind
from client_api.requests.parameters import PredictionParameters

_NONE_SENT = PredictionParameters()

Fields = list[tuple[str, str]]


def _as_it_came(fields: Iterable[tuple[str, str]]) -> Fields:
    return list(fields)


def _whole(form: Form) -> Form:
    return form


@dataclass(frozen=True)
class Dialect:
    """How the callers of an API ask.

    Attributes:
        always: the kind of every answer, where neither `Accept` nor `format` decides. Such callers
            may send the API key as a field of the form, as the page does.
        defaults: what a parameter is that was not sent.
        known_fields: those of the query string or the form that mean something.
        known_parts: the parts of a form that mean something.
    """

    always: AnswerKind | None = None
    defaults: PredictionParameters = _NONE_SENT
    known_fields: Callable[[Iterable[tuple[str, str]]], Fields] = _as_it_came
    known_parts: Callable[[Form], Form] = _whole


OURS = Dialect()
