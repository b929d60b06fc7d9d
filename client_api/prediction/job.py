"""What a request asks for: known in part from its head, and wholly with its body."""

from collections.abc import Sequence
from dataclasses import dataclass

from client_api.catalog.default_model import DefaultModel
from client_api.errors import BadParameter, ConflictingParameters, NotExactlyOneImage
from client_api.pipelines import Pipeline
from client_api.requests.dialects import Dialect
from client_api.requests.negotiation import AnswerKind
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
        query: the parameters in the query string.
        pipeline: that the query string names.
        detector: the model to ask, by the path and `pipeline`.
    """

    named: ModelChoice | None
    is_page: bool
    awaits_key: bool
    query: SentFields
    pipeline: Pipeline | None
    detector: ModelChoice


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
    def has_second_stage(self) -> bool:
        """Whether a model looks at each image again, for keypoints or belief maps."""
        return self.pipeline is not None or self.parameters.overlay is not None


def check_image_count(count: int, kind: AnswerKind, dialect: Dialect, path: str) -> None:
    """Refuse several images where the answer has room for one.

    Raises:
        NotExactlyOneImage: there are several.
    """
    if count == 1:
        return
    if dialect.takes_one_image:
        raise NotExactlyOneImage(f"{path} takes exactly one image, but {count} came")
    if kind.is_image:
        raise NotExactlyOneImage(
            f"{kind.media_type} as the answer takes exactly one image, but {count} came; "
            "ask for JSON, or for format=both"
        )


def find_pipeline(pipelines: Sequence[Pipeline], name: str | None) -> Pipeline | None:
    """The pipeline of that name; None where none is named.

    Raises:
        BadParameter: there is none of that name.
    """
    if name is None:
        return None
    known = {each.name: each for each in pipelines}
    if name not in known:
        allowed = f"one of {', '.join(known)}" if known else "none (PIPELINES sets none up)"
        raise BadParameter("pipeline", name, allowed)
    return known[name]


def choose_detector(
    named: ModelChoice | None, pipeline: Pipeline | None, default_model: DefaultModel
) -> ModelChoice:
    """The model that a path names, else the pipeline's detector, else the default model.

    Raises:
        ConflictingParameters: the path names another model than the pipeline.
        NoModelYet: there is no default model.
    """
    if named is None:
        return ModelChoice(default_model.name() if pipeline is None else pipeline.detector)
    if pipeline is not None and pipeline.detector != named.name:
        raise ConflictingParameters(
            "pipeline",
            f"pipeline={pipeline.name} begins with model {pipeline.detector}, but the path names "
            f"model {named.name[:200]}; send the request to /predict",
        )
    return named
