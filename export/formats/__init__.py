"""A frozen detector in other forms than a SavedModel."""
