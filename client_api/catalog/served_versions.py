"""What the model server can be asked: each version's signatures, asked for once."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from detection.kinds.table import KINDS, OutputKinds
from serving_protocol.client_errors import ModelNotFound, ModelServerError
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.image_input import NotADetector
from serving_protocol.messages import SignatureDef
from serving_protocol.model_server import ModelChoice, ModelServer

# Versions, and ways to choose one, that are remembered; the oldest are forgotten first.
MAX_REMEMBERED = 256


@dataclass(frozen=True)
class ServedVersion:
    """One version of a model and what it can be asked.

    Attributes:
        name: of the model.
        version: its number.
        signatures: as `GetModelMetadata` answers them.
        detector: the detector's among them; None where it has none.
        reason: why there is none.
    """

    name: str
    version: int
    signatures: Mapping[str, SignatureDef]
    detector: DetectorSignature | None
    reason: str = ""

    @cached_property
    def digest(self) -> str:
        """Of the signatures: another model under the same number has another one."""
        digest = hashlib.sha256()
        for name, signature in sorted(self.signatures.items()):
            digest.update(name.encode() + b"\0" + signature.SerializeToString(deterministic=True))
        return digest.hexdigest()[:16]

    def as_detector(self) -> DetectorSignature:
        """The detector's signature.

        Raises:
            NotADetector: the version has none.
        """
        if self.detector is None:
            raise NotADetector(self.reason)
        return self.detector


class ServedVersionCache:
    """Remembers which version a choice meant last, and what each version can be asked.

    So an ordinary prediction costs no look at the metadata: the answer tells which version gave
    it, and `note` follows. Thread-safe.

    Args:
        server: asked for signatures.
        kinds: of output, that are looked for in them.

    Attributes:
        changes: how often something of what is remembered changed.
    """

    def __init__(self, server: ModelServer, kinds: OutputKinds = KINDS) -> None:
        self._server = server
        self._kinds = kinds
        self._lock = threading.Lock()
        self._versions: OrderedDict[ModelChoice, ServedVersion] = OrderedDict()
        # How often each choice that was ever known was gone. What never was is not counted: callers
        # may name any number of versions, and those would push the others out.
        self._gone: OrderedDict[ModelChoice, int] = OrderedDict()
        self.changes = 0

    def find(self, choice: ModelChoice, timeout_s: float) -> ServedVersion:
        """The version that `choice` meant last, or, where that is not known, means now.

        Raises:
            ModelServerError: as `ModelServer.signatures`.
        """
        with self._lock:
            known = self._versions.get(choice)
        return known or self.refresh(choice, timeout_s)

    def refresh(self, choice: ModelChoice, timeout_s: float) -> ServedVersion:
        """The version that `choice` means now, as the model server has it now.

        Raises:
            ModelServerError: as `ModelServer.signatures`.
        """
        try:
            served = self._server.signatures(choice, timeout_s)
        except ModelServerError as error:
            self.forget(choice, is_gone=isinstance(error, ModelNotFound))
            raise
        version = _served_version(choice.name, served.version, served.signatures, self._kinds)
        self.note(choice, version)
        return version

    def note(self, choice: ModelChoice, version: ServedVersion) -> None:
        """Remember that `choice` means `version`."""
        with self._lock:
            for key in (ModelChoice(version.name, version.version), choice):
                self.changes += self._versions.get(key) is not version
                self._versions[key] = version
                self._versions.move_to_end(key)
                self._gone[key] = self._gone.pop(key, 0)
            for remembered in (self._versions, self._gone):
                while len(remembered) > MAX_REMEMBERED:
                    remembered.popitem(last=False)

    def forget(self, choice: ModelChoice, *, is_gone: bool = False) -> None:
        """Ask again the next time that `choice` is looked for.

        Args:
            choice: of a model.
            is_gone: whether the model server does not have it now.
        """
        with self._lock:
            self.changes += self._versions.pop(choice, None) is not None
            if is_gone and choice in self._gone:
                self._gone[choice] += 1
                self.changes += 1

    def times_gone(self, name: str, version: int) -> int:
        """How often the version, or every version of the model, was not there."""
        with self._lock:
            return sum(self._gone.get(ModelChoice(name, each), 0) for each in (version, None))


def _served_version(
    name: str, number: int, signatures: Mapping[str, SignatureDef], kinds: OutputKinds
) -> ServedVersion:
    try:
        return ServedVersion(name, number, signatures, DetectorSignature.find(signatures, kinds))
    except NotADetector as error:
        return ServedVersion(name, number, signatures, None, str(error))
