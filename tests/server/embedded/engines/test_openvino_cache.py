"""What was compiled is there at the next start, unless anything of it is another."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from server.embedded.engines import openvino_cache, openvino_source
from server.embedded.engines.compiled_folder import compiled_folder
from server.embedded.engines.engine import Array, EngineSettings
from server.embedded.engines.openvino_engine import OpenvinoEngine, OpenvinoModel
from server.embedded.engines.openvino_runtime import import_openvino
from server.embedded.errors import ServingError
from tests.support.small_graphs import (
    affine,
    constant,
    meta_graph,
    operation,
    placeholder,
    signature,
    tensor_info,
    write_saved_model,
)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "compiled"
    folder.mkdir(mode=0o700)
    return folder


def loaded(version_dir: Path, kept: Path, threads: int = 0) -> OpenvinoModel:
    settings = EngineSettings(compiled_dir=kept, intra_op_threads=threads)
    return OpenvinoEngine(settings).load(version_dir)


def y_of(model: OpenvinoModel, x: object) -> Array:
    return model.run("serving_default", {"x": np.asarray(x, np.float32)}, ["y"])["y"]


@pytest.fixture
def nothing_is_converted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def refuse(*_: object) -> None:
        raise AssertionError("converted, though it was kept")

    return lambda: monkeypatch.setattr(openvino_source, "convert_signature", refuse)


def test_the_next_start_converts_and_compiles_nothing(
    tmp_path: Path, kept: Path, nothing_is_converted: Callable[[], None]
) -> None:
    folder = write_saved_model(tmp_path / "1", affine())
    first = y_of(loaded(folder, kept), [1, 2])
    [file] = kept.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    nothing_is_converted()
    assert y_of(loaded(folder, kept), [1, 2]).tolist() == first.tolist() == [2.5, 3.0]
    assert list(kept.iterdir()) == [file]


def test_shapes_are_checked_as_before(
    tmp_path: Path, kept: Path, nothing_is_converted: Callable[[], None]
) -> None:
    nodes = [
        placeholder("x", [-1, -1]),
        placeholder("z", [-1, -1]),
        operation("MatMul", "y", "x", "z"),
    ]
    signatures = {
        "serving_default": signature(
            {"x": tensor_info("x:0", [-1, -1]), "z": tensor_info("z:0", [-1, -1])},
            {"y": tensor_info("y:0", [-1, -1])},
        )
    }
    folder = write_saved_model(tmp_path / "1", meta_graph(nodes, signatures))
    loaded(folder, kept)
    nothing_is_converted()
    model = loaded(folder, kept)
    ones = np.ones((2, 3), np.float32)
    answer = model.run("serving_default", {"x": ones, "z": ones.T}, ["y"])
    assert answer["y"].tolist() == [[3, 3], [3, 3]]
    with pytest.raises(ServingError) as caught:
        model.run("serving_default", {"x": ones, "z": ones}, ["y"])
    assert caught.value.code.name == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[: len(content) // 2],
        lambda content: content + b"\0",
        lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: bytes(len(content)),
    ],
)
def test_a_damaged_file_is_compiled_anew(
    damage: Callable[[bytes], bytes],
    tmp_path: Path,
    kept: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = write_saved_model(tmp_path / "1", affine())
    loaded(folder, kept)
    [file] = kept.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    with caplog.at_level(logging.WARNING):
        assert y_of(loaded(folder, kept), [1, 2]).tolist() == [2.5, 3.0]
    assert [each.message for each in caplog.records] == [
        f"{file} cannot be used, and is compiled anew: it is damaged"
    ]
    caplog.clear()
    assert y_of(loaded(folder, kept), [1, 2]).tolist() == [2.5, 3.0]
    assert caplog.records == []


def test_another_graph_under_the_same_path_is_another_program(tmp_path: Path, kept: Path) -> None:
    folder = write_saved_model(tmp_path / "1", affine())
    loaded(folder, kept)
    write_saved_model(folder, affine(factor=7, tags=["serve"]))
    assert y_of(loaded(folder, kept), [1, 2]).tolist() == [9, 16]
    assert len(list(kept.iterdir())) == 2


def test_other_settings_and_another_openvino_are_other_programs(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_saved_model(tmp_path / "1", affine())
    loaded(folder, kept)
    loaded(folder, kept, threads=1)
    assert len(list(kept.iterdir())) == 2
    monkeypatch.setattr(import_openvino(), "get_version", lambda: "another")
    loaded(folder, kept)
    assert len(list(kept.iterdir())) == 3


def test_the_same_model_elsewhere_is_the_same_program(
    tmp_path: Path, kept: Path, nothing_is_converted: Callable[[], None]
) -> None:
    loaded(write_saved_model(tmp_path / "a" / "1", affine()), kept)
    nothing_is_converted()
    loaded(write_saved_model(tmp_path / "b" / "7", affine()), kept)


def test_what_was_used_longest_ago_goes_first(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [
        write_saved_model(tmp_path / f"{factor}", affine(factor=factor)) for factor in (1, 2, 3)
    ]
    loaded(folders[0], kept)
    [first] = kept.iterdir()
    loaded(folders[1], kept)
    [second] = set(kept.iterdir()) - {first}
    loaded(folders[0], kept)
    monkeypatch.setattr(openvino_cache, "MAX_BYTES", int(2.5 * first.stat().st_size))
    loaded(folders[2], kept)
    left = set(kept.iterdir())
    assert len(left) == 2
    assert second not in left


def test_large_models_are_not_kept(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_source, "MAX_FILE_BYTES", 10)
    assert y_of(loaded(write_saved_model(tmp_path / "1", affine()), kept), [2]).tolist() == [3]
    assert list(kept.iterdir()) == []


def test_a_folder_that_is_gone_is_done_without(tmp_path: Path) -> None:
    folder = write_saved_model(tmp_path / "1", affine())
    assert y_of(loaded(folder, tmp_path / "gone"), [2]).tolist() == [3]


def test_a_constant_is_computed_the_same(tmp_path: Path, kept: Path) -> None:
    nodes = [placeholder("x", [2]), constant("c", 3), operation("Add", "y", "x", "c")]
    signatures = {
        "serving_default": signature({"x": tensor_info("x:0", [2])}, {"y": tensor_info("y:0", [2])})
    }
    folder = write_saved_model(tmp_path / "1", meta_graph(nodes, signatures))
    assert y_of(loaded(folder, kept), [1, 2]).tolist() == [4, 5]
    assert y_of(loaded(folder, kept), [1, 2]).tolist() == [4, 5]


def test_the_folder_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOXWRIGHT_COMPILED_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "boxwright" / "compiled"
    assert compiled_folder() == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o770)
    assert compiled_folder() is None
    monkeypatch.setenv("BOXWRIGHT_COMPILED_DIR", str(tmp_path / "mine"))
    assert compiled_folder() == tmp_path / "mine"
    monkeypatch.setenv("BOXWRIGHT_COMPILED_DIR", "/proc/none/of/this")
    assert compiled_folder() is None
