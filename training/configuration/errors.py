"""`ConfigurationError`: a setting that cannot be."""


class ConfigurationError(ValueError):
    """An experiment's settings contradict themselves or cannot be read; names file and line."""
