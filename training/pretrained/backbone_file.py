"""Write the backbone of a pretrained detector as a file to start from.

    python -m training.pretrained.backbone_file SOURCE ssdlite_mobilenet_v2 OUTPUT.npz

Of SOURCE, whatever `init_from` takes, the kernels that fit the model's backbone are kept, as
float16, and what the batch normalizations after them were folded to. A file that has been put
together with others can be read from the middle: `--bytes 184:9987912`.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from training.models.registry import build_model
from training.pretrained.matching import match, targets_of
from training.pretrained.numpy_files import FOLDED_OFFSET
from training.pretrained.source_weights import Array, PretrainedWeightsError
from training.pretrained.sources import read_source


def backbone_arrays(source: str, model_name: str) -> dict[str, Array]:
    """The backbone's kernels and folded batch normalizations, float16, by name.

    Args:
        source: as `init_from`; its batch normalizations folded.
        model_name: a row of the registry whose backbone they are for.

    Raises:
        PretrainedWeightsError: it lacks a kernel of the backbone.
    """
    detector = build_model(model_name, class_count=1)
    targets = targets_of(detector)
    weights = read_source(source, detector.network, targets)
    kernels = [
        (place, target)
        for place, target in enumerate(targets)
        if target.part == "backbone" and target.name.endswith("/kernel")
    ]
    matches = match([target for _, target in kernels], weights.arrays)
    if matches.unmatched:
        lacking = ", ".join(each.target.name for each in matches.unmatched[:3])
        raise PretrainedWeightsError(f"{source} has no {lacking} for {model_name}")
    arrays: dict[str, Array] = {}
    for each in matches.matched:
        layer_variable = "/".join(each.target.name.split("/")[-2:])
        arrays[layer_variable] = np.asarray(weights.arrays[each.source_name], np.float16)
    norms = {
        target.name.split("/")[-2]
        for target in targets
        if target.part == "backbone" and target.name.endswith("/gamma")
    }
    missing = sorted(norms - set(weights.folded))
    if missing:
        raise PretrainedWeightsError(f"{source} has nothing for the batch norm {missing[0]}")
    for name in sorted(norms):
        arrays[f"{name}{FOLDED_OFFSET}"] = np.asarray(weights.folded[name].offset, np.float16)
    return arrays


def main() -> None:
    """Write the file that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("model")
    parser.add_argument("output", type=Path)
    parser.add_argument("--bytes", help="first:end, where SOURCE is a .tflite in another file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = arguments.source
        if arguments.bytes:
            first, _, end = arguments.bytes.partition(":")
            part = Path(source).read_bytes()[int(first) : int(end) if end else None]
            source = str(Path(folder) / "part.tflite")
            Path(source).write_bytes(part)
        arrays: dict[str, Any] = dict(backbone_arrays(source, arguments.model))
        np.savez_compressed(arguments.output, **arrays)


if __name__ == "__main__":
    main()
