"""Write warm-up requests, which a server runs before a version is AVAILABLE."""

from collections.abc import Mapping
from pathlib import Path

from model_repository.model_folder import WARMUP_FILE
from serving_protocol.messages import PredictionLog
from serving_protocol.tensors import Array, encode_tensor
from tfrecord.records import read_records, write_records


def write_warmup(requests: Mapping[str, Mapping[str, Array]], version_dir: Path) -> None:
    """Write `assets.extra/tf_serving_warmup_requests`, TFRecords of PredictionLog.

    Source: tensorflow/serving, g3doc/saved_model_warmup.md.

    Args:
        requests: the inputs of each signature.
        version_dir: exists.

    Raises:
        OSError: it cannot be written.
    """
    path = version_dir / WARMUP_FILE
    path.parent.mkdir(exist_ok=True)
    write_records(path, [_log(name, inputs) for name, inputs in requests.items()])


def add_warmup(signature_name: str, inputs: Mapping[str, Array], version_dir: Path) -> None:
    """Write one more warm-up request after those that are there.

    Raises:
        OSError: it cannot be written.
        CorruptRecord: what is there is no TFRecord file.
    """
    path = version_dir / WARMUP_FILE
    there = list(read_records(path)) if path.is_file() else []
    path.parent.mkdir(exist_ok=True)
    write_records(path, [*there, _log(signature_name, inputs)])


def _log(signature_name: str, inputs: Mapping[str, Array]) -> bytes:
    log = PredictionLog()
    request = log.predict_log.request
    request.model_spec.signature_name = signature_name
    for name, array in inputs.items():
        request.inputs[name].CopyFrom(encode_tensor(array))
    return log.SerializeToString()
