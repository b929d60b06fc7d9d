"""The tree shows the architecture, and keeps its promises."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.repository import PACKAGES, functions, sources, text_of, tracked_files
from tests.support.shared import REPOSITORY
from training.pretrained.catalog import CATALOG

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 60
# A name that says nothing is where everything ends up, and what everything then imports.
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|tools?|stuff|shared)(_|$)")


def test_imports_follow_the_trees_arrows() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    if not lint_imports.exists():
        pytest.skip("import-linter is not installed (the extra 'check')")
    done = subprocess.run(
        [lint_imports, "--no-logo", "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_no_module_or_package_has_a_name_that_says_nothing() -> None:
    parts = {part for path, _ in sources() for part in Path(path).with_suffix("").parts}
    assert [part for part in sorted(parts) if EMPTY_NAMES.search(part)] == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {(REPOSITORY / path).parent for path, _ in sources()}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_package_says_what_it_is_for() -> None:
    for path, text in sources():
        if path.endswith("__init__.py"):
            assert ast.get_docstring(ast.parse(text)), path


@pytest.mark.parametrize("package", PACKAGES)
def test_every_part_of_the_tree_says_what_it_may_import(package: str) -> None:
    docstring = ast.get_docstring(ast.parse((REPOSITORY / package / "__init__.py").read_text()))
    assert docstring is not None
    assert re.search(r"\b[Ii]mports?\b", docstring)


def test_a_file_is_one_idea() -> None:
    lengths = {path: text.count("\n") for path, text in sources()} | {
        file.relative_to(REPOSITORY).as_posix(): file.read_text(encoding="utf-8").count("\n")
        for file in (REPOSITORY / "tests").rglob("*.py")
    }
    assert {path: n for path, n in lengths.items() if n > MOST_LINES_OF_A_FILE} == {}


def test_a_function_fits_on_a_screen() -> None:
    too_long = {
        f"{path}: {function.name}": function.end_lineno - function.lineno
        for path, text in sources()
        for function in functions(text)
        if function.end_lineno is not None
        and function.end_lineno - function.lineno > MOST_LINES_OF_A_FUNCTION
    }
    assert too_long == {}


def test_importing_a_module_does_nothing() -> None:
    """No module starts threads, opens channels or reads the environment while it is imported."""
    starts = re.compile(
        r"^(\w+\.)*(Thread|Popen|insecure_channel|create_app|basicConfig)\(|^os\.env"
    )
    for path, text in sources():
        for statement in ast.parse(text).body:
            line = ast.unparse(statement)
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                line = ast.unparse(statement.value) if statement.value else ""
            assert not starts.search(line), f"{path}: {line}"


def test_what_is_ignored_says_why() -> None:
    silent = re.compile(r"#\s*(type:\s*ignore|noqa)(\s*$|(?!\S*\[|\S*:\s*[A-Z]+[0-9]))")
    for path, text in sources():
        for number, line in enumerate(text.splitlines(), 1):
            assert not silent.search(line), f"{path}:{number}: {line.strip()}"


def test_tests_mirror_the_source() -> None:
    others = {"architecture", "browser", "contract", "fuzz", "stack", "support"}
    folders = {
        each.relative_to(REPOSITORY / "tests")
        for each in (REPOSITORY / "tests").rglob("*")
        if each.is_dir() and any(each.glob("test_*.py"))
    }
    mirrored = [folder for folder in folders if folder.parts[0] not in others]
    assert [each for each in mirrored if not (REPOSITORY / each).is_dir()] == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {each.parent for each in (REPOSITORY / "tests").rglob("*.py")}
    assert [each for each in folders if not (each / "__init__.py").exists()] == []


# Written so that they do not match themselves.
FOREIGN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:[w]ork|[r]oot|[h]ome/\w+|[U]sers/\w+)/"),
    "a package index": re.compile(r"[p]ypi\.org|[p]ythonhosted|[a]rtifactory|index-[u]rl[ =]+\S*:"),
    "a key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE [K]EY|AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}"),
    "a merge that was not finished": re.compile(r"^(<{7} |>{7} )", re.MULTILINE),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_no_tracked_file_holds(what: str) -> None:
    found = {
        file.relative_to(REPOSITORY).as_posix(): match.group()
        for file in tracked_files()
        if (match := FOREIGN[what].search(text_of(file)))
    }
    assert found == {}


# The model that ships and the pretrained weights, and the most that each may take.
SHIPPED, SHIPPED_BYTES = REPOSITORY / "models" / "hands-gestures", 8_000_000
PRETRAINED_BYTES = 6_000_000


def test_no_large_file_is_tracked_beside_what_ships() -> None:
    sizes = {each: each.stat().st_size for each in tracked_files()}
    shipped = {each: size for each, size in sizes.items() if SHIPPED in each.parents}
    assert 0 < sum(shipped.values()) < SHIPPED_BYTES
    # A row of the catalog says whose each is, and what it weighs.
    pretrained = {row.path for row in CATALOG.values() if row.file is not None}
    assert sum(sizes[each] for each in pretrained) < PRETRAINED_BYTES
    allowed = shipped.keys() | pretrained
    large = [f"{each}" for each, size in sizes.items() if size > 1_000_000 and each not in allowed]
    assert large == []
