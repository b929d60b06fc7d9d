"""The whole stack over real sockets, with a real model and real images."""
