"""Flask and TensorFlow, in an environment of its own."""
