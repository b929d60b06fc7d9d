"""A model that takes images of its network's own size gets what Pillow makes of each upload."""

from io import BytesIO

import numpy as np
from flask.testing import FlaskClient
from PIL import Image

from serving_protocol.tensors import decode_tensor
from tests.client_api.test_predict_images import b64
from tests.support.fake_model_server import (
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
)

SIGNATURES = {
    "serving_default": detector_signature(tensor_info("DT_STRING", -1), "image_bytes"),
    "resized_images": detector_signature(tensor_info("DT_UINT8", -1, 24, 32, 3), "resized_images"),
}


def noise(size_wh: tuple[int, int], seed: int) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (size_wh[1], size_wh[0], 3))
    return Image.fromarray(values.astype(np.uint8))


def file_of(image: Image.Image, kind: str) -> bytes:
    image.save(file := BytesIO(), kind)
    return file.getvalue()


def test_uploads_of_different_sizes_are_one_request_of_pillows_bytes(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    fake.models["hands"] = {1: FakeVersion(SIGNATURES)}
    files = [
        file_of(noise((80, 60), 1), "PNG"),
        file_of(noise((33, 201), 2), "JPEG"),
        file_of(noise((32, 24), 3), "BMP"),
    ]
    answer = client.post("/predict", json={"images": [b64(file) for file in files]})
    assert answer.status_code == 200
    sizes = [each["image"] for each in answer.get_json()["results"]]
    assert sizes == [{"width": w, "height": h} for w, h in ((80, 60), (33, 201), (32, 24))]
    [request] = fake.requests
    assert request.model_spec.signature_name == "resized_images"
    sent = decode_tensor(request.inputs["resized_images"])
    wanted = [
        Image.open(BytesIO(file)).convert("RGB").resize((32, 24), Image.Resampling.BILINEAR)
        for file in files
    ]
    assert sent.dtype == np.uint8
    assert np.array_equal(sent, np.stack([np.asarray(each) for each in wanted]))


def test_boxes_are_shares_of_the_upload(client: FlaskClient, fake: FakeModelServer) -> None:
    fake.models["hands"] = {1: FakeVersion(SIGNATURES)}
    file = file_of(noise((400, 100), 1), "PNG")
    answer = client.post("/predict", data=file, content_type="image/png").get_json()
    [best, *_] = answer["detections"]
    assert best["box"] == {"x_min": 80.0, "y_min": 10.0, "x_max": 160.0, "y_max": 50.0}


def test_an_image_on_its_side_is_turned_before(client: FlaskClient, fake: FakeModelServer) -> None:
    fake.models["hands"] = {1: FakeVersion(SIGNATURES)}
    stored = Image.linear_gradient("L").resize((64, 40)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    stored.save(file := BytesIO(), "PNG", exif=exif)
    answer = client.post("/predict", data=file.getvalue(), content_type="image/png")
    assert answer.get_json()["image"] == {"width": 40, "height": 64}
    [sent] = decode_tensor(fake.requests[0].inputs["resized_images"])
    upright = stored.transpose(Image.Transpose.ROTATE_270).resize(
        (32, 24), Image.Resampling.BILINEAR
    )
    assert np.array_equal(sent, np.asarray(upright))
