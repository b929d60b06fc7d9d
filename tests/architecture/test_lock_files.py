"""The locked packages: complete, agreeing with each other, and free of any index's address."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.support.shared import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
# lock file -> the extras that it is compiled from, as the Makefile says
LOCKED_EXTRAS = {
    "gateway.txt": ["gateway"],
    "server.txt": ["server"],
    "up.txt": ["gateway", "server", "client"],
    "tensorflow.txt": ["gateway", "server", "client", "tensorflow"],
    "training.txt": ["training"],
    "train.txt": ["train"],
    "train-gpu.txt": ["gpu"],
    "quantize.txt": ["quantize"],
    "test.txt": [
        "gateway", "server", "client", "tensorflow", "train", "training", "quantize", "test",
        "browser", "reference", "check",
    ],
    "test-fast.txt": ["gateway", "server", "client", "training", "test"],
}  # fmt: skip


def lock_text(name: str) -> str:
    return (REPOSITORY / "requirements" / name).read_text()


def locked(name: str) -> dict[str, set[str]]:
    """Each package's versions; more than one where it depends on the Python."""
    versions: dict[str, set[str]] = {}
    for line in lock_text(name).splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip("\\ "))
            version = str(requirement.specifier).removeprefix("==")
            versions.setdefault(canonicalize_name(requirement.name), set()).add(version)
    return versions


def packages_of(extra: str) -> list[Requirement]:
    """What an extra asks for, with the packages of those that it names."""
    found: list[Requirement] = []
    for each in map(Requirement, EXTRAS[extra]):
        if each.name == PROJECT["name"]:
            found += [inner for name in sorted(each.extras) for inner in packages_of(name)]
        else:
            found.append(each)
    return found


def test_every_lock_file_is_known() -> None:
    files = {each.name for each in Path(REPOSITORY / "requirements").glob("*.txt")}
    assert files == set(LOCKED_EXTRAS)


@pytest.mark.parametrize("name", LOCKED_EXTRAS)
def test_a_lock_file_holds_no_address_and_a_hash_for_everything(name: str) -> None:
    text = lock_text(name)
    assert re.search(r"://|--(extra-)?index|--find-links|--trusted-host| @ ", text) is None
    entries = re.split(r"\n(?=\S)", text.strip())
    packages = [each for each in entries if not each.startswith("#")]
    assert [each.splitlines()[0] for each in packages if "--hash=sha256:" not in each] == []
    assert all("==" in each.splitlines()[0] for each in packages)


@pytest.mark.parametrize("name", LOCKED_EXTRAS)
def test_a_lock_file_agrees_with_the_project(name: str) -> None:
    wanted = list(map(Requirement, PROJECT["dependencies"]))
    for extra in LOCKED_EXTRAS[name]:
        wanted += packages_of(extra)
    versions = locked(name)
    for each in wanted:
        found = versions.get(canonicalize_name(each.name))
        assert found, f"{name} lacks {each}"
        assert all(each.specifier.contains(version) for version in found), (each, found)


@pytest.mark.parametrize("name", [each for each in LOCKED_EXTRAS if each != "test.txt"])
def test_what_is_tested_is_what_is_shipped(name: str) -> None:
    tested = locked("test.txt")
    others = {each: found for each, found in locked(name).items() if tested.get(each) != found}
    # CUDA's libraries do nothing without a GPU.
    assert [each for each in others if not each.startswith("nvidia-")] == []


def test_cudas_libraries_are_installed_for_gpus_alone() -> None:
    wanted = {"nvidia-cudnn-cu12", "nvidia-cublas-cu12", "nvidia-cuda-runtime-cu12"}
    assert wanted <= {*locked("train-gpu.txt")}
    rest = {
        package for name in LOCKED_EXTRAS if name != "train-gpu.txt" for package in locked(name)
    }
    assert [each for each in rest if each.startswith("nvidia-")] == []
    # Else the two install another TensorFlow or Keras.
    cpu, gpu = locked("train.txt"), locked("train-gpu.txt")
    assert {name: gpu.get(name) for name in cpu} == cpu


@pytest.mark.parametrize(
    "name", ["gateway.txt", "server.txt", "up.txt", "training.txt", "test-fast.txt"]
)
def test_no_tensorflow_is_installed_where_none_is_needed(name: str) -> None:
    packages = {*locked(name)}
    assert not packages & {"tensorflow", "tensorflow-cpu", "tensorflow-serving-api", "keras"}


def test_the_gateway_is_installed_without_an_engine() -> None:
    assert "openvino" not in locked("gateway.txt")
    assert "flask" not in locked("server.txt")


def test_the_makefile_compiles_each_from_its_extras() -> None:
    recipe = (REPOSITORY / "Makefile").read_text().replace("\\\n", " ")
    for name, extras in LOCKED_EXTRAS.items():
        [line] = [each for each in recipe.splitlines() if f"-o requirements/{name}" in each]
        assert sorted(re.findall(r"--extra (\w+)", line)) == sorted(extras)
    assert "--no-emit-index-url" in recipe


def test_the_pages_tools_are_locked_without_an_address_and_run_on_debians_node() -> None:
    project = json.loads((REPOSITORY / "package.json").read_text())
    lock = json.loads((REPOSITORY / "package-lock.json").read_text())
    own, *packages = lock["packages"].values()
    assert own["devDependencies"] == project["devDependencies"]
    assert [each for each in packages if "resolved" in each or "integrity" not in each] == []
    assert "omit-lockfile-registry-resolved=true" in (REPOSITORY / ".npmrc").read_text()
    assert all(re.fullmatch(r"[\d.]+", each) for each in project["devDependencies"].values())
    for each in packages:
        assert node_runs("18.19.0", each.get("engines", {}).get("node", "")), each


def node_runs(version: str, engines: str) -> bool:
    """Whether a version of Node.js is in npm's range: `4.x || >= 6.0.0`."""
    for alternative in engines.split("||"):
        bound = re.sub(r"\s", "", alternative).replace(".x", ".*")
        if bound.endswith(".*"):
            bound = bound.removesuffix(".*") if bound[0] == ">" else f"=={bound}"
        if SpecifierSet(bound).contains(version):
            return True
    return False


@pytest.mark.parametrize(
    ("engines", "runs"),
    [
        ("", True), (">=18", True), (">=20", False), ("4.x || >=6.0.0", True),
        ("6.* || 8.* || >= 10.*", True), ("4.x || 20.x", False), ("18.x", True), (">=18.20", False),
    ],
)  # fmt: skip
def test_npms_ranges_are_read(engines: str, runs: bool) -> None:
    assert node_runs("18.19.0", engines) is runs
