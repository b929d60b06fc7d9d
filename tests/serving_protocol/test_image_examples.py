"""`tf.Example`s hold what the Object Detection API's and Model Garden's decoders parse."""

from io import BytesIO

import pytest
from PIL import Image

from serving_protocol.image_examples import example_of_file, file_of_example
from serving_protocol.messages import Example


@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
def test_an_example_holds_the_file_its_format_and_its_size(image_format: str) -> None:
    file = BytesIO()
    Image.new("RGB", (7, 4)).save(file, image_format)
    example = example_of_file(file.getvalue())
    feature = Example.FromString(example).features.feature
    assert feature["image/format"].bytes_list.value == [image_format.lower().encode()]
    assert feature["image/height"].int64_list.value == [4]
    assert feature["image/width"].int64_list.value == [7]
    assert feature["image/source_id"].bytes_list.value == [b""]
    assert file_of_example(example) == file.getvalue()
