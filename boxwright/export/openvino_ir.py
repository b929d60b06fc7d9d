"""`--format openvino`: the model as OpenVINO's IR, for programs that load that themselves."""

from pathlib import Path

from server.embedded.engines.engine import EngineSettings
from server.embedded.engines.openvino_conversion import convert_signature
from server.embedded.engines.openvino_engine import new_core
from server.embedded.engines.openvino_runtime import import_openvino
from server.embedded.engines.saved_model import read_saved_model
from serving_protocol.model_card import read_model_card

FOLDER, FILE = "openvino", "model.xml"


def write_openvino_ir(version_dir: Path) -> Path:
    """Write `openvino/model.xml` and `.bin`: what the signature that takes pixels computes.

    Args:
        version_dir: with a model card, which says which signature that is.

    Returns:
        The `.xml` file; its inputs and outputs have the signature's names.

    Raises:
        Unconvertible: OpenVINO cannot.
        BadModelCard: the card cannot be read.
    """
    card = read_model_card(version_dir)
    preprocessing = card.preprocessing if card else None
    name = preprocessing.pixels_signature if preprocessing else "serving_default"
    folder = read_saved_model(version_dir, EngineSettings.tags)
    converted = convert_signature(new_core(), folder, name)
    for ports, indices in (
        (converted.model.inputs, converted.input_ports),
        (converted.model.outputs, converted.output_ports),
    ):
        for alias, index in indices.items():
            ports[index].get_tensor().set_names({alias})
    path = version_dir / FOLDER / FILE
    path.parent.mkdir()
    import_openvino().save_model(converted.model, path, compress_to_fp16=False)
    return path
