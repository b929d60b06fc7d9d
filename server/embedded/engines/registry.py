"""The engines there are, in the order in which they are tried; adding one is a row here.

Importing this imports no engine and no runtime: whoever offers `--engine` reads the names here.
"""

import importlib.util
from dataclasses import dataclass

AUTO = "auto"


@dataclass(frozen=True)
class EngineRow:
    """What is known of an engine before its module is imported.

    Attributes:
        name: of `--engine`, of `LoadedModel.engine` and in logs.
        title: what messages call it.
        adapter: `module:class` of its `EngineAdapter`, which is one file.
        package: the Python package of its runtime, which that file alone imports.
        extra: the extra in pyproject.toml, and the lock file in `requirements/`, with that package.
        metrics_label: `runtime` in the Prometheus metrics, as TensorFlow Serving calls its own.
    """

    name: str
    title: str
    adapter: str
    package: str
    extra: str
    metrics_label: str

    @property
    def is_installed(self) -> bool:
        """Whether its runtime can be imported; it is not imported."""
        return importlib.util.find_spec(self.package) is not None

    @property
    def not_installed(self) -> str:
        """The message where it is not."""
        return (
            f"{self.title} is not installed: pip install -r requirements/{self.extra}.txt, "
            f"or pip install 'boxwright[{self.extra}]'"
        )


# The lightest first: the first that does not refuse a model serves it.
ENGINES = (
    EngineRow(
        name="openvino",
        title="OpenVINO",
        adapter="server.embedded.engines.openvino_engine:OpenvinoEngine",
        package="openvino",
        extra="server",
        metrics_label="OpenVINO",
    ),
    EngineRow(
        name="tensorflow",
        title="TensorFlow",
        adapter="server.embedded.engines.tensorflow_engine:TensorflowEngine",
        package="tensorflow",
        extra="tensorflow",
        metrics_label="TF1",
    ),
)
ENGINE_NAMES = tuple(row.name for row in ENGINES)
# What `--engine` takes.
ENGINE_CHOICES = (AUTO, *ENGINE_NAMES)


def engine_row(name: str) -> EngineRow:
    """The row of an engine.

    Raises:
        ValueError: there is no engine of that name.
    """
    for row in ENGINES:
        if row.name == name:
            return row
    raise ValueError(f"the engine is one of {', '.join(ENGINE_CHOICES)}, not {name!r}")
