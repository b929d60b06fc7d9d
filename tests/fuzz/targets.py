"""What strangers' bytes reach, each as a function that takes them and raises what is unexpected."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from flask import Flask
from google.protobuf.message import DecodeError
from werkzeug.test import encode_multipart

from client_api.app import create_app
from client_api.settings import Settings
from detection.images import ImageError, open_image
from detection.images.file_cost import is_costly
from detection.label_map import LabelMapError
from detection.label_map_text import parse_label_map
from serving_protocol.detector_answer import NotADetection, decode_detections
from serving_protocol.detector_request import ImageBatch
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.fill_budget import TensorDecodingError
from serving_protocol.messages import PredictRequest, PredictResponse, TensorProto
from serving_protocol.tensors import UnsupportedDtype, decode_tensor, encode_tensor
from tests.client_api.conftest import LABEL_MAP
from tests.client_api.test_predict_images import b64
from tests.serving_protocol.answers import ANSWER
from tests.serving_protocol.signatures import signature
from tests.support.fake_model_server import FakeModelServer
from tests.support.hostile_images import (
    bmp_in_runs,
    gif_with,
    jpeg_of_empty_scans,
    png_with,
    tiff_of_large_dictionary,
    tiff_of_strips,
)
from tests.support.image_files import as_file, colored

MAX_PIXELS = 200_000
DETECTOR = DetectorSignature.find({"s": signature("x", ("UINT8", [-1, -1, -1, 3]))})
BOUNDARY = "x"


@dataclass(frozen=True)
class Target:
    """Something that takes a stranger's bytes.

    Attributes:
        seeds: bytes that are good, or nearly, to be changed.
        run: raises, or takes more than seconds, where something is wrong.
    """

    seeds: Callable[[], Sequence[bytes]]
    run: Callable[[bytes], None]


def _images() -> list[bytes]:
    image = colored()
    return [
        *(as_file(image, each) for each in ("JPEG", "PNG", "WEBP", "AVIF", "HEIC", "BMP", "GIF")),
        as_file(image, "JPEG", progressive=True, comment=b"comment"),
        as_file(image, "PNG", icc_profile=b"profile", optimize=True),
        as_file(image, "WEBP", lossless=True),
        as_file(image.convert("RGBA"), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
        as_file(image, "TIFF"),
        as_file(image, "TIFF", compression="tiff_lzw"),
        as_file(image, "TIFF", compression="tiff_jpeg"),
        jpeg_of_empty_scans(3, (64, 64)),
        png_with(b"iCCP", b"a\0\0x\x9c", 2),
        gif_with(b"\x21\xfe\3abc\0\x21\xf9\4\1\0\0\0\0"),
        bmp_in_runs(b"\3\1\0\3abc\0\0\0\0\2\1\1\0\1", (20, 20)),
        tiff_of_strips(8, 32773, b"\xc1\0", width=64),
        tiff_of_large_dictionary(1),
    ]


def _open_and_decode(data: bytes) -> None:
    is_costly(data)
    try:
        image = open_image(data, max_pixels=MAX_PIXELS).decode(accept_truncated=len(data) % 2 == 0)
    except ImageError:
        return
    assert image.pixels.mode == "RGB"
    assert image.width * image.height <= MAX_PIXELS


def _parse_label_map(data: bytes) -> None:
    try:
        parse_label_map(data)
    except LabelMapError:
        return


@cache
def _app() -> Flask:
    return create_app(Settings(model_name="hands", max_image_pixels=MAX_PIXELS), FakeModelServer())


def _post(data: bytes, content_type: str) -> None:
    answer = _app().test_client().post("/predict", data=data, content_type=content_type)
    assert answer.status_code < 500, (answer.status_code, answer.get_data()[:500])


def _forms() -> list[bytes]:
    png = as_file(colored(), "PNG")
    fields = {"image": (BytesIO(png), "a.png"), "label_map": LABEL_MAP, "classes": "open"}
    _, body = encode_multipart(fields, boundary=BOUNDARY)
    return [body, body.replace(b"\r\n", b"\n"), b"--x--\r\n"]


def _documents() -> list[bytes]:
    png = as_file(colored(), "PNG")
    return [
        json.dumps({"image": b64(png), "label_map": LABEL_MAP}).encode(),
        json.dumps({"images": [b64(png)] * 2, "truncated": "accept"}).encode(),
        b'{"image": [[[1.5e3, true, null, "\\ud800"]]]}',
    ]


def _tensors() -> list[bytes]:
    arrays = (np.zeros((2, 3), np.float32), np.array([b"ab", b""]), np.ones(4, np.int64))
    return [
        encode_tensor(each, as_typed_values=typed).SerializeToString()
        for each in arrays
        for typed in (False, True)
    ]


def _decode_tensor(data: bytes) -> None:
    try:
        decode_tensor(TensorProto.FromString(data))
    except (DecodeError, TensorDecodingError, UnsupportedDtype):
        return


def _answers() -> list[bytes]:
    found = []
    for typed in (False, True):
        response = PredictResponse()
        for name, values in ANSWER.items():
            response.outputs[name].CopyFrom(encode_tensor(values, as_typed_values=typed))
        found.append(response.SerializeToString())
    return found


def _decode_answer(data: bytes) -> None:
    batch = ImageBatch(PredictRequest(), (0,), (48, 32))
    try:
        decode_detections(PredictResponse.FromString(data), DETECTOR, batch)
    except (DecodeError, NotADetection):
        return


TARGETS = {
    "images": Target(_images, _open_and_decode),
    "label_map": Target(lambda: [LABEL_MAP.encode(), b"item { id: 1 }"], _parse_label_map),
    "upload": Target(_forms, lambda data: _post(data, f"multipart/form-data; boundary={BOUNDARY}")),
    "json": Target(_documents, lambda data: _post(data, "application/json")),
    "tensor": Target(_tensors, _decode_tensor),
    "answer": Target(_answers, _decode_answer),
}
