#!/bin/sh
# As the tensorflow/serving image's own, so that its documented `docker run` lines work here too.
exec tensorflow_model_server --port=8500 --rest_api_port=8501 \
    --model_name="$MODEL_NAME" --model_base_path="$MODEL_BASE_PATH/$MODEL_NAME" "$@"
