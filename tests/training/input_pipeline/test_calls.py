import subprocess
import sys

import pytest

from training.input_pipeline.calls import CallsFromTensorFlow

# A pipeline that a module holds to the end, and that is never through.
PROGRAM = """
from PIL import Image
from pathlib import Path
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.sources import FileImage
from training.input_pipeline.augmentation.options import AugmentationOptions
from training.input_pipeline.batches import TrainingBatches, TrainingSource

Image.new("RGB", (48, 32)).save("one.png")
image = AnnotatedImage("one.png", FileImage(Path("one.png")), 48, 32)
dataset = Dataset(label_map_of(["a", "b"]), (image,))
options = AugmentationOptions(noise=1.0, rotate_degrees=20)
batches = TrainingBatches([TrainingSource(dataset)], ["a", "b"], (160, 200), 32, options)
iterator = iter(batches.dataset())
next(iterator)
print("end", flush=True)
"""


@pytest.mark.tensorflow
def test_a_program_ends_while_batches_are_being_made(tmp_path: object) -> None:
    environment = {"PYTHONPATH": ":".join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=str(tmp_path), env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "end\n"), ran.stderr


def test_after_the_end_there_are_no_more_data() -> None:
    calls = CallsFromTensorFlow()
    assert calls.run(lambda: 3) == 3
    calls.close()
    with pytest.raises(StopIteration):
        calls.run(lambda: 3)


def test_an_error_ends_a_call_too() -> None:
    calls = CallsFromTensorFlow()
    with pytest.raises(ZeroDivisionError):
        calls.run(lambda: 1 // 0)
    calls.close()
