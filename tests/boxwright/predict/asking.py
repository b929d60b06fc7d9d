"""`boxwright predict` as its tests call it, and the usual answer."""

from typing import Any

from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.boxwright.gateways import Answer, Asked, detection, found


def predict(url: str, *arguments: Any) -> Result:
    return CliRunner().invoke(boxwright, ["predict", "--url", url, *map(str, arguments)])


def open_hand(asked: Asked) -> Answer:
    return found(
        detection("open", 0.94, 12, 8.5, 101.25, 230), detection(None, 0.5, 0, 0, 1, 2, class_id=7)
    )
