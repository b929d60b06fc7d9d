"""Boxes: what every detector finds, with a score and a class each."""
