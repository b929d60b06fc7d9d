"""A client generated from `/swagger.json`, by the README's commands, asks the stack."""

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support import plain_http
from tests.support.programs import stack
from tests.support.shared import REPOSITORY

CONVERTER = REPOSITORY / "node_modules" / ".bin" / "swagger2openapi"
PACKAGE = "boxwright_client"
KEY = "a-key-of-this-test"
IMAGE = REPOSITORY / "models" / "hands-gestures" / "1" / "canary" / "picture.jpg"
COMMAND_TIMEOUT_S = 60


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with stack(
        tmp_path_factory.mktemp("stack"), models_dir=REPOSITORY / "models", model="hands-gestures",
        API_KEY=KEY,
    ) as address:  # fmt: skip
        yield address


@dataclass(frozen=True)
class Generated:
    """The generated package, its models, and what it asks with."""

    package: ModuleType
    models: ModuleType
    url: str

    def ask(self, operation: str, *path: str, key: str = KEY, **parameters: Any) -> Any:
        """The answer to an operation, with `parsed`, `status_code` and `content`."""
        client = self.package.AuthenticatedClient(
            base_url=self.url,
            token=key,
            timeout=60,
            verify_ssl=False,
            httpx_args={"trust_env": False},
        )
        module = importlib.import_module(f"{PACKAGE}.api.{operation}")
        with client:
            return module.sync_detailed(*path, client=client, **parameters)

    def upload(self, body: str, content: bytes) -> Any:
        types = importlib.import_module(f"{PACKAGE}.types")
        return getattr(self.models, body)(image=types.File(content, "image.jpg", "image/jpeg"))


def commands(url: str) -> list[list[str]]:
    """The README's lines that make a client, for a gateway at `url`."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(
        r"^ {4}((?:npx swagger2openapi|openapi-python-client) .*)$", readme, re.MULTILINE
    )
    convert, generate = (shlex.split(each) for each in found)
    # The tools of our lock files, where npx and PATH find whichever are installed.
    convert = [
        str(CONVERTER),
        *(each.replace("http://127.0.0.1:5000", url) for each in convert[2:]),
    ]
    return [convert, [sys.executable, "-m", "openapi_python_client", *generate[1:]]]


@pytest.fixture(scope="module")
def generated(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    if not CONVERTER.exists():
        pytest.skip("needs swagger2openapi in node_modules, where `make check` installs it")
    folder = tmp_path_factory.mktemp("generated")
    # The generator formats with the ruff that it finds.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for words in commands(url):
        done = subprocess.run(
            words, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True,
            timeout=COMMAND_TIMEOUT_S,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Warning" not in done.stdout, done.stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        package = importlib.import_module(PACKAGE)
        yield Generated(package, importlib.import_module(f"{PACKAGE}.models"), url)
        for name in [each for each in sys.modules if each.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def test_it_has_a_function_for_each_operation(generated: Generated) -> None:
    document = plain_http.get(f"{generated.url}/swagger.json").json()
    described = {
        operation["operationId"] for path in document["paths"].values()
        for name, operation in path.items() if name in ("get", "post")
    }  # fmt: skip
    assert generated.package.__file__
    files = Path(generated.package.__file__).parent.glob("api/*/[a-z]*.py")
    assert {each.stem.replace("_", "") for each in files} == {
        each.lower().replace("_", "") for each in described
    }


def test_it_sends_an_image_and_gets_detections_with_their_types(generated: Generated) -> None:
    body = generated.upload("PostDefaultPredictionBody", IMAGE.read_bytes())
    answer = generated.ask("predictions.post_default_prediction", body=body, score_threshold=0.5)
    assert answer.status_code == 200, answer.content
    prediction, models = answer.parsed, generated.models
    assert isinstance(prediction, models.Prediction)
    assert prediction.model == models.ServedVersion("hands-gestures", "1")
    [detection] = prediction.detections
    assert isinstance(detection, models.Detection)
    assert (detection.class_id, detection.label) == (2, "four")
    assert 0.5 <= detection.score <= 1
    assert isinstance(detection.box, models.Box)
    assert 0 <= detection.box.x_min < detection.box.x_max <= prediction.image.width
    assert 0 <= detection.box.y_min < detection.box.y_max <= prediction.image.height
    # Nothing of the answer is lost on the way through the types.
    assert prediction.to_dict() == json.loads(answer.content)


@pytest.mark.parametrize(
    ("operation", "model"),
    [
        ("models.get_models", "Models"),
        ("operations.get_limits", "Limits"),
        ("operations.get_healthz", "Health"),
        ("operations.get_readyz", "Ready"),
    ],
)
def test_the_other_answers_have_types_too(generated: Generated, operation: str, model: str) -> None:
    answer = generated.ask(operation)
    assert answer.status_code == 200, answer.content
    assert isinstance(answer.parsed, getattr(generated.models, model))
    assert answer.parsed.to_dict() == json.loads(answer.content)


@pytest.mark.parametrize(
    ("key", "content", "threshold", "status", "detail"),
    [
        (KEY, b"%PDF-1.7", 0.5, 415, "a PDF document of 8 bytes"),
        (KEY, IMAGE.read_bytes(), 7, 400, "score_threshold"),
        ("another", IMAGE.read_bytes(), 0.5, 401, "API key"),
    ],
    ids=["no image", "a bad parameter", "another key"],
)
def test_an_error_is_a_problem_with_its_fields(
    generated: Generated, key: str, content: bytes, threshold: float, status: int, detail: str
) -> None:
    body = generated.upload("PostDefaultPredictionBody", content)
    answer = generated.ask(
        "predictions.post_default_prediction", key=key, body=body, score_threshold=threshold
    )
    problem = answer.parsed
    assert isinstance(problem, generated.models.Problem)
    assert answer.status_code == problem.status == status
    assert detail in problem.detail
    assert problem.to_dict() == json.loads(answer.content)


def test_deepstacks_errors_have_a_type_of_their_own(generated: Generated) -> None:
    body = generated.upload("PostDeepStackCustomDetectionBody", IMAGE.read_bytes())
    answer = generated.ask("deepstack.post_deep_stack_custom_detection", "none", body=body)
    assert isinstance(answer.parsed, generated.models.DeepStackProblem)
    assert answer.parsed.to_dict() == json.loads(answer.content)
    assert answer.parsed.success is False
    assert answer.status_code == answer.parsed.code == 404
