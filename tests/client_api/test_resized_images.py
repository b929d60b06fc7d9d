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


def photo(size_wh: tuple[int, int]) -> Image.Image:
    """Colors that change slowly, with an edge: not square, and another in each corner."""
    across = Image.linear_gradient("L").rotate(90).resize(size_wh)
    down = Image.linear_gradient("L").resize(size_wh)
    image = Image.merge("RGB", (across, down, Image.new("L", size_wh, 90)))
    image.paste((250, 30, 30), (0, 0, size_wh[0] // 3, size_wh[1] // 4))
    return image


def sent_of(fake: FakeModelServer) -> np.ndarray:
    [sent] = decode_tensor(fake.requests[-1].inputs["resized_images"])
    return np.asarray(sent)


def resized(image: Image.Image) -> np.ndarray:
    return np.asarray(image.resize((32, 24), Image.Resampling.BILINEAR)).astype(int)


def test_a_large_jpeg_is_decoded_smaller_and_answered_in_its_own_size(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    fake.models["hands"] = {1: FakeVersion(SIGNATURES)}
    image = photo((3600, 2400))
    file = file_of(image, "JPEG")
    answer = client.post("/predict", data=file, content_type="image/jpeg").get_json()
    assert answer["image"] == {"width": 3600, "height": 2400}
    [best, *_] = answer["detections"]
    assert best["box"] == {"x_min": 720.0, "y_min": 240.0, "x_max": 1440.0, "y_max": 1200.0}
    whole = resized(Image.open(BytesIO(file)))
    assert np.abs(sent_of(fake) - whole).max() <= 12
    assert np.abs(sent_of(fake) - whole).mean() < 1
    smaller = Image.open(BytesIO(file))
    smaller.draft(None, (128, 128))
    assert smaller.size == (450, 300)
    assert np.array_equal(sent_of(fake), resized(smaller))


def test_a_large_jpeg_on_its_side_is_turned_as_before(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    fake.models["hands"] = {1: FakeVersion(SIGNATURES)}
    exif = Image.Exif()
    exif[0x0112] = 6
    photo((3600, 2400)).save(file := BytesIO(), "JPEG", exif=exif)
    answer = client.post("/predict", data=file.getvalue(), content_type="image/jpeg").get_json()
    assert answer["image"] == {"width": 2400, "height": 3600}
    upright = Image.open(file).transpose(Image.Transpose.ROTATE_270)
    assert np.abs(sent_of(fake) - resized(upright)).mean() < 1


def test_what_is_drawn_on_is_the_whole_image(client: FlaskClient, fake: FakeModelServer) -> None:
    fake.models["hands"] = {1: FakeVersion(SIGNATURES)}
    file = file_of(photo((3600, 2400)), "JPEG")
    answer = client.post("/predict?format=image", data=file, content_type="image/jpeg")
    assert Image.open(BytesIO(answer.data)).size == (3600, 2400)
    assert np.array_equal(sent_of(fake), resized(Image.open(BytesIO(file))))


def test_smaller_jpegs_and_pngs_are_decoded_whole(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    fake.models["hands"] = {1: FakeVersion(SIGNATURES)}
    for size_wh, kind in (((2000, 1900), "JPEG"), ((3600, 2400), "PNG")):
        file = file_of(photo(size_wh), kind)
        client.post("/predict", data=file, content_type=f"image/{kind.lower()}")
        assert np.array_equal(sent_of(fake), resized(Image.open(BytesIO(file))))


def test_another_models_images_are_decoded_whole(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    taken = tensor_info("DT_UINT8", -1, 24, 32, 3)
    fake.models["hands"] = {1: FakeVersion({"serving_default": detector_signature(taken)})}
    file = file_of(photo((3600, 2400)), "JPEG")
    client.post("/predict", data=file, content_type="image/jpeg")
    [sent] = decode_tensor(fake.requests[-1].inputs["input_tensor"])
    assert np.array_equal(sent, resized(Image.open(BytesIO(file))))
