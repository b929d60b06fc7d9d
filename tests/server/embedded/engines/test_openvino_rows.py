"""The shipped detector by its signature of static shapes: one image, several, none, and others."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from server.embedded.engines.openvino_compiled import compile_signature
from server.embedded.engines.openvino_conversion import convert_signature
from server.embedded.engines.openvino_engine import OpenvinoEngine, OpenvinoModel, the_core
from server.embedded.engines.openvino_program import Program
from server.embedded.engines.openvino_rows import RowwiseSignature
from server.embedded.engines.openvino_streams import StreamedProgram
from server.embedded.engines.saved_model import read_saved_model
from server.embedded.errors import ServingError
from tests.support.shared import REPOSITORY

SHIPPED = REPOSITORY / "models" / "hands-gestures" / "1"
NAME = "resized_images"
OUTPUTS = ("detection_boxes", "detection_scores", "detection_classes", "num_detections")


@pytest.fixture(scope="module")
def model() -> Iterator[OpenvinoModel]:
    loaded = OpenvinoEngine().load(SHIPPED)
    yield loaded
    loaded.close()


def picture() -> Image.Image:
    return Image.open(SHIPPED / "canary" / "picture.jpg").convert("RGB")


def pixels(count: int) -> np.ndarray:
    """So many different images."""
    one = np.asarray(picture().resize((256, 256), Image.Resampling.BILINEAR))
    return np.stack([np.roll(one, 8 * number, axis=1) for number in range(count)])


def test_several_images_are_answered_as_each_of_them_is(model: OpenvinoModel) -> None:
    images = pixels(5)
    together = model.run(NAME, {NAME: images}, OUTPUTS)
    for row in range(5):
        alone = model.run(NAME, {NAME: images[row : row + 1]}, OUTPUTS)
        for name in OUTPUTS:
            np.testing.assert_allclose(together[name][row], alone[name][0], atol=1e-5)
    assert not np.allclose(together["detection_boxes"][0], together["detection_boxes"][1])


def test_no_images_have_no_rows(model: OpenvinoModel) -> None:
    answer = model.run(NAME, {NAME: pixels(1)[:0]}, OUTPUTS)
    assert answer["detection_boxes"].shape == (0, 100, 4)
    assert answer["num_detections"].shape == (0,)


def test_a_file_is_answered_as_what_pillow_makes_of_it(model: OpenvinoModel) -> None:
    files = np.empty(1, object)
    files[0] = (SHIPPED / "canary" / "picture.jpg").read_bytes()
    by_file = model.run("serving_default", {"image_bytes": files}, OUTPUTS)
    by_pixels = model.run(NAME, {NAME: pixels(1)}, OUTPUTS)
    for name in OUTPUTS:
        np.testing.assert_allclose(by_file[name], by_pixels[name], atol=1e-5)


def test_the_program_of_any_size_finds_the_same(model: OpenvinoModel) -> None:
    of_any = model.run("image_tensor", {"image_tensor": pixels(2)}, OUTPUTS)
    of_one = model.run(NAME, {NAME: pixels(2)}, OUTPUTS)
    for name in OUTPUTS:
        np.testing.assert_allclose(of_any[name], of_one[name], atol=1e-4)


@pytest.mark.parametrize("shape", [(256, 256, 3), (1, 256, 256), (1, 256, 256, 1)])
def test_what_is_no_image_of_that_size_is_the_callers_mistake(
    shape: tuple[int, ...], model: OpenvinoModel
) -> None:
    with pytest.raises(ServingError) as caught:
        model.run(NAME, {NAME: np.zeros(shape, np.uint8)}, OUTPUTS)
    assert caught.value.code.name == "INVALID_ARGUMENT"


def test_requests_at_the_same_time_get_streams_of_their_own(model: OpenvinoModel) -> None:
    signature = model._programs[NAME]
    assert isinstance(signature, RowwiseSignature)
    program = signature._program
    if not program._is_wanted:
        pytest.skip("one thread computes, so there is nothing to share out")
    images = pixels(8)
    wanted = [model.run(NAME, {NAME: images[row : row + 1]}, OUTPUTS) for row in range(8)]
    together = threading.Barrier(4)

    def ask(row: int) -> dict[str, np.ndarray]:
        together.wait()
        return model.run(NAME, {NAME: images[row : row + 1]}, OUTPUTS)

    with ThreadPoolExecutor(4) as callers:
        for _ in range(2):
            for row, answer in enumerate(callers.map(ask, range(8))):
                for name in OUTPUTS:
                    np.testing.assert_allclose(answer[name], wanted[row][name], atol=1e-5)
            program.wait()
    assert program._many is not None
    assert program._many.threads == program._single.threads


def test_one_caller_has_all_threads_and_nothing_more_is_compiled() -> None:
    built: list[object] = []

    def build(_: object) -> Program:
        built.append(1)
        raise RuntimeError("not to be compiled")

    folder = read_saved_model(SHIPPED, frozenset({"serve"}))
    converted = convert_signature(the_core(), folder, NAME, {NAME: (1, 256, 256, 3)})
    single = Program(compile_signature(the_core(), converted, {}), folder.signatures[NAME])
    program = StreamedProgram(single, build, {})
    for _ in range(3):
        program.run({NAME: pixels(1)}, OUTPUTS)
    assert built == []


def test_large_requests_go_to_the_program_that_gives_back_what_they_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = read_saved_model(SHIPPED, frozenset({"serve"}))
    converted = convert_signature(the_core(), folder, NAME, {NAME: (1, 256, 256, 3)})
    single = Program(compile_signature(the_core(), converted, {}), folder.signatures[NAME])
    built: list[object] = []

    def build(settings: object) -> Program:
        built.append(settings)
        raise RuntimeError("not wanted")

    monkeypatch.setattr("server.embedded.engines.openvino_streams.KEPT_BYTES", 100_000)
    program = StreamedProgram(single, build, {})
    with ThreadPoolExecutor(2) as callers:
        answers = list(callers.map(lambda _: program.run({NAME: pixels(1)}, OUTPUTS), range(8)))
    assert all(each["num_detections"].shape == (1,) for each in answers)
    assert built == []


def test_what_cannot_be_compiled_for_several_goes_on_one_at_a_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    folder = read_saved_model(SHIPPED, frozenset({"serve"}))
    converted = convert_signature(the_core(), folder, NAME, {NAME: (1, 256, 256, 3)})
    single = Program(compile_signature(the_core(), converted, {}), folder.signatures[NAME])
    if single.threads < 2:
        pytest.skip("one thread computes, so there is nothing to share out")

    def build(_: object) -> Program:
        raise RuntimeError("no memory left")

    program = StreamedProgram(single, build, {})
    with ThreadPoolExecutor(2) as callers:
        for _ in range(2):
            answers = list(callers.map(lambda _: program.run({NAME: pixels(1)}, OUTPUTS), range(8)))
    program.wait()
    assert all(each["num_detections"].shape == (1,) for each in answers)
    assert program._many is None
    assert [each.message for each in caplog.records] == [
        "requests go on one at a time: no memory left"
    ]
