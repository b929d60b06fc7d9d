"""Commands get the options that a test gives them, and none from the environment."""

import pytest

# The commands' own, as their `--help` shows them.
OPTIONS_IN_ENVIRONMENT = ("API_KEY", "BOXWRIGHT_URL", "HOST", "MODELS_DIR", "MODEL_NAME", "PORT")


@pytest.fixture(autouse=True)
def no_options_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OPTIONS_IN_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
