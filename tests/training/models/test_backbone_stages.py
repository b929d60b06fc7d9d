import keras
import pytest

from tests.support.keras_hub_files import TINY_DFINE
from training.models.backbone_stages import stages_of
from training.models.dfine.detector import build_detector
from training.models.retinanet.network import RESNET_50
from training.models.ssd.backbones import mobilenet_v2, mobilenet_v3_small


def by_name(backbone: keras.Model) -> dict[str, int]:
    return {layer.name: stage for layer, stage in stages_of(backbone)}


@pytest.mark.parametrize("size_hw", [(64, 96), (224, 224), (300, 170)])
def test_mobilenet_v2_s_blocks_are_of_the_sizes_in_its_paper(size_hw: tuple[int, int]) -> None:
    # Sandler et al. 2018, table 2: blocks 1 and 2 at a quarter, 3 to 5 at an eighth, and on.
    stages = by_name(mobilenet_v2(size_hw, 0.35))
    last = {1: "expanded_conv_project", 2: "block_2_add", 3: "block_5_add", 4: "block_12_add"}
    assert {stages[name]: name for name in last.values()} == last
    assert stages["out_relu"] == 5
    assert all(stages[name] == 4 for name in stages if name.startswith(("block_7_", "block_12_")))


def test_what_works_on_one_number_for_a_map_is_of_the_map_s_stage() -> None:
    # Howard et al. 2019, table 2: the small one's first block has it, at a quarter.
    stages = by_name(mobilenet_v3_small((64, 96), 1.0))
    assert stages["expanded_conv_squeeze_excite_conv"] == 2
    assert stages["expanded_conv_squeeze_excite_conv_1"] == 2
    assert stages["expanded_conv_10_squeeze_excite_conv"] == 5


def test_a_resnet_s_groups_are_stages_whatever_the_image_s_size() -> None:
    stages = by_name(RESNET_50.build())
    assert (stages["conv1_conv"], stages["pool1_pool"]) == (1, 2)
    last = ["stack0_block2_out", "stack1_block3_out", "stack2_block5_out", "stack3_block2_out"]
    assert [stages[name] for name in last] == [2, 3, 4, 5]


def test_an_hgnet_s_stages_are_within_one_layer() -> None:
    [backbone] = build_detector(TINY_DFINE, 2, (64, 96), {}).parts["backbone"]
    stages = [stage for _, stage in stages_of(backbone)]
    assert stages[-4:] == [2, 3, 4, 5]
    held = {id(weight) for layer, _ in stages_of(backbone) for weight in layer.weights}
    assert held == {id(weight) for weight in backbone.weights}
