"""The five published sizes of D-FINE, https://github.com/Peterande/D-FINE/tree/master/configs."""

from dataclasses import dataclass

import keras_hub


@dataclass(frozen=True)
class Stages:
    """An HGNetV2, stage by stage.

    Args:
        stem: channels of the image and of the stem's two parts.
        filters: of each stage [in, middle, out, blocks, layers of a block, kernel].
        learnable_affine: whether an activation is followed by a scale and a bias to be learnt.
    """

    stem: tuple[int, int, int]
    filters: tuple[tuple[int, int, int, int, int, int], ...]
    learnable_affine: bool


@dataclass(frozen=True)
class Size:
    """What a size has of everything.

    Args:
        stages: its backbone.
        levels: how many of its stages, from the last, are looked at.
        encoder_width: channels of the encoder.
        encoder_feedforward: of its one layer of attention.
        expansion: of the encoder's blocks' channels.
        depth: of the encoder's blocks, as a share of three layers.
        decoder_width: channels of the decoder.
        decoder_layers: how often the boxes are refined.
        decoder_feedforward: of each.
        decoder_points: that each query looks at, by level.
    """

    stages: Stages
    levels: int
    encoder_width: int
    encoder_feedforward: int
    expansion: float
    depth: float
    decoder_width: int
    decoder_layers: int
    decoder_feedforward: int
    decoder_points: tuple[int, ...]

    @property
    def strides(self) -> tuple[int, ...]:
        """Of the levels, in pixels."""
        return (8, 16, 32)[-self.levels :]

    def build(
        self, class_count: int, input_size_hw: tuple[int, int], queries: int
    ) -> keras_hub.models.DFineBackbone:
        """All of it but the losses, with random weights."""
        looked_at = [f"stage{number}" for number in (2, 3, 4)][-self.levels :]
        channels = [stage[2] for stage in self.stages.filters]
        shape = (*input_size_hw, 3)
        backbone = keras_hub.models.HGNetV2Backbone(
            depths=[stage[3] for stage in self.stages.filters],
            embedding_size=self.stages.stem[2],
            hidden_sizes=channels,
            stem_channels=list(self.stages.stem),
            hidden_act="relu",
            use_learnable_affine_block=self.stages.learnable_affine,
            stackwise_stage_filters=[list(stage) for stage in self.stages.filters],
            apply_downsample=[False, True, True, True],
            use_lightweight_conv_block=[False, False, True, True],
            out_features=looked_at,
            image_shape=shape,
            name="hgnetv2",
        )
        return keras_hub.models.DFineBackbone(
            backbone=backbone,
            decoder_in_channels=[self.encoder_width] * self.levels,
            encoder_hidden_dim=self.encoder_width,
            num_labels=class_count,
            num_denoising=0,
            num_queries=queries,
            anchor_image_size=input_size_hw,
            feat_strides=list(self.strides),
            num_feature_levels=self.levels,
            hidden_dim=self.decoder_width,
            encoder_in_channels=channels[-self.levels :],
            encode_proj_layers=[self.levels - 1],
            num_attention_heads=8,
            encoder_ffn_dim=self.encoder_feedforward,
            num_encoder_layers=1,
            hidden_expansion=self.expansion,
            depth_multiplier=self.depth,
            eval_idx=-1,
            num_decoder_layers=self.decoder_layers,
            decoder_attention_heads=8,
            decoder_ffn_dim=self.decoder_feedforward,
            decoder_n_points=list(self.decoder_points),
            lqe_hidden_dim=64,
            num_lqe_layers=2,
            learn_initial_query=False,
            out_features=looked_at,
            image_shape=shape,
        )


_B0 = Stages(
    (3, 16, 16),
    (
        (16, 16, 64, 1, 3, 3),
        (64, 32, 256, 1, 3, 3),
        (256, 64, 512, 2, 3, 5),
        (512, 128, 1024, 1, 3, 5),
    ),
    learnable_affine=True,
)
_B2 = Stages(
    (3, 24, 32),
    (
        (32, 32, 96, 1, 4, 3),
        (96, 64, 384, 1, 4, 3),
        (384, 128, 768, 3, 4, 5),
        (768, 256, 1536, 1, 4, 5),
    ),
    learnable_affine=True,
)
_B4 = Stages(
    (3, 32, 48),
    (
        (48, 48, 128, 1, 6, 3),
        (128, 96, 512, 1, 6, 3),
        (512, 192, 1024, 3, 6, 5),
        (1024, 384, 2048, 1, 6, 5),
    ),
    learnable_affine=False,
)
_B5 = Stages(
    (3, 32, 64),
    (
        (64, 64, 128, 1, 6, 3),
        (128, 128, 512, 2, 6, 3),
        (512, 256, 1024, 5, 6, 5),
        (1024, 512, 2048, 2, 6, 5),
    ),
    learnable_affine=False,
)
NANO = Size(_B0, 2, 128, 512, 0.34, 0.5, 128, 3, 512, (6, 6))
SMALL = Size(_B0, 3, 256, 1024, 0.5, 0.34, 256, 3, 1024, (3, 6, 3))
MEDIUM = Size(_B2, 3, 256, 1024, 1.0, 0.67, 256, 4, 1024, (3, 6, 3))
LARGE = Size(_B4, 3, 256, 1024, 1.0, 1.0, 256, 6, 1024, (3, 6, 3))
XLARGE = Size(_B5, 3, 384, 2048, 1.0, 1.0, 256, 6, 1024, (3, 6, 3))
SIZES = {"nano": NANO, "small": SMALL, "medium": MEDIUM, "large": LARGE, "xlarge": XLARGE}
