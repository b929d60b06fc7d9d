"""`boxwright predict`: detect objects in images with a running gateway."""
