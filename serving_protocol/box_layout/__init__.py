"""In which order and unit a detector answers its boxes, worked out from its answers."""
