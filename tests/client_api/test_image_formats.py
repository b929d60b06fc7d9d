"""Images of every format over HTTP, as the raw body and as a part of a form."""

from io import BytesIO

import numpy as np
import pytest
from flask.testing import FlaskClient

from detection.images.formats import FORMAT_NAMES, FORMATS, SUFFIXES
from tests.detection.images.reading import tiff
from tests.support.image_files import as_file, colored
from tests.support.shared import shared


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_image_of_every_format_is_answered(client: FlaskClient, file_format: str) -> None:
    data = as_file(colored(), file_format)
    raw = client.post("/predict", data=data, content_type=f"image/{file_format.lower()}")
    part = client.post("/predict", data={"image": (BytesIO(data), "IMG_0001")})
    for answer in (raw, part):
        assert answer.status_code == 200
        assert answer.get_json()["image"] == {"width": 48, "height": 32}


def test_metadata_of_2_mb_is_skipped(client: FlaskClient) -> None:
    data = shared("cases/serving/images/ztxt_2MB.png").read_bytes()
    assert client.post("/predict", data=data, content_type="image/png").status_code == 200


def test_what_cannot_be_read_right_is_a_415_that_names_it(client: FlaskClient) -> None:
    data = tiff(np.zeros((4, 5), np.uint8), compression="lerc")
    answer = client.post("/predict", data=data, content_type="image/tiff")
    assert answer.status_code == 415
    assert "LERC compression is not read; save it without" in answer.get_json()["detail"]


def test_more_samples_than_pixels_should_have_are_a_413(client: FlaskClient) -> None:
    samples = np.zeros((2000, 2000, 101), np.uint8)
    data = tiff(samples, compression="zstd", photometric="rgb")
    answer = client.post("/predict", data=data, content_type="image/tiff")
    assert answer.status_code == 413
    assert "holds 404000000 bytes of samples; at most 400000000" in answer.get_json()["detail"]


def test_the_page_and_swagger_name_the_formats(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert FORMAT_NAMES in page
    assert f'accept="image/*,{",".join(SUFFIXES)}"' in page
    assert FORMAT_NAMES in client.get("/swagger.json").get_data(as_text=True)
