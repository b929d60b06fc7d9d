"""Drawn hands, with everything about them known: box, mask, 21 keypoints, fingers up.

`skeleton` bends the bones, `gestures` chooses how, `flesh` puts balls around them, `surface` finds
what of that is seen, `skin` colors it; `backgrounds` and `distractors` draw what else is in the
image, `camera` what a camera does to it, `scene` puts all together and `synthesis` makes a data
set of it.

A hand's own space: the wrist at 0, x towards the thumb of a right hand, y towards the fingers, z
out of the palm; 1 is about the length of a hand.
"""
