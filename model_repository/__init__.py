"""models/NAME/VERSION on disk: layout, card, models.config, labels; publishing and rollback.

NumPy, Pillow, protobuf and gRPC at most; imports `serving_protocol` and `detection`.
"""
