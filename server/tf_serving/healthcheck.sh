#!/bin/bash
# Succeeds once the model server's REST port tells that a version of the model is AVAILABLE; where
# models.config says what is served and MODEL_NAME names none of it, once the port answers, which
# it does when the models that it began with are loaded.
# Bash and nothing else: the tensorflow/serving image has no curl, no wget and no Python.
set -euo pipefail

rest_port=${1:-8501}
model=${MODEL_NAME:-}
chosen_by_start=${TMPDIR:-/tmp}/model_name
if [[ -z $model && -f $chosen_by_start ]]; then
  model=$(<"$chosen_by_start")
fi

wanted='"AVAILABLE"'
if [[ -z $model ]]; then
  wanted='HTTP/1.'
fi

exec 3<>"/dev/tcp/127.0.0.1/$rest_port"
printf 'GET /v1/models/%s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$model" >&3
# The last line may end without a newline; then `read` fails and `line` has it.
while IFS= read -r -t 3 line <&3 || [[ -n $line ]]; do
  if [[ $line == *"$wanted"* ]]; then
    exit 0
  fi
done
echo "model '${model}' is not AVAILABLE" >&2
exit 1
