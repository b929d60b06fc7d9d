"""The image that a version carries, and what a server must find in it."""
