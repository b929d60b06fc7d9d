"""Hands: the window around one, and the bones between its points."""
