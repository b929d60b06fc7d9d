"""Packages of extras that are not installed: what is missing, how to install it, and help without.

A command's help is made from its options, and those lie in modules that import what the command
works with. To show help alone, such imports are given empty names, as documentation tools do.
"""

import importlib
import os
import sys
from collections.abc import Iterator, Set
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_REQUIREMENTS = Path(__file__).parents[1] / "requirements"
# A missing module of ours is a mistake of ours, not a package to install.
OURS = frozenset(
    {"benchmarks", "boxwright", "client_api", "detection", "export", "server", "serving_protocol",
     "training"}
)  # fmt: skip


def is_of_an_extra(error: ImportError) -> bool:
    """Whether what could not be imported is somebody else's package."""
    return _package(error.name or "") not in OURS


def how_to_install(extra: str) -> str:
    """The command that installs an extra here: from its lock file in a checkout.

    Example:
        >>> how_to_install("train")
        '.venv/bin/python -m pip install -r requirements/train.txt'
    """
    lock_file = _REQUIREMENTS / f"{extra}.txt"
    python = _shown(Path(sys.executable))
    if lock_file.exists():
        return f"{python} -m pip install -r {_shown(lock_file)}"
    return f"{python} -m pip install 'boxwright[{extra}]'"


def _shown(path: Path) -> str:
    """A path from the current folder, where it lies below that; links in it stay as they are."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith(os.pardir) else shown


class _Nothing(type):
    """The type of what stands for anything: its attributes, calls and items are itself."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __call__(cls, *_args: Any, **_options: Any) -> Any:
        return cls

    def __getitem__(cls, _key: Any) -> Any:
        return cls


class _Anything(metaclass=_Nothing):
    """What stands for a class or a function of an absent package."""


class _AbsentModule(ModuleType):
    """What stands for a module of an absent package."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything


class _AbsentPackages:
    """Finds the modules of some packages, whether they are there or not, and loads nothing."""

    def __init__(self, packages: Set[str]) -> None:
        self._packages = packages

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if _package(name) in self._packages else None  # type: ignore[arg-type]  # it has what a loader needs

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, _module: ModuleType) -> None:
        """Nothing is in it."""


def import_without(module: str, error: ImportError) -> ModuleType:
    """A module that could not be imported, with nothing in the place of the packages it lacks.

    It can be shown and not be used, and so it is not kept for who imports it next.

    Args:
        module: one of ours.
        error: why it could not be imported.

    Raises:
        ImportError: something other than packages that are not installed is amiss.
    """
    absent: set[str] = set()
    while True:
        package = _package(error.name or "")
        if not is_of_an_extra(error) or not package or package in absent:
            raise error
        absent.add(package)
        with _empty(absent):
            try:
                return importlib.import_module(module)
            except ImportError as another:
                error = another


@contextmanager
def _empty(packages: Set[str]) -> Iterator[None]:
    kept = dict(sys.modules)
    for name in kept:
        # None is Python's own way to say that a module is not to be imported.
        if _package(name) in packages:
            del sys.modules[name]
    finder = _AbsentPackages(packages)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in set(sys.modules) - set(kept):
            if _package(name) in packages | OURS:
                del sys.modules[name]
        sys.modules.update({name: kept[name] for name in kept if name not in sys.modules})


def _package(module: str) -> str:
    return module.partition(".")[0]
