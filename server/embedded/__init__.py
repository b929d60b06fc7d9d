"""A model server with TensorFlow Serving's flags, APIs, status codes and version handling.

SavedModels only, through OpenVINO or TensorFlow (`engines`). May import `serving_protocol` and
`detection`. TensorFlow and OpenVINO are imported by their own engine alone, when a model needs it.
"""
