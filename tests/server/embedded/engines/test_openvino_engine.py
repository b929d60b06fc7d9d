import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import pytest

from server.embedded.engines.engine import Array, EngineSettings
from server.embedded.engines.openvino_engine import (
    OpenvinoEngine,
    OpenvinoModel,
    compilation_settings,
)
from server.embedded.errors import ServingError
from serving_protocol.messages import MetaGraphDef
from serving_protocol.tensors import encode_tensor
from tests.support.shared import REPOSITORY, shared
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


@pytest.fixture(scope="module")
def engine() -> OpenvinoEngine:
    return OpenvinoEngine()


@pytest.fixture
def half_plus_two(engine: OpenvinoEngine, tmp_path: Path) -> OpenvinoModel:
    return engine.load(write_saved_model(tmp_path / "1", affine()))


def y_of(model: OpenvinoModel, x: object) -> Array:
    return model.run("serving_default", {"x": np.asarray(x, np.float32)}, ["y"])["y"]


def test_it_computes_and_keeps_the_signatures(half_plus_two: OpenvinoModel) -> None:
    y = y_of(half_plus_two, [1, 2])
    assert y.dtype == np.float32
    assert y.tolist() == [2.5, 3.0]
    assert half_plus_two.signatures == affine().signature_def
    assert half_plus_two.engine == "openvino"


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (1, 2, 3)])
def test_declared_shapes_are_not_enforced(
    shape: tuple[int, ...], half_plus_two: OpenvinoModel
) -> None:
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    np.testing.assert_array_equal(y_of(half_plus_two, x), x / 2 + 2)


def test_other_shapes_than_declared_go_on_after_the_folder_is_gone(
    engine: OpenvinoEngine, tmp_path: Path
) -> None:
    folder = write_saved_model(tmp_path / "1", affine(shape=[2]))
    model = engine.load(folder)
    (folder / "saved_model.pb").unlink()
    assert y_of(model, [1, 2]).tolist() == [2.5, 3.0]
    with pytest.raises(ServingError, match=r"x declared \[2\], sent \[\?\]") as error:
        y_of(model, [1, 2, 3])
    assert error.value.code is grpc.StatusCode.INVALID_ARGUMENT


def test_files_that_changed_after_loading_are_not_read_again(
    engine: OpenvinoEngine, tmp_path: Path
) -> None:
    folder = write_saved_model(tmp_path / "1", affine(shape=[2]))
    model = engine.load(folder)
    write_saved_model(folder, affine(factor=7, shape=[2], tags=["serve"]))
    assert y_of(model, [1, 2]).tolist() == [2.5, 3.0]
    with pytest.raises(ServingError, match="has changed since this version was loaded"):
        y_of(model, [1, 2, 3])


def test_an_input_of_an_unknown_rank_is_served(engine: OpenvinoEngine, tmp_path: Path) -> None:
    graph = affine()
    graph.graph_def.node[0].attr["shape"].shape.Clear()
    graph.graph_def.node[0].attr["shape"].shape.unknown_rank = True
    model = engine.load(write_saved_model(tmp_path / "1", graph))
    assert y_of(model, [[1, 2]]).tolist() == [[2.5, 3.0]]
    assert y_of(model, 1).tolist() == 2.5


def test_read_only_and_strided_inputs_are_taken(half_plus_two: OpenvinoModel) -> None:
    assert y_of(half_plus_two, np.frombuffer(bytes(8), np.float32)).tolist() == [2, 2]
    assert y_of(half_plus_two, np.arange(6)[::2]).tolist() == [2, 3, 4]


def matrix_product(columns: int) -> MetaGraphDef:
    """y = x @ ones(3, 2), which refuses other widths than 3 in the graph."""
    weights = constant("weights", 1)
    weights.attr["value"].tensor.CopyFrom(encode_tensor(np.ones((3, 2), np.float32)))
    nodes = [
        placeholder("x", [-1, columns]),
        weights,
        operation("MatMul", "y", "x", "weights"),
    ]
    signatures = {
        "serving_default": signature(
            {"x": tensor_info("x:0", [-1, columns])}, {"y": tensor_info("y:0", [-1, 2])}
        )
    }
    return meta_graph(nodes, signatures)


@pytest.mark.parametrize("declared", [3, -1])
@pytest.mark.parametrize("sent", [(2, 4), (2, 2), (4,), (2, 2, 4)])
def test_a_shape_that_the_graph_cannot_compute_is_the_callers_mistake(
    declared: int, sent: tuple[int, ...], engine: OpenvinoEngine, tmp_path: Path
) -> None:
    model = engine.load(write_saved_model(tmp_path / "1", matrix_product(declared)))
    assert y_of(model, np.ones((1, 3))).tolist() == [[3, 3]]
    for _ in range(2):
        with pytest.raises(ServingError, match="the graph refuses inputs") as error:
            y_of(model, np.ones(sent))
        assert error.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert y_of(model, np.ones((1, 3))).tolist() == [[3, 3]]


def test_an_image_without_pixels_is_the_callers_mistake(engine: OpenvinoEngine) -> None:
    model = engine.load(shared("models/hands/1"))
    with pytest.raises(ServingError, match="input image must be of non-zero size") as error:
        model.run(
            "serving_default",
            {"input_tensor": np.zeros((1, 0, 100, 3), np.uint8)},
            ["detection_scores"],
        )
    assert error.value.code is grpc.StatusCode.INVALID_ARGUMENT


def crosswise() -> MetaGraphDef:
    """Aliases that are other tensors' names: a feeds b, and y is called z."""
    nodes = [
        placeholder("a", [-1]),
        placeholder("b", [-1]),
        operation("Sub", "y", "a", "b"),
        operation("AddV2", "z", "a", "b"),
    ]
    signatures = {
        "serving_default": signature(
            {"a": tensor_info("b:0"), "b": tensor_info("a:0")},
            {"y": tensor_info("z:0"), "z": tensor_info("y:0")},
        ),
        "only_y": signature(
            {"a": tensor_info("a:0"), "b": tensor_info("b:0")}, {"x": tensor_info("y:0")}
        ),
    }
    return meta_graph(nodes, signatures)


def test_aliases_mean_what_the_signature_says(engine: OpenvinoEngine, tmp_path: Path) -> None:
    model = engine.load(write_saved_model(tmp_path / "1", crosswise()))
    inputs = {"a": np.array([1], np.float32), "b": np.array([10], np.float32)}
    outputs = model.run("serving_default", inputs, ["z", "y"])
    assert list(outputs) == ["z", "y"]
    assert outputs["z"].tolist() == [9]
    assert outputs["y"].tolist() == [11]


def test_every_signature_is_served(engine: OpenvinoEngine, tmp_path: Path) -> None:
    model = engine.load(write_saved_model(tmp_path / "1", crosswise()))
    inputs = {"a": np.array([1], np.float32), "b": np.array([10], np.float32)}
    assert model.run("only_y", inputs, ["x"])["x"].tolist() == [-9]


def test_inputs_that_had_to_be_copied_live_until_the_answer(
    engine: OpenvinoEngine, tmp_path: Path
) -> None:
    model = engine.load(write_saved_model(tmp_path / "1", crosswise()))
    size = 100_000
    inputs = {
        alias: np.frombuffer(np.full(size, value, np.float32).tobytes(), np.float32)
        for alias, value in (("a", 1), ("b", 10))
    }
    for _ in range(20):
        outputs = model.run("serving_default", inputs, ["z", "y"])
        assert (outputs["z"] == 9).all()
        assert (outputs["y"] == 11).all()


def test_threads_get_their_own_answers(half_plus_two: OpenvinoModel) -> None:
    def ask(number: int) -> bool:
        x, y = [number] * (number + 1), [number / 2 + 2] * (number + 1)
        return all(y_of(half_plus_two, x).tolist() == y for _ in range(50))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(8)))


def test_answers_do_not_change_with_the_next_request(half_plus_two: OpenvinoModel) -> None:
    first = y_of(half_plus_two, [1, 2])
    y_of(half_plus_two, [5, 6])
    assert first.tolist() == [2.5, 3.0]


def test_boxes_are_computed_in_single_precision_on_any_cpu() -> None:
    assert compilation_settings(EngineSettings())["INFERENCE_PRECISION_HINT"] == "f32"
    settings = compilation_settings(EngineSettings(inter_op_threads=2, intra_op_threads=3))
    assert (settings["NUM_STREAMS"], settings["INFERENCE_NUM_THREADS"]) == (2, 6)


ALONE = """
    import sys
    from pathlib import Path

    def watch(event, arguments):
        if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
            raise SystemExit(f"{event}{arguments}")

    sys.addaudithook(watch)
    import numpy as np
    from server.embedded.engines.choice import choose_engine, engine_named

    folder = Path(sys.argv[1])
    assert choose_engine(folder).refusals == ()
    model = engine_named("auto").load(folder)
    print(model.run("serving_default", {"x": np.array([1], np.float32)}, ["y"])["y"].tolist())
    names = ("tensorflow", "keras", "openvino_telemetry.main", "requests")
    print([name for name in names if name in sys.modules])
"""


def test_a_process_with_openvino_holds_no_tensorflow_and_calls_nobody(tmp_path: Path) -> None:
    folder = write_saved_model(tmp_path / "1", affine())
    home = tmp_path / "home"
    home.mkdir()
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ALONE), folder],
        cwd=REPOSITORY,
        env={"HOME": str(home), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["[2.5]", "[]"]
    assert list(home.iterdir()) == []


def test_a_signal_is_taken_after_another_thread_dropped_the_engine(tmp_path: Path) -> None:
    """OpenVINO gives the thread that compiles another stack for signals, and takes it back."""
    write_saved_model(tmp_path / "1", affine())
    program = f"""
        import os, signal, threading
        from pathlib import Path
        from server.embedded.engines.openvino_engine import OpenvinoEngine

        held = [OpenvinoEngine()]
        held.append(held[0].load(Path({str(tmp_path / "1")!r})))
        dropping = threading.Thread(target=held.clear)
        dropping.start()
        dropping.join()
        signal.signal(signal.SIGINT, lambda *_: print("taken"))
        os.kill(os.getpid(), signal.SIGINT)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stdout) == (0, "taken\n"), run.stderr
