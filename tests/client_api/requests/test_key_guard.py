"""Who may ask: keys with names from a file, and how often an address may be wrong."""

import hashlib
import logging
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from client_api import api_keys
from client_api.api_keys import ApiKeys, parse_api_keys
from client_api.requests.key_guard import WRONG_PER_MINUTE
from client_api.setting_values import SettingError
from client_api.settings import Settings
from tests.client_api.conftest import NewClient
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import running_gateway
from tests.support.grpc_model_server import serving

ATTEMPTS = 300
RIGHT = "right-key"


def line(name: str, key: str, rate: str = "") -> str:
    return f"{name} {hashlib.sha256(key.encode()).hexdigest()} {rate}\n"


@pytest.fixture
def ask(png: bytes) -> Callable[..., int]:
    """Asks for a prediction with a key, from an address; the status."""

    def ask(client: FlaskClient, key: str, address: str = "192.0.2.1") -> int:
        return client.post(
            "/predict",
            data=png,
            content_type="image/png",
            headers={"X-API-Key": key},
            environ_base={"REMOTE_ADDR": address},
        ).status_code

    return ask


def test_wrong_keys_are_limited_counted_and_told(
    new_client: NewClient, ask: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    client = new_client(api_key=RIGHT)
    assert ask(client, RIGHT, "192.0.2.7") == 200
    with caplog.at_level(logging.WARNING, "client_api"):
        statuses = Counter(ask(client, f"wrong-{n}") for n in range(ATTEMPTS))
    # Of 300 sent 280 were not looked at, and none was lost.
    assert statuses == {401: WRONG_PER_MINUTE, 429: ATTEMPTS - WRONG_PER_MINUTE}
    alerts = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert len(alerts) == 1
    assert alerts[0].startswith("20 wrong API keys within a minute came from 192.0.2.1: ")
    # A guess that is right is not told from one that is wrong; others are not held up.
    assert ask(client, RIGHT) == 429
    assert ask(client, RIGHT, "192.0.2.2") == 200
    metrics = client.get("/metrics").get_data(as_text=True)
    found = dict(
        re.findall(r'^boxwright_wrong_api_keys_total{outcome="(.+)"} (\d+)', metrics, re.M)
    )
    assert found == {"wrong": "20", "not looked at": str(ATTEMPTS - WRONG_PER_MINUTE + 1)}


def test_who_was_right_before_is_not_locked_out_by_others_there(
    new_client: NewClient, ask: Callable[..., int]
) -> None:
    client = new_client(api_key=RIGHT)
    assert ask(client, RIGHT) == 200
    statuses = [ask(client, "wrong") for _ in range(WRONG_PER_MINUTE + 1)]
    assert statuses[-2:] == [401, 429]
    assert ask(client, RIGHT) == 200


def test_a_limited_address_says_when_to_come_back(
    new_client: NewClient, ask: Callable[..., int], png: bytes
) -> None:
    client = new_client(api_key=RIGHT)
    for _ in range(WRONG_PER_MINUTE):
        ask(client, "wrong", "127.0.0.1")
    answer = client.post("/predict", data=png, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "20 wrong API keys came from this address" in answer.get_json()["detail"]
    # What brings no key is no guess.
    assert client.post("/predict", data=png).status_code == 401


def test_keys_have_names_and_rates_of_their_own(
    new_client: NewClient, ask: Callable[..., int], tmp_path: Path
) -> None:
    path = tmp_path / "keys"
    path.write_text("# cameras\n" + line("door", "d-key", "2") + "\n" + line("yard", "y-key"))
    client = new_client(api_keys_file=path, api_key=RIGHT, rate_limit_per_minute=3)
    assert [ask(client, "d-key") for _ in range(4)] == [200, 200, 429, 429]
    assert [ask(client, "y-key") for _ in range(4)] == [200, 200, 200, 429]
    assert [ask(client, RIGHT) for _ in range(4)] == [200, 200, 200, 429]
    assert ask(client, "other") == 401


def test_a_file_that_changes_is_read_again_and_a_broken_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(api_keys, "FRESH_S", 0.0)
    path = tmp_path / "keys"

    def write(text: str) -> None:
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").replace(path)

    write(line("a", "first"))
    keys = ApiKeys(path=path)
    assert [keys.find(each) is not None for each in ("first", "second")] == [True, False]
    write(line("a", "second"))
    assert [keys.find(each) is not None for each in ("first", "second")] == [False, True]
    write("a nonsense\n")
    assert keys.find("second") is not None
    path.unlink()
    assert keys.find("second") is not None
    assert "the keys of before are taken: line 1: NAME SHA256 is expected" in caplog.text
    write(line("b", "third"))
    found = keys.find("third")
    assert found is not None
    assert found.name == "b"
    os.utime(path)
    assert keys.find("second") is None


def test_a_file_that_could_not_be_read_once_is_read_though_it_has_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(api_keys, "FRESH_S", 0.0)
    path = tmp_path / "keys"
    path.write_text(line("a", "revoked"))
    keys = ApiKeys(path=path)
    assert keys.find("revoked") is not None
    with monkeypatch.context() as patched:
        # As a file that is put in its place first, and made readable then.
        patched.setattr(Path, "read_text", _not_permitted)
        path.write_text(line("a", "renewed key"))
        assert keys.find("revoked") is not None
        assert keys.find("revoked") is not None
    assert [keys.find(each) is not None for each in ("revoked", "renewed key")] == [False, True]
    assert caplog.text.count("the keys of before are taken") == 1


def _not_permitted(*_: object, **__: object) -> str:
    raise PermissionError("not permitted")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1 to 10000 keys are expected, not 0"),
        ("a key", "line 1: NAME SHA256 is expected"),
        (line("a", "x") + line("a", "y"), "line 2: name 'a' comes twice"),
        (line("a", "x", "0"), "line 1: NAME SHA256"),
        (line("a", "x", "00"), "line 1: NAME SHA256"),
        (line("a", "x", "٣"), "line 1: NAME SHA256"),
        (line("a", "x", "many"), "line 1: NAME SHA256"),
        (line("a b", "x"), "line 1: NAME SHA256"),
    ],
)
def test_a_file_of_something_else_stops_the_start(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    with pytest.raises(SettingError, match=re.escape(says)):
        Settings.from_environment({"MODEL_NAME": "hands", "API_KEYS_FILE": str(path)})


def test_keys_are_kept_as_digests_alone() -> None:
    [key] = parse_api_keys(line("door", "secret", "7"))
    assert (key.name, key.per_minute) == ("door", 7)
    assert "secret" not in repr(key)


def test_workers_count_wrong_keys_together(png: bytes) -> None:
    with (
        serving(FakeModelServer()) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="3",
            API_KEY=RIGHT,
        ) as gateway,
    ):
        statuses: Counter[int] = Counter()
        for number in range(40):
            # A connection each, so that several workers answer.
            with gateway.client(headers={"X-API-Key": f"wrong-{number}"}) as client:
                answer = client.post("/predict", content=png)
            statuses[answer.status_code] += 1
        text = gateway.log_text()
    assert statuses == {401: WRONG_PER_MINUTE, 429: 40 - WRONG_PER_MINUTE}
    assert text.count("wrong API keys within a minute came from 127.0.0.1") == 1
