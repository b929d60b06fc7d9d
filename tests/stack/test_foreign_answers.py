"""Detectors of other exporters, through the embedded server and a gateway of two workers."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.client_api.conftest import image_file
from tests.support import plain_http
from tests.support.foreign_detectors import BOX, write_foreign_detectors
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.model_servers import running_model_server

MODELS = (
    "pixel_size", "stray", "padded", "points", "stacking", "keyed", "misnamed", "examples",
    "base64", "sized", "shaped",
)  # fmt: skip
LARGE_WH, SMALL_WH = (320, 240), (64, 48)
SIDES = ("y_min", "x_min", "y_max", "x_max")
WORKERS = 2


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("foreign")
    models_dir = write_foreign_detectors(folder / "models", *MODELS)
    entries = "".join(
        f'config {{ name: "{name}" base_path: "{models_dir / name}" model_platform: "tensorflow" }}'
        for name in MODELS
    )
    config = folder / "models.config"
    config.write_text(f"model_config_list {{ {entries} }}")
    with (
        running_model_server(
            folder, f"--model_config_file={config}", "--engine=tensorflow"
        ) as server,
        running_gateway(
            SERVING_ADDRESS=server.grpc_address,
            MODELS_DIR=str(models_dir),
            MODEL_NAME="stray",
            GATEWAY_WORKERS=str(WORKERS),
        ) as running,
    ):
        for name in MODELS:
            server.wait_for_state(name, 1, "AVAILABLE")
        yield running


def ask(gateway: GatewayProcess, model: str, *sizes_wh: tuple[int, int]) -> list[Any]:
    """What the gateway answers of each image, by whichever worker takes a new connection."""
    files = [("image", (f"{number}.png", image_file("PNG", size)))
             for number, size in enumerate(sizes_wh)]  # fmt: skip
    with gateway.client() as client:
        answer = client.post(
            f"/models/{model}/predict", files=files, params={"score_threshold": "0"}
        )
    assert answer.status_code == 200, answer.text
    results: list[Any] = answer.json().get("results", [answer.json()])
    return [each["detections"] for each in results]


def corners(detection: Any) -> list[float]:
    return [detection["box_normalized"][side] for side in SIDES]


def fact(gateway: GatewayProcess, model: str, name: str) -> Any:
    answer = plain_http.get(f"{gateway.url}/models/{model}").json()
    return answer["versions"][0]["facts"][name]


def test_a_stray_box_leaves_the_others_where_they_are(gateway: GatewayProcess) -> None:
    [[cat, dog]] = ask(gateway, "stray", LARGE_WH)
    assert corners(cat) == pytest.approx(BOX, abs=1e-5)
    assert corners(dog) == pytest.approx([0.1, 0.1, 1.0, 1.0], abs=1e-5)


def test_every_worker_takes_a_model_for_what_the_first_answer_told(gateway: GatewayProcess) -> None:
    [[cat]] = ask(gateway, "pixel_size", LARGE_WH)
    assert corners(cat) == pytest.approx(BOX, abs=1e-5)
    one_pixel = [0, 0, 1 / SMALL_WH[1], 1 / SMALL_WH[0]]
    for _ in range(8 * WORKERS):
        [[cat]] = ask(gateway, "pixel_size", SMALL_WH)
        assert corners(cat) == pytest.approx(one_pixel, abs=1e-5)
        assert fact(gateway, "pixel_size", "box_unit") == {
            "value": "pixels", "source": "first answers",
        }  # fmt: skip


def test_rows_of_padding_are_passed_over(gateway: GatewayProcess) -> None:
    [found] = ask(gateway, "padded", LARGE_WH)
    assert [(each["label"], each["score"]) for each in found] == [("cat", 0.9), ("dog", 0.8)]


def test_points_are_answered_with_the_label_maps_names(gateway: GatewayProcess) -> None:
    [[cat, _]] = ask(gateway, "points", LARGE_WH)
    assert cat["keypoints"] == [
        {"name": "nose", "x": 64.0, "y": 72.0, "score": 0.75},
        {"name": "keypoint_2", "x": 128.0, "y": 120.0, "score": 0.5},
    ]


@pytest.mark.parametrize(
    ("model", "form"),
    [
        ("stacking", "encoded"),
        ("keyed", "encoded"),
        ("misnamed", "encoded"),
        ("examples", "example"),
        ("base64", "base64"),
    ],
)
def test_strings_of_several_sizes_are_answered_in_their_order(
    gateway: GatewayProcess, model: str, form: str
) -> None:
    for sizes in ([LARGE_WH], [SMALL_WH, LARGE_WH, SMALL_WH]):
        results = ask(gateway, model, *sizes)
        for found, (width, _) in zip(results, sizes, strict=True):
            assert [each["label"] for each in found] == ["cat", "dog"]
            assert found[0]["box"]["x_max"] == pytest.approx(0.5 * width, abs=0.01)
    assert fact(gateway, model, "image_form")["value"] == form


@pytest.mark.parametrize("model", ["sized", "shaped"])
def test_inputs_that_hold_an_images_size_are_filled_in(gateway: GatewayProcess, model: str) -> None:
    for cat, _ in ask(gateway, model, LARGE_WH, SMALL_WH, LARGE_WH):
        assert corners(cat) == pytest.approx(BOX, abs=1e-5)
    document = plain_http.get(f"{gateway.url}/models/{model}").json()
    [(name, meaning)] = document["versions"][0]["filled_inputs"].items()
    assert (name, meaning.split(" of ")[0]) in (
        ("orig_target_sizes", "width, height"), ("true_image_shape", "height, width, channels"),
    )  # fmt: skip
