"""Ray Serve, in an environment of its own."""
