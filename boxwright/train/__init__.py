"""`boxwright train`: an experiment's settings from a file and from flags, and the training."""
