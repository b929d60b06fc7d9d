"""Publishes, labels and removes versions, each by one rename."""
