"""What happens to an image's detections before they are written down: points, belief maps."""

from dataclasses import dataclass, replace

from client_api.catalog.served_versions import ServedVersion
from client_api.errors import BadParameter
from client_api.gateway import Gateway
from client_api.inference.deadline import Deadline
from client_api.inference.error_mapping import translate_errors
from client_api.pipelines import Pipeline
from client_api.requests.parameters import PredictionParameters
from client_api.responses.prediction_json import ImageResult
from detection.images import DecodedImage
from serving_protocol.model_server import ModelChoice


@dataclass
class KeypointStage:
    """The part of a request that looks at an image again.

    Args:
        gateway: the parts to do it with.
        detector: the model that was asked first.
        pipeline: the pair that was asked for; None for none.
        with_beliefs: belief maps are wanted.
        deadline: of the request.
    """

    gateway: Gateway
    detector: ModelChoice
    pipeline: Pipeline | None
    with_beliefs: bool
    deadline: Deadline
    # Of the model of keypoints, once it is known.
    version: ServedVersion | None = None

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to do."""
        return self.pipeline is not None or self.with_beliefs

    def check(self) -> None:
        """Look whether the second model of the pair can be asked, before the first one is.

        Raises:
            GatewayError: it cannot.
        """
        if self.pipeline is not None:
            choice = ModelChoice(self.pipeline.pointer)
            with translate_errors(choice, self.gateway.model_server):
                self.version = self.gateway.hand_pointer.find(choice, self.deadline)

    def applied(self, image: DecodedImage, result: ImageResult) -> ImageResult:
        """The same with points and belief maps, where they are wanted.

        Raises:
            GatewayError: as a prediction.
        """
        hands, pointer = None, self.gateway.hand_pointer
        choice = self.detector
        if self.pipeline is not None:
            choice, hands = ModelChoice(self.pipeline.pointer), result.detections
            with translate_errors(choice, self.gateway.model_server):
                pointed = pointer.point(choice, image, hands, self.deadline)
            self.version = pointed.version
            result = replace(result, detections=pointed.detections)
        if self.with_beliefs:
            with translate_errors(choice, self.gateway.model_server):
                beliefs = pointer.beliefs(choice, image, hands, self.deadline)
            result = replace(result, beliefs=beliefs)
        return result


def pipeline_of(gateway: Gateway, parameters: PredictionParameters) -> Pipeline | None:
    """The pair that is asked for by name; None where none is.

    Raises:
        BadParameter: there is none of that name.
    """
    if parameters.pipeline is None:
        return None
    known = {each.name: each for each in gateway.settings.pipelines}
    if parameters.pipeline not in known:
        allowed = f"one of {', '.join(known)}" if known else "none (PIPELINES sets none up)"
        raise BadParameter("pipeline", parameters.pipeline, allowed)
    return known[parameters.pipeline]


def first_of(pipeline: Pipeline | None, model: ModelChoice) -> ModelChoice:
    """The model that a path names, which is the first of the pair where one is asked for.

    Raises:
        BadParameter: it is another one.
    """
    if pipeline is not None and pipeline.detector != model.name:
        raise BadParameter(
            "pipeline",
            pipeline.name,
            f"a pipeline that begins with model {model.name[:200]}, not with {pipeline.detector},",
        )
    return model
