"""What a file is that lies where a SavedModel is expected, told by its first bytes and its name.

People copy what they have: a pointer of Git LFS, a page that asked for a login, another framework's
file. Each is named with what to do; nothing of it is loaded, and nothing of TensorFlow is needed.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

from model_repository.model_folder import SAVED_MODEL_NAME

HEAD_BYTES = 512
SAVED_MODEL_TEXT_NAME = "saved_model.pbtxt"
_CONVERT = "export it as a SavedModel with the framework that made it, then boxwright models import"
_KERAS = "boxwright models import FILE --name NAME, or Keras's model.export(FOLDER)"
_ORIGINAL = "take the SavedModel that it was converted from"
_CHECKPOINT = "export a SavedModel from them: boxwright export, or the exporter of the training"
_LFS = "git lfs pull fetches the file itself"
_PAGE = "download the file itself, not the page about it"
_UNPACK = "unpack it"


@dataclass(frozen=True)
class FoundFile:
    """A file that is no SavedModel of ours.

    Attributes:
        what: it is, as "an ONNX model".
        remedy: what to do, as an instruction.
    """

    what: str
    remedy: str


# What is at the very beginning.
_BEGINNINGS = (
    (b"version https://git-lfs.github.com/spec/", FoundFile("a pointer of Git LFS", _LFS)),
    (b"\x89HDF\r\n\x1a\n", FoundFile("a Keras file of HDF5", _KERAS)),
    (b"\x1f\x8b", FoundFile("an archive of gzip", _UNPACK)),
    (b"BZh", FoundFile("an archive of bzip2", _UNPACK)),
    (b"\xfd7zXZ\x00", FoundFile("an archive of xz", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", FoundFile("an archive of 7-Zip", _UNPACK)),
    (b"Rar!", FoundFile("a RAR archive", _UNPACK)),
    (b"\x80\x02", FoundFile("a PyTorch file", _CONVERT)),
    (b"\x80\x04", FoundFile("a pickled Python object", _CONVERT)),
)
_SUFFIXES = {
    ".onnx": FoundFile("an ONNX model", _CONVERT),
    ".tflite": FoundFile("a TFLite model", _ORIGINAL),
    ".lite": FoundFile("a TFLite model", _ORIGINAL),
    ".keras": FoundFile("a Keras file", _KERAS),
    ".h5": FoundFile("a Keras file of HDF5", _KERAS),
    ".hdf5": FoundFile("a Keras file of HDF5", _KERAS),
    ".pt": FoundFile("a PyTorch file", _CONVERT),
    ".pth": FoundFile("a PyTorch file", _CONVERT),
    ".safetensors": FoundFile("weights of safetensors", _CONVERT),
    ".ckpt": FoundFile("a checkpoint", _CHECKPOINT),
    ".engine": FoundFile("a TensorRT engine", _ORIGINAL),
    ".plan": FoundFile("a TensorRT engine", _ORIGINAL),
    ".mlmodel": FoundFile("a Core ML model", _ORIGINAL),
    ".pdmodel": FoundFile("a Paddle model", _CONVERT),
    ".caffemodel": FoundFile("a Caffe model", _CONVERT),
    ".weights": FoundFile("a Darknet model", _CONVERT),
    ".zip": FoundFile("a ZIP archive", _UNPACK),
    ".tar": FoundFile("a tar archive", _UNPACK),
}
_FROZEN = FoundFile(
    "a frozen graph",
    "take the folder saved_model that the exporter wrote beside it, or export again",
)
_IR = FoundFile("OpenVINO's IR", _ORIGINAL)
_TFJS = FoundFile("a TensorFlow.js model", _ORIGINAL)
_CHECKPOINTS = FoundFile("a checkpoint", _CHECKPOINT)


def found_file(path: Path) -> FoundFile | None:
    """What the file is; None where nothing tells that it is no SavedModel, or what else it is.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        return FoundFile("an empty file", "copy it again")
    return _by_beginning(path, head) or _by_name(path)


def _by_beginning(path: Path, head: bytes) -> FoundFile | None:
    for beginning, found in _BEGINNINGS:
        if head.startswith(beginning):
            return found
    if head.startswith(b"PK\x03\x04"):
        return _archive(path)
    if head[4:8] == b"TFL3":
        return _SUFFIXES[".tflite"]
    if head[257:262] == b"ustar":
        return _SUFFIXES[".tar"]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return FoundFile("a web page", _PAGE)
    if start.startswith((b"<?xml", b"<net")) and b"<net" in start:
        return _IR
    if start.startswith(b"<?xml"):
        return FoundFile("an XML document, as servers answer errors", _PAGE)
    if start.startswith(b"{"):
        is_tfjs = b"modeltopology" in start or b"graph-model" in start or b"layers-model" in start
        return _TFJS if is_tfjs else FoundFile("JSON", _PAGE)
    return _message(head) if path.suffix == ".pb" else None


def _message(head: bytes) -> FoundFile | None:
    """What a message of protobuf is, by its first fields.

    A SavedModel begins with its schema version, which is 1, or with a graph (field 2); an ONNX
    model with its version of the format, which is 3 or more; a GraphDef with a node (field 1).
    """
    if head[0] == 0x08 and head[1:2] > b"\x02" and head[1:2] < b"\x80":
        return _SUFFIXES[".onnx"]
    if head[0] == 0x0A:
        return _FROZEN
    if head[0] in (0x08, 0x12):
        return None
    is_text = all(each >= 0x20 or each in b"\t\r\n" for each in head[:64])
    return FoundFile("a text", _PAGE) if is_text else None


def _archive(path: Path) -> FoundFile:
    """What a ZIP archive holds: some frameworks' files are one."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(name).name for name in archive.namelist()[:10_000]}
    except (zipfile.BadZipFile, OSError, ValueError):
        return _SUFFIXES.get(path.suffix.lower(), _SUFFIXES[".zip"])
    if "model.weights.h5" in names:
        return _SUFFIXES[".keras"]
    if "data.pkl" in names or "constants.pkl" in names:
        return _SUFFIXES[".pt"]
    if SAVED_MODEL_NAME in names:
        return FoundFile("a ZIP archive with a SavedModel in it", _UNPACK)
    return _SUFFIXES[".zip"]


def _by_name(path: Path) -> FoundFile | None:
    name = path.name.lower()
    if name == "checkpoint" or name.endswith(".index") or ".data-0" in name or ".ckpt" in name:
        return _CHECKPOINTS
    if path.suffix == ".bin" and path.with_suffix(".xml").exists():
        return _IR
    if path.suffix == ".pbtxt" and name not in (SAVED_MODEL_TEXT_NAME, "label_map.pbtxt"):
        return None
    return _SUFFIXES.get(path.suffix.lower())
