"""Single-shot detectors (Liu et al. 2016, https://arxiv.org/abs/1512.02325) by their parts.

`backbones` gives feature maps, `extra_layers` or `fpn_lite` makes the coarser ones, `heads`
predicts at each place of each map how every anchor (`anchors`, `default_boxes`) is to be moved and
what it holds. `matching` assigns objects to anchors, `losses` compares predictions with them, and
`detector` puts them behind the port of all models.
"""
