"""A pipeline as a config of ours, and what became of each of its settings."""

from dataclasses import dataclass
from pathlib import Path

from training.configuration.errors import ConfigurationError
from training.configuration.located import Located
from training.configuration.pipeline_config.augmentation import read_augmentation
from training.configuration.pipeline_config.data import read_class_count, read_inputs
from training.configuration.pipeline_config.model import read_model
from training.configuration.pipeline_config.optimization import read_train_config
from training.configuration.pipeline_config.text_format import parse_text_format
from training.configuration.pipeline_config.tree import Branch, Line, Settings

SUFFIX = ".config"
# PowerShell writes what is piped into a file so.
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
MAX_BYTES = 1_000_000
# The samples have no num_steps where they train on until somebody stops them.
DEFAULT_STEPS = 50_000


@dataclass(frozen=True)
class ConvertedPipeline:
    """A config of ours.

    Args:
        settings: by section and name, each with its line in the pipeline.
        lines: what became of each setting, in the order of the file.
    """

    settings: Located
    lines: list[Line]


def read_pipeline(path: Path, model: str | None = None) -> ConvertedPipeline:
    """Convert a `pipeline.config`.

    Args:
        path: the file.
        model: of ours, to be taken whatever the pipeline says.

    Raises:
        ConfigurationError: it cannot be read, is none, or its model has none of ours.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigurationError(f"{path} has more than {MAX_BYTES} bytes: no pipeline.config")
        content = path.read_bytes()
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path} is no text in UTF-8 or UTF-16: save it as UTF-8"
        ) from error
    settings = Settings(f"{path}")
    pipeline = Branch.of(parse_text_format(text, f"{path}"), settings)
    architecture, train = pipeline.find("model"), pipeline.find("train_config")
    if architecture is None or train is None:
        raise ConfigurationError(
            f"{path} has no {'model' if architecture is None else 'train_config'}: it is no "
            "pipeline.config of the Object Detection API"
        )
    read_model(architecture, model)
    read_train_config(train)
    if ("optimization", "steps") not in settings.values:
        train.also(("optimization", "steps"), DEFAULT_STEPS)
    for option in train.all("data_augmentation_options"):
        read_augmentation(option)
    read_inputs(pipeline)
    label_map = settings.values.get(("data", "label_map"))
    read_class_count(architecture, None if label_map is None else label_map.value)
    return ConvertedPipeline(settings.located(), pipeline.lines())
