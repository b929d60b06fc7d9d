"""`boxwright export`: trained weights, as a version that model servers load."""
