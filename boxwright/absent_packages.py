"""Commands whose packages are not installed: how to install them, and --help without them.

A command's options are in modules that also import the packages that the command works with. For
--help those imports get mocks, as documentation tools do (Sphinx's `autodoc_mock_imports`).
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

from boxwright.own_packages import PACKAGES

_REQUIREMENTS = Path(__file__).parents[1] / "requirements"
# A missing module of ours is our own bug, not a package to install.
OURS = frozenset({*PACKAGES, "benchmarks", "boxwright"})


def is_of_an_extra(error: ImportError) -> bool:
    """Whether the failed import is of a third-party package."""
    return _package(error.name or "") not in OURS


def how_to_install(extra: str) -> str:
    """Command that installs an extra: from its lock file in a checkout.

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
    """Path relative to the current folder if below it; links are not resolved."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith(os.pardir) else shown


class _MockMeta(type):
    """Metaclass of the mock: its attributes, calls and items are the mock itself."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __call__(cls, *_args: Any, **_options: Any) -> Any:
        return cls

    def __getitem__(cls, _key: Any) -> Any:
        return cls


class _Mock(metaclass=_MockMeta):
    """Mock of a class or function of an absent package."""


class _MockModule(ModuleType):
    """Mock of a module of an absent package."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Mock


class _MockFinder:
    """Import hook that finds every module of some packages and loads a mock."""

    def __init__(self, packages: Set[str]) -> None:
        self._packages = packages

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if _package(name) in self._packages else None  # type: ignore[arg-type]  # it has what a loader needs

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _MockModule(spec.name)

    def exec_module(self, _module: ModuleType) -> None:
        """Leave the mock empty."""


def import_for_help(module: str, error: ImportError) -> ModuleType:
    """Import a module of ours with mocks for the packages that are not installed.

    The module is for help only, so it does not stay in `sys.modules`.

    Args:
        module: name of the module.
        error: the failed import of it.

    Raises:
        ImportError: the import fails for another reason than an absent package.
    """
    absent: set[str] = set()
    while True:
        package = _package(error.name or "")
        if not is_of_an_extra(error) or not package or package in absent:
            raise error
        absent.add(package)
        with _mocked(absent):
            try:
                return importlib.import_module(module)
            except ImportError as another:
                error = another


@contextmanager
def _mocked(packages: Set[str]) -> Iterator[None]:
    kept = dict(sys.modules)
    for name in kept:
        # Python marks a module that must not be imported by None.
        if _package(name) in packages:
            del sys.modules[name]
    finder = _MockFinder(packages)
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
