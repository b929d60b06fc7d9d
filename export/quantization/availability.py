"""Check that NNCF is installed, before anything takes long."""

from importlib.util import find_spec

from export.errors import ExportError


class NncfMissing(ExportError):
    """NNCF is not installed; the message says how to install it."""


def check_quantizable() -> None:
    """Check that NNCF is installed.

    Raises:
        NncfMissing: it is not.
    """
    if find_spec("nncf") is None:
        raise NncfMissing(
            "--quantize int8 needs NNCF: pip install -r requirements/quantize.txt, "
            "or pip install 'boxwright[quantize]'"
        )
