"""What the server does, without saying how the request came: gRPC and REST both call this.

Semantics: `ServerCore`, `TensorflowPredictor`, `GetModelStatusImpl` and `GetModelMetadataImpl` of
TensorFlow Serving.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc

from server.embedded import metadata, model_status
from server.embedded.classify import Classes, classification_result, classify
from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from server.embedded.example_inference import response_spec
from server.embedded.examples import serialized_examples
from server.embedded.model_set import ModelSet
from server.embedded.multi_inference import model_of, multi_inference
from server.embedded.observer import Api, NobodyObserves, RequestObserver, Transport
from server.embedded.predict import (
    check_input_count,
    check_method_name,
    choose_outputs,
    decode_inputs,
    find_signature,
    run_predict,
)
from server.embedded.regress import regress, regression_result
from server.embedded.servable import Servable
from serving_protocol.fill_budget import MAX_FILLED_UP_BYTES
from serving_protocol.messages import (
    ClassificationRequest,
    ClassificationResponse,
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelSpec,
    MultiInferenceRequest,
    MultiInferenceResponse,
    PredictRequest,
    PredictResponse,
    RegressionRequest,
    RegressionResponse,
    ReloadConfigRequest,
    ReloadConfigResponse,
)
from serving_protocol.tensors import UnsupportedDtype, encode_tensor_into


class ModelServerCore:
    """The models that are served and the requests they take.

    Args:
        models: which models and versions there are.
        observer: is told of every prediction.
        answer_tensor_content: put numbers into `tensor_content` instead of typed fields.
        check_method_names: refuse to predict, classify and regress with signatures of other
            methods.
        max_filled_up_bytes: what the tensors of a request may take beyond those that were sent.
    """

    def __init__(
        self,
        models: ModelSet,
        observer: RequestObserver | None = None,
        *,
        answer_tensor_content: bool = False,
        check_method_names: bool = False,
        max_filled_up_bytes: int = MAX_FILLED_UP_BYTES,
    ) -> None:
        self._models = models
        self.observer = observer or NobodyObserves()
        self._check_method_names = check_method_names
        self._max_filled_up_bytes = max_filled_up_bytes
        self._typed_values = not answer_tensor_content

    @contextmanager
    def servable(self, spec: ModelSpec) -> Iterator[Servable]:
        """The version that `spec` chooses, kept loaded until the block ends.

        Raises:
            ServingError: `spec` names no model (INVALID_ARGUMENT), one that is not served
                (NOT_FOUND), or a label that is not assigned (INVALID_ARGUMENT).
        """
        if not spec.name:
            raise _invalid("ModelSpec has no name specified.")
        number: int | None = None
        choice = spec.WhichOneof("version_choice")
        if choice == "version":
            number = spec.version.value
        elif choice == "version_label":
            number = self._models.version_of(spec.name, spec.version_label)
            if number is None:
                raise _invalid(f"Unrecognized servable version label: {spec.version_label}")
        with self._models.versions.hold(spec.name, number) as servable:
            if servable is None:
                asked = (
                    f"Latest({spec.name})" if number is None else f"Specific({spec.name}, {number})"
                )
                raise ServingError(
                    grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {asked}"
                )
            yield servable

    @contextmanager
    def observed(
        self, model_name: str, transport: Transport, api: Api = "Predict"
    ) -> Iterator[None]:
        """Count the block as one request; a `ServingError` that leaves it is its status."""
        start_s = time.monotonic()
        code = grpc.StatusCode.INTERNAL
        try:
            yield
            code = grpc.StatusCode.OK
        except ServingError as error:
            code = error.code
            raise
        finally:
            known_name = model_name if self._models.is_configured(model_name) else ""
            duration_s = time.monotonic() - start_s
            self.observer.request_finished(known_name, transport, code, duration_s, api)

    def predict(self, request: PredictRequest) -> PredictResponse:
        """Answer a gRPC Predict.

        Raises:
            ServingError: in TensorFlow Serving's order of checks, with its codes and messages.
        """
        with self.observed(request.model_spec.name, "GRPC"):
            _require_model_spec(request)
            with self.servable(request.model_spec) as servable:
                return self._predict(request, servable)

    def _predict(self, request: PredictRequest, servable: Servable) -> PredictResponse:
        name, signature = find_signature(servable.model, request.model_spec.signature_name)
        if self._check_method_names:
            check_method_name(signature)
        check_input_count(signature, request.inputs)
        inputs = decode_inputs(signature, request.inputs, self._max_filled_up_bytes)
        outputs = choose_outputs(signature, request.output_filter)
        arrays = run_predict(servable, name, inputs, outputs, self.observer)
        response = PredictResponse(model_spec=response_spec(servable, name))
        for alias, array in arrays.items():
            try:
                encode_tensor_into(
                    response.outputs[alias], array, as_typed_values=self._typed_values
                )
            except UnsupportedDtype as error:
                raise ServingError(
                    grpc.StatusCode.UNIMPLEMENTED, f"output {alias} cannot be encoded: {error}"
                ) from error
        return response

    def classify(self, request: ClassificationRequest) -> ClassificationResponse:
        """Answer a gRPC Classify.

        Raises:
            ServingError: in TensorFlow Serving's order of checks, with its codes and messages.
        """
        with self.observed(request.model_spec.name, "GRPC", "Classify"):
            _require_model_spec(request)
            spec, classes = self.classes(
                request.model_spec, lambda: serialized_examples(request.input)
            )
            return ClassificationResponse(model_spec=spec, result=classification_result(classes))

    def classes(self, spec: ModelSpec, examples: Callable[[], Array]) -> tuple[ModelSpec, Classes]:
        """The classes of examples, and which model computed them. See `classify.classify`."""
        with self.servable(spec) as servable:
            name, classes = classify(
                servable,
                spec.signature_name,
                examples,
                check_method_name=self._check_method_names,
                observer=self.observer,
            )
            return response_spec(servable, name), classes

    def regress(self, request: RegressionRequest) -> RegressionResponse:
        """Answer a gRPC Regress.

        Raises:
            ServingError: in TensorFlow Serving's order of checks, with its codes and messages.
        """
        with self.observed(request.model_spec.name, "GRPC", "Regress"):
            _require_model_spec(request)
            spec, values = self.values(
                request.model_spec, lambda: serialized_examples(request.input)
            )
            return RegressionResponse(model_spec=spec, result=regression_result(values))

    def values(self, spec: ModelSpec, examples: Callable[[], Array]) -> tuple[ModelSpec, Array]:
        """The values of examples, and which model computed them. See `regress.regress`."""
        with self.servable(spec) as servable:
            name, values = regress(
                servable,
                spec.signature_name,
                examples,
                check_method_name=self._check_method_names,
                observer=self.observer,
            )
            return response_spec(servable, name), values

    def multi_inference(self, request: MultiInferenceRequest) -> MultiInferenceResponse:
        """Answer a gRPC MultiInference.

        Raises:
            ServingError: in TensorFlow Serving's order of checks, with its codes and messages.
        """
        spec = model_of(request)
        with (
            self.observed(spec.name, "GRPC", "MultiInference"),
            self.servable(spec) as servable,
        ):
            return multi_inference(
                servable,
                request,
                check_method_name=self._check_method_names,
                observer=self.observer,
            )

    def model_metadata(self, request: GetModelMetadataRequest) -> GetModelMetadataResponse:
        """Every SignatureDef of the version's SavedModel, unchanged.

        Raises:
            ServingError: no such model or version, or a field other than `signature_def`.
        """
        _require_model_spec(request)
        metadata.check_fields(request)
        with self.servable(request.model_spec) as servable:
            return metadata.answer(servable)

    def model_status(self, request: GetModelStatusRequest) -> GetModelStatusResponse:
        """All versions ever seen since the start, highest first.

        Raises:
            ServingError: no version of that model was ever seen.
        """
        _require_model_spec(request)
        return model_status.answer(request.model_spec, self._models.versions.state_monitor)

    def reload_config(
        self, request: ReloadConfigRequest, is_cancelled: Callable[[], bool] = lambda: False
    ) -> ReloadConfigResponse:
        """Take over a new list of models; returns when every new one can answer.

        Args:
            request: holds the whole list; models that it leaves out are unloaded.
            is_cancelled: whether the caller has stopped waiting.

        Raises:
            ServingError: the list is refused, and the old one stays; or a new model cannot be
                loaded.
        """
        if request.config.WhichOneof("config") != "model_config_list":
            raise _invalid(
                "ServerModelConfig type not supported by HandleReloadConfigRequest. Only "
                "ModelConfigList is currently supported"
            )
        before = {name: self.observer.counted(name) for name in request.metric_names}
        self._models.apply_and_wait(request.config, is_cancelled)
        response = ReloadConfigResponse()
        response.status.SetInParent()
        for name, count in before.items():
            response.metric.add(name=name, int64_value_increase=self.observer.counted(name) - count)
        return response

    def is_ready(self) -> bool:
        """Whether predictions can be answered: any model is there, or none is to be served."""
        return self._models.any_available()


def _require_model_spec(
    request: PredictRequest
    | ClassificationRequest
    | RegressionRequest
    | GetModelMetadataRequest
    | GetModelStatusRequest,
) -> None:
    if not request.HasField("model_spec"):
        raise _invalid("Missing ModelSpec")


def _invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
