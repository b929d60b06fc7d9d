"""Where engines keep what they compiled, for their next start."""

import os
import stat
from pathlib import Path

FOLDER_VARIABLE = "BOXWRIGHT_COMPILED_DIR"


def compiled_folder() -> Path | None:
    """`$BOXWRIGHT_COMPILED_DIR`, or `boxwright/compiled` among the user's cached files.

    None where that is no safe place: what is read there is run, so it has to be this user's, and
    writable by nobody else. Source of the default: the XDG Base Directory Specification.
    """
    try:
        cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        chosen = os.environ.get(FOLDER_VARIABLE)
        folder = Path(chosen) if chosen else cached / "boxwright" / "compiled"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = folder.stat()
    except (OSError, RuntimeError):
        return None
    others_write = told.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    is_own = told.st_uid == os.geteuid() and not others_write
    return folder if is_own and os.access(folder, os.W_OK | os.X_OK) else None
