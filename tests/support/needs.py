"""What a test needs beyond light packages: TensorFlow, a browser, Docker, programs of ours.

Read from imports, so that no list is kept. A test file needs what it imports, and what the modules
of this repository that it imports do, however far down and in functions too. A `conftest.py` counts
by the fixtures that a test asks for. What imports by a name that is made up while it runs says so
with a marker of the need's name.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

# need -> the packages, or the modules of ours, whose import it is.
NEEDS = {
    "tensorflow": (
        "keras", "keras_hub", "nncf", "tensorboard", "tensorflow", "tensorflow_serving",
    ),
    "browser": ("axe_playwright_python", "playwright"),
    "docker": ("tests.support.compose",),
    # The gateway and the model server as processes, which take seconds to start.
    "programs": ("tests.support.programs",),
}  # fmt: skip


class Imports:
    """What the Python files of a repository import.

    Args:
        root: the folder that modules are imported from.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.needs_of_file = cache(self._needs_of_file)
        self.needs_of_function = cache(self._needs_of_function)

    def _needs_of_file(self, file: Path, *, only_at_import: bool = False) -> set[str]:
        """Keys of `NEEDS` that running what is in `file` leads to.

        Args:
            file: a module.
            only_at_import: ask for what importing it leads to, which functions do not.
        """
        return self._needs(_modules(file, only_at_import), only_at_import)

    def _needs_of_function(self, file: Path, name: str) -> set[str]:
        """Keys of `NEEDS` that one function of the module `file`, such as a fixture, leads to."""
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        imported = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        todo, seen, modules = [name], set[str](), set[str]()
        while todo:
            function = todo.pop()
            if function in seen or function not in functions:
                continue
            seen.add(function)
            modules |= _imported_in(functions[function])
            used = {node.id for node in ast.walk(functions[function]) if isinstance(node, ast.Name)}
            modules |= {imported[each] for each in used if each in imported}
            todo += used
        return self._needs(modules, only_at_import=False)

    def _needs(self, modules: Iterable[str], only_at_import: bool) -> set[str]:
        todo, seen = list(modules), set[str]()
        while todo:
            module = todo.pop()
            if module not in seen:
                seen.add(module)
                for file in self._files(module):
                    todo += _modules(file, only_at_import)
        return {
            need
            for need, names in NEEDS.items()
            for name in names
            if any(f"{module}.".startswith(f"{name}.") for module in seen)
        }

    def _files(self, module: str) -> Iterator[Path]:
        """What importing `module` runs: the packages that it is in, and itself."""
        path = self._root
        for part in module.split("."):
            path /= part
            yield from filter(Path.is_file, (path / "__init__.py", path.with_suffix(".py")))


@cache
def _modules(file: Path, only_at_import: bool) -> frozenset[str]:
    return _imported_in(ast.parse(file.read_text(encoding="utf-8")), only_at_import)


def _imported_in(tree: ast.AST, only_at_import: bool = False) -> frozenset[str]:
    """Dotted names of what is imported below `tree`; of `from a import b` both `a` and `a.b`."""
    modules, todo = set[str](), [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif not _is_passed_over(node, only_at_import):
            todo += ast.iter_child_nodes(node)
    return frozenset(modules)


def _is_passed_over(node: ast.AST, only_at_import: bool) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return only_at_import
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
