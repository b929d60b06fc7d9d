"""Faster R-CNN and Mask R-CNN by their parts, in the papers' terms.

Ren et al. 2015 (https://arxiv.org/abs/1506.01497), on a feature pyramid (Lin et al. 2017,
https://arxiv.org/abs/1612.03144), with a mask branch (He et al. 2017,
https://arxiv.org/abs/1703.06870).

`trunk` is the backbone, the pyramid and the region proposal network; `proposals` makes boxes of
what that says; `roi_align` cuts their features out of the pyramid; `box_head` and `mask_head` look
at those. In training, `sampling` and `region_targets` choose proposals and their targets,
and `losses` compares the two. `detector` puts them behind the port of all models. All
shapes are fixed but the batch's, so that a graph of it can be exported.
"""
