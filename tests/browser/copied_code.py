"""The lines that the page offers to copy, run as whoever copies them would."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page


def run_copied(page: Page, folder: Path, **environment: str) -> tuple[dict[str, Any], list[str]]:
    """Run both, where the files lie, after opening them.

    Args:
        page: with an answer, whose code is not open yet.
        folder: of the image and the label map.
        environment: of the programs, beside where these are found.

    Returns:
        What `curl` answered, and the lines that Python printed.
    """
    page.get_by_text("The same request in code").click()
    curl = page.get_by_label("curl", exact=True).inner_text()
    python = page.get_by_label("Python", exact=True).inner_text()
    given = {"PATH": os.environ["PATH"], "NO_PROXY": "*", **environment}
    answered, printed = (
        subprocess.run(
            command, cwd=folder, env=given, capture_output=True, check=True, text=True
        ).stdout
        for command in (["sh", "-c", f"{curl} --silent"], [sys.executable, "-c", python])
    )
    return json.loads(answered), printed.splitlines()


def refusal_of_python(page: Page, folder: Path, **environment: str) -> str:
    """What the Python that is open ends with, where the gateway refuses.

    Args:
        page: with its code open.
        folder: of the image and the label map.
        environment: of the program, beside where it is found.
    """
    python = page.get_by_label("Python", exact=True).inner_text()
    ended = subprocess.run(
        [sys.executable, "-c", python],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NO_PROXY": "*", **environment},
        capture_output=True,
        check=False,
        text=True,
    )
    assert ended.returncode == 1
    return ended.stderr.strip()
