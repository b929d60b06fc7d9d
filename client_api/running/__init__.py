"""The processes and threads that serve, and how much they take on at once."""
