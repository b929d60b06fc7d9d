import pytest

from server.embedded.errors import ServingError
from server.embedded.rest_api.routes import parse_route
from serving_protocol.messages import ModelSpec


def spec(name: str, version: int | None = None, label: str = "") -> ModelSpec:
    made = ModelSpec(name=name)
    if version is not None:
        made.version.value = version
    if label:
        made.version_label = label
    return made


@pytest.mark.parametrize(
    ("method", "path", "action", "expected"),
    [
        ("POST", "/v1/models/hands:predict", "predict", spec("hands")),
        ("POST", "/v1/models/hands/versions/12:predict", "predict", spec("hands", 12)),
        ("POST", "/v1/models/hands/versions/0:predict", "predict", spec("hands", 0)),
        (
            "POST",
            "/v1/models/hands/labels/stable:predict",
            "predict",
            spec("hands", None, "stable"),
        ),
        ("POST", "/V1/Models/Hands:predict", "predict", spec("Hands")),
        ("POST", "/v1/models/a%2Fb%3Ac:predict", "predict", spec("a/b:c")),
        ("POST", "/v1/models/hands:classify", "classify", spec("hands")),
        ("POST", "/v1/models/hands:regress", "regress", spec("hands")),
        ("GET", "/v1/models/hands", "status", spec("hands")),
        ("GET", "/v1/models/hands/versions/2", "status", spec("hands", 2)),
        ("GET", "/v1/models/hands/labels/b/metadata", "metadata", spec("hands", None, "b")),
        ("GET", "/v1/models/hands/metadata", "metadata", spec("hands")),
        # TensorFlow Serving takes any other word there for none.
        ("GET", "/v1/models/hands/METADATA", "status", spec("hands")),
        ("GET", "/v1/models", "status", spec("")),
    ],
)
def test_an_address_says_what_is_asked_and_of_which_version(
    method: str, path: str, action: str, expected: ModelSpec
) -> None:
    route = parse_route(method, path)
    assert (route.action, route.spec) == (action, expected)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models/hands:predict"),
        ("POST", "/v1/models/hands"),
        ("POST", "/v1/models/:predict"),
        ("POST", "/v1/models/hands:explain"),
        ("POST", "/v1/models/hands:PREDICT"),
        ("POST", "/v1/models/hands:Classify"),
        ("POST", "/v1/models/hands/versions/x:predict"),
        ("POST", "/v1/models/hands/versions/1/labels/a:predict"),
        ("PUT", "/v1/models/hands:predict"),
        ("GET", "/v1/"),
    ],
)
def test_malformed_addresses_are_shown(method: str, path: str) -> None:
    with pytest.raises(ServingError) as error:
        parse_route(method, path)
    assert error.value.message == f"Malformed request: {method} {path}"


@pytest.mark.parametrize("version", ["9223372036854775808", "1" * 5_000])
def test_a_version_beyond_64_bits_is_no_number(version: str) -> None:
    with pytest.raises(ServingError, match=f"Failed to convert version: {version[:900]}"):
        parse_route("GET", f"/v1/models/hands/versions/{version}")


def test_a_version_may_begin_with_any_number_of_zeros() -> None:
    route = parse_route("GET", f"/v1/models/hands/versions/{'0' * 5_000}12")
    assert route.spec == spec("hands", 12)


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(ServingError, match="Failed to decode model name"):
        parse_route("GET", "/v1/models/%ff")
