"""Configurations that replace one another while the server runs."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from server.embedded.configs.config_poller import ConfigPoller
from server.embedded.core import ModelServerCore
from server.embedded.errors import ServingError
from server.embedded.metrics import ServingMetrics
from server.embedded.model_set import ModelSet
from server.embedded.versions.manager import LoadSettings
from serving_protocol.messages import (
    ModelConfig,
    ModelConfigList,
    ModelServerConfig,
    ModelSpec,
    ReloadConfigRequest,
)
from tests.support.fake_engine import FakeEngine, write_version
from tests.support.waiting import wait_until


class Server:
    """A core with the fake engine, and models below one folder."""

    def __init__(self, folder: Path, *, allow_labels_for_unavailable: bool = False) -> None:
        self.folder = folder
        self.models = ModelSet(
            FakeEngine(),
            LoadSettings(max_retries=0),
            poll_wait_s=0.01,
            allow_labels_for_unavailable=allow_labels_for_unavailable,
        )
        self.core = ModelServerCore(self.models)

    def config(self, *names: str, **labels: int) -> ModelServerConfig:
        models = []
        for name in names:
            model = ModelConfig(
                name=name, base_path=str(self.folder / name), model_platform="tensorflow"
            )
            model.model_version_policy.all.SetInParent()
            model.version_labels.update(labels)
            models.append(model)
        return ModelServerConfig(model_config_list=ModelConfigList(config=models))

    def reload(
        self, config: ModelServerConfig, is_cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        response = self.core.reload_config(ReloadConfigRequest(config=config), is_cancelled)
        assert response.HasField("status")
        assert response.status.error_code == 0

    def served(self, name: str, **choice: str) -> int | None:
        """The version that answers; None where there is no such model."""
        try:
            with self.core.servable(ModelSpec(name=name, **choice)) as servable:
                return servable.version
        except ServingError as error:
            if error.code != grpc.StatusCode.NOT_FOUND:
                raise
            return None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    write_version(tmp_path / "a", 1)
    assert server.models.load_initially(server.config("a"))
    yield server
    assert server.models.close(30)


def refusal(server: Server, config: ModelServerConfig) -> ServingError:
    with pytest.raises(ServingError) as raised:
        server.reload(config)
    return raised.value


def test_a_reload_returns_when_its_new_models_answer(server: Server) -> None:
    write_version(server.folder / "b", 7)
    server.reload(server.config("a", "b"))
    assert (server.served("a"), server.served("b")) == (1, 7)


def test_a_model_that_is_left_out_is_unloaded(server: Server) -> None:
    write_version(server.folder / "b", 1)
    server.reload(server.config("b"))
    wait_until(lambda: server.served("a") is None, "a is gone")
    assert server.served("b") == 1


def test_the_empty_list_unloads_everything_and_leaves_a_ready_server(server: Server) -> None:
    server.reload(server.config())
    wait_until(lambda: server.served("a") is None, "a is gone")
    assert server.core.is_ready()


def test_a_new_model_that_cannot_be_loaded_is_told_with_its_error(server: Server) -> None:
    write_version(server.folder / "b", 3, "no number")
    error = refusal(server, server.config("a", "b"))
    assert error.code == grpc.StatusCode.UNKNOWN
    assert error.message.startswith(
        "1 model(s) did not become available: {{{name: b version: 3} due to error: "
    )
    assert server.served("a") == 1


def test_a_reload_waits_for_a_base_path_and_holds_up_no_other_reload(server: Server) -> None:
    waiting = threading.Thread(target=server.reload, args=(server.config("a", "late"),))
    waiting.start()
    wait_until(lambda: server.models.is_configured("late"), "the reload is applied")
    server.reload(server.config("a", "late"))
    assert waiting.is_alive()
    write_version(server.folder / "late", 1)
    waiting.join(30)
    assert server.served("late") == 1


def test_a_reload_stops_waiting_for_a_model_that_a_later_one_removes(server: Server) -> None:
    errors: list[ServingError] = []

    def reload() -> None:
        errors.append(refusal(server, server.config("a", "late")))

    waiting = threading.Thread(target=reload)
    waiting.start()
    wait_until(lambda: server.models.is_configured("late"), "the reload is applied")
    server.reload(server.config("a"))
    waiting.join(30)
    assert [error.code for error in errors] == [grpc.StatusCode.ABORTED]


def test_a_reload_stops_waiting_when_its_caller_went_away(server: Server) -> None:
    with pytest.raises(ServingError, match="stopped waiting for the models late"):
        server.reload(server.config("a", "late"), is_cancelled=lambda: True)


def test_a_refused_configuration_is_not_remembered(server: Server) -> None:
    write_version(server.folder / "b", 1)
    odd = server.config("a", "b")
    odd.model_config_list.config[1].model_platform = ""
    assert "Illegal setting neither" in refusal(server, odd).message
    assert "model name is b" in refusal(server, odd).message
    server.reload(server.config("a", "b"))
    assert server.served("b") == 1


def test_an_empty_file_unloads_nothing(server: Server) -> None:
    with pytest.raises(ServingError, match="It is only legal to transition from one") as raised:
        server.models.apply(ModelServerConfig())
    assert raised.value.code == grpc.StatusCode.FAILED_PRECONDITION
    assert server.served("a") == 1


def test_the_deprecated_model_type_is_a_platform(server: Server) -> None:
    config = server.config("a")
    config.model_config_list.config[0].model_platform = ""
    config.model_config_list.config[0].model_type = 1
    server.reload(config)
    config.model_config_list.config[0].model_platform = "tensorflow"
    assert "Illegal setting both" in refusal(server, config).message


def test_other_platforms_and_file_systems_are_refused(server: Server) -> None:
    config = server.config("a", "b")
    config.model_config_list.config[1].model_platform = "onnx"
    assert refusal(server, config).message == "Model b requests unsupported platform onnx"
    config = server.config("a", "b")
    config.model_config_list.config[1].base_path = "gs://bucket/b"
    assert "gs://bucket/b" in refusal(server, config).message


def test_a_label_needs_a_version_that_is_loaded(server: Server) -> None:
    error = refusal(server, server.config("a", stable=2))
    assert error.code == grpc.StatusCode.FAILED_PRECONDITION
    assert error.message == (
        "Request to assign label to version 2 of model a, which is not currently available for "
        "inference"
    )
    write_version(server.folder / "a", 2)
    wait_until(lambda: server.served("a") == 2, "version 2 answers")
    server.reload(server.config("a", stable=1, canary=2))
    assert server.served("a", version_label="stable") == 1
    assert server.served("a", version_label="canary") == 2
    server.reload(server.config("a", stable=2))
    assert server.served("a", version_label="stable") == 2
    with pytest.raises(ServingError, match="Unrecognized servable version label: canary"):
        server.served("a", version_label="canary")


def test_a_label_is_looked_at_before_the_platform_of_a_new_model(server: Server) -> None:
    config = server.config("a", stable=7)
    config.model_config_list.config.add(name="b", base_path="/b", model_platform="other")
    assert refusal(server, config).code is grpc.StatusCode.FAILED_PRECONDITION
    config.model_config_list.config[0].ClearField("version_labels")
    assert refusal(server, config).message == "Model b requests unsupported platform other"


def test_a_reload_tells_how_much_the_metrics_that_it_names_went_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = ServingMetrics()
    core = ModelServerCore(server.models, metrics)
    metrics.request_finished("a", "GRPC", grpc.StatusCode.OK, 0.01)
    count, unknown = "/tensorflow/serving/request_count", "/tensorflow/serving/other"
    request = ReloadConfigRequest(config=server.config("a"), metric_names=[count, unknown, count])
    apply = server.models.apply_and_wait

    def apply_while_one_asks(*arguments: Any) -> None:
        apply(*arguments)
        metrics.request_finished("a", "GRPC", grpc.StatusCode.OK, 0.01)

    monkeypatch.setattr(server.models, "apply_and_wait", apply_while_one_asks)
    told = [(each.name, each.int64_value_increase) for each in core.reload_config(request).metric]
    assert told == [(count, 1), (unknown, 0)]


def test_a_new_label_may_go_before_its_version_where_that_is_allowed(tmp_path: Path) -> None:
    server = Server(tmp_path, allow_labels_for_unavailable=True)
    write_version(tmp_path / "a", 1)
    assert server.models.load_initially(server.config("a", stable=1, next=2))
    assert server.served("a", version_label="stable") == 1
    assert server.served("a", version_label="next") is None
    error = refusal(server, server.config("a", stable=2))
    assert error.code == grpc.StatusCode.FAILED_PRECONDITION, "moving a label needs its version"
    assert server.models.close(30)


def test_a_model_may_move_to_another_folder_and_keeps_the_versions_it_has(server: Server) -> None:
    moved = server.config("a")
    moved.model_config_list.config[0].base_path = str(server.folder / "elsewhere")
    write_version(server.folder / "elsewhere", 1, 5)
    write_version(server.folder / "elsewhere", 2, 5)
    server.reload(moved)
    wait_until(lambda: server.served("a") == 2, "version 2 answers")
    with server.core.servable(ModelSpec(name="a", version={"value": 1})) as servable:
        assert servable.model.addend == 0.0  # type: ignore[attr-defined]  # of the fake
    assert server.served("a") == 2


def test_the_file_is_applied_again_and_again_and_a_bad_one_changes_nothing(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    path = server.folder / "models.config"
    write_version(server.folder / "b", 1)
    path.write_text(str(server.config("a")))
    poller = ConfigPoller(path, 0.01, server.models.apply)
    try:
        path.with_suffix(".new").write_text("model_config_list {")
        path.with_suffix(".new").rename(path)
        wait_until(lambda: "stays as it was" in caplog.text, "the bad file is reported")
        assert server.served("a") == 1
        path.with_suffix(".new").write_text(str(server.config("a", "never", "b")))
        path.with_suffix(".new").rename(path)
        wait_until(lambda: server.models.is_configured("never"), "the file is applied")
        path.with_suffix(".new").write_text(str(server.config("a", "b")))
        path.with_suffix(".new").rename(path)
        wait_until(lambda: server.served("b") == 1, "a missing base path blocked nothing")
    finally:
        poller.close()
