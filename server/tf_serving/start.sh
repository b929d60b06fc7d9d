#!/bin/bash
# What the serving containers run: it finds out what to serve, then becomes the model server.
# Bash and nothing else, because the tensorflow/serving image has no more. README.md says more.
set -euo pipefail

models_dir=${MODEL_BASE_PATH:-/models}
config_dir=$(dirname "$0")

flags=(
  --port=8500
  --rest_api_port=8501
  --monitoring_config_file="$config_dir/monitoring.config"
  --enable_model_warmup=true
  # Reading a large output's typed values one by one takes 100 times as long as copying its bytes.
  --enable_serialization_as_tensor_content=true
  --enable_grpc_healthcheck_service=true
  --file_system_poll_wait_seconds=2
)

# Prints the name of every folder that holds a version, which is a folder named by digits.
published_models() {
  local model version
  for model in "$models_dir"/*/; do
    for version in "$model"*/; do
      if [[ $(basename "$version") =~ ^[0-9]+$ ]]; then
        basename "$model"
        break
      fi
    done
  done
}

# Sets MODEL_NAME to the only published model, once there is one.
wait_for_the_only_model() {
  local found reason said=
  while true; do
    mapfile -t found < <(published_models)
    case ${#found[@]} in
      1)
        MODEL_NAME=${found[0]}
        return
        ;;
      0) reason="no model yet: copy one into the models folder as NAME/1/saved_model.pb" ;;
      *) reason="several models: ${found[*]}. Set MODEL_NAME, or write a models.config" ;;
    esac
    if [[ $reason != "$said" ]]; then
      echo "waiting: $reason" >&2
      said=$reason
    fi
    sleep 2
  done
}

for folder in "$models_dir" "$models_dir/${MODEL_NAME:-}"; do
  if [[ -d $folder && ! (-r $folder && -x $folder) ]]; then
    echo "user $(id -u) cannot read $folder; chmod -R a+rX the models folder" >&2
  fi
done

if [[ -f $models_dir/models.config ]]; then
  flags+=(
    --model_config_file="$models_dir/models.config"
    --model_config_file_poll_wait_seconds=2
    # Labels are looked at before anything is loaded; without this, one keeps the server from
    # starting.
    --allow_version_labels_for_unavailable_models=true
  )
else
  if [[ -z ${MODEL_NAME:-} ]]; then
    wait_for_the_only_model
    # For healthcheck.sh, which runs in the same container.
    echo "$MODEL_NAME" >"${TMPDIR:-/tmp}/model_name"
  fi
  flags+=(--model_name="$MODEL_NAME" --model_base_path="$models_dir/$MODEL_NAME")
fi

exec tensorflow_model_server "${flags[@]}" "$@"
