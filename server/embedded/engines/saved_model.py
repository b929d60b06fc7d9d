"""A SavedModel's folder, read without TensorFlow and refused when part of it is missing.

    <version>/saved_model.pb or .pbtxt   the graphs, their signatures and tags
              variables/variables.index, variables.data-XXXXX-of-YYYYY
              assets/...

TensorFlow loads a folder whose variables are missing as if nothing were wrong, and then every
request fails (tensorflow/serving issues 1086 and 1027), so all files are looked at first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf import text_format
from google.protobuf.message import DecodeError

from model_repository.diagnosis.foreign_files import SAVED_MODEL_TEXT_NAME as TEXT_NAME
from model_repository.diagnosis.versions import diagnose_version
from model_repository.model_folder import SAVED_MODEL_NAME
from server.embedded.engines.variables_index import BrokenVariablesIndex, data_file_sizes
from server.embedded.errors import ModelLoadError
from serving_protocol.messages import MetaGraphDef, SavedModel, SignatureDef

INIT_OP_SIGNATURE = "__saved_model_init_op"
VARIABLE_OPS = frozenset({"VarHandleOp", "Variable", "VariableV2", "AutoReloadVariable"})


Fingerprint = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class SavedModelFolder:
    """A whole SavedModel.

    Attributes:
        path: the version's folder.
        meta_graph: the graph with the wanted tags.
        fingerprint: size and time of each file, which differ once anything is written anew.
    """

    path: Path
    meta_graph: MetaGraphDef
    fingerprint: Fingerprint

    @property
    def signatures(self) -> dict[str, SignatureDef]:
        """Copies of all signatures, unchanged, which keep nothing else of the graph in memory."""
        copies = {}
        for name, signature in self.meta_graph.signature_def.items():
            copies[name] = SignatureDef()
            copies[name].CopyFrom(signature)
        return copies


def callable_signatures(signatures: Mapping[str, SignatureDef]) -> dict[str, SignatureDef]:
    """The signatures that have something to answer: not the one that names the init operation."""
    return {
        name: signature
        for name, signature in signatures.items()
        if name != INIT_OP_SIGNATURE and signature.outputs
    }


def read_saved_model(version_dir: Path, tags: frozenset[str]) -> SavedModelFolder:
    """The SavedModel in `version_dir`, after a look at whether all its files are there.

    Args:
        version_dir: `<base path>/<version>`.
        tags: those of the wanted MetaGraph, all of them.

    Raises:
        ModelLoadError: `NOT_FOUND` where a file or the MetaGraph is missing or cannot be read,
            `DATA_LOSS` where a file is cut short or is something else.
    """
    try:
        fingerprint = _fingerprint(version_dir)
        _check_kind(version_dir)
        meta_graph = _meta_graph(version_dir, _parse(version_dir), tags)
        _check_variables(version_dir, meta_graph)
        _check_assets(version_dir, meta_graph)
    except OSError as error:
        raise ModelLoadError(
            grpc.StatusCode.NOT_FOUND, f"Could not read the SavedModel in {version_dir}: {error}"
        ) from error
    return SavedModelFolder(version_dir, meta_graph, fingerprint)


def _check_kind(version_dir: Path) -> None:
    """Refuse what is something else than a SavedModel, by what it is."""
    problem = diagnose_version(version_dir)
    if problem is None:
        return
    if any((version_dir / name).exists() for name in (SAVED_MODEL_NAME, TEXT_NAME)):
        raise ModelLoadError(
            grpc.StatusCode.DATA_LOSS,
            f"The SavedModel in {version_dir} is damaged or none: {problem.what}; {problem.remedy}",
        )
    raise ModelLoadError(
        grpc.StatusCode.NOT_FOUND,
        "Could not find SavedModel .pb or .pbtxt at supplied export directory path: "
        f"{version_dir}: {problem.what}; {problem.remedy}",
    )


def _fingerprint(version_dir: Path) -> Fingerprint:
    files = [version_dir / SAVED_MODEL_NAME, version_dir / TEXT_NAME]
    files += sorted((version_dir / "variables").glob("*"))
    return tuple(
        (str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.exists()
    )


def _parse(version_dir: Path) -> SavedModel:
    binary, text = version_dir / SAVED_MODEL_NAME, version_dir / TEXT_NAME
    try:
        if binary.exists():
            return SavedModel.FromString(binary.read_bytes())
        if text.exists():
            return text_format.Parse(text.read_bytes(), SavedModel())
    except (DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
        raise ModelLoadError(
            grpc.StatusCode.DATA_LOSS,
            f"The SavedModel in {version_dir} is damaged or still being copied: "
            f"{(binary if binary.exists() else text).name} cannot be parsed ({error}). "
            "Copy a version under another name and rename it when it is complete.",
        ) from error
    raise ModelLoadError(
        grpc.StatusCode.NOT_FOUND,
        f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {version_dir}",
    )


def _meta_graph(version_dir: Path, model: SavedModel, tags: frozenset[str]) -> MetaGraphDef:
    for meta_graph in model.meta_graphs:
        if frozenset(meta_graph.meta_info_def.tags) == tags:
            return meta_graph
    found = [sorted(meta_graph.meta_info_def.tags) for meta_graph in model.meta_graphs]
    raise ModelLoadError(
        grpc.StatusCode.NOT_FOUND,
        f"Could not find meta graph def matching supplied tags: {{ {' '.join(sorted(tags))} }} "
        f"in {version_dir}, which has {found or 'none'}",
    )


def _check_variables(version_dir: Path, meta_graph: MetaGraphDef) -> None:
    folder = version_dir / "variables"
    index = folder / "variables.index"
    if not index.exists():
        if _restores_variables(meta_graph):
            raise _incomplete(version_dir, f"its graph restores variables, but {index} is missing")
        return
    try:
        wanted = data_file_sizes(index)
    except (BrokenVariablesIndex, OSError) as error:
        raise _incomplete(version_dir, str(error)) from error
    for name, size in wanted.items():
        file = folder / name
        if not file.exists():
            raise _incomplete(version_dir, f"{file} is missing")
        found = file.stat().st_size
        if found < size:
            raise _incomplete(version_dir, f"{file} has {found} bytes of at least {size}")


def _restores_variables(meta_graph: MetaGraphDef) -> bool:
    """Whether loading reads a checkpoint: a frozen graph has no variables and no saver."""
    return bool(meta_graph.saver_def.restore_op_name) and any(
        node.op in VARIABLE_OPS for node in meta_graph.graph_def.node
    )


def _check_assets(version_dir: Path, meta_graph: MetaGraphDef) -> None:
    for asset in meta_graph.asset_file_def:
        file = version_dir / "assets" / asset.filename
        if not file.exists():
            raise _incomplete(version_dir, f"the asset {file} is missing")


def _incomplete(version_dir: Path, reason: str) -> ModelLoadError:
    return ModelLoadError(
        grpc.StatusCode.DATA_LOSS,
        f"The SavedModel in {version_dir} is incomplete: {reason}. "
        "Copy a version under another name and rename it when it is complete.",
    )
