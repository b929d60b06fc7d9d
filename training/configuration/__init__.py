"""What an experiment is: its settings, checked when they are read, as YAML and as flags.

`experiment` holds the settings, `reading` makes them from YAML, `fields` lists them for flags and
for help, `writing` puts them back into YAML, `former_names` knows what settings were called before.
May import `detection`, `training.datasets` and `training.input_pipeline.augmentation.options`; no
TensorFlow, so that a mistake in a file is answered at once.
"""
