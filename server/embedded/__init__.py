"""A model server with TensorFlow Serving's flags, APIs, status codes and version handling.

SavedModels only, through OpenVINO or TensorFlow (`engines`). May import `serving_protocol`,
`model_repository`, `detection` and `tfrecord`; its own modules' order is a contract in
pyproject.toml. TensorFlow and OpenVINO are imported by their own engine alone, when a model needs
it.
"""
