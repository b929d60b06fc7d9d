"""What keeps a version's folder from being a SavedModel, seen from its files' first bytes."""

import os
from mmap import ACCESS_READ, mmap
from pathlib import Path

from detection.label_map_text import LABEL_MAP_NAME
from model_repository.diagnosis.foreign_files import SAVED_MODEL_TEXT_NAME, FoundFile, found_file
from model_repository.model_folder import SAVED_MODEL_NAME

# Below a folder, a SavedModel is looked for so deep.
MAX_DEPTH = 4
# Of a folder, so many entries are looked at.
MAX_ENTRIES = 200
GRAPH_NAMES = (SAVED_MODEL_NAME, SAVED_MODEL_TEXT_NAME)
# A pointer of Git LFS in the place of weights is no larger.
MAX_POINTER_BYTES = 1024
# How a SavedModel begins: the version of its schema, which is 1.
_SCHEMA_VERSION = b"\x08\x01"
# How variables.index, a table of LevelDB's format, ends.
_TABLE_END = 0xDB4775248B80FB57.to_bytes(8, "little")
_VARIABLE_OPS = (b"VarHandleOp", b"VariableV2")


def diagnose_version(version_dir: Path) -> FoundFile | None:
    """What keeps a version's folder from being a SavedModel; None where nothing shows that does.

    What is written inside a SavedModel is not looked at: loading it finds that.
    """
    try:
        for name in GRAPH_NAMES:
            path = version_dir / name
            if path.is_dir():
                return FoundFile(f"{name} is a folder", "put its files one folder up")
            if os.path.lexists(path):
                return _of_file(path) or _of_variables(version_dir)
        return _without_graph(version_dir)
    except OSError as error:
        where = Path(error.filename or version_dir).name
        return FoundFile(
            f"{where} cannot be read ({error.strerror})", "let the server read it: chmod"
        )


def why_failed(version_dir: Path) -> FoundFile | None:
    """What is wrong with a version that could not be loaded; more than shows at a glance.

    Only for one that failed: it looks for weights through the whole graph.
    """
    problem = diagnose_version(version_dir)
    if problem is not None:
        return problem
    weights = version_dir / "variables"
    try:
        has_index = (weights / "variables.index").is_file()
        if has_index and not _is_whole_table(weights / "variables.index"):
            return FoundFile(
                "variables/variables.index is damaged or cut short",
                "copy the whole folder of the SavedModel again",
            )
        if has_index and any(weights.glob("variables.data-?????-of-?????")):
            return None
        if not has_index and not _has_variables(version_dir / SAVED_MODEL_NAME):
            return None
    except OSError:
        return None
    missing = "variables.data-00000-of-00001" if has_index else "variables.index"
    return FoundFile(f"variables/{missing} is missing", "copy the whole folder of the SavedModel")


def _is_whole_table(index: Path) -> bool:
    with index.open("rb") as file:
        file.seek(-min(len(_TABLE_END), index.stat().st_size), os.SEEK_END)
        return file.read() == _TABLE_END


def _has_variables(graph: Path) -> bool:
    with graph.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return any(content.find(name) >= 0 for name in _VARIABLE_OPS)


def _of_file(path: Path) -> FoundFile | None:
    if not path.exists():
        return FoundFile(f"{path.name} is {dangling(path)}", "copy the file itself")
    if not path.is_file():
        return FoundFile(f"{path.name} is no ordinary file", "copy the file itself")
    found = found_file(path)
    return None if found is None else FoundFile(f"{path.name} is {found.what}", found.remedy)


def _of_variables(version_dir: Path) -> FoundFile | None:
    """What the files of weights are, where they are something else."""
    folder = version_dir / "variables"
    if os.path.lexists(folder) and not folder.is_dir():
        what = dangling(folder) if not folder.exists() else "a file"
        return FoundFile(f"variables is {what}", "copy the whole folder of the SavedModel again")
    for path in sorted(folder.glob("variables.*"))[:MAX_ENTRIES]:
        if not path.exists():
            return FoundFile(f"{path.name} is {dangling(path)}", "copy the file itself")
        if path.is_file() and path.stat().st_size < MAX_POINTER_BYTES:
            found = found_file(path)
            if found is not None and found.what.startswith(("a pointer", "a web page")):
                return FoundFile(f"{path.name} is {found.what}", found.remedy)
    return None


def _without_graph(version_dir: Path) -> FoundFile:
    entries = sorted(version_dir.iterdir())[:MAX_ENTRIES]
    if not entries:
        return FoundFile(
            f"the folder is empty, without {SAVED_MODEL_NAME}", "copy the model into it"
        )
    inner = saved_model_below(version_dir)
    if inner is not None:
        return FoundFile(
            f"its SavedModel lies deeper, in {inner.relative_to(version_dir)}",
            f"move what is in there up into {version_dir.name}",
        )
    misnamed = _misnamed_graph(entries)
    if misnamed is not None:
        return FoundFile(f"its SavedModel is called {misnamed}", f"rename it to {SAVED_MODEL_NAME}")
    foreign = foreign_file(entries)
    if foreign is not None:
        return FoundFile(f"it holds {foreign.what}, no {SAVED_MODEL_NAME}", foreign.remedy)
    if (version_dir / "variables").exists():
        return FoundFile(f"{SAVED_MODEL_NAME} is missing beside variables", "copy it too")
    return FoundFile(
        f"it has no {SAVED_MODEL_NAME}", "copy the folder of a SavedModel there, as it is"
    )


def _misnamed_graph(entries: list[Path]) -> str | None:
    """The file that is a SavedModel under another name: in capitals, numbered by a browser."""
    for entry in entries:
        if entry.suffix.lower() == ".pb" and entry.is_file():
            with entry.open("rb") as file:
                if file.read(len(_SCHEMA_VERSION)) == _SCHEMA_VERSION:
                    return entry.name
    return None


def saved_model_below(folder: Path) -> Path | None:
    """The first folder with a SavedModel in it, not deeper than `MAX_DEPTH`."""
    level = [folder]
    for _ in range(MAX_DEPTH):
        inner: list[Path] = []
        for each in level[:MAX_ENTRIES]:
            entries = sorted(each.iterdir())[:MAX_ENTRIES]
            inner += [e for e in entries if e.is_dir() and not e.name.startswith(".")]
        for each in inner:
            if any((each / name).is_file() for name in GRAPH_NAMES):
                return each
        level = [each for each in inner if not each.is_symlink()]
    return None


def foreign_file(entries: list[Path]) -> FoundFile | None:
    """What of another framework lies there, by its file's name."""
    for entry in entries:
        if entry.name == LABEL_MAP_NAME or not entry.is_file():
            continue
        found = found_file(entry)
        if found is not None and entry.suffix not in (".txt", ".md", ".html"):
            return FoundFile(f"{entry.name}, {found.what}", found.remedy)
    return None


def dangling(path: Path) -> str:
    """What a link is whose target is gone; where that would be is nobody's but the operator's."""
    return "a link to what is not there" if path.is_symlink() else "gone"
