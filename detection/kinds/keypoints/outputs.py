"""The outputs in which models answer keypoints."""

from detection.kinds.output_form import OutputForm

# Ours: [y, x, score] of each point of each detection.
KEYPOINTS = OutputForm("keypoints", "(N, M, K, 3)", last=3)
# The Object Detection API has two: [y, x] in the boxes' unit (NaN where there is none), and how
# surely each point is there.
PAIRED_KEYPOINTS = OutputForm("detection_keypoints", "(N, M, K, 2)", last=2)
KEYPOINT_SCORES = OutputForm("detection_keypoint_scores", "(N, M, K)")
# A signature beside a detector's, and its output: how surely each point, and in the last map none,
# is at each place, (N, h, w, K + 1). It takes what the detector's signature for pixels takes.
BELIEF_MAPS = "belief_maps"
