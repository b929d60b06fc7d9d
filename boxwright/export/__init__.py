"""`boxwright export`: trained weights become a version that model servers load."""
