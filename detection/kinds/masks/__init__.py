"""Masks: which pixels are an object's."""
