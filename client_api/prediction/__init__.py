"""The stages of a prediction."""
