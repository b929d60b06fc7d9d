"""A detector quantized by NNCF, and served by OpenVINO."""

from pathlib import Path
from typing import Any

import pytest

from export.quantization.availability import NncfMissing, check_quantizable
from export.quantization.int8 import NothingToQuantize, quantized
from export.quantization.sensitive import float_operations
from server.embedded.engines.engine import EngineSettings
from server.embedded.engines.openvino_conversion import convert_signature
from server.embedded.engines.openvino_engine import compilation_settings, the_core
from server.embedded.engines.saved_model import read_saved_model
from tests.support.exported_detector import SIZE_HW, images
from tests.support.image_files import as_file
from training.datasets.annotated import AnnotatedImage
from training.datasets.sources import FileImage


def pixels_model(version_dir: Path) -> Any:
    folder = read_saved_model(version_dir, EngineSettings.tags)
    return convert_signature(the_core(), folder, "image_tensor")


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> list[AnnotatedImage]:
    from PIL import Image

    folder = tmp_path_factory.mktemp("calibration")
    found = []
    for number, pixels in enumerate(images(4, SIZE_HW)):
        path = folder / f"{number}.png"
        path.write_bytes(as_file(Image.fromarray(pixels), "PNG"))
        found.append(AnnotatedImage(path.name, FileImage(path), SIZE_HW[1], SIZE_HW[0], ()))
    return found


def test_layers_have_eight_bits_and_what_decodes_boxes_has_not(
    version_dir: Path, annotated: list[AnnotatedImage]
) -> None:
    converted = pixels_model(version_dir)
    float_names = set(float_operations(converted.model))
    made = quantized(converted.model, annotated, SIZE_HW)
    quantizers = [each for each in made.get_ops() if each.get_type_name() == "FakeQuantize"]
    assert len(quantizers) > 20
    readers = {
        reader.get_node().get_friendly_name()
        for each in quantizers
        for reader in each.output(0).get_target_inputs()
    }
    assert not readers & float_names
    # It compiles, with what a server sets, and answers the four outputs.
    compiled = the_core().compile_model(made, "CPU", compilation_settings(EngineSettings()))
    answer = compiled({0: images(2, SIZE_HW)})
    shapes = [answer[port].shape for port in compiled.outputs]
    assert sorted(shapes) == [(2,), (2, 100), (2, 100), (2, 100, 4)]


def test_without_images_there_is_nothing_to_calibrate_with(version_dir: Path) -> None:
    with pytest.raises(NothingToQuantize, match="no training image"):
        quantized(pixels_model(version_dir).model, [], SIZE_HW)


def test_without_nncf_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.quantization.availability.find_spec", lambda name: None)
    with pytest.raises(NncfMissing, match=r"pip install 'boxwright\[quantize\]'"):
        check_quantizable()
