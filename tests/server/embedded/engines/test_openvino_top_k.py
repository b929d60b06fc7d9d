"""`top_k` of many, as OpenVINO sorts it: TensorFlow's answer, but for the order of ties."""

from pathlib import Path

import numpy as np
import pytest

from server.embedded.engines.openvino_conversion import convert_signature
from server.embedded.engines.openvino_engine import OpenvinoEngine, the_core
from server.embedded.engines.openvino_top_k import MANY
from server.embedded.engines.saved_model import read_saved_model
from serving_protocol.messages import DataType, MetaGraphDef, NodeDef
from tests.server.embedded.engines.test_openvino_suppression import constant
from tests.support.small_graphs import (
    FLOAT,
    meta_graph,
    placeholder,
    signature,
    tensor_info,
    write_saved_model,
)

INT32: int = DataType.Value("DT_INT32")
SCORES = 600


def _graph(count: int) -> MetaGraphDef:
    best = NodeDef(name="best", op="TopKV2", input=["given", "count"])
    best.attr["T"].type, best.attr["sorted"].b = FLOAT, True
    nodes = [placeholder("given", (-1, SCORES)), constant("count", np.int32(count)), best]
    for name, place, dtype in (("values", "best", FLOAT), ("places", "best:1", INT32)):
        node = NodeDef(name=name, op="Identity", input=[place])
        node.attr["T"].type = dtype
        nodes.append(node)
    outputs = {
        "values": tensor_info("values:0", (-1, count)),
        "places": tensor_info("places:0", (-1, count), INT32),
    }
    taken = {"scores": tensor_info("given:0", (-1, SCORES))}
    return meta_graph(nodes, {"serving_default": signature(taken, outputs)})


@pytest.mark.parametrize(("count", "keeps_the_order_of_ties"), [(5, True), (MANY, False)])
def test_only_a_choice_of_few_keeps_the_order_of_ties(
    count: int, keeps_the_order_of_ties: bool, tmp_path: Path
) -> None:
    folder = read_saved_model(
        write_saved_model(tmp_path / "1", _graph(count)), frozenset({"serve"})
    )
    model = convert_signature(the_core(), folder, "serving_default").model
    found = [each.get_attributes() for each in model.get_ops() if each.get_type_name() == "TopK"]
    assert [each["stable"] for each in found] == [keeps_the_order_of_ties]


def test_the_best_of_many_are_found_in_their_order(tmp_path: Path) -> None:
    model = OpenvinoEngine().load(write_saved_model(tmp_path / "1", _graph(300)))
    scores = np.random.default_rng(1).permutation(2 * SCORES).astype(np.float32).reshape(2, -1)
    found = model.run("serving_default", {"scores": scores}, ("values", "places"))
    wanted = np.argsort(-scores, axis=1)[:, :300]
    np.testing.assert_array_equal(found["places"], wanted)
    np.testing.assert_array_equal(found["values"], np.take_along_axis(scores, wanted, axis=1))
