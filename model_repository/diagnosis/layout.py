"""What is wrong with a folder among the models that has no version, and what to do about it."""

import re
from pathlib import Path

from detection.label_map_text import LABEL_MAP_NAME
from model_repository.diagnosis.foreign_files import found_file
from model_repository.diagnosis.versions import (
    GRAPH_NAMES,
    dangling,
    foreign_file,
    saved_model_below,
)
from model_repository.model_folder import SAVED_MODEL_NAME, is_version, list_models

_NUMBER = re.compile(r"[0-9]+")


def diagnose_layout(model_dir: Path, entries: list[Path], numbered: list[Path]) -> tuple[str, str]:
    """What is wrong with a folder without a version, and what to do.

    Args:
        model_dir: the folder.
        entries: what lies in it.
        numbered: those that have a version's name, and are no folders.

    Raises:
        OSError: something in it cannot be read.
    """
    name = model_dir.name
    if not entries:
        return "an empty folder", f"put a SavedModel there as {name}/1/{SAVED_MODEL_NAME}"
    if numbered:
        what = dangling(numbered[0]) if not numbered[0].exists() else "a file"
        return (
            f"{numbered[0].name} is {what}, where a version is a folder",
            f"put the SavedModel there as {name}/1/{SAVED_MODEL_NAME}",
        )
    graph = next((e for e in entries if e.name in GRAPH_NAMES), None)
    if graph is not None:
        found = found_file(graph) if graph.is_file() else None
        if found is not None:
            return f"{graph.name} is {found.what}", found.remedy
        return (
            "a SavedModel that lies in no numbered folder",
            f"move what is in it into {name}/1",
        )
    inner = saved_model_below(model_dir)
    if inner is not None:
        return _of_inner(model_dir, inner)
    foreign = foreign_file(entries)
    if foreign is not None:
        return f"it holds {foreign.what}, and no SavedModel", foreign.remedy
    if [entry.name for entry in entries] == [LABEL_MAP_NAME]:
        return "a label map without a model", f"put a SavedModel there as {name}/1"
    return "it has no SavedModel", f"put one there as {name}/1/{SAVED_MODEL_NAME}"


def _of_inner(model_dir: Path, inner: Path) -> tuple[str, str]:
    name, below = model_dir.name, inner.relative_to(model_dir)
    models = list_models(model_dir)
    if len(models) > 1:
        return (
            f"a folder of models ({', '.join(models[:5])}{', ...' if len(models) > 5 else ''})",
            f"serve it by itself, or move its folders up out of {name}",
        )
    if len(below.parts) == 1 and _NUMBER.search(below.name):
        numbers = (each for each in _NUMBER.findall(below.name) if is_version(each))
        number = next((each for each in numbers if int(each) > 0), "1")
        return (
            f"{below} is no version: a version's folder has a whole number below 2^63 as its name"
            if below.name.isdecimal()
            else f"{below} is no version: a version's folder has a whole number as its name",
            f"rename {name}/{below} to {name}/{int(number)}",
        )
    return (
        f"its SavedModel lies in {below}, in no numbered folder of its own",
        f"move {name}/{below} to {name}/1",
    )
