"""Which engine loads a model."""

from server.embedded.engines.engine import Engine, EngineSettings

ENGINE_NAMES = ("auto", "openvino", "tensorflow")


def engine_named(name: str, settings: EngineSettings | None = None) -> Engine:
    """The engine that `--engine` asks for.

    Args:
        name: one of `ENGINE_NAMES`. `auto` takes OpenVINO for what it can serve, and TensorFlow
            for the rest.
        settings: threads and tags; the defaults where it is left out.

    Raises:
        ValueError: there is no engine of that name.
    """
    raise NotImplementedError
