"""Compiled signatures on disk, so that a server which starts again need not convert and compile.

A file is found by a digest of all that made it: the SavedModel's content, the signature and its
shapes, OpenVINO's version and properties, the processor, and our own conversion. It begins with a
digest of the rest, so that a damaged one is compiled anew. OpenVINO trusts what it imports, so the
folder has to be the user's own, and writable by nobody else.
"""

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from server.embedded.engines.openvino_compiled import CompiledSignature
from server.embedded.engines.openvino_runtime import import_openvino

# Of a file, and of all together; those that were used longest ago go first.
MAX_FILE_BYTES = 128 * 1024 * 1024
MAX_BYTES = 512 * 1024 * 1024
SUFFIX = ".compiled"
# Of the processor, what a program that was compiled for it may use.
_PROCESSOR = ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES", "AVAILABLE_DEVICES")
_DIGEST_BYTES = hashlib.sha256().digest_size
_LENGTH_BYTES = 8

log = logging.getLogger(__name__)


class CompilationCache:
    """Reads and writes compiled signatures. Thread-safe, and safe beside other processes.

    Args:
        core: an `openvino.Core`.
        folder: takes the files; None to keep nothing.
    """

    def __init__(self, core: Any, folder: Path | None) -> None:
        self._core = core
        self._folder = folder

    def key(
        self,
        content: bytes,
        signature_name: str,
        shapes: Mapping[str, Any] | None,
        settings: Mapping[str, Any],
    ) -> str:
        """What a compiled signature is found by.

        Args:
            content: a digest of the SavedModel's files.
            signature_name: one of its signatures.
            shapes: that it was converted for, in place of those that it declares.
            settings: OpenVINO's properties for the compilation.
        """
        made_by = {
            "content": content.hex(),
            "signature": signature_name,
            "shapes": sorted(shapes.items()) if shapes else None,
            "settings": sorted((name, f"{value}") for name, value in settings.items()),
            "openvino": import_openvino().get_version(),
            "processor": [f"{self._core.get_property('CPU', name)}" for name in _PROCESSOR],
            "cores": sorted(os.sched_getaffinity(0)),
            "conversion": _conversion(),
        }
        return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()

    def find(self, key: str, settings: Mapping[str, Any]) -> CompiledSignature | None:
        """What was kept under a key; None where there is nothing that can be used."""
        if self._folder is None:
            return None
        path = self._folder / f"{key}{SUFFIX}"
        try:
            content = memoryview(path.read_bytes())
        except OSError:
            return None
        try:
            found = self._read(content, settings)
        except (RuntimeError, ValueError, TypeError, KeyError) as error:
            log.warning("%s cannot be used, and is compiled anew: %s", path, error)
            path.unlink(missing_ok=True)
            return None
        try:
            os.utime(path)
        except OSError:
            log.debug("%s is not marked as used", path)
        return found

    def keep(self, key: str, compiled: CompiledSignature) -> None:
        """Write a compiled signature, unless it is large or there is no room."""
        if self._folder is None or compiled.weights_bytes > MAX_FILE_BYTES:
            return
        try:
            content = _written(compiled)
            if len(content) <= MAX_FILE_BYTES:
                _replace(self._folder / f"{key}{SUFFIX}", content)
                _remove_oldest(self._folder)
        except (OSError, RuntimeError, MemoryError) as error:
            log.info("a compiled signature is not kept in %s: %s", self._folder, error)

    def _read(self, content: memoryview, settings: Mapping[str, Any]) -> CompiledSignature:
        digest, body = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(body).digest() != digest:
            raise ValueError("it is damaged")
        length = int.from_bytes(body[:_LENGTH_BYTES], "little")
        told = json.loads(bytes(body[_LENGTH_BYTES : _LENGTH_BYTES + length]))
        parts, start = [], _LENGTH_BYTES + length
        for size in told["sizes"]:
            parts.append(bytes(body[start : start + size]))
            start += size
        compiled = self._core.import_model(parts[0], "CPU", dict(settings))
        shapes = self._core.read_model(parts[1], parts[2]) if parts[1] else None
        return CompiledSignature(
            compiled,
            {
                alias: None if shape is None else tuple(shape)
                for alias, shape in told["input_shapes"].items()
            },
            told["input_ports"],
            told["output_ports"],
            shapes,
            told["weights_bytes"],
        )


def _written(compiled: CompiledSignature) -> bytes:
    exported = compiled.compiled.export_model()
    program = exported if isinstance(exported, bytes) else exported.getvalue()
    parts = [program, *_serialized(compiled.shapes)]
    told = json.dumps(
        {
            "sizes": [len(part) for part in parts],
            "input_shapes": compiled.input_shapes,
            "input_ports": compiled.input_ports,
            "output_ports": compiled.output_ports,
            "weights_bytes": compiled.weights_bytes,
        }
    ).encode()
    body = b"".join((len(told).to_bytes(_LENGTH_BYTES, "little"), told, *parts))
    return hashlib.sha256(body).digest() + body


def _serialized(model: Any) -> tuple[bytes, bytes]:
    """An `openvino.Model` as its two files; empty where there is none."""
    if model is None:
        return b"", b""
    with tempfile.TemporaryDirectory(prefix="boxwright-") as scratch:
        xml, weights = Path(scratch) / "shapes.xml", Path(scratch) / "shapes.bin"
        import_openvino().serialize(model, xml, weights)
        return xml.read_bytes(), weights.read_bytes()


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as new:
        try:
            new.write(content)
            new.close()
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def _remove_oldest(folder: Path) -> None:
    """Keep to `MAX_BYTES`, the files used last first; what a killed server left goes too."""
    told = []
    for path in folder.iterdir():
        try:
            told.append((path.stat(), path))
        except OSError:
            continue
    total = 0
    for status, path in sorted(told, key=lambda each: -each[0].st_mtime):
        total += status.st_size
        if total > MAX_BYTES:
            path.unlink(missing_ok=True)


@cache
def _conversion() -> str:
    """A digest of the code that makes a program of a graph."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("openvino_*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
