"""What keeps the folders of a models folder from being served: what each is, lacks and needs.

A model is `NAME/VERSION/saved_model.pb` with a number as VERSION. People have models in other
layouts, files of other frameworks, and copies that went wrong; whoever looks for models says of
each what it is, in one line, in place of passing over it. Files are told by their first bytes; none
is loaded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detection.label_map_text import LABEL_MAP_NAME
from model_repository.diagnosis.foreign_files import found_file
from model_repository.diagnosis.layout import diagnose_layout
from model_repository.diagnosis.versions import (
    GRAPH_NAMES,
    MAX_ENTRIES,
    dangling,
    diagnose_version,
)
from model_repository.model_folder import (
    LOST_AND_FOUND,
    SAVED_MODEL_NAME,
    is_version,
    shown_name,
)
from model_repository.models_config import CONFIG_NAME

# Names that mean a version, and are none.
_LIKE_A_VERSION = re.compile(r"(v|ver|version)?[-_. ]?[0-9]+([._][0-9]+)*", re.IGNORECASE)
# What lies beside models in a repository, and is none.
_TEXTS = (".json", ".txt", ".md", ".xml", ".html")
# What a disk and macOS's archives have, and our own file.
_NOBODYS = frozenset({LOST_AND_FOUND, "__MACOSX", CONFIG_NAME})
_DOCUMENTS = frozenset({"readme", "license", "notice", "changelog", "makefile", "dockerfile"})


@dataclass(frozen=True)
class Diagnosis:
    """Why a folder, or a file, is not served.

    Attributes:
        where: it lies, from the models folder on, as `hands/v1`.
        what: it is or lacks.
        remedy: what to do about it.
        model: the name of the model that it would be.
        version: the number of the version that is broken; None where the layout is.
    """

    where: str
    what: str
    remedy: str
    model: str
    version: int | None = None

    def __str__(self) -> str:
        return shown_name(f"{self.where}: {self.what}; {self.remedy}")


def diagnose_models(models_dir: Path) -> list[Diagnosis]:
    """Everything in `models_dir` that looks like a model and cannot be served, sorted by name.

    A folder that cannot be read is one of them; of `models_dir` itself nothing is said then.
    """
    try:
        entries = sorted(models_dir.iterdir())[:MAX_ENTRIES]
    except OSError:
        return []
    itself = _of_models_dir(models_dir, entries)
    if itself is not None:
        return [itself]
    found: list[Diagnosis] = []
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _NOBODYS:
            continue
        found += diagnose_model(entry)
    return found


def _of_models_dir(models_dir: Path, entries: list[Path]) -> Diagnosis | None:
    """What the folder is, where it is one step too deep."""
    name = models_dir.resolve().name

    def has_graph(folder: Path) -> bool:
        return any((folder / graph).is_file() for graph in GRAPH_NAMES)

    if has_graph(models_dir):
        what = "a SavedModel, where a folder of models is expected"
        remedy = (
            f"put it into a folder of models as NAME/1/{SAVED_MODEL_NAME}, and name that folder"
        )
        return Diagnosis(name, what, remedy, name)
    try:
        versions = [each.name for each in entries if is_version(each.name) and has_graph(each)]
    except OSError:
        return None
    if versions:
        what = f"a model's own folder, with version {versions[0]} in it"
        return Diagnosis(name, what, f"name the folder that {name} lies in", name)
    return None


def diagnose_model(model_dir: Path) -> list[Diagnosis]:
    """What keeps a model, or some of its versions, from being served; empty where nothing does."""
    name = model_dir.name

    def of_layout(what: str, remedy: str) -> list[Diagnosis]:
        return [Diagnosis(name, what, remedy, name)]

    try:
        if not model_dir.is_dir():
            return [Diagnosis(name, *found, name) for found in _file_for_folder(model_dir)]
        entries = sorted(model_dir.iterdir())[:MAX_ENTRIES]
        numbered = [entry for entry in entries if is_version(entry.name)]
        folders = [entry for entry in numbered if entry.is_dir()]
        if not folders:
            return of_layout(*diagnose_layout(model_dir, entries, numbered))
    except OSError as error:
        return of_layout(f"it cannot be read ({error.strerror})", "let the server read it: chmod")
    found = [_misnamed(name, each) for each in entries if _is_misnamed_version(each)]
    for folder in folders:
        problem = diagnose_version(folder)
        if problem is not None:
            where, version = f"{name}/{folder.name}", int(folder.name)
            found.append(Diagnosis(where, problem.what, problem.remedy, name, version))
    return found


def _is_misnamed_version(folder: Path) -> bool:
    """Beside versions. Other names are those of copies that are not complete yet."""
    return (
        not is_version(folder.name)
        and _LIKE_A_VERSION.fullmatch(folder.name) is not None
        and any((folder / name).is_file() for name in GRAPH_NAMES)
    )


def _misnamed(name: str, folder: Path) -> Diagnosis:
    return Diagnosis(
        f"{name}/{folder.name}",
        "no version: a version's folder has a whole number as its name",
        f"rename it to a number that {name} has not",
        name,
    )


def _file_for_folder(path: Path) -> Iterator[tuple[str, str]]:
    """What a file is that lies among the models' folders; nothing of what lies beside models."""
    name = path.name
    if not path.exists():
        yield dangling(path), "copy the folder itself"
        return
    if not path.is_file():
        yield "no ordinary file", f"a model is a folder, {name}/1/{SAVED_MODEL_NAME}"
        return
    if name == LABEL_MAP_NAME:
        yield "a label map that belongs to no model", f"move it into a model's folder, NAME/{name}"
        return
    found = found_file(path)
    if path.suffix == ".pb" and found is None:
        yield "a SavedModel that lies in no folder", f"move it to NAME/1/{SAVED_MODEL_NAME}"
    elif found is not None and path.suffix not in ("", *_TEXTS):
        yield found.what, found.remedy
    elif not path.suffix and path.stem.lower() not in _DOCUMENTS:
        yield "a file, where a model is a folder", f"put a SavedModel there as {name}/1"
