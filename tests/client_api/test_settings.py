"""The settings: each default, each way to get one wrong, and what the message says then."""

from pathlib import Path

import pytest

from client_api.command import EXIT_BAD_SETTING, main
from client_api.setting_values import SettingError
from client_api.settings import Settings

NAMED = {"MODEL_NAME": "hands"}


def read(**variables: str) -> Settings:
    return Settings.from_environment(NAMED | variables)


def test_pipelines_are_pairs_under_a_name() -> None:
    assert read().pipelines == ()
    first, second = read(PIPELINES="hands:gestures+points, far:rooms+points").pipelines
    assert (first.name, first.detector, first.keypoint_model) == ("hands", "gestures", "points")
    assert (second.name, second.detector, second.keypoint_model) == ("far", "rooms", "points")


def publish(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name / "1").mkdir(parents=True)


def test_the_defaults_are_the_contracts() -> None:
    settings = read()
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert settings.serving_addresses == ("127.0.0.1:8500",)
    assert settings.predict_timeout_s == 10
    assert settings.max_request_bytes == 20_000_000
    assert settings.max_image_pixels == 50_000_000
    assert settings.max_images_per_request == 16
    assert settings.max_concurrent_predictions >= 4
    assert settings.workers >= 1
    assert settings.api_key is None
    assert settings.rate_limit_per_minute is None
    assert (settings.log_level, settings.log_format) == ("info", "text")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "5000.0"),
        ("PORT", "9" * 6000),
        ("HOST", "127.0.0.1:5000"),
        ("HOST", "a b"),
        ("HOST", "300.1.1.1"),
        ("HOST", "127.1"),
        ("SERVING_ADDRESS", "localhost"),
        ("SERVING_ADDRESS", "localhost:"),
        ("SERVING_ADDRESS", "localhost:0"),
        ("SERVING_ADDRESS", "localhost:99999"),
        ("SERVING_ADDRESS", "http://localhost:8500"),
        ("SERVING_ADDRESS", "a:1,,b:2"),
        ("SERVING_ADDRESS", ":8500"),
        ("TF_SERVER_NAME", "a:b:c/d"),
        ("TF_SERVER_PORT", "grpc"),
        ("ALLOWED_HOSTS", "a..b"),
        ("ALLOWED_HOSTS", "boxes.example.com:443"),
        ("MODEL_NAME", "../hands"),
        ("MODELS_DIR", "/nowhere"),
        ("MODEL_FACTS_DIR", "/nowhere"),
        ("PREDICT_TIMEOUT_S", "0"),
        ("PREDICT_TIMEOUT_S", "-1"),
        ("PREDICT_TIMEOUT_S", "nan"),
        ("PREDICT_TIMEOUT_S", "inf"),
        ("PREDICT_TIMEOUT_S", "soon"),
        ("MAX_REQUEST_BYTES", "20MB"),
        ("MAX_REQUEST_BYTES", "0"),
        ("MAX_IMAGE_PIXELS", "-5"),
        ("MAX_IMAGES_PER_REQUEST", "1e3"),
        ("MAX_CONCURRENT_PREDICTIONS", "0"),
        ("RATE_LIMIT_PER_MINUTE", "0"),
        ("PIPELINES", "hands"),
        ("PIPELINES", "hands:gestures+"),
        ("PIPELINES", "hands:gestures+points,"),
        ("PIPELINES", "hands:a+b,hands:a+c"),
        ("PIPELINES", "hands:../a+b"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "10.0.0.1,"),
        ("GATEWAY_WORKERS", "many"),
        ("LOG_LEVEL", "verbose"),
        ("LOG_FORMAT", "xml"),
        ("API_KEY_FILE", "/nowhere"),
    ],
)
def test_what_does_not_parse_is_named_with_its_value_and_what_is_allowed(
    name: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingError) as refused:
        read(**{name: value})
    message = str(refused.value)
    assert name in message
    assert value in message
    assert "expected" in message
    assert main(NAMED | {name: value}) == EXIT_BAD_SETTING
    assert message in capsys.readouterr().err


def test_what_is_set_to_nothing_is_not_set() -> None:
    assert read(PORT="", HOST=" ", API_KEY="", MODELS_DIR="") == read()


def test_several_addresses_share_the_load() -> None:
    settings = read(SERVING_ADDRESS="10.0.0.1:8500, [::1]:8501,serving:1")
    assert settings.serving_addresses == ("10.0.0.1:8500", "[::1]:8501", "serving:1")


def test_the_other_names_of_the_address_are_accepted() -> None:
    assert read(TF_SERVER_NAME="serving").serving_addresses == ("serving:8500",)
    assert read(TF_SERVER_PORT="9000").serving_addresses == ("127.0.0.1:9000",)
    assert read(TF_SERVER_NAME="::1").serving_addresses == ("[::1]:8500",)
    both = read(TF_SERVER_NAME="serving", TF_SERVER_PORT="9000", SERVING_ADDRESS="a:1")
    assert both.serving_addresses == ("a:1",)


def test_the_key_comes_from_a_file_without_its_newline(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("secret\n")
    settings = read(API_KEY_FILE=str(file))
    assert settings.api_key == "secret"
    assert "secret" not in repr(settings)
    with pytest.raises(SettingError, match="API_KEY is set too"):
        read(API_KEY="other", API_KEY_FILE=str(file))
    file.write_text("\n")
    with pytest.raises(SettingError, match="API_KEY_FILE"):
        read(API_KEY_FILE=str(file))


def test_a_key_that_no_header_carries_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingError, match="API_KEY") as refused:
        read(API_KEY="geheim ä")
    assert "geheim" not in str(refused.value)


def test_the_only_model_is_the_default(tmp_path: Path) -> None:
    publish(tmp_path, "hands", ".hidden")
    (tmp_path / "notes").mkdir()
    (tmp_path / "half" / "1.partial").mkdir(parents=True)
    assert Settings.from_environment({"MODELS_DIR": str(tmp_path)}).model_name == "hands"


def test_of_several_models_none_is_the_default_unless_it_is_named(tmp_path: Path) -> None:
    publish(tmp_path, "hands", "cats")
    assert Settings.from_environment({"MODELS_DIR": str(tmp_path)}).model_name is None
    named = {"MODELS_DIR": str(tmp_path), "MODEL_NAME": "cats"}
    assert Settings.from_environment(named).model_name == "cats"


def test_no_model_in_the_folder_starts_without_one(tmp_path: Path) -> None:
    assert Settings.from_environment({"MODELS_DIR": str(tmp_path)}).model_name is None


def test_neither_a_name_nor_a_folder_stops_the_start() -> None:
    with pytest.raises(SettingError, match="MODEL_NAME") as refused:
        Settings.from_environment({})
    assert "MODELS_DIR" in str(refused.value)
