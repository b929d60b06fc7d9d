"""Ours needs no TensorFlow, and gets along with it in one process."""

import subprocess
import sys

import pytest

from tests.support.shared import REPOSITORY

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorflow", "keras", "tensorflow_serving", "openvino"}:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocked())
import importlib, pkgutil

for package in sys.argv[1:]:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, f"{package}."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
print("imported", len(sys.modules))
"""

TOGETHER = """
import importlib, sys, warnings

warnings.simplefilter("ignore")  # the official package's code is older than protobuf
for name in sys.argv[1:]:
    importlib.import_module(name)

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from serving_protocol.messages import PredictRequest
from serving_protocol.tensors import decode_tensor, encode_tensor

ours = PredictRequest()
ours.model_spec.name = "hands"
ours.inputs["x"].CopyFrom(encode_tensor(np.arange(6).reshape(2, 3)))
theirs = predict_pb2.PredictRequest.FromString(ours.SerializeToString())
assert tf.make_ndarray(theirs.inputs["x"]).tolist() == [[0, 1, 2], [3, 4, 5]]
theirs.inputs["x"].CopyFrom(tf.make_tensor_proto([0.5, 0.5]))
back = PredictRequest.FromString(theirs.SerializeToString())
assert decode_tensor(back.inputs["x"]).tolist() == [0.5, 0.5]
assert type(ours) is not type(theirs)
print("together")
"""


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("package", ["detection", "serving_protocol", "client_api"])
def test_a_package_is_imported_whole_with_tensorflow_blocked(package: str) -> None:
    assert run(BLOCKED, package).startswith("imported")


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "order",
    [
        ("serving_protocol.messages", "tensorflow", "tensorflow_serving.apis.predict_pb2"),
        ("tensorflow", "tensorflow_serving.apis.predict_pb2", "serving_protocol.messages"),
    ],
    ids=["ours first", "tensorflow first"],
)
def test_both_live_in_one_process(order: tuple[str, ...]) -> None:
    assert run(TOGETHER, *order).strip() == "together"
