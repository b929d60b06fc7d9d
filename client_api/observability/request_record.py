"""What is known of the request being answered: its id, how long each stage took, whose model."""

import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from flask import Flask, g, has_request_context, request

# Of the WSGI environment: when a request whose body had to be waited for began, on the performance
# counter.
BEGAN_AT = "boxwright.began_at_s"
_CALLERS_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass
class RequestRecord:
    """One request, from its arrival to its line in the log.

    Attributes:
        request_id: the caller's `X-Request-ID` where it is usable, else a new one.
        started_s: when it arrived, on the monotonic clock.
        stages_ms: milliseconds by stage, in the order in which the stages began.
        model: the name of the model that was asked for, once it is known to exist.
        version: the version that answered.
        key: the name of the API key that it brought, if it has one.
        form: the fields of the form that came, as they were typed.
        problem_field: which of them what went wrong is about, if any.
    """

    request_id: str
    started_s: float = field(default_factory=time.perf_counter)
    stages_ms: dict[str, float] = field(default_factory=dict)
    model: str | None = None
    version: int | None = None
    key: str | None = None
    form: dict[str, str] = field(default_factory=dict)
    problem_field: str | None = None
    _inner_ms: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the stage called `name`, less that of stages inside it."""
        inner_of_outer_ms, self._inner_ms = self._inner_ms, 0.0
        started_s = time.perf_counter()
        try:
            yield
        finally:
            spent_ms = (time.perf_counter() - started_s) * 1000
            self.stages_ms[name] = self.stages_ms.get(name, 0.0) + spent_ms - self._inner_ms
            self._inner_ms = inner_of_outer_ms + spent_ms

    @property
    def total_ms(self) -> float:
        """Milliseconds since the request arrived."""
        return (time.perf_counter() - self.started_s) * 1000

    def timing_ms(self) -> dict[str, float]:
        """Every prediction's stages and the total, rounded: the answer's `timing_ms`."""
        names = ("read", "predict", "render")
        stages = {name: round(self.stages_ms.get(name, 0.0), 2) for name in names}
        return stages | {"total": round(self.total_ms, 2)}


def current_record() -> RequestRecord:
    """The record of the request being answered."""
    return cast("RequestRecord", g.record)


def record_if_any() -> RequestRecord | None:
    """The record of the request being answered; None outside of requests."""
    return g.get("record") if has_request_context() else None


def keep_records(app: Flask) -> None:
    """Begin a record with each request.

    Its id is the caller's `X-Request-ID`, where that is 1 to 128 of `A-Za-z0-9._-`.
    """

    @app.before_request
    def begin() -> None:
        sent = request.headers.get("X-Request-ID", "")
        record = RequestRecord(sent if _CALLERS_ID.fullmatch(sent) else uuid.uuid4().hex)
        g.record = record
        began_at_s = request.environ.get(BEGAN_AT)
        if began_at_s is not None:
            record.stages_ms["receive"] = (record.started_s - began_at_s) * 1000
            record.started_s = began_at_s
