"""RetinaNet (Lin et al. 2017, https://arxiv.org/abs/1708.02002), KerasHub's, behind our port.

`network` builds it, `detector` trains it and reads it with the parts of `training.models.ssd`:
a RetinaNet is a single-shot detector with anchors on a feature pyramid.
"""
