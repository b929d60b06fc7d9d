"""`--monitoring_config_file`: whether and where Prometheus finds metrics on the REST port."""

from pathlib import Path
from typing import Any

from server.embedded.configs.text_format import ConfigFileError, message_class, read_text_file

DEFAULT_METRICS_PATH = "/monitoring/prometheus/metrics"

_MESSAGES = {
    "MonitoringConfig": {"prometheus_config": "PrometheusConfig"},
    "PrometheusConfig": {"enable": "bool", "path": "string"},
}


def read_metrics_path(path: Path) -> str | None:
    """The path of the metrics; None where the file does not enable them.

    Raises:
        ConfigFileError: the file cannot be read, or is not a MonitoringConfig.
    """
    config: Any = read_text_file(path, message_class("MonitoringConfig", _MESSAGES)())
    if not config.prometheus_config.enable:
        return None
    metrics_path = str(config.prometheus_config.path) or DEFAULT_METRICS_PATH
    if not metrics_path.startswith("/"):
        raise ConfigFileError(f"{path}: the metrics' path starts with /, not as {metrics_path}")
    return metrics_path
