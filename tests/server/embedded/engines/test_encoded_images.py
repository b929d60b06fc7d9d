"""Files decoded for OpenVINO are what TensorFlow's decoder makes of them."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from server.embedded.engines.encoded_images import decode_as_tensorflow
from server.embedded.errors import ServingError

FORMATS = ("JPEG", "PNG", "BMP", "GIF")
RNG = np.random.default_rng(2)
NOISE = RNG.integers(0, 256, (9, 14, 4)).astype(np.uint8)


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    image.save(file := BytesIO(), file_format, **options)
    return file.getvalue()


def exif_turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(Image.fromarray(NOISE[..., :3]), "JPEG", exif=exif.tobytes())


FILES = {
    "jpeg": saved(Image.fromarray(NOISE[..., :3]), "JPEG", quality=95),
    "jpeg, grey": saved(Image.fromarray(NOISE[..., 0]), "JPEG"),
    "jpeg, turned by EXIF": exif_turned(),
    "png": saved(Image.fromarray(NOISE[..., :3]), "PNG"),
    "png, transparent": saved(Image.fromarray(NOISE), "PNG"),
    "png, grey": saved(Image.fromarray(NOISE[..., 0]), "PNG"),
    "png, grey and transparent": saved(Image.fromarray(NOISE[..., :2].copy(), "LA"), "PNG"),
    "png, 16 bits": saved(Image.fromarray(NOISE[..., 0].astype(np.uint16) * 257 - 100), "PNG"),
    "png, palette": saved(Image.fromarray(NOISE[..., :3]).quantize(16), "PNG"),
    "png, 1 bit": saved(Image.fromarray(NOISE[..., 0] > 99), "PNG"),
    "bmp": saved(Image.fromarray(NOISE[..., :3]), "BMP"),
    "gif": saved(Image.fromarray(NOISE[..., :3]), "GIF"),
}


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_decoded_as_tensorflow_decodes_it(kind: str) -> None:
    tf = pytest.importorskip("tensorflow")
    if kind.startswith("jpeg"):
        wanted = tf.io.decode_jpeg(FILES[kind], channels=3, dct_method="INTEGER_ACCURATE").numpy()
    else:
        wanted = tf.io.decode_image(FILES[kind], channels=3, expand_animations=False).numpy()
    found = np.asarray(decode_as_tensorflow(FILES[kind], FORMATS))
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no image", "not an image in a format that is read"),
        (FILES["png"][:60], "broken or cut short"),
        (saved(Image.fromarray(NOISE[..., :3]), "WEBP"), "not WEBP"),
        (saved(Image.new("1", (20_000, 20_000)), "PNG"), "at most|far more pixels"),
    ],
)
def test_what_is_no_image_is_the_callers_mistake(data: bytes, said: str) -> None:
    with pytest.raises(ServingError, match=said) as caught:
        decode_as_tensorflow(data, FORMATS)
    assert caught.value.code.name == "INVALID_ARGUMENT"
