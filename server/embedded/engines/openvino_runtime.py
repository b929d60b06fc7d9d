"""The one place that imports OpenVINO."""

import sys
from types import ModuleType
from typing import Any

import numpy as np

from server.embedded.engines.engine import EngineMissing
from server.embedded.engines.registry import engine_row


def import_openvino() -> ModuleType:
    """OpenVINO's Python package, without the telemetry that comes with it.

    `import openvino` reports to a Google Analytics address and keeps a client number in
    `~/intel`, whenever the package `openvino_telemetry` can be imported; it goes on without where
    it cannot. A server does neither on anybody's behalf.

    Raises:
        EngineMissing: it is not installed.
    """
    if "openvino" not in sys.modules:
        # None makes every later import of that name fail, as if it were not installed.
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # documented
    try:
        import openvino
    except ImportError as error:
        raise EngineMissing(engine_row("openvino").not_installed) from error
    # OpenVINO's table of dtypes fills itself at its first use, and two threads that use it first at
    # the same time wait for each other for ever: one holds the interpreter, one the table.
    openvino.Type(openvino.Type.f32.to_dtype())
    return openvino  # type: ignore[no-any-return]  # the package has no types


def reason_of(error: RuntimeError) -> str:
    """What OpenVINO complains about, without the places in its sources."""
    lines = [line.strip() for line in str(error).splitlines()]
    reasons = [
        line for line in lines if line and not line.startswith(("Exception from ", "Check '"))
    ]
    return " ".join(reasons or lines)


def element_dtype(port: Any) -> np.dtype[Any] | None:
    """The NumPy dtype of a port's elements; None where NumPy has none for it."""
    try:
        return np.dtype(port.element_type.to_dtype())  # type: ignore[no-any-return]  # no types
    except (RuntimeError, TypeError):
        return None
