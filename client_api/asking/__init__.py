"""Asking the model server: which model and version, with which labels, and whether it is ready."""
