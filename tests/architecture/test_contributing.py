"""What somebody who comes next is told, and the machinery that meets a change of theirs."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.shared import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yaml"))
PAGES = ("CONTRIBUTING.md", "SECURITY.md")
MOST_LINES_OF_A_PAGE = 80


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def job(workflow: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((GITHUB / "workflows" / workflow).read_text())["jobs"]
    return dict(found[name])


def recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile, as a shell gets them."""
    [lines] = re.findall(rf"^{target}:[^\n]*\n((?:\t[^\n]*\n)+)", MAKEFILE, re.MULTILINE)
    values = {"$(BIN)": ".venv/bin", "$(NODE_BIN)": "node_modules/.bin"}
    for name, value in values.items():
        lines = lines.replace(name, value)
    return [line.strip() for line in lines.splitlines()]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_for_who_comes_next_is_one_page(page: str) -> None:
    assert text_of(page).count("\n") <= MOST_LINES_OF_A_PAGE


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!\w+:|#)([^)#]+)", text_of(page))
    assert targets
    assert [each for each in targets if not (REPOSITORY / each).exists()] == []


def test_its_commands_are_targets() -> None:
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", text_of("CONTRIBUTING.md"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"check", "test", "test-fast", "dist"} <= named <= targets


def test_before_a_commit_the_commands_of_make_check_run() -> None:
    config = yaml.safe_load(text_of(".pre-commit-config.yaml"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert [hook["entry"] for hook in hooks] == recipe("check")
    assert {(hook["language"], hook["pass_filenames"]) for hook in hooks} == {("system", False)}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda each: each.name)
def test_an_action_is_one_commit_of_it(workflow: Path) -> None:
    uses = re.findall(r"uses: (\S+)(.*)", workflow.read_text())
    assert uses
    for action, comment in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v[\d.]+", comment), action


def test_every_python_that_is_claimed_is_tested() -> None:
    claimed = [
        each.rpartition(" ")[2]
        for each in PROJECT["classifiers"]
        if re.search(r"Python :: 3\.\d+$", each)
    ]
    assert job("ci.yaml", "test")["strategy"]["matrix"]["python"] == claimed
    assert job("newest.yaml", "gunicorn")["strategy"]["matrix"]["python"] == claimed
    assert PROJECT["requires-python"] == f">={claimed[0]}"


def test_a_program_without_which_a_test_is_skipped_is_installed_and_named() -> None:
    wanted = {
        name
        for file in (REPOSITORY / "tests").rglob("test_*.py")
        for name in re.findall(r'skipif\(shutil\.which\("([^"]+)"\) is None', file.read_text())
    }
    assert "wrk" in wanted
    steps = [each.get("run", "") for each in job("ci.yaml", "test")["steps"]]
    [tests] = [place for place, each in enumerate(steps) if each.startswith("make test")]
    installed = [word for each in steps[:tests] for word in re.findall(r"install (.*)", each)]
    assert wanted <= {word for each in installed for word in each.split()}
    [skipped] = re.findall(r"^ {4}make test +# (.*)$", text_of("CONTRIBUTING.md"), re.MULTILINE)
    assert wanted <= set(re.findall(r"[\w./]+", skipped))


def test_the_web_servers_tests_run_with_the_newest_gunicorn_too() -> None:
    steps = [each.get("run", "") for each in job("newest.yaml", "gunicorn")["steps"]]
    [upgrade] = [place for place, each in enumerate(steps) if "--upgrade " in each]
    assert steps[upgrade].split()[-1] == "gunicorn"
    [tests] = [place for place, each in enumerate(steps) if "-m pytest" in each]
    assert tests > upgrade
    assert (REPOSITORY / steps[tests].split()[-1] / "test_bodies.py").is_file()


@pytest.mark.parametrize("template", sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")))
def test_an_issue_form_is_one(template: Path) -> None:
    form = yaml.safe_load(template.read_text())
    if template.name != "config.yml":
        assert {"name", "description", "body"} <= form.keys()
        asked = [each for each in form["body"] if each["type"] != "markdown"]
        assert all(each["id"] and each["attributes"]["label"] for each in asked)


def test_updates_are_proposed_for_folders_that_are_there() -> None:
    for each in yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]:
        for folder in each.get("directories", [each.get("directory")]):
            assert (REPOSITORY / folder.strip("/")).is_dir()


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """A folder with what the release workflow looks at before it builds."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- Later.\n\n"
        "## 1.2.0, 2027-01-01\n\n- Now.\n\n## 1.1.9\n\n- Then.\n"
    )
    return tmp_path


def notes(folder: Path, tag: str) -> "subprocess.CompletedProcess[str]":
    """Run the workflow's step as GitHub does."""
    [step] = [each for each in job("release.yaml", "release")["steps"] if "changelog" in
              each.get("name", "")]  # fmt: skip
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=folder, capture_output=True, text=True,
        env={"GITHUB_REF_NAME": tag, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
    )  # fmt: skip


def test_a_release_has_the_changelogs_words_of_its_version(tagged: Path) -> None:
    done = notes(tagged, "v1.2.0")
    assert done.returncode == 0, done.stderr
    assert (tagged / "notes.md").read_text() == "- Now.\n"


def test_a_tag_of_another_version_releases_nothing(tagged: Path) -> None:
    done = notes(tagged, "v1.3.0")
    assert done.returncode != 0
    assert "the tag is v1.3.0, but version in pyproject.toml is 1.2.0" in done.stderr


def test_a_version_that_the_changelog_does_not_know_is_not_released(tagged: Path) -> None:
    (tagged / "CHANGELOG.md").write_text("# Changelog\n")
    assert "CHANGELOG.md has no heading ## 1.2.0" in notes(tagged, "v1.2.0").stderr


def test_a_release_is_built_and_tried_by_make_dist() -> None:
    steps = [each.get("run", "") for each in job("release.yaml", "release")["steps"]]
    assert "make dist" in steps
    assert any(line.endswith("bin/boxwright --help") for line in recipe("dist"))


def test_the_index_of_the_documentation_has_every_page() -> None:
    docs = REPOSITORY / "docs"
    linked = set(re.findall(r"\]\(([\w/.-]+)\)", (docs / "README.md").read_text(encoding="utf-8")))
    assert {page.name for page in docs.glob("*.md")} - {"README.md"} <= linked
    assert [each for each in linked if not (docs / each).exists()] == []
