import grpc
import pytest

from server.embedded.metrics import ServingMetrics
from server.embedded.observer import Api


def test_requests_are_counted_by_model_and_status() -> None:
    metrics = ServingMetrics()
    for code in (grpc.StatusCode.OK, grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT):
        metrics.request_finished("hands", "GRPC", code, 0.001)
    lines = metrics.page().splitlines()
    assert "# TYPE :tensorflow:serving:request_count counter" in lines
    assert ':tensorflow:serving:request_count{model_name="hands",status="OK"} 2' in lines
    failed = ':tensorflow:serving:request_count{model_name="hands",status="INVALID_ARGUMENT"} 1'
    assert failed in lines


def test_latency_is_that_of_answers_in_microseconds() -> None:
    metrics = ServingMetrics()
    metrics.request_finished("hands", "REST", grpc.StatusCode.OK, 17e-6)
    metrics.request_finished("hands", "REST", grpc.StatusCode.OK, 5000)
    metrics.request_finished("hands", "REST", grpc.StatusCode.INTERNAL, 1)
    labels = 'model_name="hands",API="predict",entrypoint="REST"'
    name = ":tensorflow:serving:request_latency"
    lines = metrics.page().splitlines()
    assert f'{name}_bucket{{{labels},le="10"}} 0' in lines
    assert f'{name}_bucket{{{labels},le="18"}} 1' in lines
    assert f'{name}_bucket{{{labels},le="+Inf"}} 2' in lines
    assert f"{name}_count{{{labels}}} 2" in lines


def test_the_runtime_is_named() -> None:
    metrics = ServingMetrics()
    metrics.run_finished("hands", "openvino", 0.02)
    metrics.run_finished("hands", "tensorflow", 0.02)
    page = metrics.page()
    assert 'runtime_latency_count{model_name="hands",API="Predict",runtime="OpenVINO"} 1' in page
    assert 'runtime_latency_count{model_name="hands",API="Predict",runtime="TF1"} 1' in page


@pytest.mark.parametrize("api", ["Classify", "Regress", "MultiInference"])
def test_what_was_asked_for_is_named_as_its_transport_does(api: Api) -> None:
    metrics = ServingMetrics()
    for transport in ("GRPC", "REST"):
        metrics.request_finished("m", transport, grpc.StatusCode.OK, 0.001, api)
    metrics.run_finished("m", "tensorflow", 0.02, api)
    page = metrics.page()
    assert ':tensorflow:serving:request_count{model_name="m",status="OK"} 2' in page
    assert f'request_latency_count{{model_name="m",API="{api}",entrypoint="GRPC"}} 1' in page
    assert (
        f'request_latency_count{{model_name="m",API="{api.lower()}",entrypoint="REST"}} 1' in page
    )
    assert f'runtime_latency_count{{model_name="m",API="{api}",runtime="TF1"}} 1' in page


def test_examples_are_counted_by_model_and_request() -> None:
    metrics = ServingMetrics()
    for count in (1, 3, 20_000):
        metrics.examples_computed("m", count)
    lines = metrics.page().splitlines()
    name = ":tensorflow:serving:request_example_counts"
    assert ':tensorflow:serving:request_example_count_total{model="m"} 20004' in lines
    for limit, count in (("1", 1), ("2", 1), ("4", 2), ("16384", 2), ("+Inf", 3)):
        assert f'{name}_bucket{{model="m",le="{limit}"}} {count}' in lines
    assert f'{name}_count{{model="m"}} 3' in lines


def test_names_with_quotes_stay_within_theirs() -> None:
    metrics = ServingMetrics()
    metrics.request_finished('a"b\\c\nd', "GRPC", grpc.StatusCode.OK, 0.001)
    assert r'{model_name="a\"b\\c\nd",status="OK"} 1' in metrics.page()
