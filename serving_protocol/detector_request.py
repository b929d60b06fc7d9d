"""Pictures as the `PredictRequest`s that a detector's signature takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from detection.pictures import Picture
from serving_protocol.detector_signature import DetectorSignature, ImageInput, PictureForm
from serving_protocol.messages import BytesList, Example, Feature, Features, PredictRequest
from serving_protocol.model_server import ModelChoice
from serving_protocol.tensors import Array, encode_tensor

# Above this, 4:4:4 JPEG cannot be told from the original by a detector, and stays small.
JPEG_QUALITY = 95


@dataclass(frozen=True)
class PictureBatch:
    """One request, and whose rows its answer will have.

    Args:
        request: ready to be sent.
        pictures: which of the pictures given the answer's first rows are about, in order. A model
            with a fixed batch may answer more rows, which repeat the last picture.
        sent_size_wh: the size at which they were sent, where it is one; None for encoded files.
    """

    request: PredictRequest
    pictures: tuple[int, ...]
    sent_size_wh: tuple[int, int] | None


def picture_batches(
    signature: DetectorSignature, pictures: Sequence[Picture], model: ModelChoice
) -> Iterator[PictureBatch]:
    """As few requests as the signature allows, each built only when it is asked for.

    Pictures go together where the batch is free and they are sent in one size (or as files); a
    fixed batch that they do not fill is filled up with the last one.
    """
    image_input = signature.image_input
    for rows in _groups(image_input, pictures):
        tensor, size_wh = _tensor(image_input, [pictures[row] for row in rows])
        request = PredictRequest(
            model_spec=model.model_spec(signature.name), output_filter=signature.output_filter
        )
        request.inputs[image_input.name].CopyFrom(encode_tensor(tensor))
        yield PictureBatch(request, rows, size_wh)


def _groups(image_input: ImageInput, pictures: Sequence[Picture]) -> Iterator[tuple[int, ...]]:
    """Indices of the pictures that go into one request, by falling in with the one before."""
    limit = image_input.batch_size or len(pictures)
    group: list[int] = []
    for row, picture in enumerate(pictures):
        fits = len(group) < limit and (
            not group
            or _sent_size(image_input, picture) == _sent_size(image_input, pictures[group[0]])
        )
        if not fits:
            yield tuple(group)
            group = []
        group.append(row)
    if group:
        yield tuple(group)


def _sent_size(image_input: ImageInput, picture: Picture) -> tuple[int, int] | None:
    """Width and height at which `picture` is sent; a free side keeps the picture's proportions."""
    if image_input.form is not PictureForm.PIXELS:
        return None
    height, width = image_input.size_hw
    if height is None and width is None:
        return picture.width, picture.height
    if width is None:
        width = max(1, round(picture.width * (height or 1) / picture.height))
    if height is None:
        height = max(1, round(picture.height * width / picture.width))
    return width, height


def _tensor(
    image_input: ImageInput, pictures: list[Picture]
) -> tuple[Array, tuple[int, int] | None]:
    """The input's array for `pictures`, which are all sent in one size."""
    if image_input.batch_size is not None:
        pictures = pictures + [pictures[-1]] * (image_input.batch_size - len(pictures))
    size_wh = _sent_size(image_input, pictures[0])
    if size_wh is None:
        files = [picture_file(picture) for picture in pictures]
        if image_input.form is PictureForm.EXAMPLE:
            files = [_example(picture, file) for picture, file in zip(pictures, files, strict=True)]
        array: Array = np.empty(len(files), object)  # (N,)
        array[:] = files
    else:
        array = np.stack([_pixels(picture, size_wh) for picture in pictures])  # (N, H, W, 3)
        array = array.astype(image_input.dtype, copy=False)
    return (array if image_input.batched else array[0]), size_wh


def _pixels(picture: Picture, size_wh: tuple[int, int]) -> Array:
    pixels = picture.pixels
    if pixels.size != size_wh:
        pixels = pixels.resize(size_wh, Image.Resampling.BILINEAR)
    return np.asarray(pixels)


def picture_file(picture: Picture) -> bytes:
    """A JPEG or PNG file that shows the upright picture to a decoder as simple as TensorFlow's.

    The file itself where it is such a one. `tf.io.decode_image` knows no EXIF orientation, CMYK,
    WebP or TIFF; those are encoded anew.
    """
    if picture.plain_file:
        return picture.data
    file = BytesIO()
    if picture.format == "JPEG":
        picture.pixels.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        picture.pixels.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _example(picture: Picture, file: bytes) -> bytes:
    image_format = b"jpeg" if picture.format == "JPEG" else b"png"
    features = Features()
    features.feature["image/encoded"].CopyFrom(Feature(bytes_list=BytesList(value=[file])))
    features.feature["image/format"].CopyFrom(Feature(bytes_list=BytesList(value=[image_format])))
    return Example(features=features).SerializeToString()
