"""Keypoints: where the named points of an object are, such as the joints of a hand."""
