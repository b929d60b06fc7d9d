"""Which models, versions, labels and label maps there are."""
