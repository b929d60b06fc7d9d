"""Requests that a model brings along, replayed before its version answers others.

They lie in `assets.extra/tf_serving_warmup_requests`, a TFRecord file of PredictionLog messages.
Semantics: `saved_model_warmup.cc`, `saved_model_warmup_util.cc` of TensorFlow Serving.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import grpc
from google.protobuf.message import DecodeError

from model_repository.model_folder import WARMUP_FILE
from server.embedded.classify import classify
from server.embedded.errors import ModelLoadError, ServingError
from server.embedded.examples import serialized_examples
from server.embedded.multi_inference import multi_inference
from server.embedded.predict import (
    check_input_count,
    choose_outputs,
    decode_inputs,
    find_signature,
    run_predict,
)
from server.embedded.predict import (
    check_method_name as check_method_name_of,
)
from server.embedded.regress import regress
from server.embedded.servable import Servable
from serving_protocol.messages import (
    ClassificationRequest,
    PredictionLog,
    PredictRequest,
    RegressionRequest,
)
from tfrecord.records import CorruptRecord, read_records

logger = logging.getLogger(__name__)

MAX_RECORDS = 1000
# Of a record that is no message.
MAX_SHOWN_BYTES = 100


def warm_up(
    servable: Servable,
    version_dir: Path,
    iterations: int = 1,
    *,
    check_method_names: bool = False,
) -> None:
    """Replay the version's warm-up requests, if it has any.

    Args:
        servable: the version that was loaded from `version_dir`.
        version_dir: holds the SavedModel.
        iterations: how often each request is replayed.
        check_method_names: refuse signatures of other methods than the request's.

    Raises:
        ModelLoadError: the file is corrupt, holds too many records, or one of its requests fails.
    """
    path = version_dir / WARMUP_FILE
    if not path.is_file():
        return
    start_s = time.monotonic()
    count = 0
    try:
        for data in read_records(path):
            count += 1
            _check_count(count, path)
            _replay(servable, _parsed(data), iterations, check_method_names)
    except (OSError, CorruptRecord) as error:
        raise ModelLoadError(
            grpc.StatusCode.DATA_LOSS,
            f"{error}. Please verify your warmup data is in TFRecord format.",
        ) from error
    except ServingError as error:
        raise ModelLoadError(
            error.code, f"warm-up request {count} in {path} failed: {error.message}"
        ) from error
    logger.info(
        "warmed up %s version %d with %d requests in %.2f s",
        servable.name,
        servable.version,
        count,
        time.monotonic() - start_s,
    )


def _parsed(record: bytes) -> PredictionLog:
    try:
        return PredictionLog.FromString(record)
    except DecodeError as error:
        shown = record[:MAX_SHOWN_BYTES].decode("utf-8", "backslashreplace")
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"Failed to parse warmup record: {shown} of {len(record)} bytes",
        ) from error


def _check_count(count: int, path: Path) -> None:
    if count > MAX_RECORDS:
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"Number of warmup records exceeds the maximum ({MAX_RECORDS}) at {path}",
        )


def _replay(
    servable: Servable, log: PredictionLog, iterations: int, check_method_names: bool
) -> None:
    kind = log.WhichOneof("log_type")
    if kind is None:
        logger.warning(
            "%s version %d: a warm-up record holds no request", servable.name, servable.version
        )
        return
    if kind not in _REPLAYS:
        raise ServingError(
            grpc.StatusCode.UNIMPLEMENTED, f"Unsupported log_type for warmup: {kind}"
        )
    for _ in range(max(1, iterations)):
        _REPLAYS[kind](servable, getattr(log, kind).request, check_method_name=check_method_names)


def _predict(servable: Servable, request: PredictRequest, *, check_method_name: bool) -> None:
    name, signature = find_signature(servable.model, request.model_spec.signature_name)
    if check_method_name:
        check_method_name_of(signature)
    check_input_count(signature, request.inputs)
    inputs = decode_inputs(signature, request.inputs)
    run_predict(servable, name, inputs, choose_outputs(signature, request.output_filter))


def _classify(
    servable: Servable, request: ClassificationRequest, *, check_method_name: bool
) -> None:
    classify(
        servable,
        request.model_spec.signature_name,
        lambda: serialized_examples(request.input),
        check_method_name=check_method_name,
    )


def _regress(servable: Servable, request: RegressionRequest, *, check_method_name: bool) -> None:
    regress(
        servable,
        request.model_spec.signature_name,
        lambda: serialized_examples(request.input),
        check_method_name=check_method_name,
    )


_REPLAYS: dict[str, Callable[..., object]] = {
    "predict_log": _predict,
    "classify_log": _classify,
    "regress_log": _regress,
    "multi_inference_log": multi_inference,
}
