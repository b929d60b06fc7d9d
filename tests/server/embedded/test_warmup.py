import logging
from pathlib import Path

import grpc
import numpy as np
import pytest

from model_repository.model_folder import WARMUP_FILE
from server.embedded.errors import ModelLoadError
from server.embedded.loading import VersionLoader
from server.embedded.servable import Servable
from server.embedded.warmup import MAX_RECORDS, warm_up
from serving_protocol.messages import (
    ClassificationRequest,
    ClassifyLog,
    Example,
    ExampleList,
    InferenceTask,
    Input,
    ModelSpec,
    MultiInferenceLog,
    MultiInferenceRequest,
    PredictionLog,
    PredictRequest,
    RegressionRequest,
    RegressLog,
)
from serving_protocol.tensors import encode_tensor
from tests.support.fake_engine import FakeEngine, FakeModel, write_version
from tests.support.fake_example_model import FakeExampleModel
from tfrecord.records import write_records


def predict_record(value: float, alias: str = "x") -> bytes:
    request = PredictRequest(model_spec=ModelSpec(name="whatever"))
    request.inputs[alias].CopyFrom(encode_tensor(np.array([value], np.float32)))
    log = PredictionLog()
    log.predict_log.request.CopyFrom(request)
    return log.SerializeToString()


def session_record() -> bytes:
    log = PredictionLog()
    log.session_run_log.SetInParent()
    return log.SerializeToString()


def with_records(version_dir: Path, *records: bytes) -> Path:
    (version_dir / "assets.extra").mkdir(parents=True)
    write_records(version_dir / WARMUP_FILE, list(records))
    return version_dir


def warmed(version_dir: Path, iterations: int = 1) -> FakeModel:
    model = FakeModel(0)
    warm_up(Servable("m", 1, model), version_dir, iterations)
    return model


def test_every_record_is_replayed(tmp_path: Path) -> None:
    folder = with_records(tmp_path, predict_record(1), predict_record(2))
    assert warmed(folder).batches == [1, 1]
    assert warmed(folder, iterations=3).batches == [1] * 6


def test_a_version_without_records_is_ready_as_it_is(tmp_path: Path) -> None:
    assert warmed(tmp_path).batches == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (predict_record(-1), "warm-up request 1 in .* failed: x is negative"),
        (predict_record(1, alias="z"), "Signature input alias: x"),
        (session_record(), "Unsupported log_type for warmup: session_run_log"),
        (b"\xff\xff", r"Failed to parse warmup record: \\xff\\xff of 2 bytes"),
    ],
)
def test_a_record_that_fails_fails_the_load(tmp_path: Path, record: bytes, reason: str) -> None:
    with pytest.raises(ModelLoadError, match=reason) as raised:
        warmed(with_records(tmp_path, record))
    expected = "UNIMPLEMENTED" if "Unsupported" in reason else "INVALID_ARGUMENT"
    assert raised.value.code.name == expected


def test_a_file_of_no_records_fails_the_load_as_lost_data(tmp_path: Path) -> None:
    folder = with_records(tmp_path)
    (folder / WARMUP_FILE).write_bytes(b"hello, this is text")
    with pytest.raises(ModelLoadError, match="verify your warmup data") as raised:
        warmed(folder)
    assert raised.value.code is grpc.StatusCode.DATA_LOSS


def example_records() -> list[bytes]:
    """A record of each method that takes examples, of an empty one."""
    given = Input(example_list=ExampleList(examples=[Example()]))
    sizes, classes = ModelSpec(signature_name="sizes"), ModelSpec(signature_name="classes")
    # Warm-up requests are known to be the model's: they need not name it, but for tasks.
    task = InferenceTask(
        model_spec=ModelSpec(name="whatever", signature_name="sizes"),
        method_name="tensorflow/serving/regress",
    )
    logs = [
        PredictionLog(
            classify_log=ClassifyLog(request=ClassificationRequest(model_spec=classes, input=given))
        ),
        PredictionLog(
            regress_log=RegressLog(request=RegressionRequest(model_spec=sizes, input=given))
        ),
        PredictionLog(
            multi_inference_log=MultiInferenceLog(
                request=MultiInferenceRequest(tasks=[task], input=given)
            )
        ),
    ]
    return [log.SerializeToString() for log in logs]


def test_records_of_examples_are_replayed(tmp_path: Path) -> None:
    model = FakeExampleModel()
    folder = with_records(tmp_path, *example_records())
    warm_up(Servable("m", 1, model), folder, 2)
    assert model.runs == [["classes"], ["classes"], ["sizes"], ["sizes"], ["sizes"], ["sizes"]]


@pytest.mark.parametrize("record", example_records())
def test_a_record_of_examples_that_fails_fails_the_load(tmp_path: Path, record: bytes) -> None:
    with pytest.raises(ModelLoadError, match=r"warm-up request 1 in .* failed: .*ignature"):
        warmed(with_records(tmp_path, record))


def test_a_record_of_another_method_fails_the_load_where_that_is_checked(tmp_path: Path) -> None:
    model = FakeExampleModel()
    for signature in model.signatures.values():
        signature.method_name = "tensorflow/serving/predict"
    folder = with_records(tmp_path, example_records()[0])
    warm_up(Servable("m", 1, model), folder)
    with pytest.raises(ModelLoadError, match="Expected classification signature method_name"):
        warm_up(Servable("m", 1, model), folder, check_method_names=True)


def test_a_record_without_a_request_is_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Whatever level other tests have left the root logger at.
    with caplog.at_level(logging.WARNING):
        assert warmed(with_records(tmp_path, PredictionLog().SerializeToString())).batches == []
    assert "a warm-up record holds no request" in caplog.text


def test_more_records_than_allowed_fail_the_load(tmp_path: Path) -> None:
    folder = with_records(tmp_path, *[predict_record(1)] * (MAX_RECORDS + 1))
    with pytest.raises(ModelLoadError, match=r"exceeds the maximum \(1000\)") as raised:
        warmed(folder)
    assert raised.value.code == grpc.StatusCode.INVALID_ARGUMENT


def test_a_model_whose_warm_up_fails_is_closed(tmp_path: Path) -> None:
    engine = FakeEngine()
    folder = with_records(write_version(tmp_path, 1), predict_record(-1))
    with pytest.raises(ModelLoadError):
        VersionLoader(engine)("m", 1, folder)
    assert engine.models[folder].is_closed


def test_warm_up_can_be_left_out(tmp_path: Path) -> None:
    folder = with_records(write_version(tmp_path, 1), predict_record(-1))
    VersionLoader(FakeEngine(), warmup_iterations=0)("m", 1, folder)
