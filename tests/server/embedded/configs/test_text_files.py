"""The text files that flags name."""

import logging
from pathlib import Path

import pytest

from server.embedded.configs.batching_parameters import (
    BatchingParameters,
    read_batching_parameters,
)
from server.embedded.configs.channel_arguments import parse_channel_arguments
from server.embedded.configs.model_server_config import read_model_server_config
from server.embedded.configs.monitoring_config import read_metrics_path
from server.embedded.configs.ssl_config import read_credentials
from server.embedded.configs.text_format import ConfigFileError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.config"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prometheus_config { enable: true }", "/monitoring/prometheus/metrics"),
        ('prometheus_config: { enable: true, path: "/metrics" } # why', "/metrics"),
        ("prometheus_config { enable: false }", None),
        ("", None),
    ],
)
def test_a_monitoring_config_says_where_metrics_are(
    file: Path, text: str, expected: str | None
) -> None:
    file.write_text(text)
    assert read_metrics_path(file) == expected


@pytest.mark.parametrize(
    "text", ["prometheus_config { enable: maybe }", "prometheus { }", "{", 'path: "x"']
)
def test_a_file_that_is_no_monitoring_config_is_named(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigFileError, match=r"file\.config"):
        read_metrics_path(file)


def test_text_that_is_no_model_config_is_logged_in_protobuf_s_words(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text("improperly formatted file")
    with caplog.at_level(logging.ERROR), pytest.raises(ConfigFileError, match="Invalid protobuf"):
        read_model_server_config(file)
    assert "Error parsing text-format tensorflow.serving.ModelServerConfig: 1:1" in caplog.text


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ConfigFileError, match=r"file\.config cannot be read"):
        read_metrics_path(file)


def test_bytes_that_are_no_text_are_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigFileError, match="cannot be read"):
        read_metrics_path(file)


def test_batching_parameters_are_read_from_their_wrappers(file: Path) -> None:
    file.write_text(
        "max_batch_size { value: 128 } batch_timeout_micros { value: 5000 }\n"
        "max_enqueued_batches { value: 3 } num_batch_threads { value: 2 }\n"
        'thread_pool_name { value: "pool" } pad_variable_length_inputs: true\n'
        "allowed_batch_sizes: 8 allowed_batch_sizes: 128"
    )
    assert read_batching_parameters(file) == BatchingParameters(
        max_batch_size=128,
        timeout_s=0.005,
        max_waiting_batches=3,
        threads=2,
        allowed_sizes=(8, 128),
    )


def test_batching_parameters_left_out_are_the_scheduler_s(file: Path) -> None:
    file.write_text("")
    assert read_batching_parameters(file) == BatchingParameters()
    assert BatchingParameters().max_batch_size == 1000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("max_batch_size { value: 0 }", "max_batch_size is at least 1, not 0"),
        ("num_batch_threads { value: -1 }", "threads is at least 1"),
        ("batch_timeout_micros { value: -5 }", "batch_timeout_micros is at least 0, not -5"),
        ("max_batch_size { value: 8 } allowed_batch_sizes: 4", "allowed_batch_sizes must increase"),
        ("allowed_batch_sizes: 1000 allowed_batch_sizes: 4", "allowed_batch_sizes must increase"),
    ],
)
def test_batching_parameters_out_of_range_are_refused(file: Path, text: str, reason: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigFileError, match=reason):
        read_batching_parameters(file)


def test_channel_arguments_are_numbers_where_they_can_be() -> None:
    text = "grpc.max_connection_age_ms=2000,grpc.primary_user_agent=a=b"
    assert parse_channel_arguments(text) == [
        ("grpc.max_connection_age_ms", 2000),
        ("grpc.primary_user_agent", "a=b"),
    ]
    assert parse_channel_arguments("") == []


@pytest.mark.parametrize("text", ["odd", "a=1,b", "=1"])
def test_a_channel_argument_without_a_value_is_refused(text: str) -> None:
    with pytest.raises(ConfigFileError, match="key=value"):
        parse_channel_arguments(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "needs both server_key and server_cert"),
        ('server_key: "k"', "needs both"),
        ('server_key: "k" server_cert: "c" client_verify: true', "needs custom_ca"),
    ],
)
def test_tls_needs_a_key_and_a_certificate(file: Path, text: str, reason: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigFileError, match=reason):
        read_credentials(file)
