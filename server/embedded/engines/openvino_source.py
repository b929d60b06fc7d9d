"""Where a signature's programs come from: kept from before, or converted and compiled."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.embedded.engines.openvino_cache import MAX_FILE_BYTES, CompilationCache
from server.embedded.engines.openvino_compiled import (
    CompiledSignature,
    compile_signature,
    port_shapes,
)
from server.embedded.engines.openvino_conversion import (
    ConvertedSignature,
    DeclaredShape,
    Unconvertible,
    convert_signature,
)
from server.embedded.engines.openvino_program import Program
from server.embedded.engines.openvino_runtime import reason_of
from server.embedded.engines.saved_model import SavedModelFolder, read_saved_model

Settings = Mapping[str, Any]


class SignatureSource:
    """Makes programs of a signature, also later, as long as its SavedModel stays as it was.

    Args:
        core: an `openvino.Core`.
        folder: the SavedModel; its graph is not kept.
        name: the signature.
        cache: has what was compiled before; None to compile everything.
        content: a digest of the SavedModel, which the cache goes by.
    """

    def __init__(
        self,
        core: Any,
        folder: SavedModelFolder,
        name: str,
        cache: CompilationCache | None = None,
        content: bytes | None = None,
    ) -> None:
        self.name = name
        self.signature = folder.signatures[name]
        self._core = core
        self._path = folder.path
        self._tags = frozenset(folder.meta_graph.meta_info_def.tags)
        self._fingerprint = folder.fingerprint
        self._cache = cache if content is not None else None
        self._content = content or b""

    def program(
        self,
        settings: Settings,
        shapes: Mapping[str, DeclaredShape] | None = None,
        folder: SavedModelFolder | None = None,
        *,
        is_kept: bool = True,
    ) -> Program:
        """The signature, compiled.

        Args:
            settings: OpenVINO's properties for the compilation.
            shapes: of inputs, by alias, in place of those that the graph declares.
            folder: the SavedModel where it is at hand; it is read again otherwise.
            is_kept: whether it is looked for and kept on disk.

        Raises:
            Unconvertible: OpenVINO cannot convert or compile it, or the SavedModel is another one.
            ModelLoadError: the SavedModel cannot be read again.
        """
        cache = self._cache if is_kept else None
        found = None if cache is None else cache.find(self._key(settings, shapes), settings)
        if found is None:
            folder = folder or self.read_again()
            converted = convert_signature(self._core, folder, self.name, shapes)
            found = self._compiled(converted, settings)
            if cache is not None:
                cache.keep(self._key(settings, shapes), found)
        return Program(found, self.signature)

    def declared(
        self, settings: Settings, folder: SavedModelFolder
    ) -> tuple[dict[str, DeclaredShape], Program | None]:
        """The shapes that the graph declares, and the program for them; none for an unknown rank.

        Raises:
            Unconvertible: OpenVINO cannot convert or compile it.
        """
        cache = self._cache
        found = None if cache is None else cache.find(self._key(settings, None), settings)
        if found is None:
            converted = convert_signature(self._core, folder, self.name)
            shapes = port_shapes(converted)
            # OpenVINO cannot compile for an unknown rank: such a signature waits for its first
            # input.
            if any(shape is None for shape in shapes.values()):
                return shapes, None
            found = self._compiled(converted, settings)
            if cache is not None:
                cache.keep(self._key(settings, None), found)
        return dict(found.input_shapes), Program(found, self.signature)

    def _key(self, settings: Settings, shapes: Mapping[str, DeclaredShape] | None) -> str:
        if self._cache is None:
            return ""
        return self._cache.key(self._content, self.name, shapes, settings)

    def _compiled(self, converted: ConvertedSignature, settings: Settings) -> CompiledSignature:
        try:
            return compile_signature(self._core, converted, settings)
        except RuntimeError as error:
            raise Unconvertible(f"OpenVINO cannot compile it: {reason_of(error)}") from error

    def read_again(self) -> SavedModelFolder:
        """The SavedModel, as it was.

        Raises:
            ModelLoadError: it cannot be read.
            Unconvertible: it is another one.
        """
        folder = read_saved_model(self._path, self._tags)
        if folder.fingerprint != self._fingerprint:
            raise Unconvertible(f"{self._path} has changed since this version was loaded")
        return folder


def content_digest(folder: SavedModelFolder) -> bytes | None:
    """A digest of a SavedModel's graph and variables; None where it is too large to be kept."""
    if sum(size for _, size, _ in folder.fingerprint) > MAX_FILE_BYTES:
        return None
    digest = hashlib.sha256(folder.meta_graph.SerializeToString(deterministic=True))
    for name, size, _ in folder.fingerprint:
        if Path(name).parent != folder.path:
            digest.update(f"{Path(name).name} {size} ".encode())
            try:
                digest.update(Path(name).read_bytes())
            except OSError:
                return None
    return digest.digest()
