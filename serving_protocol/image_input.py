"""How a signature takes its images, and what it takes beside them."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Self

import numpy as np

from serving_protocol.messages import DataType, SignatureDef, TensorInfo
from serving_protocol.size_inputs import SizeInput
from serving_protocol.tensors import (
    DT_STRING,
    UnsupportedDtype,
    data_type_name,
    numpy_dtype,
)

# What exporters call an input that names each image, so that answers can be told apart: AutoML
# Vision's and Vertex AI's is `key`.
KEY_NAMES = frozenset({"key", "keys", "image_key", "image_id", "source_id", "filename"})
_STRINGS = np.dtype(object)
_KEY_DTYPES = (DT_STRING, DataType.Value("DT_INT32"), DataType.Value("DT_INT64"))


class NotADetector(ValueError):
    """No signature of the model is a detector's; the message names what was found."""


class ImageForm(Enum):
    """In which form a signature takes images."""

    ENCODED = "encoded"  # a string each: the file
    BASE64 = "base64"  # a string each: the file as web-safe base64
    EXAMPLE = "example"  # a string each: a serialized tf.Example with image/encoded
    PIXELS = "pixels"  # numbers, 0 to 255, of the input's dtype


@dataclass(frozen=True)
class ImageInput:
    """How a signature takes its images.

    Args:
        name: the input's key in the request.
        form: encoded files, tf.Examples or pixels.
        dtype: of the pixels; `object` for strings.
        batched: whether the first axis counts images; if not, a request holds one.
        batch_size: how many images a request must hold; None where it is free.
        size_hw: height and width that the pixels must have; None where free.
    """

    name: str
    form: ImageForm
    dtype: np.dtype[Any]
    batched: bool = True
    batch_size: int | None = None
    size_hw: tuple[int | None, int | None] = (None, None)

    @property
    def is_resized(self) -> bool:
        """Whether it takes any number of images, as bytes, of one size."""
        is_bytes = self.form is ImageForm.PIXELS and self.dtype == np.uint8
        return is_bytes and self.batched and self.batch_size is None and None not in self.size_hw

    @classmethod
    def from_tensor_info(cls, name: str, info: TensorInfo) -> Self:
        """Read an input's declaration.

        Raises:
            NotADetector: it is no batch of images, or a single one.
        """
        shape = declared_shape(info)
        if info.dtype == DT_STRING:
            return cls._strings(name, info, shape)
        try:
            dtype = numpy_dtype(info.dtype)
        except UnsupportedDtype as error:
            raise NotADetector(str(error)) from error
        if dtype.kind not in "uif" or dtype == np.int8:
            raise NotADetector(f"its input {describe_tensor(name, info)} holds no image")
        if shape is None:
            return cls(name, ImageForm.PIXELS, dtype)
        if len(shape) not in (3, 4) or shape[-1] not in (3, None):
            raise NotADetector(
                f"its input {describe_tensor(name, info)} is no image of [height, width, 3]"
            )
        batched = len(shape) == 4
        batch_size = shape[0] if batched else 1
        return cls(name, ImageForm.PIXELS, dtype, batched, batch_size, (shape[-3], shape[-2]))

    @classmethod
    def _strings(cls, name: str, info: TensorInfo, shape: tuple[int | None, ...] | None) -> Self:
        # Both arrive as strings; the exporters tell them apart by the placeholder's name alone.
        is_example = "example" in name or "example" in info.name
        form = ImageForm.EXAMPLE if is_example else ImageForm.ENCODED
        if shape is not None and len(shape) > 1:
            raise NotADetector(f"its input {describe_tensor(name, info)} is no list of images")
        batched = shape is None or len(shape) == 1
        batch_size = shape[0] if shape else (None if batched else 1)
        return cls(name, form, np.dtype(object), batched, batch_size)


@dataclass(frozen=True)
class KeyInput:
    """An input beside the images that names each of them.

    Args:
        name: the input's key in the request.
        batched: whether there is a name for each image; if not, there is one in all.
        dtype: `object` for strings, which are numbers as text; or whole numbers.
        in_column: whether names have an axis of their own, (N, 1).
    """

    name: str
    batched: bool = True
    dtype: np.dtype[Any] = _STRINGS
    in_column: bool = False

    @classmethod
    def from_tensor_info(cls, name: str, info: TensorInfo) -> Self:
        """Read the declaration of an input that is a key."""
        shape = declared_shape(info)
        dtype = _STRINGS if info.dtype == DT_STRING else numpy_dtype(info.dtype)
        return cls(name, shape != (), dtype, shape is not None and len(shape) == 2)


@dataclass(frozen=True)
class Inputs:
    """What a signature takes.

    Args:
        image: how it takes images.
        keys: those beside it that name each image.
        sizes: those that hold the size of each.
    """

    image: ImageInput
    keys: tuple[KeyInput, ...] = ()
    sizes: tuple[SizeInput, ...] = ()


def find_inputs(signature: SignatureDef) -> Inputs:
    """The input of images, and those that are filled in beside it.

    Inputs that `SignatureDef.defaults` fills are left out of requests.

    Raises:
        NotADetector: there is no input of images, or one beside it that nothing fills.
    """
    needed = sorted(set(signature.inputs) - set(signature.defaults)) or sorted(signature.inputs)
    keys = [name for name in needed if _is_key(name, signature.inputs[name])]
    if len(keys) == len(needed):
        # What is called like a key may be all there is.
        keys = []
    read = (SizeInput.from_tensor_info(name, signature.inputs[name]) for name in needed)
    sizes = tuple(each for each in read if each is not None)
    filled = {*keys, *(each.name for each in sizes)}
    others = [name for name in needed if name not in filled]
    if not others:
        raise NotADetector("a detector takes one input, images, but this takes none")
    reasons, found = [], []
    for name in others:
        try:
            found.append(ImageInput.from_tensor_info(name, signature.inputs[name]))
        except NotADetector as reason:
            reasons.append((name, reason))
    if not found and len(others) == 1:
        raise reasons[0][1]
    if len(found) != 1 or reasons:
        shown = ", ".join(describe_tensor(name, signature.inputs[name]) for name in others)
        raise NotADetector(
            f"a detector takes one input, images, but this takes {', '.join(others)}, of which "
            f"none has a default: {shown}"
        )
    named = tuple(KeyInput.from_tensor_info(name, signature.inputs[name]) for name in keys)
    return Inputs(_of_one_batch(found[0], sizes), named, sizes)


def _of_one_batch(image: ImageInput, sizes: tuple[SizeInput, ...]) -> ImageInput:
    """The input of images, with as many in a request as the inputs of their sizes count."""
    counts = {each.batch_size for each in sizes if each.batch_size is not None}
    if not counts or not image.batched or image.batch_size is not None:
        return image
    return replace(image, batch_size=min(counts))


def _is_key(name: str, info: TensorInfo) -> bool:
    shape = declared_shape(info)
    is_list = shape is None or len(shape) <= 1 or (len(shape) == 2 and shape[1] in (1, None))
    return info.dtype in _KEY_DTYPES and is_list and name.lower() in KEY_NAMES


def describe_tensor(name: str, info: TensorInfo) -> str:
    """`input_tensor: uint8[1, ?, ?, 3]`, the way a person reads a declaration."""
    shape = declared_shape(info)
    sizes = "?" if shape is None else ", ".join("?" if n is None else str(n) for n in shape)
    return f"{name}: {data_type_name(info.dtype)}[{'...' if shape is None else sizes}]"


def declared_shape(info: TensorInfo) -> tuple[int | None, ...] | None:
    """The declared sizes, None for a free one; None for a free rank."""
    if info.tensor_shape.unknown_rank:
        return None
    return tuple(dim.size if dim.size >= 0 else None for dim in info.tensor_shape.dim)
