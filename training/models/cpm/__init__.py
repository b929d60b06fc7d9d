"""Convolutional Pose Machines: belief maps of a hand's points, refined stage by stage.

Wei et al., "Convolutional Pose Machines" (CVPR 2016), as Simon et al., "Hand Keypoint Detection in
Single Images using Multiview Bootstrapping" (CVPR 2017), and OpenPose have it for hands. Each file
is a part of the paper: `features`, `stages`, `belief_maps`, `losses`, and `points`, which reads
the maps. May import the port and the layers of the light models.
"""
