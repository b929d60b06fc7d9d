"""The training loop: steps, validation, checkpoints, logs.

`trainer` is the loop and the one place that wires the rest. `optimizers`, `schedules`, `averaging`
and `stepping` change the weights; `checkpoints` and `run_folder` keep them; `validation` measures
them; `progress` and `tensorboard` tell of them; `stopping` says when it ends. May import
`detection` and the rest of `training`, TensorFlow and Keras.
"""
