"""Images as they arrive in real life."""

from pathlib import Path

import pytest

from tests.support.gateway_process import GatewayProcess

# What the contract names for each; everything else in the folder is an image and answers 200.
ODD = {
    "broken.png": 415,
    "broken_data_stream.png": 415,
    "truncated_image.png": 415,
    "truncated_jpeg.jpg": 415,
    "zero_width.gif": 415,
    # Its pixels are few; its text chunks unpack to far too much.
    "decompression_bomb.gif": 413,
}


def odd_images() -> list[Path]:
    from tests.support.shared import SHARED

    folder = SHARED / "images" / "odd"
    return sorted(path for path in folder.glob("*.*")) if folder.is_dir() else []


@pytest.mark.parametrize("image", odd_images(), ids=lambda path: path.name)
@pytest.mark.parametrize("way", ["raw", "form"])
def test_what_arrives_in_real_life_gets_the_answer_that_the_contract_names(
    gateway: GatewayProcess, image: Path, way: str
) -> None:
    data = image.read_bytes()
    with gateway.client() as client:
        if way == "raw":
            answer = client.post("/predict", content=data, headers={"Content-Type": "image/x"})
        else:
            answer = client.post("/predict", files={"image": ("a.jpg", data)})
        assert answer.status_code == ODD.get(image.name, 200), answer.text
        for accept in ("image/jpeg", "text/html"):
            drawn = client.post(
                "/predict", content=data, headers={"Content-Type": "image/x", "Accept": accept}
            )
            assert drawn.status_code == answer.status_code
    for worker in gateway.workers():
        assert worker.memory_info().rss < 400e6
