from concurrent.futures import ThreadPoolExecutor

import pytest

from serving_protocol.client_errors import ModelServerTimeout
from tests.serving_protocol.scripted_server import Scripted, asking, request, serving


def test_a_deadline_is_kept() -> None:
    with serving(Scripted()) as where, asking(where) as client:
        with pytest.raises(ModelServerTimeout):
            client.predict(request("hang"), 0.3)
        with pytest.raises(ModelServerTimeout, match=r"within 0\.0 s"):
            client.predict(request("fine"), 0.0)


def test_each_request_ends_at_its_own_deadline() -> None:
    ended: list[float] = []
    # The longest is asked first: deadlines that were not kept would end in that order.
    with serving(Scripted()) as where, asking(where) as client, ThreadPoolExecutor(3) as pool:

        def hang(timeout_s: float) -> None:
            with pytest.raises(ModelServerTimeout):
                client.predict(request("hang"), timeout_s)
            ended.append(timeout_s)

        for each in [pool.submit(hang, timeout_s) for timeout_s in (3.0, 1.5, 0.2)]:
            each.result(30)
    assert ended == [0.2, 1.5, 3.0]
