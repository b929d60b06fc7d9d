"""From a request with images in it to its answer."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from flask import Request, Response

from client_api.catalog.request_labels import RequestLabels
from client_api.catalog.served_versions import ServedVersion
from client_api.errors import (
    ModelLoading,
    ModelServerAway,
    NotAcceptable,
    NotExactlyOneImage,
)
from client_api.gateway import Gateway
from client_api.inference.deadline import Deadline
from client_api.inference.error_mapping import translate_errors
from client_api.inference.found import InferenceResult
from client_api.observability.request_record import current_record
from client_api.pipelines import Pipeline
from client_api.prediction.caller import Caller
from client_api.prediction.keypoint_stage import KeypointStage, pipeline_of
from client_api.requests.body import FORM_TYPE, Body, Form, receive
from client_api.requests.dialect import OURS, Dialect
from client_api.requests.lazy_images import LazyImages
from client_api.requests.negotiation import AnswerKind, answer_kind, asks_for_page
from client_api.requests.parameters import PredictionParameters, parse_parameters
from client_api.requests.payload import Payload, parse_payload
from client_api.responses.drawn_image import can_hold, encode_image
from client_api.responses.prediction_json import ImageResult
from detection.drawing import draw_detections
from detection.images import DecodedImage
from detection.kinds.keypoints.belief_drawing import lay_beliefs_on
from detection.label_map import LabelMap
from serving_protocol.model_server import ModelChoice

PNG = "image/png"


@dataclass(frozen=True)
class Prediction:
    """A prediction, ready to be written down.

    Attributes:
        found: by the model, of every image.
        results: what of it was asked for.
        label_map: the classes' names.
        kind: how to write it down.
        parameters: as they were understood.
        step: which pipeline was asked for.
        names: of the images' files, where a form told them.
    """

    found: InferenceResult
    results: Sequence[ImageResult]
    label_map: LabelMap | None
    kind: AnswerKind
    parameters: PredictionParameters
    step: KeypointStage
    names: Sequence[str] = ()


Answerer = Callable[[Prediction], Response]
Chooser = Callable[[Pipeline | None], ModelChoice]


class Predictor:
    """Answers requests for predictions.

    Args:
        gateway: the parts to do it with.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def predict(
        self,
        request: Request,
        choose: Chooser,
        write: Answerer,
        dialect: Dialect = OURS,
    ) -> Response:
        """Read the request, ask the model, and write the answer.

        Args:
            request: with images in it.
            choose: the model that is asked, by the pipeline that is asked for, if any.
            write: makes the answer of what was found.
            dialect: how such callers ask.

        Raises:
            GatewayError: what the caller is told instead.
        """
        record, always = current_record(), dialect.always
        # What can be refused without the body is: a key, an unknown parameter, an Accept.
        of_page = always is None and asks_for_page(request)
        is_form = of_page or always is not None
        caller = Caller(self._gateway, request, sends_forms=is_form)
        caller.check_head()
        in_query = dialect.known_fields(request.args.items(multi=True))
        asked = parse_parameters(in_query, defaults=dialect.defaults)
        if always is None and request.mimetype != FORM_TYPE:
            # A form may still bring a format, which goes over the Accept header.
            answer_kind(request.accept_mimetypes, asked.answer_format)
        choice = choose(pipeline_of(self._gateway, asked))
        caller.count_head()
        with self._gateway.admission.request_slot():
            body = self._received(request, of_page=of_page)
            with closing(body), self._gateway.turn():
                with record.stage("read"):
                    submission = parse_payload(
                        dialect.known_parts(body) if isinstance(body, Form) else body,
                        max_images=self._gateway.settings.max_images_per_request,
                    )
                caller.check_form(submission.key)
                parameters = parse_parameters(
                    dialect.known_fields([*in_query, *submission.fields]),
                    skip_empty=is_form,
                    defaults=dialect.defaults,
                )
                kind = always or answer_kind(request.accept_mimetypes, parameters.answer_format)
                if parameters.pipeline != asked.pipeline:
                    choice = choose(pipeline_of(self._gateway, parameters))
                _require_one_image(kind, submission)
                return self._answered(submission, choice, parameters, kind, write)

    def _received(self, request: Request, *, of_page: bool) -> Body:
        record = current_record()
        with record.stage("receive"):
            body = receive(request, max_bytes=self._gateway.settings.max_request_bytes)
        if of_page and isinstance(body, Form):
            record.form = body.fields.to_dict()
        return body

    def _answered(
        self,
        submission: Payload,
        choice: ModelChoice,
        parameters: PredictionParameters,
        kind: AnswerKind,
        write: Answerer,
    ) -> Response:
        settings = self._gateway.settings
        with LazyImages(
            submission.images,
            settings.max_image_pixels,
            self._gateway.admission.large_image_slot,
            accept_truncated=parameters.truncated == "accept",
        ) as images:
            labels = RequestLabels(
                submission.label_map,
                self._gateway.published,
                parameters.classes,
                lambda version: self._gateway.facts.of(version).first_class,
            )
            step = KeypointStage(
                self._gateway,
                choice,
                pipeline_of(self._gateway, parameters),
                with_beliefs=parameters.overlay is not None,
                deadline=Deadline(settings.predict_timeout_s),
            )
            prediction = self._find(choice, images, labels, parameters, kind, step)
            return write(replace(prediction, names=submission.names))

    def _find(
        self,
        choice: ModelChoice,
        images: LazyImages,
        labels: RequestLabels,
        parameters: PredictionParameters,
        kind: AnswerKind,
        step: KeypointStage,
    ) -> Prediction:
        record, deadline = current_record(), step.deadline

        def check(version: ServedVersion) -> None:
            labels.check(version)
            images.look_at_headers()

        try:
            with record.stage("predict"):
                step.check()
            with translate_errors(choice, self._gateway.model_server), record.stage("predict"):
                found = self._gateway.asker.ask(choice, lambda: images, deadline, check)
        except (ModelServerAway, ModelLoading):
            # Asking again later does not help an image that cannot be read.
            for _ in images:
                pass
            raise
        record.model, record.version = found.version.name, found.version.version
        label_map, class_ids = labels.label_map(found.version), labels.class_ids(found.version)
        threshold = parameters.score_threshold
        if threshold is None:
            version = found.version
            threshold = self._gateway.published.score_threshold(version.name, version.version)
            parameters = replace(parameters, score_threshold=threshold)
        results = []
        for row, (detections, size_wh) in enumerate(
            zip(found.detections, found.sizes_wh, strict=True)
        ):
            selected = detections.select(
                score_threshold=threshold,
                class_ids=class_ids,
                max_detections=parameters.max_detections,
            )
            result = ImageResult(size_wh, selected, truncated=row in images.truncated)
            if step.is_needed:
                with deadline.paused():
                    image = images[row]
                with record.stage("predict"):
                    result = step.applied(image, result)
            if kind.is_drawn:
                with deadline.paused():
                    image = images[row]
                    with record.stage("render"):
                        result = _drawn(image, result, label_map, kind)
            results.append(result)
        return Prediction(found, results, label_map, kind, parameters, step)


def _require_one_image(kind: AnswerKind, submission: Payload) -> None:
    count = len(submission.images)
    if kind.is_image and count != 1:
        raise NotExactlyOneImage(
            f"{kind.media_type} as the answer takes exactly one image, but {count} came; "
            "ask for JSON, or for format=both"
        )


def _drawn(
    image: DecodedImage, result: ImageResult, label_map: LabelMap | None, kind: AnswerKind
) -> ImageResult:
    media_type = kind.image_type
    if not can_hold(media_type, result.size_wh):
        if kind.is_image:
            raise NotAcceptable(
                f"{media_type} cannot hold an image of {result.size_wh[0]}x{result.size_wh[1]} "
                f"pixels; {PNG} can"
            )
        media_type = PNG
    pixels = image.pixels
    if result.beliefs is not None:
        pixels = lay_beliefs_on(pixels, result.beliefs)
    drawn = draw_detections(pixels, result.detections, label_map)
    return replace(result, annotated=encode_image(drawn, media_type), annotated_type=media_type)
