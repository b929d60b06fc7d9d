"""What a request asks for: known in part from its head, and wholly with its body."""

from collections.abc import Sequence
from dataclasses import dataclass

from client_api.catalog.default_model import DefaultModel
from client_api.errors import BadParameter, ConflictingParameters, NotExactlyOneImage
from client_api.pipelines import Pipeline
from client_api.requests.dialects import Dialect
from client_api.requests.negotiation import IMAGES, AnswerKind
from client_api.requests.parameters import PredictionParameters, SentFields
from client_api.requests.payload import Payload
from serving_protocol.model_server import ModelChoice


@dataclass(frozen=True)
class RequestHead:
    """What is known of a request before its body is read.

    Attributes:
        named: the model that its path names; None for the default model.
        is_page: whether the page's form sent it.
        awaits_key: whether the API key may still come as a field of the form.
        query: the fields of the query string.
        parameters: that these ask for.
        kind: of the answer, by these and `Accept`; None where a form may still say another.
        detector: the model to ask, by the path and the pipeline.
        pipeline: that the query string names.
    """

    named: ModelChoice | None
    is_page: bool
    awaits_key: bool
    query: SentFields
    parameters: PredictionParameters
    kind: AnswerKind | None
    detector: ModelChoice
    pipeline: Pipeline | None


@dataclass(frozen=True)
class PredictionJob:
    """What a request asks for, all of it.

    Attributes:
        payload: images and label map.
        parameters: of the query string and the form.
        kind: of the answer.
        detector: the model to ask.
        pipeline: the pair of models to use, if any.
    """

    payload: Payload
    parameters: PredictionParameters
    kind: AnswerKind
    detector: ModelChoice
    pipeline: Pipeline | None

    @property
    def shows_pixels(self) -> bool:
        """Whether the images are looked at by others than the detector: drawn on, or cut out."""
        is_drawn = self.kind.drawn_as is not None or self.parameters.overlay is not None
        return is_drawn or self.pipeline is not None


def refuse_several(count: int, kind: AnswerKind, dialect: Dialect, path: str) -> None:
    """Refuse several images where the answer has room for one.

    Raises:
        NotExactlyOneImage: it has.
    """
    if dialect.takes_one_image:
        raise NotExactlyOneImage(f"{path} takes exactly one image, but {count} came")
    if kind.media_type in IMAGES:
        raise NotExactlyOneImage(
            f"{kind.media_type} as the answer takes exactly one image, but {count} came; "
            "ask for JSON, or for format=both"
        )


def choose_models(
    named: ModelChoice | None,
    pipeline_name: str | None,
    pipelines: Sequence[Pipeline],
    default_model: DefaultModel,
) -> tuple[ModelChoice, Pipeline | None]:
    """The detector to ask, and the pipeline where one is named.

    Args:
        named: the model that the path names, which is the detector; else the pipeline's, else the
            default model.
        pipeline_name: of one of `pipelines`; None for a detector alone.
        pipelines: that there are.
        default_model: where nothing is named.

    Raises:
        BadParameter: there is no pipeline of that name.
        ConflictingParameters: the path names another model than the pipeline.
        NoModelYet: there is no default model.
    """
    if pipeline_name is None:
        return named or ModelChoice(default_model.name()), None
    known = {each.name: each for each in pipelines}
    if pipeline_name not in known:
        allowed = f"one of {', '.join(known)}" if known else "none (PIPELINES sets none up)"
        raise BadParameter("pipeline", pipeline_name, allowed)
    pipeline = known[pipeline_name]
    if named is not None and pipeline.detector != named.name:
        raise ConflictingParameters(
            "pipeline",
            f"pipeline={pipeline.name} begins with model {pipeline.detector}, but the path names "
            f"model {named.name[:200]}; send the request to /predict",
        )
    return named or ModelChoice(pipeline.detector), pipeline
