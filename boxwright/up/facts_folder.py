"""Where what is found out of models' answers is kept when `boxwright up` ends."""

import os
from pathlib import Path


def facts_folder() -> Path | None:
    """`boxwright/model_facts` among the user's state files; None where none can be written.

    Source: the XDG Base Directory Specification's `XDG_STATE_HOME`.
    """
    try:
        state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        folder = state / "boxwright" / "model_facts"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if os.access(folder, os.W_OK) else None
