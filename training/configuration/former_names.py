"""Names that settings had in earlier versions, which files and flags may still use."""

from collections.abc import Iterator

from training.configuration.errors import ConfigurationError
from training.configuration.located import Located

# By the path of the setting, as it is called now; `*` is any item of a list.
_FORMER = {
    ("optimization",): "optimisation",
    ("data", "train", "*", "images"): "pictures",
    ("data", "validation", "*", "images"): "pictures",
    ("validation", "images"): "pictures",
    ("model", "options", "num_denoising"): "denoising",
    ("model", "options", "label_noise_ratio"): "label_noise",
    ("model", "options", "box_noise_scale"): "box_noise",
}


def with_current_names(located: Located) -> Located:
    """The settings of a file with what was renamed since under its name of today.

    Raises:
        ConfigurationError: a setting is there under both of its names.
    """
    for path, former in _FORMER.items():
        located = _renamed(located, path, former)
    return located


def former_paths(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Other paths by which a setting was known.

    Example:
        >>> list(former_paths(("optimization", "steps")))
        [('optimisation', 'steps')]
    """
    for current, former in _FORMER.items():
        if path[: len(current)] == current:
            yield (*current[:-1], former, *path[len(current) :])


def _renamed(located: Located, path: tuple[str, ...], former: str) -> Located:
    value, name = located.value, path[0]
    if name == "*":
        if not isinstance(value, list):
            return located
        return Located([_renamed(each, path[1:], former) for each in value], located.where)
    if not isinstance(value, dict):
        return located
    if len(path) > 1:
        if name not in value:
            return located
        return Located({**value, name: _renamed(value[name], path[1:], former)}, located.where)
    if former not in value:
        return located
    if name in value:
        raise ConfigurationError(
            f"{value[former].where}: `{former}` is the former name of `{name}`, which is there "
            "too; keep one of them"
        )
    return Located(
        {name if key == former else key: each for key, each in value.items()}, located.where
    )
