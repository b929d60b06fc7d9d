"""A frozen detector in formats other than a SavedModel: TensorFlow Lite."""
