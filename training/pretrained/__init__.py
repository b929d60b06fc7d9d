"""Pretrained weights in models of ours: what `init_from` names.

`start` is the way in, `catalog` what has a name. A module a kind of source (`keras_files`,
`keras_hub_presets`, `tflite_files`, `tfjs_files`, `torch_files/`, `graphs/`, `object_detection/`)
gives named arrays, `matching` finds the variables that they belong to, and `report` says what found
its place and what did not. May import `training.models`, TensorFlow, Keras and KerasHub; knows
nothing of the loop. `catalog` and `fetching` import neither.
"""
