r"""SavedModels small enough to build for a test, each showing one thing a server must handle.

    python -m tests.support.tiny_models FOLDER [--base-path=/models]

writes them below FOLDER, with a `models.config` that serves them from `--base-path`, so that the
contract suite can be run against any server of TensorFlow Serving's API:

    tensorflow_model_server --port=8500 --rest_api_port=8501 \
        --model_config_file=/models/models.config \
        --allow_version_labels_for_unavailable_models=true --enable_grpc_healthcheck_service
    BOXWRIGHT_CONTRACT_TARGET=localhost:8500,8501 pytest tests/contract

| model | versions | inputs | outputs |
|---|---|---|---|
| `half_plus` | 1 (label `stable`), 2 (label `canary`) | x float [-1] | y = x / 2 + 1 + version |
| `sums` | 1 | a, b float [-1, 2] | sum, difference; signature `only_sum` leaves one out |
| `shout` | 1 | text string [-1] | loud string [-1] (upper case) |
| `examples` | 1 | see `tests.support.example_model` | |
| `slow` | 1 | rounds int32 [] | spent float []: takes time in proportion to `rounds` |
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.example_model import write_example_model

# What the suite asks a target for; those of strings only where TensorFlow computes.
NUMERIC_MODELS = ("half_plus", "sums", "slow")
ALL_MODELS = (*NUMERIC_MODELS, "shout", "examples")


def write_half_plus(version_dir: Path, offset: float) -> None:
    """Write y = x / 2 + offset."""
    import tensorflow as tf

    @_signature(x=tf.TensorSpec([None], tf.float32, "x"))
    def half_plus(x: Any) -> dict[str, Any]:
        return {"y": x * 0.5 + offset}

    _save({"serving_default": half_plus}, version_dir)


def write_sums(version_dir: Path) -> None:
    """Write a model with two inputs, two outputs and two signatures."""
    import tensorflow as tf

    pair = {name: tf.TensorSpec([None, 2], tf.float32, name) for name in ("a", "b")}

    @_signature(**pair)
    def both(a: Any, b: Any) -> dict[str, Any]:
        return {"sum": a + b, "difference": a - b}

    @_signature(**pair)
    def only_sum(a: Any, b: Any) -> dict[str, Any]:
        return {"sum": a + b}

    _save({"serving_default": both, "only_sum": only_sum}, version_dir)


def write_shout(version_dir: Path) -> None:
    """Write a model of strings, which OpenVINO does not have."""
    import tensorflow as tf

    @_signature(text=tf.TensorSpec([None], tf.string, "text"))
    def shout(text: Any) -> dict[str, Any]:
        return {"loud": tf.strings.upper(text)}

    _save({"serving_default": shout}, version_dir)


def write_slow(version_dir: Path) -> None:
    """Write a model that multiplies matrices as often as it is told to."""
    import tensorflow as tf

    @_signature(rounds=tf.TensorSpec([], tf.int32, "rounds"))
    def slow(rounds: Any) -> dict[str, Any]:
        start = tf.fill([192, 192], 1.0 / 192)
        _, product = tf.while_loop(
            lambda done, _: done < rounds,
            lambda done, product: (done + 1, tf.matmul(product, start)),
            [0, start],
        )
        return {"spent": tf.reduce_sum(product)}

    _save({"serving_default": slow}, version_dir)


def write_all(folder: Path) -> None:
    """Write every model below `folder`."""
    write_half_plus(folder / "half_plus" / "1", 2.0)
    write_half_plus(folder / "half_plus" / "2", 3.0)
    write_sums(folder / "sums" / "1")
    write_shout(folder / "shout" / "1")
    write_slow(folder / "slow" / "1")
    write_example_model(folder / "examples" / "1")


def built_once(session_folder: Path) -> Path:
    """The folder with all models below `session_folder`, which is one test session's."""
    folder = session_folder / "tiny_models"
    if not folder.exists():
        write_all(folder)
    return folder


def model_config(base_path: str, models: tuple[str, ...] = ALL_MODELS) -> str:
    """The `--model_config_file` that serves `models` from below `base_path`."""
    entries = [
        f'  config {{ name: "{name}" base_path: "{base_path}/{name}" model_platform: "tensorflow"'
        + (_HALF_PLUS_VERSIONS if name == "half_plus" else "")
        + " }\n"
        for name in models
    ]
    return "model_config_list {\n" + "".join(entries) + "}\n"


_HALF_PLUS_VERSIONS = (
    " model_version_policy { all {} }"
    ' version_labels { key: "stable" value: 1 } version_labels { key: "canary" value: 2 }'
)


def _signature(**specs: Any) -> Callable[[Callable[..., Any]], Any]:
    import tensorflow as tf

    def traced(function: Callable[..., Any]) -> Any:
        return tf.function(function).get_concrete_function(**specs)

    return traced


def _save(signatures: dict[str, Any], version_dir: Path) -> None:
    import tensorflow as tf

    tf.saved_model.save(tf.Module(), str(version_dir), signatures=signatures)


def main() -> None:
    """Write the models and their configuration where the command line says."""
    parser = argparse.ArgumentParser(description="write the contract suite's models")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base-path", default="/models")
    arguments = parser.parse_args()
    write_all(arguments.folder)
    (arguments.folder / "models.config").write_text(model_config(arguments.base_path))


if __name__ == "__main__":
    main()
