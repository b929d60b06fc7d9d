"""A model as OpenVINO's own files, for those who have no converter of ours."""

from dataclasses import dataclass
from pathlib import Path

import openvino

from server.embedded.engines.openvino_conversion import convert_signature
from server.embedded.engines.openvino_engine import the_core
from server.embedded.engines.saved_model import read_saved_model

AS_IT_WAS, EXACT = "image_tensor", "resized_images"


@dataclass(frozen=True)
class Networks:
    """A model's files.

    Args:
        any_size: takes images of any size, and scales them in the graph.
        exact: takes images of `size` pixels alone.
        size: side in pixels.
    """

    any_size: Path
    exact: Path
    size: int


def write_networks(version_dir: Path, size: int, folder: Path) -> Networks:
    """Convert a SavedModel's pixels signature twice: as it is, and for one image of `size`.

    Args:
        version_dir: the SavedModel, of our export.
        size: side in pixels that its network takes.
        folder: takes the files.
    """
    core = the_core()
    saved = read_saved_model(version_dir, frozenset({"serve"}))
    networks = Networks(folder / "any_size.xml", folder / "exact.xml", size)
    for file, name, shape in (
        (networks.any_size, AS_IT_WAS, None),
        (networks.exact, exact_signature(set(saved.signatures)), (1, size, size, 3)),
    ):
        [alias] = saved.signatures[name].inputs
        converted = convert_signature(core, saved, name, {alias: shape} if shape else None)
        # Under the signature's names: the converter gives outputs others, that nothing else bears.
        for output, port in converted.output_ports.items():
            converted.model.outputs[port].set_names({output})
        openvino.save_model(converted.model, file, compress_to_fp16=False)
    return networks


def exact_signature(names: set[str]) -> str:
    """The signature that takes images of the network's own size; where there is none, any size."""
    return EXACT if EXACT in names else AS_IT_WAS
