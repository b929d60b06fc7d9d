"""In CI a test that is skipped has failed: what CI cannot run, CI does not show."""

import os
from collections.abc import Generator

import hypothesis
import pytest

pytest_plugins = ["tests.support.fast_selection"]

# The same examples every time, however busy the machine is: a failure is the change's own.
hypothesis.settings.register_profile("boxwright", deadline=None, derandomize=True)
hypothesis.settings.load_profile("boxwright")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, which fails where CI=true: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _state_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """What programs keep between runs lies among the tests' files, not among the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("BOXWRIGHT_COMPILED_DIR", str(tmp_path_factory.mktemp("compiled")))
        yield
