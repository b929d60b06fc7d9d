"""The HTTP gateway: a picture in, named boxes out, and a page to try it on.

A Flask-RESTX application under gunicorn that turns pictures into `PredictRequest`s for a
TensorFlow Serving compatible model server, and its answers into JSON or annotated pictures. May
import `serving_protocol` and `detection`; never TensorFlow.
"""
