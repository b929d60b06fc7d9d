from pathlib import Path

import pytest

from client_api.observability.metrics import FOLDER_VARIABLE, Metrics


def test_a_file_that_a_worker_has_just_made_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = Metrics()
    # The size that prometheus_client gives it comes a moment later.
    (tmp_path / "counter_4711.db").touch()
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert metrics.as_text() == b""
