"""How many images a request may bring: a few bytes of a file become megabytes of pixels."""

from collections.abc import Callable, Mapping, Sequence

import grpc

from server.embedded.engines.engine import Array, LoadedModel
from server.embedded.engines.graph_operations import operations_behind
from server.embedded.errors import ServingError
from serving_protocol.messages import MetaGraphDef, SignatureDef, TensorInfo
from serving_protocol.tensors import DT_STRING

# Of 640 x 640 pixels as floats, 630 MB.
MAX_IMAGES = 128
IMAGE_RANK = 4
# Of strings as images; what they have in common.
DECODERS = ("DecodeAndCropJpeg", "DecodeBmp", "DecodeGif", "DecodeImage", "DecodeJpeg", "DecodePng",
            "DecodeWebP")  # fmt: skip


class ImageBatches:
    """A model that refuses more images than `max_images` in a request. See `LoadedModel`.

    Args:
        model: takes the others.
        images: by signature name, the inputs that are images.
        max_images: that are taken; any number of rows of other inputs is.
    """

    def __init__(
        self, model: LoadedModel, images: Mapping[str, frozenset[str]], max_images: int
    ) -> None:
        self._model = model
        self._images = images
        self._max_images = max_images
        self.engine = model.engine
        self.signatures = model.signatures

    def run(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> dict[str, Array]:
        """See `LoadedModel.run`.

        Raises:
            ServingError: also INVALID_ARGUMENT, there are too many images.
        """
        self._check(signature_name, inputs)
        return self._model.run(signature_name, inputs, outputs)

    def run_together(
        self,
        inputs: Mapping[str, Mapping[str, Array]],
        outputs: Mapping[str, Sequence[str]],
    ) -> dict[str, dict[str, Array]]:
        """See `LoadedModel.run_together`."""
        for name, given in inputs.items():
            self._check(name, given)
        return self._model.run_together(inputs, outputs)

    def close(self) -> None:
        """See `LoadedModel.close`."""
        self._model.close()

    def _check(self, signature_name: str, inputs: Mapping[str, Array]) -> None:
        for alias in sorted(self._images[signature_name]):
            array = inputs[alias]
            count = array.size if array.dtype == object else array.shape[0] if array.ndim else 1
            if count > self._max_images:
                raise ServingError(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f"{alias} has {count} images, of which {self._max_images} are taken in a "
                    "request (--max_image_batch); send several requests",
                )


def limit_images(
    model: LoadedModel, meta_graph: Callable[[], MetaGraphDef], max_images: int
) -> LoadedModel:
    """The model, with a limit where it takes images.

    Args:
        model: was loaded.
        meta_graph: reads its graph, for signatures that take strings.
        max_images: in a request.
    """
    graph: MetaGraphDef | None = None
    images = {}
    for name, signature in model.signatures.items():
        if any(info.dtype == DT_STRING for info in signature.inputs.values()):
            graph = graph or meta_graph()
        images[name] = frozenset(_image_inputs(signature, graph))
    return ImageBatches(model, images, max_images) if any(images.values()) else model


def _image_inputs(signature: SignatureDef, graph: MetaGraphDef | None) -> list[str]:
    """Pixels, (N, H, W, C), and strings where a decoder of images is behind the signature."""
    decodes = graph is not None and bool(operations_behind(graph, signature) & set(DECODERS))
    return [
        alias
        for alias, info in signature.inputs.items()
        if _is_pixels(info) or (decodes and info.dtype == DT_STRING)
    ]


def _is_pixels(info: TensorInfo) -> bool:
    shape = info.tensor_shape
    return info.dtype != DT_STRING and not shape.unknown_rank and len(shape.dim) == IMAGE_RANK
