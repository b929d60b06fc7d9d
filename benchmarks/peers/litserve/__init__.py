"""LitServe, in an environment of its own."""
