"""`docker-compose up` for real, with the embedded server's image in TensorFlow Serving's place.

No registry is needed but for the base image. The images are built from the working tree and keep
the tag `test`, so that the next run finds their layers.
"""

import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from tests.support import plain_http
from tests.support.compose import BUILD_TIMEOUT_S, ComposeProject, compose_command, docker
from tests.support.programs import status_of
from tests.support.shared import shared
from tests.support.waiting import free_port, wait_until

pytestmark = pytest.mark.timeout(2 * BUILD_TIMEOUT_S)

GATEWAY_IMAGE = "boxwright-gateway:test"
MODEL_SERVER_IMAGE = "boxwright-model-server:test"
READY_TIMEOUT_S = 90.0


@pytest.fixture(scope="module")
def compose() -> Sequence[str]:
    # Before anything is built for nothing.
    shared("models/hands")
    return compose_command()


@pytest.fixture(scope="module")
def serving_version(compose: Sequence[str]) -> Iterator[str]:
    """A tag of tensorflow/serving that means the embedded server's image, while the tests run."""
    building = ComposeProject(compose, {"BOXWRIGHT_VERSION": "test"}, profile="embedded")
    former = {*_image_ids(GATEWAY_IMAGE), *_image_ids(MODEL_SERVER_IMAGE)}
    building("build", timeout_s=BUILD_TIMEOUT_S)
    for replaced in former.intersection(_image_ids("--filter=dangling=true")):
        docker("image", "rm", replaced)
    version = f"boxwright-test-{uuid.uuid4().hex[:8]}"
    docker("tag", MODEL_SERVER_IMAGE, f"tensorflow/serving:{version}")
    yield version
    docker("image", "rm", f"tensorflow/serving:{version}")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def stack(compose: Sequence[str], serving_version: str, port: int) -> Iterator[ComposeProject]:
    """What `docker-compose up` starts, with the hands model, ready."""
    variables = {
        "BOXWRIGHT_VERSION": "test",
        "TF_SERVING_VERSION": serving_version,
        "MODELS_DIR": str(shared("models")),
        "MODEL_NAME": "hands",
        "PORT": str(port),
    }
    with ComposeProject(compose, variables) as project:
        project("up", "--detach")
        _wait_until_ready(port, project)
        yield project


def test_up_starts_tensorflow_serving_and_the_gateway(stack: ComposeProject) -> None:
    images = {name: each["Config"]["Image"] for name, each in stack.containers().items()}
    assert images.keys() == {"gateway", "tf-serving"}
    assert images["tf-serving"].startswith("tensorflow/serving:")


def test_a_good_image_gets_named_boxes(stack: ComposeProject, port: int) -> None:
    answer = _ask(port, shared("images/hands/4.jpg"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == {"name": "hands", "version": "2"}
    assert {each["label"] for each in answer.json()["detections"]} == {"open"}


def test_a_bad_image_is_refused(stack: ComposeProject, port: int, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(shared("images/hands/4.jpg").read_bytes()[:2000])
    answer = _ask(port, broken)
    assert answer.status_code == 415, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_both_containers_become_healthy(stack: ComposeProject) -> None:
    stack.wait_until_healthy()


def test_only_the_gateway_is_published_and_only_to_this_machine(
    stack: ComposeProject, port: int
) -> None:
    published = {
        name: [where for where in each["NetworkSettings"]["Ports"].values() if where]
        for name, each in stack.containers().items()
    }
    assert published == {
        "gateway": [[{"HostIp": "127.0.0.1", "HostPort": str(port)}]],
        "tf-serving": [],
    }


def test_the_model_server_is_in_a_network_without_a_way_out(stack: ComposeProject) -> None:
    networks = stack.containers()["tf-serving"]["NetworkSettings"]["Networks"]
    internal = [docker("network", "inspect", "--format", "{{.Internal}}", n) for n in networks]
    assert [each.strip() for each in internal] == ["true"]


@pytest.mark.parametrize("service", ["gateway", "tf-serving"])
def test_a_container_can_do_nothing_but_its_work(stack: ComposeProject, service: str) -> None:
    container = stack.containers()[service]
    # Process 1 is Docker's init; what it runs inherits everything from it.
    report = docker(
        *("exec", container["Id"], "sh", "-c"),
        "id -u; cat /proc/1/status; touch /here 2>&1; touch /app/here 2>&1; exit 0",
    )
    status = dict(re.findall(r"^(\w+):\s+(\S+)", report, re.MULTILINE))
    assert int(report.splitlines()[0]) > 0, "root"
    assert status["Uid"] != "0"
    for capabilities in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[capabilities], 16) == 0, capabilities
    assert status["NoNewPrivs"] == "1"
    assert report.count("Read-only file system") == 2
    assert all(not each["RW"] for each in container["Mounts"])
    assert container["HostConfig"]["Memory"] > 0
    assert container["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert container["HostConfig"]["LogConfig"]["Config"]["max-size"] == "10m"


def test_the_gateways_image_holds_no_tensorflow(stack: ComposeProject) -> None:
    listing = "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    gateway = stack.containers()["gateway"]["Id"]
    packages = docker("exec", gateway, "python", "-c", listing).lower().split()
    assert "flask" in packages
    assert not {"tensorflow", "tensorflow-cpu", "keras", "openvino"} & set(packages)
    files = docker("exec", gateway, "find", "/app", "/opt", "/usr", "-iname", "*tensorflow*")
    assert files.split() == []


def test_stop_lets_both_finish_and_down_leaves_nothing(stack: ComposeProject) -> None:
    stack("stop")
    codes = {name: each["State"]["ExitCode"] for name, each in stack.containers().items()}
    assert codes == {"gateway": 0, "tf-serving": 0}
    stack("down")
    assert stack.left_over() == ""


def test_without_any_setting_it_serves_the_model_that_ships(
    compose: Sequence[str], serving_version: str
) -> None:
    port = free_port()
    variables = {
        "BOXWRIGHT_VERSION": "test",
        "TF_SERVING_VERSION": serving_version,
        "PORT": str(port),
    }
    with ComposeProject(compose, variables) as project:
        project("up", "--detach")
        _wait_until_ready(port, project)
        answer = _ask(port, shared("images/hands/0.jpg"))
        assert answer.status_code == 200, answer.text
        assert answer.json()["model"]["name"] == "hands-gestures"
        assert [each["label"] for each in answer.json()["detections"]] == ["five", "five"]
    assert project.left_over() == ""


def test_the_embedded_profile_swaps_the_model_server_and_takes_up_a_model_that_comes_later(
    compose: Sequence[str], serving_version: str, tmp_path: Path
) -> None:
    port = free_port()
    models = tmp_path / "models"
    models.mkdir(mode=0o755)
    variables = {
        "BOXWRIGHT_VERSION": "test",
        "TF_SERVING_VERSION": serving_version,
        "MODELS_DIR": str(models),
        "MODEL_NAME": "",
        "PORT": str(port),
    }
    with ComposeProject(compose, variables, profile="embedded") as project:
        project("up", "--detach")
        page = f"http://127.0.0.1:{port}/"
        wait_until(lambda: status_of(page) == 200, "the page is there", READY_TIMEOUT_S)
        assert "models/" in plain_http.get(page).text
        refusal = plain_http.get(f"{page}readyz")
        assert refusal.status_code == 503
        assert "copy one into the models folder" in refusal.json()["detail"]

        arriving = tmp_path / "arriving"
        shutil.copytree(shared("models/hands"), arriving)
        arriving.rename(models / "hands")
        _wait_until_ready(port, project)
        images = {name: each["Config"]["Image"] for name, each in project.containers().items()}
        assert images == {"gateway": GATEWAY_IMAGE, "embedded": MODEL_SERVER_IMAGE}
        answer = _ask(port, shared("images/hands/4.jpg"))
        assert answer.status_code == 200, answer.text
        assert answer.json()["detections"][0]["label"] == "open"
    assert project.left_over() == ""


def _ask(port: int, image: Path) -> httpx.Response:
    """What a prediction is answered, asked again after a 503.

    Ready is what one worker process has found; another may be about to connect to the model server
    again, and says so.
    """
    url = f"http://127.0.0.1:{port}/predict"
    answers: list[httpx.Response] = []

    def answered() -> bool:
        files = {"image": (image.name, image.read_bytes())}
        answers.append(plain_http.post(url, files=files))
        return answers[-1].status_code != 503

    wait_until(answered, f"{url} answers", timeout_s=5)
    return answers[-1]


def _wait_until_ready(port: int, project: ComposeProject) -> None:
    try:
        wait_until(
            lambda: status_of(f"http://127.0.0.1:{port}/readyz") == 200,
            "the gateway is ready",
            READY_TIMEOUT_S,
        )
    except AssertionError as error:
        raise AssertionError(f"{error}\n{project('logs', '--no-color')}") from error


def _image_ids(which: str) -> list[str]:
    return docker("image", "ls", "--no-trunc", "--quiet", which).split()
