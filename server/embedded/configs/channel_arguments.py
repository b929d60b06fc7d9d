"""`--grpc_channel_arguments`: options of the gRPC server."""

from server.embedded.configs.text_format import ConfigFileError


def parse_channel_arguments(text: str) -> list[tuple[str, int | str]]:
    """The options in `key=value,key=value`; a value that is a whole number becomes one.

    Raises:
        ConfigFileError: a part has no `=`.

    Example:
        >>> parse_channel_arguments("grpc.max_connection_age_ms=2000")
        [('grpc.max_connection_age_ms', 2000)]
    """
    arguments: list[tuple[str, int | str]] = []
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not key or not equals:
            raise ConfigFileError(f"--grpc_channel_arguments takes key=value, not {part!r}")
        try:
            arguments.append((key, int(value)))
        except ValueError:
            arguments.append((key, value))
    return arguments
