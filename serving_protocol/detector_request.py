"""Images as the `PredictRequest`s that a detector's signature takes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image

from detection.images import DecodedImage
from detection.images.formats import LOSSY_FORMATS
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.image_examples import example_of_file, file_of_example
from serving_protocol.image_input import ImageForm, ImageInput, KeyInput
from serving_protocol.messages import PredictRequest
from serving_protocol.model_server import ModelChoice
from serving_protocol.tensors import Array, decode_tensor, encode_tensor_into

# Above this, 4:4:4 JPEG cannot be told from the original by a detector, and stays small.
JPEG_QUALITY = 95
# Where a model takes any size, larger images are scaled down to this. The largest input that the
# Object Detection API's and Model Garden's detectors look at is 1536; an image of 49 megapixels,
# 160 kB as a file, kept a model server busy for 4 s and took 2 GB there.
MAX_SENT_SIDE_PX = 2048
# As much pixel data goes into one request where the batch is free; a request is held several times
# on its way (array, message, bytes). It is 1 image of that size as floats, or 5 as bytes.
MAX_BATCH_BYTES = 64 * 1024 * 1024
# And as many images, which is what the embedded server takes.
MAX_BATCH_IMAGES = 128

# A file as a string of each form, and back.
_TO_STRING: Mapping[ImageForm, Callable[[bytes], bytes]] = {
    ImageForm.ENCODED: bytes,
    ImageForm.EXAMPLE: example_of_file,
    ImageForm.BASE64: urlsafe_b64encode,
}
_TO_FILE: Mapping[ImageForm, Callable[[bytes], bytes]] = {
    ImageForm.ENCODED: bytes,
    ImageForm.EXAMPLE: file_of_example,
    ImageForm.BASE64: urlsafe_b64decode,
}


@dataclass(frozen=True)
class ImageBatch:
    """One request, and whose rows its answer will have.

    Args:
        request: ready to be sent.
        images: which of the images given the answer's first rows are about; those of one size
            go together, whatever lies between them. A model with a fixed batch may answer more
            rows, which repeat the last image.
        sent_size_wh: the size at which they were sent, where it is one; None for encoded files.
        file_sizes_wh: the size of each encoded file; empty for pixels.
    """

    request: PredictRequest
    images: tuple[int, ...]
    sent_size_wh: tuple[int, int] | None
    file_sizes_wh: tuple[tuple[int, int], ...] = ()

    def size_sent(self, row: int) -> tuple[int, int] | None:
        """Width and height at which an image was sent; None where nobody knows."""
        return self.file_sizes_wh[row] if row < len(self.file_sizes_wh) else self.sent_size_wh


def image_batches(
    signature: DetectorSignature,
    images: Sequence[DecodedImage],
    model: ModelChoice,
    *,
    resizes: bool = False,
) -> Iterator[ImageBatch]:
    """As few requests as the signature allows, each built only when it is asked for.

    Images go together where the batch is free and they are of one size; a fixed batch that they
    do not fill is filled up with the last one.

    Args:
        signature: to ask.
        images: what about.
        model: which to ask.
        resizes: whether the graph is known to resize each file by itself, as our own do; others
            stack what they decode, so that files of different size cannot go together.
    """
    image_input = signature.image_input
    for rows in _groups(image_input, images, resizes=resizes):
        group = [images[row] for row in rows]
        tensor, size_wh = _tensor(image_input, group)
        request = PredictRequest(
            model_spec=model.model_spec(signature.name), output_filter=signature.output_filter
        )
        encode_tensor_into(request.inputs[image_input.name], tensor)
        for key in signature.key_inputs:
            count = len(tensor) if image_input.batched else 1
            encode_tensor_into(request.inputs[key.name], _keys(key, count))
        sizes_wh = () if size_wh is not None else tuple(_bounded_size(each) for each in group)
        of_each = list(sizes_wh) or [size_wh or (0, 0)] * len(group)
        of_each += of_each[-1:] * (len(tensor) - len(group) if image_input.batched else 0)
        for size in signature.size_inputs:
            encode_tensor_into(request.inputs[size.name], size.of(of_each))
        yield ImageBatch(request, rows, size_wh, sizes_wh)


def in_form(batch: ImageBatch, image_input: ImageInput, form: ImageForm) -> ImageBatch:
    """The same request with strings of `form`; `image_input` says of which they are now.

    Raises:
        ValueError: it is a request of pixels.
    """
    if ImageForm.PIXELS in (form, image_input.form):
        raise ValueError("pixels are no strings")
    if form is image_input.form:
        return batch
    strings = decode_tensor(batch.request.inputs[image_input.name])
    changed: Array = np.empty(strings.shape, object)
    for place, string in np.ndenumerate(strings):
        changed[place] = _TO_STRING[form](_TO_FILE[image_input.form](string))
    request = PredictRequest()
    request.CopyFrom(batch.request)
    request.inputs[image_input.name].Clear()
    encode_tensor_into(request.inputs[image_input.name], changed)
    return replace(batch, request=request)


def _keys(key: KeyInput, count: int) -> Array:
    """A name for each of so many images: their numbers, from 0; or one in all."""
    count = count if key.batched else 1
    names: Array = np.arange(count).astype(key.dtype)
    if key.dtype == object:
        names[:] = [str(number).encode() for number in range(count)]
    if key.in_column:
        return names[:, None]  # (N, 1)
    return names if key.batched else names.reshape(())


def _groups(
    image_input: ImageInput, images: Sequence[DecodedImage], *, resizes: bool
) -> Iterator[tuple[int, ...]]:
    """Indices of the images that go into one request, those of each size in their order."""
    by_size: dict[tuple[int, int] | None, list[int]] = {}
    for row, image in enumerate(images):
        any_size = resizes and image_input.form is not ImageForm.PIXELS
        size = None if any_size else _size(image_input, image)
        by_size.setdefault(size, []).append(row)
    for rows in by_size.values():
        most = _most_together(image_input, images[rows[0]])
        for start in range(0, len(rows), most):
            yield tuple(rows[start : start + most])


def _size(image_input: ImageInput, image: DecodedImage) -> tuple[int, int]:
    """Width and height at which `image` is sent, as pixels or as a file."""
    return _sent_size(image_input, image) or _bounded_size(image)


def _most_together(image_input: ImageInput, image: DecodedImage) -> int:
    """How many images, all sent in the size of `image`, a request may hold."""
    if image_input.batch_size is not None:
        return image_input.batch_size
    size_wh = _sent_size(image_input, image)
    if size_wh is None:
        return MAX_BATCH_IMAGES
    image_bytes = size_wh[0] * size_wh[1] * 3 * image_input.dtype.itemsize
    return max(1, min(MAX_BATCH_IMAGES, MAX_BATCH_BYTES // image_bytes))


def _sent_size(image_input: ImageInput, image: DecodedImage) -> tuple[int, int] | None:
    """Width and height at which `image` is sent; a free side keeps the image's proportions."""
    if image_input.form is not ImageForm.PIXELS:
        return None
    height, width = image_input.size_hw
    if height is None and width is None:
        return _bounded_size(image)
    if width is None:
        width = round(image.width * (height or 1) / image.height)
        width = min(max(1, width), MAX_SENT_SIDE_PX)
    if height is None:
        height = round(image.height * width / image.width)
        height = min(max(1, height), MAX_SENT_SIDE_PX)
    return width, height


def _bounded_size(image: DecodedImage) -> tuple[int, int]:
    """Width and height, in proportion, neither above `MAX_SENT_SIDE_PX`."""
    scale = min(1.0, MAX_SENT_SIDE_PX / max(image.width, image.height))
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def _tensor(
    image_input: ImageInput, images: list[DecodedImage]
) -> tuple[Array, tuple[int, int] | None]:
    """The input's array for `images`, which are all sent in one size."""
    if image_input.batch_size is not None:
        images = images + [images[-1]] * (image_input.batch_size - len(images))
    size_wh = _sent_size(image_input, images[0])
    if size_wh is None:
        files = [image_file(image) for image in images]
        array: Array = np.empty(len(files), object)  # (N,)
        array[:] = [_TO_STRING[image_input.form](file) for file in files]
    else:
        array = np.empty((len(images), size_wh[1], size_wh[0], 3), image_input.dtype)
        for row, image in enumerate(images):
            array[row] = _scaled(image.pixels, size_wh)
    return (array if image_input.batched else array[0]), size_wh


def _scaled(pixels: Image.Image, size_wh: tuple[int, int]) -> Image.Image:
    if pixels.size == size_wh:
        return pixels
    return pixels.resize(size_wh, Image.Resampling.BILINEAR)


def as_sent(image: DecodedImage) -> DecodedImage:
    """The image at the size at which a model that takes any gets it."""
    size_wh = _bounded_size(image)
    if size_wh == image.pixels.size:
        return image
    return DecodedImage(_scaled(image.pixels, size_wh), b"", image.format, plain_file=False)


def image_file(image: DecodedImage) -> bytes:
    """A JPEG or PNG file that shows the upright image to a decoder as simple as TensorFlow's.

    The file itself where it is such a one. `tf.io.decode_image` knows no EXIF orientation, CMYK,
    WebP or TIFF; those, and images with a side above `MAX_SENT_SIDE_PX`, are encoded anew.
    """
    size_wh = _bounded_size(image)
    if image.plain_file and size_wh == (image.width, image.height):
        return image.data
    file = BytesIO()
    pixels = _scaled(image.pixels, size_wh)
    if image.format in LOSSY_FORMATS:
        pixels.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        pixels.save(file, "PNG", compress_level=1)
    return file.getvalue()
