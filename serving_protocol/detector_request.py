"""Pictures as the `PredictRequest`s that a detector's signature takes."""

import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image

from detection.images.formats import LOSSY_FORMATS
from detection.pictures import Picture
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.image_examples import example_of_file, file_of_example
from serving_protocol.image_input import ImageInput, KeyInput, PictureForm
from serving_protocol.messages import PredictRequest
from serving_protocol.model_server import ModelChoice
from serving_protocol.tensors import Array, decode_tensor, encode_tensor

# Above this, 4:4:4 JPEG cannot be told from the original by a detector, and stays small.
JPEG_QUALITY = 95
# Where a model takes any size, larger pictures are scaled down to this. The largest input that the
# Object Detection API's and Model Garden's detectors look at is 1536; a picture of 49 megapixels,
# 160 kB as a file, kept a model server busy for 4 s and took 2 GB there.
MAX_SENT_SIDE_PX = 2048
# As much pixel data goes into one request where the batch is free; a request is held several times
# on its way (array, message, bytes). It is 1 picture of that size as floats, or 5 as bytes.
MAX_BATCH_BYTES = 64 * 1024 * 1024

# A file as a string of each form, and back.
_TO_STRING: Mapping[PictureForm, Callable[[bytes], bytes]] = {
    PictureForm.ENCODED: bytes,
    PictureForm.EXAMPLE: example_of_file,
    PictureForm.BASE64: urlsafe_b64encode,
}
_TO_FILE: Mapping[PictureForm, Callable[[bytes], bytes]] = {
    PictureForm.ENCODED: bytes,
    PictureForm.EXAMPLE: file_of_example,
    PictureForm.BASE64: urlsafe_b64decode,
}


@dataclass(frozen=True)
class PictureBatch:
    """One request, and whose rows its answer will have.

    Args:
        request: ready to be sent.
        pictures: which of the pictures given the answer's first rows are about; those of one size
            go together, whatever lies between them. A model with a fixed batch may answer more
            rows, which repeat the last picture.
        sent_size_wh: the size at which they were sent, where it is one; None for encoded files.
        file_sizes_wh: the size of each encoded file; empty for pixels.
    """

    request: PredictRequest
    pictures: tuple[int, ...]
    sent_size_wh: tuple[int, int] | None
    file_sizes_wh: tuple[tuple[int, int], ...] = ()

    def size_sent(self, row: int) -> tuple[int, int] | None:
        """Width and height at which a picture was sent; None where nobody knows."""
        return self.file_sizes_wh[row] if row < len(self.file_sizes_wh) else self.sent_size_wh


def picture_batches(
    signature: DetectorSignature,
    pictures: Sequence[Picture],
    model: ModelChoice,
    *,
    resizes: bool = False,
) -> Iterator[PictureBatch]:
    """As few requests as the signature allows, each built only when it is asked for.

    Pictures go together where the batch is free and they are of one size; a fixed batch that they
    do not fill is filled up with the last one.

    Args:
        signature: to ask.
        pictures: what about.
        model: which to ask.
        resizes: whether the graph is known to resize each file by itself, as our own do; others
            stack what they decode, so that files of different size cannot go together.
    """
    image_input = signature.image_input
    for rows in _groups(image_input, pictures, resizes=resizes):
        group = [pictures[row] for row in rows]
        tensor, size_wh = _tensor(image_input, group)
        request = PredictRequest(
            model_spec=model.model_spec(signature.name), output_filter=signature.output_filter
        )
        request.inputs[image_input.name].CopyFrom(encode_tensor(tensor))
        for key in signature.key_inputs:
            count = len(tensor) if image_input.batched else 1
            request.inputs[key.name].CopyFrom(encode_tensor(_keys(key, count)))
        sizes_wh = () if size_wh is not None else tuple(_bounded_size(each) for each in group)
        of_each = list(sizes_wh) or [size_wh or (0, 0)] * len(group)
        of_each += of_each[-1:] * (len(tensor) - len(group) if image_input.batched else 0)
        for size in signature.size_inputs:
            request.inputs[size.name].CopyFrom(encode_tensor(size.of(of_each)))
        yield PictureBatch(request, rows, size_wh, sizes_wh)


def in_form(batch: PictureBatch, image_input: ImageInput, form: PictureForm) -> PictureBatch:
    """The same request with strings of `form`; `image_input` says of which they are now.

    Raises:
        ValueError: it is a request of pixels.
    """
    if PictureForm.PIXELS in (form, image_input.form):
        raise ValueError("pixels are no strings")
    if form is image_input.form:
        return batch
    strings = decode_tensor(batch.request.inputs[image_input.name])
    changed: Array = np.empty(strings.shape, object)
    for place, string in np.ndenumerate(strings):
        changed[place] = _TO_STRING[form](_TO_FILE[image_input.form](string))
    request = PredictRequest()
    request.CopyFrom(batch.request)
    request.inputs[image_input.name].CopyFrom(encode_tensor(changed))
    return replace(batch, request=request)


def _keys(key: KeyInput, count: int) -> Array:
    """A name for each of so many pictures: their numbers, from 0; or one in all."""
    count = count if key.batched else 1
    names: Array = np.arange(count).astype(key.dtype)
    if key.dtype == object:
        names[:] = [str(number).encode() for number in range(count)]
    if key.in_column:
        return names[:, None]  # (N, 1)
    return names if key.batched else names.reshape(())


def _groups(
    image_input: ImageInput, pictures: Sequence[Picture], *, resizes: bool
) -> Iterator[tuple[int, ...]]:
    """Indices of the pictures that go into one request, those of each size in their order."""
    by_size: dict[tuple[int, int] | None, list[int]] = {}
    for row, picture in enumerate(pictures):
        any_size = resizes and image_input.form is not PictureForm.PIXELS
        size = None if any_size else _size(image_input, picture)
        by_size.setdefault(size, []).append(row)
    for rows in by_size.values():
        most = _most_together(image_input, pictures[rows[0]])
        for start in range(0, len(rows), most):
            yield tuple(rows[start : start + most])


def _size(image_input: ImageInput, picture: Picture) -> tuple[int, int]:
    """Width and height at which `picture` is sent, as pixels or as a file."""
    return _sent_size(image_input, picture) or _bounded_size(picture)


def _most_together(image_input: ImageInput, picture: Picture) -> int:
    """How many pictures, all sent in the size of `picture`, a request may hold."""
    if image_input.batch_size is not None:
        return image_input.batch_size
    size_wh = _sent_size(image_input, picture)
    if size_wh is None:
        return sys.maxsize
    picture_bytes = size_wh[0] * size_wh[1] * 3 * image_input.dtype.itemsize
    return max(1, MAX_BATCH_BYTES // picture_bytes)


def _sent_size(image_input: ImageInput, picture: Picture) -> tuple[int, int] | None:
    """Width and height at which `picture` is sent; a free side keeps the picture's proportions."""
    if image_input.form is not PictureForm.PIXELS:
        return None
    height, width = image_input.size_hw
    if height is None and width is None:
        return _bounded_size(picture)
    if width is None:
        width = round(picture.width * (height or 1) / picture.height)
        width = min(max(1, width), MAX_SENT_SIDE_PX)
    if height is None:
        height = round(picture.height * width / picture.width)
        height = min(max(1, height), MAX_SENT_SIDE_PX)
    return width, height


def _bounded_size(picture: Picture) -> tuple[int, int]:
    """Width and height, in proportion, neither above `MAX_SENT_SIDE_PX`."""
    scale = min(1.0, MAX_SENT_SIDE_PX / max(picture.width, picture.height))
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def _tensor(
    image_input: ImageInput, pictures: list[Picture]
) -> tuple[Array, tuple[int, int] | None]:
    """The input's array for `pictures`, which are all sent in one size."""
    if image_input.batch_size is not None:
        pictures = pictures + [pictures[-1]] * (image_input.batch_size - len(pictures))
    size_wh = _sent_size(image_input, pictures[0])
    if size_wh is None:
        files = [picture_file(picture) for picture in pictures]
        array: Array = np.empty(len(files), object)  # (N,)
        array[:] = [_TO_STRING[image_input.form](file) for file in files]
    else:
        array = np.empty((len(pictures), size_wh[1], size_wh[0], 3), image_input.dtype)
        for row, picture in enumerate(pictures):
            array[row] = _scaled(picture.pixels, size_wh)
    return (array if image_input.batched else array[0]), size_wh


def _scaled(pixels: Image.Image, size_wh: tuple[int, int]) -> Image.Image:
    if pixels.size == size_wh:
        return pixels
    return pixels.resize(size_wh, Image.Resampling.BILINEAR)


def as_sent(picture: Picture) -> Picture:
    """The picture at the size at which a model that takes any gets it."""
    size_wh = _bounded_size(picture)
    if size_wh == picture.pixels.size:
        return picture
    return Picture(_scaled(picture.pixels, size_wh), b"", picture.format, plain_file=False)


def picture_file(picture: Picture) -> bytes:
    """A JPEG or PNG file that shows the upright picture to a decoder as simple as TensorFlow's.

    The file itself where it is such a one. `tf.io.decode_image` knows no EXIF orientation, CMYK,
    WebP or TIFF; those, and pictures with a side above `MAX_SENT_SIDE_PX`, are encoded anew.
    """
    size_wh = _bounded_size(picture)
    if picture.plain_file and size_wh == (picture.width, picture.height):
        return picture.data
    file = BytesIO()
    pixels = _scaled(picture.pixels, size_wh)
    if picture.format in LOSSY_FORMATS:
        pixels.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        pixels.save(file, "PNG", compress_level=1)
    return file.getvalue()
