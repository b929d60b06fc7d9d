"""What answers predict requests.

`tf_serving/` configures the real TensorFlow Serving container; `embedded/` is a drop-in for it on
machines without containers. May import `serving_protocol` and `detection`.
"""
