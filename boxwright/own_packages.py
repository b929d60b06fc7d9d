"""Imports our packages from where this one lies, whatever folder the command line is started in.

They have common names (`server`, `export`, `training`), which a file in the current folder may have
too, or a package of another distribution. Python looks into the current folder first where it is
started with `-m`, and so would the programs that are started from here.
"""

import os
import sys
from pathlib import Path

PACKAGES = (
    "client_api", "detection", "export", "model_repository", "server", "serving_protocol",
    "tfrecord", "training",
)  # fmt: skip
HOME = Path(__file__).resolve().parents[1]
# A program that is started with it never looks into the current folder.
PYTHON = (sys.executable, "-P")
# The start of the model server's command line; its flags follow.
MODEL_SERVER = (*PYTHON, "-m", "server.embedded")


def use_own_packages() -> None:
    """Keep others' modules out, here and in every Python that is started from here.

    The current folder leaves `sys.path`, unless our packages lie in it. Where others' would still
    be found before ours, or ours not at all, the folder of ours goes to its front, and to that of
    `PYTHONPATH`.
    """
    # For what is not started by us: worker processes of `multiprocessing`, for example.
    os.environ["PYTHONSAFEPATH"] = "1"
    is_first = not sys.flags.safe_path and _is_current_folder(sys.path[0])
    # Children are started with -P, so that it is not on their path.
    current = [sys.path.pop(0)] if is_first else []
    if all(map(_is_own, PACKAGES)):
        sys.path[:0] = current if Path.cwd() == HOME else []
        return
    sys.path.insert(0, str(HOME))
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{HOME}{os.pathsep}{others}" if others else str(HOME)


def _is_current_folder(entry: str) -> bool:
    try:
        return entry == "" or Path.cwd().samefile(entry)
    except OSError:
        # One of the two is not there any more.
        return False


def _is_own(name: str) -> bool:
    """Whether an import that comes first would find our package; what is imported is ignored."""
    for finder in sys.meta_path:
        found = finder.find_spec(name, None)
        if found is not None:
            places = list(found.submodule_search_locations or ())
            return [Path(place).resolve() for place in places] == [HOME / name]
    return False
