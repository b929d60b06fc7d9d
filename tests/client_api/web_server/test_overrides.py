"""What overrides gunicorn is what docs/decisions/0082 gives a reason for."""

import re

from gunicorn.workers.gthread import (  # type: ignore[import-untyped]  # it has no types
    TConn,
    ThreadWorker,
)

from client_api.web_server.connection import Connection
from client_api.web_server.worker import BoundedThreadWorker
from tests.support.shared import REPOSITORY

DECISION = REPOSITORY / "docs" / "decisions" / "0082-one-file-of-overrides-of-gunicorn.md"


def overridden(ours: type, theirs: type) -> set[str]:
    """The methods of `ours` that `theirs` has too."""
    names = {name for name, value in vars(ours).items() if callable(value)}
    return {name for name in names if hasattr(theirs, name)} - {"__init__"}


def test_every_override_of_the_worker_has_a_reason() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", DECISION.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(overridden(BoundedThreadWorker, ThreadWorker))


def test_the_connection_overrides_its_beginning_and_end_alone() -> None:
    assert overridden(Connection, TConn) == {"init", "close"}
    assert "| `Connection.init`, `close` |" in DECISION.read_text(encoding="utf-8")
