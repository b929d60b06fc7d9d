"""The HTTP gateway: an image in, named boxes out, and a page to try it on.

`prediction/service.py` is one prediction from top to bottom. `resources` are the paths; `requests`
reads a request, `inference` asks the model server, `responses` writes the answer; `catalog` and
`model_facts` know the models, `limits` the callers' shares, `observability` what operators see.
`app.create_app` wires it all, and `web_server` runs it.

A Flask-RESTX application under gunicorn that turns images into `PredictRequest`s for a
TensorFlow Serving compatible model server, and its answers into JSON or annotated images. May
import `model_repository`, `serving_protocol` and `detection`; never TensorFlow.
"""

# Of the HTTP API, as its specification says it.
API_VERSION = "1.0"
