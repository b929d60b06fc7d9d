"""Whether a version may have been reloaded, so that another model answers under its number.

A model server loads a version once. Files that take the place of others under the same number are
served after a restart, or once the version went and came back; no server says so. What a gateway
sees of that is another folder, a connection that was lost, or a version that was not found: each
begins another generation, in which what was found out of the version is checked again.
"""

from typing import NamedTuple

from client_api.catalog.model_catalog import PublishedFacts
from client_api.catalog.served_versions import ServedVersion, ServedVersionCache
from serving_protocol.model_server import ModelServer


class Generation(NamedTuple):
    """What differs once a version may have been reloaded.

    Attributes:
        folder: of the version: changes when it is replaced, or renamed.
        connections_lost: to the model server.
        times_gone: how often the version, or every version, was not found.
    """

    folder: str
    connections_lost: int
    times_gone: int


class ReloadDetector:
    """Tells generations of a version apart.

    Args:
        server: whose connections are counted.
        versions: counts which versions were not found.
    """

    def __init__(self, server: ModelServer, versions: ServedVersionCache) -> None:
        self._server = server
        self._versions = versions

    def generation(self, version: ServedVersion, published: PublishedFacts) -> Generation:
        """What was seen of a version until now."""
        return Generation(
            published.folder_stamp,
            self._server.connections_lost(),
            self._versions.times_gone(version.name, version.version),
        )
