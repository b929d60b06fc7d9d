"""One prediction, stage by stage, from the request to its response: `PredictionService.predict`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from flask import Request, Response

from client_api.api_keys import ApiKey
from client_api.catalog.default_model import DefaultModel
from client_api.errors import ModelLoading, ModelServerAway
from client_api.inference.deadline import Deadline
from client_api.inference.detector_client import DetectorClient, InferenceResult
from client_api.limits.concurrency import ConcurrencyLimit, Place
from client_api.limits.rate_limit import RateLimit
from client_api.observability.metrics import Metrics
from client_api.observability.request_record import BEGAN_AT, current_record
from client_api.prediction.keypoint_stage import KeypointStage
from client_api.prediction.request_labels import check_labels
from client_api.prediction.requested_prediction import (
    PredictionJob,
    RequestHead,
    choose_models,
    refuse_several,
)
from client_api.prediction.version_check import suit_version
from client_api.requests.body import FORM_TYPE, Body, Form, receive
from client_api.requests.dialects import Dialect
from client_api.requests.key_guard import KeyGuard, key_of
from client_api.requests.lazy_images import LazyImages
from client_api.requests.negotiation import answer_kind, asks_for_page
from client_api.requests.parameters import to_parameters
from client_api.requests.payload import Payload, parse_payload
from client_api.responses.annotated_image import annotate
from client_api.responses.prediction_response import ImageResult, Prediction
from client_api.settings import Settings
from detection.images.decoding_process import DecodingProcess
from serving_protocol.model_server import ModelChoice


@dataclass(frozen=True)
class PredictionService:
    """Answers requests for predictions.

    Attributes:
        settings: limits and pipelines.
        key_guard: who may ask.
        concurrency: how many predictions are received and run at once.
        rate_limit: predictions a minute of each caller.
        default_model: which model `/predict` asks.
        client: of the model server.
        keypoints: the second stage of pipelines.
        metrics: count predictions.
        decoder: decodes images whose cost only a clock bounds.
        dialect: how requests are read.
        respond: makes the response of a prediction.
    """

    settings: Settings
    key_guard: KeyGuard
    concurrency: ConcurrencyLimit
    rate_limit: RateLimit
    default_model: DefaultModel
    client: DetectorClient
    keypoints: KeypointStage
    metrics: Metrics
    decoder: DecodingProcess
    dialect: Dialect
    respond: Callable[[Prediction], Response]

    def predict(self, request: Request, named: ModelChoice | None = None) -> Response:
        """Answer a request with images in it.

        Args:
            request: of a caller.
            named: the model that its path names; None for the default model.

        Raises:
            GatewayError: what the caller is told instead.
        """
        head = self.check_head(request, named)
        body = self.receive(request, head)
        with (
            body.opened,
            self.concurrency.request_slot(),
            self.concurrency.prediction_slot() as place,
            self.metrics.predictions_running.track_inprogress(),
        ):
            payload = self.parse(body)
            job = self.check_body(request, head, payload)
            with self.open_images(job, place) as images:
                deadline = Deadline(self.settings.predict_timeout_s)
                found = self.infer(job, images, deadline)
                prediction = self.select(job, found, images.truncated)
                results = []
                for row, selected in enumerate(prediction.results):
                    result = selected
                    if job.pipeline is not None or job.parameters.overlay is not None:
                        result = self.find_keypoints(job, images, row, result, deadline)
                    if job.kind.drawn_as is not None:
                        result = self.draw(prediction, images, row, result, deadline)
                    results.append(result)
                return self.write(replace(prediction, results=results))

    def check_head(self, request: Request, named: ModelChoice | None) -> RequestHead:
        """Refuse what can be refused without the body: by key, query, `Accept`, model and rate.

        Raises:
            Unauthorized, BadParameter, ConflictingParameters, UnknownParameter, NotAcceptable,
            NoModelYet, TooManyRequests.
        """
        is_page = self.dialect.always is None and asks_for_page(request)
        key = key_of(request.headers)
        # Such a form may bring the key as a field, and so only with the body.
        is_form = is_page or self.dialect.always is not None
        awaits_key = is_form and key is None and self.key_guard.needs_key
        taken = None if awaits_key else self.key_guard.check(key, request.remote_addr or "")
        query = self.dialect.parse_fields(request.args.items(multi=True))
        parameters, kind = to_parameters(query, self.dialect.defaults), self.dialect.always
        if kind is None and request.mimetype != FORM_TYPE:
            # A form may still bring a format, which goes over the Accept header.
            kind = answer_kind(request.accept_mimetypes, parameters.answer_format)
        models = choose_models(
            named, parameters.pipeline, self.settings.pipelines, self.default_model
        )
        if not awaits_key and BEGAN_AT not in request.environ:
            # A request that begins anew, since its body is there, was counted before.
            self.limit_rate(request, taken)
        return RequestHead(named, is_page, awaits_key, query, parameters, kind, *models)

    def limit_rate(self, request: Request, key: ApiKey | None) -> None:
        """Count a prediction of the one whose `key` it is, or of its address.

        Raises:
            TooManyRequests: it has had as many as it may have.
        """
        self.rate_limit.count_caller(key, request.remote_addr or "")

    def receive(self, request: Request, head: RequestHead) -> Body:
        """Read the body to its end; the caller closes it.

        Raises:
            GatewayError: as `body.receive`.
        """
        record = current_record()
        with record.stage("receive"):
            body = receive(request, max_bytes=self.settings.max_request_bytes)
        if head.is_page and isinstance(body, Form):
            record.form = body.fields.to_dict()
        return body

    def parse(self, body: Body) -> Payload:
        """Take the images, the label map and the fields out of the body.

        Raises:
            NoImage, BadBody, BadLabelMap, UnknownParameter: as `parse_payload`.
        """
        with current_record().stage("read"):
            if self.dialect.known_parts is not None and isinstance(body, Form):
                body = self.dialect.known_parts(body)
            return parse_payload(body, max_images=self.settings.max_images_per_request)

    def check_body(self, request: Request, head: RequestHead, payload: Payload) -> PredictionJob:
        """Choose the model, the parameters and the kind of answer, now that the form is there.

        Raises:
            Unauthorized, TooManyRequests: where the key came with the form.
            BadParameter, ConflictingParameters, UnknownParameter: of the form.
            NotAcceptable, NotExactlyOneImage: the answer cannot be of the kind that is wanted.
        """
        if head.awaits_key:
            taken = self.key_guard.check(payload.key, request.remote_addr or "")
            self.limit_rate(request, taken)
        parameters, kind, models = head.parameters, head.kind, (head.detector, head.pipeline)
        if payload.fields:
            sent = self.dialect.parse_fields(payload.fields, head.query, skip_empty=head.is_page)
            parameters, kind = to_parameters(sent, self.dialect.defaults), self.dialect.always
        if kind is None:
            kind = answer_kind(request.accept_mimetypes, parameters.answer_format)
        if parameters.pipeline != head.parameters.pipeline:
            models = choose_models(
                head.named, parameters.pipeline, self.settings.pipelines, self.default_model
            )
        if len(payload.images) > 1:
            refuse_several(len(payload.images), kind, self.dialect, request.path)
        return PredictionJob(payload, parameters, kind, *models)

    def open_images(self, job: PredictionJob, place: Place) -> LazyImages:
        """The images, each of which is decoded when it is needed."""
        return LazyImages(
            job.payload.images,
            self.settings.max_image_pixels,
            *self.concurrency.rooms(place),
            self.decoder,
            accept_truncated=job.parameters.truncated == "accept",
        )

    def infer(self, job: PredictionJob, images: LazyImages, deadline: Deadline) -> InferenceResult:
        """Look at the images' headers, decode the images, and ask the detector.

        Raises:
            GatewayError: an image cannot be read, the request does not suit the model, or the model
                server is of no use.
        """
        record, check = current_record(), partial(suit_version, job, images)
        try:
            with record.stage("predict"):
                if job.pipeline is not None:
                    self.keypoints.find(ModelChoice(job.pipeline.keypoint_model), deadline)
                known = self.client.find(job.detector, deadline)
                check(known)
                with deadline.paused():
                    images.look_at_headers()
                found = self.client.predict(job.detector, known, images, deadline, check)
        except (ModelServerAway, ModelLoading):
            # Asking again later does not help an image that cannot be read.
            for _ in images:
                pass
            raise
        record.model, record.version = found.known.served.name, found.known.served.version
        return found

    def select(self, job: PredictionJob, found: InferenceResult, truncated: set[int]) -> Prediction:
        """Of each image's detections, those that were asked for."""
        payload, parameters, known = job.payload, job.parameters, found.known
        if (threshold := parameters.score_threshold) is None:
            threshold = known.score_threshold
            parameters = replace(parameters, score_threshold=threshold)
        class_ids, most = None, parameters.max_detections
        if parameters.classes is not None:
            class_ids = check_labels(known, payload.label_map, parameters.classes)
        results = []
        for row, size_wh in enumerate(found.sizes_wh):
            detections = found.detections[row].select(
                score_threshold=threshold, class_ids=class_ids, max_detections=most
            )
            results.append(ImageResult(size_wh, detections, truncated=row in truncated))
        label_map = payload.label_map or known.label_map
        return Prediction(
            found, results, label_map, job.kind, parameters, job.pipeline, payload.names
        )

    def find_keypoints(
        self,
        job: PredictionJob,
        images: LazyImages,
        row: int,
        result: ImageResult,
        deadline: Deadline,
    ) -> ImageResult:
        """The result with keypoints and a belief map, where they are wanted.

        Raises:
            GatewayError: as `infer`.
        """
        with deadline.paused():
            image = images[row]
        choice, hands = job.detector, None
        with current_record().stage("predict"):
            if job.pipeline is not None:
                choice, hands = ModelChoice(job.pipeline.keypoint_model), result.detections
                detections, version = self.keypoints.add_keypoints(choice, image, hands, deadline)
                result = replace(result, detections=detections, keypoint_version=version)
            if job.parameters.overlay is not None:
                beliefs = self.keypoints.belief_map(choice, image, hands, deadline)
                result = replace(result, beliefs=beliefs)
        return result

    def draw(
        self,
        prediction: Prediction,
        images: LazyImages,
        row: int,
        result: ImageResult,
        deadline: Deadline,
    ) -> ImageResult:
        """The result with the image that it is drawn on.

        Raises:
            NotAcceptable: the format that was asked for cannot hold so large an image.
        """
        with deadline.paused():
            image = images[row]
            with current_record().stage("render"):
                annotated, media_type = annotate(
                    image, result.detections, result.beliefs, prediction.label_map, prediction.kind
                )
        return replace(result, annotated=annotated, annotated_type=media_type)

    def write(self, prediction: Prediction) -> Response:
        """Count the prediction and make its response."""
        version, results = prediction.found.known.served, prediction.results
        self.metrics.count_prediction(
            version.name,
            version.version,
            len(results),
            sum(len(each.detections) for each in results),
            current_record().stages_ms,
        )
        return self.respond(prediction)
