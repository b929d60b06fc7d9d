"""BentoML, in an environment of its own."""
