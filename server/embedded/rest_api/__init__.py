"""TensorFlow Serving's REST API: JSON in, JSON out, over the same core as gRPC.

`app.py` is the WSGI application, `http_server.py` serves it on a port. Wording, order of checks and
number formats are those of TensorFlow Serving's `http_rest_api_handler.cc`, `http_rest_api_util.cc`
and `json_tensor.cc`.
"""
