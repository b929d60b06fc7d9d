"""Versions that appear, become the default and go, each by one rename."""
