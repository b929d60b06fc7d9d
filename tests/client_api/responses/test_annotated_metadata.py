"""What an annotated image has of the file that came: its pixels and their colors, nothing else."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from tests.support.image_files import as_file, colored

SECRET = b"where it was taken"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif() -> Image.Exif:
    found = Image.Exif()
    found[0x010E] = SECRET.decode()
    return found


def with_metadata(file_format: str, profile: bytes) -> bytes:
    options: dict[str, object] = {"exif": exif(), "icc_profile": profile}
    if file_format == "JPEG":
        options |= {"comment": SECRET, "xmp": b"<x>" + SECRET + b"</x>", "dpi": (301, 301)}
    if file_format == "PNG":
        text = PngInfo()
        text.add_text("Comment", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        options["pnginfo"] = text
    if file_format == "WEBP":
        options["xmp"] = SECRET
    return as_file(colored(), file_format, **options)


@pytest.mark.parametrize("answer_type", ["image/jpeg", "image/png", "image/webp"])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC", "TIFF"])
def test_metadata_is_not_passed_on_but_the_color_profile(
    client: FlaskClient, file_format: str, answer_type: str
) -> None:
    data = with_metadata(file_format, PROFILE)
    assert SECRET in data
    answer = client.post(
        "/predict", data=data, content_type="image/jpeg", headers={"Accept": answer_type}
    )
    assert answer.status_code == 200
    assert SECRET not in answer.data
    with Image.open(BytesIO(answer.data)) as image:
        image.load()
        kept = {"icc_profile", "jfif", "jfif_version", "jfif_unit", "jfif_density", "loop"}
        assert set(image.info) <= kept | {"background", "timestamp", "duration"}
        assert not image.getexif()
        # TIFF's own decoder takes the pixels alone.
        if file_format != "TIFF":
            assert image.info["icc_profile"] == PROFILE


@pytest.mark.parametrize(
    "profile", [PROFILE[:16] + b"CMYK" + PROFILE[20:], PROFILE + bytes(200_000), b"none"]
)
def test_a_profile_of_other_colors_or_of_any_size_is_left_out(
    client: FlaskClient, profile: bytes
) -> None:
    data = with_metadata("JPEG", profile)
    answer = client.post(
        "/predict", data=data, content_type="image/jpeg", headers={"Accept": "image/png"}
    )
    assert answer.status_code == 200
    with Image.open(BytesIO(answer.data)) as image:
        assert "icc_profile" not in image.info
