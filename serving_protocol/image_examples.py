"""Image files as the `tf.Example`s that detectors' input pipelines parse, and back.

Source: object_detection/data_decoders/tf_example_decoder.py; official/vision/dataloaders/
tf_example_decoder.py. Both have a default for each feature beside the file; a model that was
exported with another parser may ask for the size and the names.
"""

from io import BytesIO

from PIL import Image

from serving_protocol.messages import BytesList, Example, Feature, Features, Int64List

# Where a tf.Example of the Object Detection API's holds the file.
EXAMPLE_FILE = "image/encoded"
PNG_START = b"\x89PNG"
_NAMES = ("image/source_id", "image/filename")


def example_of_file(file: bytes) -> bytes:
    """A serialized `tf.Example` of a JPEG or PNG file: the file, its format, size and empty names.

    Example:
        >>> file = BytesIO()
        >>> Image.new("RGB", (4, 3)).save(file, "PNG")
        >>> sorted(Example.FromString(example_of_file(file.getvalue())).features.feature)[:3]
        ['image/encoded', 'image/filename', 'image/format']
    """
    with Image.open(BytesIO(file)) as image:
        width, height = image.size
    features = Features()
    image_format = b"png" if file.startswith(PNG_START) else b"jpeg"
    texts = {EXAMPLE_FILE: file, "image/format": image_format} | dict.fromkeys(_NAMES, b"")
    for name, text in texts.items():
        features.feature[name].CopyFrom(Feature(bytes_list=BytesList(value=[text])))
    for name, number in (("image/height", height), ("image/width", width)):
        features.feature[name].CopyFrom(Feature(int64_list=Int64List(value=[number])))
    return Example(features=features).SerializeToString()


def file_of_example(example: bytes) -> bytes:
    """The file in a `tf.Example` that `example_of_file` made."""
    file: bytes = Example.FromString(example).features.feature[EXAMPLE_FILE].bytes_list.value[0]
    return file
