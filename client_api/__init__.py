"""The HTTP gateway: an image in, named boxes out, and a page to try it on.

`reading` takes a request apart, `asking` puts it to a model, `answering` writes down what was
found; `predicting` is the three together. `resources` are the paths, `running` the processes,
`watching` what operators see. `app.create_app` wires it all.

A Flask-RESTX application under gunicorn that turns images into `PredictRequest`s for a
TensorFlow Serving compatible model server, and its answers into JSON or annotated images. May
import `serving_protocol` and `detection`; never TensorFlow.
"""

# Of the HTTP API, as its specification says it.
API_VERSION = "1.0"
