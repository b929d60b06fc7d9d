"""`--ssl_config_file`: the key and certificates that gRPC is served with."""

from pathlib import Path
from typing import Any

import grpc

from server.embedded.configs.text_format import ConfigFileError, message_class, read_text_file

_MESSAGES = {
    "SSLConfig": {
        "server_key": "string",
        "server_cert": "string",
        "custom_ca": "string",
        "client_verify": "bool",
    }
}


def read_credentials(path: Path) -> grpc.ServerCredentials:
    """The credentials of a file that holds the PEM texts themselves.

    Raises:
        ConfigFileError: the file cannot be read, is not an SSLConfig, or lacks key or certificate.
    """
    config: Any = read_text_file(path, message_class("SSLConfig", _MESSAGES)())
    if not config.server_key or not config.server_cert:
        raise ConfigFileError(f"{path} needs both server_key and server_cert")
    if config.client_verify and not config.custom_ca:
        raise ConfigFileError(f"{path}: client_verify needs custom_ca to verify clients with")
    return grpc.ssl_server_credentials(
        [(config.server_key.encode(), config.server_cert.encode())],
        root_certificates=config.custom_ca.encode() or None,
        require_client_auth=config.client_verify,
    )
