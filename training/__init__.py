"""Annotated pictures in, trained weights out. May import `detection` only."""
