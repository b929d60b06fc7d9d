"""What an experiment is: its settings, checked when they are read, as YAML and as flags.

`experiment` holds the settings, `reading` makes them from YAML, `fields` lists them for flags and
for help, `writing` puts them back into YAML. May import `detection`, `training.datasets` and
`training.input.augmentation.options`; no TensorFlow, so that a mistake in a file is answered at
once.
"""
