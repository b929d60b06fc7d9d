"""The official packages, imported once and only by the tests that compare ours with them."""

import importlib
import warnings
from typing import Any

import pytest


@pytest.fixture(scope="session")
def tf() -> Any:
    import tensorflow

    return tensorflow


@pytest.fixture(scope="session")
def official(tf: Any) -> Any:
    """`official("apis.predict_pb2")` is the module of `tensorflow-serving-api`."""

    def module(name: str) -> Any:
        with warnings.catch_warnings():
            # The official package's generated code is older than the installed protobuf and gRPC.
            warnings.simplefilter("ignore")
            return importlib.import_module(f"tensorflow_serving.{name}")

    return module
