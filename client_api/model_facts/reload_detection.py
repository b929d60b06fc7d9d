"""Whether another model may answer by now under a version's number.

A model server loads a version once. Files that take the place of others under the same number are
served after a restart, or once the version went and came back; no server says so. The signs are
what a gateway sees of that: another folder, a connection that was lost, a version that was not
found. After one, what was found out of the version is looked at again with the next answers.
"""

from typing import NamedTuple

from client_api.catalog.model_catalog import PublishedFacts
from client_api.catalog.served_versions import ServedVersion, ServedVersionCache
from serving_protocol.model_server import ModelServer


class Generation(NamedTuple):
    """What was seen of a version until now; another value for each further sign.

    Attributes:
        folder: of the version: changes when it is replaced, or renamed.
        connections_lost: to the model server.
        times_gone: how often the version, or every version, was not found.
    """

    folder: str
    connections_lost: int
    times_gone: int


class ReloadDetector:
    """Sees the signs.

    Args:
        server: whose connections are counted.
        served: counts which versions were not found.
    """

    def __init__(self, server: ModelServer, served: ServedVersionCache) -> None:
        self._server = server
        self._served = served

    def generation(self, version: ServedVersion, published: PublishedFacts) -> Generation:
        """What was seen of a version until now."""
        return Generation(
            published.folder_stamp,
            self._server.connections_lost(),
            self._served.times_gone(version.name, version.version),
        )
