"""Annotated images in, trained weights out. May import `detection` only."""
